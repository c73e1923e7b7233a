package adminapi

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// FailureStats is what went wrong in a span of time: what clients were told, and what was met upstream on the way, most of which failover
// hid from them.
type FailureStats struct {
	From     time.Time    `json:"from" format:"date-time" example:"2026-11-22T03:00:00Z"`
	To       time.Time    `json:"to" format:"date-time" example:"2026-11-23T03:00:00Z"`
	Outcomes []OutcomeSum `json:"outcomes"`               // of the requests that failed, the most frequent first; as far back as log_retention
	Failures int64        `json:"failures" example:"12"`  // all of them
	Verdicts []VerdictSum `json:"verdicts"`               // of all attempts, good ones too, the most frequent first; to the quarter of an hour
	Attempts int64        `json:"attempts" example:"700"` // all of them
}

// OutcomeSum is how many requests failed with a word.
type OutcomeSum struct {
	Outcome  string `json:"outcome" example:"no_capacity"`
	Requests int64  `json:"requests" example:"9"`
}

// VerdictSum is how many calls to Gemini came to a verdict.
type VerdictSum struct {
	Verdict  string `json:"verdict" example:"minute_quota"`
	Attempts int64  `json:"attempts" example:"40"`
}

// statsOfFailures gives what went wrong.
//
//	@Summary	Statistics of failures
//	@ID			getFailureStats
//	@Tags		stats
//	@Produce	json,application/problem+json
//	@Security	Bearer
//	@Param		range			query		string	true	"how far back"	Enums(1h,24h,7d,30d)
//	@Param		tz				query		string	false	"whose midnight the range is counted from; UTC by default"	example(Asia/Shanghai)
//	@Success	200				{object}	FailureStats
//	@Failure	400,401,500,503	{object}	Problem
//	@Router		/stats/failures [get]
func (a *api) statsOfFailures(c *gin.Context) error {
	from, to, err := readRange(c)
	if err != nil {
		return err
	}
	outcomes, err := a.Stats.ByOutcome(c.Request.Context(), from, to)
	if err != nil {
		return err
	}
	verdicts, err := a.Stats.ByVerdict(c.Request.Context(), from, to.Add(quarter)) // what came in since the last quarter too
	if err != nil {
		return err
	}
	view := FailureStats{From: utc(from), To: utc(to), Outcomes: make([]OutcomeSum, 0, len(outcomes)), Verdicts: make([]VerdictSum, 0, len(verdicts))}
	for _, o := range outcomes {
		view.Outcomes = append(view.Outcomes, OutcomeSum{Outcome: o.Outcome, Requests: o.Requests})
		view.Failures += o.Requests
	}
	for _, v := range verdicts {
		view.Verdicts = append(view.Verdicts, VerdictSum{Verdict: v.Verdict, Attempts: v.Attempts})
		view.Attempts += v.Attempts
	}
	c.JSON(http.StatusOK, view)
	return nil
}

const quarter = 15 * time.Minute
