package adminapi

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
)

// GeminiKeyHours is when Gemini keys served in the last 24 hours.
type GeminiKeyHours struct {
	From  time.Time    `json:"from" format:"date-time" example:"2026-11-22T04:00:00Z"` // when the first hour begins
	Items []HoursOfKey `json:"items"`                                                  // without the keys that served nothing
}

// HoursOfKey is the requests whose last attempt a key made, hour by hour.
type HoursOfKey struct {
	KeyID    int64   `json:"key_id" example:"7"`
	Requests []int64 `json:"requests" example:"12,9,0"` // 24; the last hour is under way
}

const keyHours = 24

// statsOfKeyHours gives when some keys served.
//
//	@Summary	Hours of Gemini keys
//	@ID			getGeminiKeyHours
//	@Tags		stats
//	@Produce	json,application/problem+json
//	@Security	Bearer
//	@Param		ids				query		string	true	"ids of keys, with commas between them; at most 200"	example(7,8)
//	@Success	200				{object}	GeminiKeyHours
//	@Failure	400,401,500,503	{object}	Problem
//	@Router		/stats/keys/hours [get]
func (a *api) statsOfKeyHours(c *gin.Context) error {
	ids, err := readIDs(c.Query("ids"))
	if err != nil {
		return err
	}
	now := time.Now()
	hours, err := a.Stats.KeyHours(c.Request.Context(), ids, now, keyHours)
	if err != nil {
		return err
	}
	view := GeminiKeyHours{From: utc(now.Truncate(time.Hour).Add(-(keyHours - 1) * time.Hour)), Items: make([]HoursOfKey, 0, len(hours))}
	for _, id := range ids {
		if requests, served := hours[id]; served {
			view.Items = append(view.Items, HoursOfKey{KeyID: id, Requests: requests})
			delete(hours, id) // an id may be named twice
		}
	}
	c.JSON(http.StatusOK, view)
	return nil
}

// readIDs reads the ids of a page of keys.
func readIDs(text string) ([]int64, error) {
	bad := fault.Field("ids", "must be 1 to %d whole numbers from 1, with commas between them", maxPageSize)
	parts := strings.Split(text, ",")
	if len(parts) > maxPageSize {
		return nil, bad
	}
	ids := make([]int64, len(parts))
	for i, part := range parts {
		id, err := strconv.ParseInt(part, 10, 64)
		if err != nil || id < 1 {
			return nil, bad
		}
		ids[i] = id
	}
	return ids, nil
}
