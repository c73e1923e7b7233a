package adminapi

import (
	"math"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/usage"
)

// Sums is what was counted in a span of time.
type Sums struct {
	Requests     int64 `json:"requests" example:"640"`
	Failures     int64 `json:"failures" example:"2"` // answered with an error that was not the client's own
	InputTokens  int64 `json:"input_tokens" example:"91200"`
	OutputTokens int64 `json:"output_tokens" example:"24000"`
}

// GeminiKeyStats is who served in a span of time.
type GeminiKeyStats struct {
	From  time.Time       `json:"from" format:"date-time" example:"2026-11-22T03:00:00Z"`
	To    time.Time       `json:"to" format:"date-time" example:"2026-11-23T03:00:00Z"`
	Items []GeminiKeySums `json:"items"` // the busiest first, at most 200
	Rest  Sums            `json:"rest"`  // of the keys not in items
}

// GeminiKeySums is a Gemini key's part: the requests whose last attempt it made.
type GeminiKeySums struct {
	KeyID  int64   `json:"key_id" example:"7"`
	Masked *string `json:"masked" extensions:"x-nullable" example:"AIza••••••7f3Q"` // null when the key is gone
	Name   *string `json:"name" extensions:"x-nullable" example:"key-07"`
	Sums
}

// UserKeyStats is who asked in a span of time.
type UserKeyStats struct {
	From  time.Time     `json:"from" format:"date-time" example:"2026-11-22T03:00:00Z"`
	To    time.Time     `json:"to" format:"date-time" example:"2026-11-23T03:00:00Z"`
	Items []UserKeySums `json:"items"` // the busiest first, at most 200
	Rest  Sums          `json:"rest"`  // of the keys not in items
}

// UserKeySums is a user key's part.
type UserKeySums struct {
	UserKeyID int64   `json:"user_key_id" example:"3"`
	Name      *string `json:"name" extensions:"x-nullable" example:"laptop"` // null when the key is deleted
	Sums
}

// ModelStats is what was asked for in a span of time.
type ModelStats struct {
	From  time.Time   `json:"from" format:"date-time" example:"2026-11-22T03:00:00Z"`
	To    time.Time   `json:"to" format:"date-time" example:"2026-11-23T03:00:00Z"`
	Items []ModelSums `json:"items"` // the busiest first, at most 200
	Rest  Sums        `json:"rest"`  // of the models not in items
}

// ModelSums is a model's part, and how long its quota of today will do.
type ModelSums struct {
	Name string `json:"name" example:"gemini-3.8-flash"`
	Sums
	RPD  Quota   `json:"rpd"`                            // requests of Google's quota day, against the limit of all projects
	Pace float64 `json:"requests_per_hour" example:"42"` // of the last hour
	// when the day's quota is used up if it goes on like this; null when it lasts until the day ends, or the limit is not known
	EndsAt *time.Time `json:"quota_ends_at" extensions:"x-nullable" format:"date-time" example:"2026-11-23T05:10:00Z"`
}

// breakdownItems bounds a breakdown.
const breakdownItems = 200

// statsByKey gives who served.
//
//	@Summary	Statistics by Gemini key
//	@ID			getGeminiKeyStats
//	@Tags		stats
//	@Produce	json,application/problem+json
//	@Security	Bearer
//	@Param		range			query		string	true	"how far back"	Enums(1h,24h,7d,30d)
//	@Param		tz				query		string	false	"whose midnight the range is counted from; UTC by default"	example(Asia/Shanghai)
//	@Success	200				{object}	GeminiKeyStats
//	@Failure	400,401,500,503	{object}	Problem
//	@Router		/stats/keys [get]
func (a *api) statsByKey(c *gin.Context) error {
	from, to, err := readRange(c)
	if err != nil {
		return err
	}
	items, rest, err := a.Stats.ByGeminiKey(c.Request.Context(), from, to, breakdownItems)
	if err != nil {
		return err
	}
	view := GeminiKeyStats{From: utc(from), To: utc(to), Items: make([]GeminiKeySums, 0, len(items)), Rest: sumsOf(rest)}
	for _, item := range items {
		sums := GeminiKeySums{KeyID: item.KeyID, Sums: sumsOf(item.Sums)}
		sums.Masked, sums.Name = a.keyLabels(item.KeyID)
		view.Items = append(view.Items, sums)
	}
	c.JSON(http.StatusOK, view)
	return nil
}

