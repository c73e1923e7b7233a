package adminapi

import (
	"context"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/pool"
)

// CheckEvents is the data of each event of a check of all keys, under the event's name. An event carries its own alone.
type CheckEvents struct {
	Progress CheckProgress `json:"progress"`
	Result   CheckSummary  `json:"result"` // the last one, unless it fails
	Error    Problem       `json:"error"`  // the last one when it fails
}

// CheckProgress is how far a check of all keys is. It comes after each key.
type CheckProgress struct {
	Done    int `json:"done" example:"12"`
	Total   int `json:"total" example:"50"`
	Healthy int `json:"healthy" example:"11"`
	Failing int `json:"failing" example:"1"`
	// the key that was checked last; null before the first
	Last *CheckedKey `json:"last" extensions:"x-nullable"`
}

// CheckedKey is what asking Gemini about one of many keys found.
type CheckedKey struct {
	ID      int64  `json:"id" example:"7"`
	Verdict string `json:"verdict" example:"ok"`
	Message string `json:"message" example:""` // Gemini's, redacted
}

// CheckSummary is what a check of all keys found.
type CheckSummary struct {
	Done    int `json:"done" example:"50"`
	Healthy int `json:"healthy" example:"48"`
	Failing int `json:"failing" example:"2"`
}

// checkGeminiKeys asks Gemini about every key in use.
//
//	@Summary		Check all Gemini keys
//	@Description	Asks Gemini with every key that is enabled, some at a time, at no cost in generation quota, and tells the pool what was found. The answer is a stream of events: `progress` after each key, then `result`, or `error`. Closing the connection stops it; what was found stays.
//	@ID				checkGeminiKeys
//	@Tags			gemini-keys
//	@Produce		text/event-stream,application/problem+json
//	@Security		Bearer
//	@Success		200			{object}	CheckEvents	"the data of each event, by its name"
//	@Failure		401,500		{object}	Problem
//	@Failure		409			{object}	Problem	"such a check is under way"
//	@Router			/gemini-keys/check [post]
func (a *api) checkGeminiKeys(c *gin.Context) error {
	changedNothing(c)
	ids := a.Pool.Checkable()
	var out *eventStream // made once it is known that no other check is under way
	at := CheckProgress{Total: len(ids)}
	begin := func() {
		out = newEventStream(c)
		out.send("progress", at)
	}
	ctx, stop := context.WithCancel(c.Request.Context())
	defer stop()
	err := a.Prober.CheckAll(ctx, ids, begin, func(id int64, found pool.Outcome) {
		at.Done++
		at.Last = &CheckedKey{ID: id, Verdict: string(found.Verdict), Message: found.Message}
		if found.Verdict == pool.OK {
			at.Healthy++
		} else {
			at.Failing++
		}
		if out.send("progress", at); out.broken {
			stop()
		}
	})
	if out == nil {
		return err
	}
	defer out.end()
	if err != nil {
		p, _ := a.problem(c, err)
		out.send("error", p)
		return nil
	}
	out.send("result", CheckSummary{Done: at.Done, Healthy: at.Healthy, Failing: at.Failing})
	return nil
}