// statsByUserKey gives who asked.
//
//	@Summary	Statistics by user key
//	@ID			getUserKeyStats
//	@Tags		stats
//	@Produce	json,application/problem+json
//	@Security	Bearer
//	@Param		range			query		string	true	"how far back"	Enums(1h,24h,7d,30d)
//	@Param		tz				query		string	false	"whose midnight the range is counted from; UTC by default"	example(Asia/Shanghai)
//	@Success	200				{object}	UserKeyStats
//	@Failure	400,401,500,503	{object}	Problem
//	@Router		/stats/user-keys [get]
func (a *api) statsByUserKey(c *gin.Context) error {
	from, to, err := readRange(c)
	if err != nil {
		return err
	}
	items, err := a.Stats.ByUserKey(c.Request.Context(), from, to)
	if err != nil {
		return err
	}
	view := UserKeyStats{From: utc(from), To: utc(to), Items: make([]UserKeySums, 0, min(len(items), breakdownItems))}
	for i, item := range items {
		if i >= breakdownItems {
			view.Rest.add(item.Sums)
			continue
		}
		sums := UserKeySums{UserKeyID: item.UserKeyID, Sums: sumsOf(item.Sums)}
		if key, err := a.Auth.UserKeyByID(item.UserKeyID); err == nil {
			sums.Name = &key.Name
		}
		view.Items = append(view.Items, sums)
	}
	c.JSON(http.StatusOK, view)
	return nil
}

// statsByModel gives what was asked for, and how long each model's quota will do.
//
//	@Summary	Statistics by model
//	@ID			getModelStats
//	@Tags		stats
//	@Produce	json,application/problem+json
//	@Security	Bearer
//	@Param		range			query		string	true	"how far back"	Enums(1h,24h,7d,30d)
//	@Param		tz				query		string	false	"whose midnight the range is counted from; UTC by default"	example(Asia/Shanghai)
//	@Success	200				{object}	ModelStats
//	@Failure	400,401,500,503	{object}	Problem
//	@Router		/stats/models [get]
func (a *api) statsByModel(c *gin.Context) error {
	from, to, err := readRange(c)
	if err != nil {
		return err
	}
	ctx, now := c.Request.Context(), time.Now()
	items, err := a.Stats.ByModel(ctx, from, to)
	if err != nil {
		return err
	}
	lately, err := a.Stats.ByModel(ctx, now.Add(-time.Hour), now.Add(time.Second))
	if err != nil {
		return err
	}
	pace := make(map[string]int64, len(lately))
	for _, item := range lately {
		pace[item.Model] = item.Requests
	}
	quota := map[string]pool.Usage{}
	for _, m := range a.Pool.Models() {
		quota[m.Name] = m.RPD
	}
	view := ModelStats{From: utc(from), To: utc(to), Items: make([]ModelSums, 0, min(len(items), breakdownItems))}
	for i, item := range items {
		if i >= breakdownItems {
			view.Rest.add(item.Sums)
			continue
		}
		rpd, known := quota[item.Model]
		if !known {
			rpd.Limit = -1
		}
		view.Items = append(view.Items, ModelSums{Name: item.Model, Sums: sumsOf(item.Sums), RPD: quotaOf(rpd), Pace: float64(pace[item.Model]),
			EndsAt: quotaEnd(rpd, float64(pace[item.Model]), now)})
	}
	c.JSON(http.StatusOK, view)
	return nil
}

// quotaEnd gives when a day's quota is used up at a pace of so many requests an hour; nil when it lasts until the quota day ends, which is
// midnight in Los Angeles, or when nobody knows the limit.
func quotaEnd(rpd pool.Usage, pace float64, now time.Time) *time.Time {
	if rpd.Limit < 0 {
		return nil
	}
	left := float64(rpd.Limit - rpd.Used)
	if left <= 0 {
		return optionalTime(now)
	}
	hours := left / pace
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil || pace <= 0 || hours > 25 { // no day is longer
		return nil
	}
	ends := now.Add(time.Duration(math.Ceil(hours * float64(time.Hour))))
	local := now.In(zone)
	if !ends.Before(time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, zone)) {
		return nil
	}
	return optionalTime(ends)
}

// readRange reads range and tz.
func readRange(c *gin.Context) (from, to time.Time, err error) {
	s, err := spanOf(c.Query("range"))
	if err != nil {
		return from, to, err
	}
	zone, err := readZone(c)
	if err != nil {
		return from, to, err
	}
	from, to = s.bounds(time.Now().In(zone))
	return from, to, nil
}

func sumsOf(s usage.Sums) Sums {
	return Sums{Requests: s.Requests, Failures: s.Failures, InputTokens: s.InputTokens, OutputTokens: s.OutputTokens}
}

func (s *Sums) add(more usage.Sums) {
	s.Requests += more.Requests
	s.Failures += more.Failures
	s.InputTokens += more.InputTokens
	s.OutputTokens += more.OutputTokens
}
