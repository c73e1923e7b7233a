package adminapi

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/usage"
)

// span is how far back a time series goes, and in what steps.
type span struct {
	length, step time.Duration
}

// spanOf gives the span of a range's name.
func spanOf(name string) (span, error) {
	const day = 24 * time.Hour
	switch name {
	case "1h":
		return span{time.Hour, time.Minute}, nil
	case "24h":
		return span{day, 15 * time.Minute}, nil
	case "7d":
		return span{7 * day, 2 * time.Hour}, nil
	case "30d":
		return span{30 * day, 12 * time.Hour}, nil
	}
	return span{}, fault.Field("range", "must be one of 1h, 24h, 7d, 30d")
}

// bounds gives the series' first and last instant: whole steps counted from the day's midnight, the running step included. Where
// clocks change within the span, steps before the change are off the midnights of their days by that hour.
func (s span) bounds(now time.Time) (from, to time.Time) {
	start := midnight(now)
	to = start.Add((now.Sub(start)/s.step + 1) * s.step)
	return to.Add(-s.length), to
}

// midnight gives the begin of a time's day in its own zone. Where clocks skip 0:00, the day begins when they are set forward.
func midnight(t time.Time) time.Time {
	year, month, day := t.Date()
	start := time.Date(year, month, day, 0, 0, 0, 0, t.Location())
	if start.Day() != day {
		_, start = start.ZoneBounds()
	}
	return start
}

// timeseries gives requests over time.
//
//	@Summary		Requests over time
//	@Description	Steps are 1 minute for 1h, 15 minutes for 24h, 2 hours for 7d, 12 hours for 30d, counted from midnight in tz. The last one is still running.
//	@Description	At most one of model, user_key_id and gemini_key_id narrows them down; 24h then has steps of an hour, and each hour counts where it begins.
//	@ID				getTimeseries
//	@Tags			stats
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			range			query		string	true	"how far back"	Enums(1h,24h,7d,30d)
//	@Param			tz				query		string	false	"whose midnight the steps are counted from; UTC by default"	example(Asia/Shanghai)
//	@Param			model			query		string	false	"only this model's, by Gemini's name"				example(gemini-3.8-flash)
//	@Param			user_key_id		query		integer	false	"only this user key's"								example(3)
//	@Param			gemini_key_id	query		integer	false	"only those whose last attempt this Gemini key made"	example(7)
//	@Success		200				{object}	Timeseries
//	@Failure		400,401,500,503	{object}	Problem
//	@Router			/stats/timeseries [get]
func (a *api) timeseries(c *gin.Context) error {
	s, err := spanOf(c.Query("range"))
	if err != nil {
		return err
	}
	zone, err := readZone(c)
	if err != nil {
		return err
	}
	of, err := readPart(c)
	if err != nil {
		return err
	}
	if of != (usage.Part{}) {
		s.step = max(s.step, hourlyFrom(s.length))
	}
	from, to := s.bounds(time.Now().In(zone))
	series, err := a.Stats.Series(c.Request.Context(), of, from, to, s.step)
	if err != nil {
		return err
	}
	points := make([]Point, 0, len(series))
	for _, p := range series {
		points = append(points, Point{T: utc(p.Time), Requests: p.Requests, Failures: p.Failures, InputTokens: p.InputTokens, OutputTokens: p.OutputTokens})
	}
	c.JSON(http.StatusOK, Timeseries{From: utc(from), To: utc(to), StepSeconds: int(s.step.Seconds()), Points: points})
	return nil
}

// hourlyFrom gives the finest step for a part of the requests: what is kept of parts is summed up by the hour, and reading single requests
// does for an hour.
func hourlyFrom(length time.Duration) time.Duration {
	if length > time.Hour {
		return time.Hour
	}
	return time.Minute
}

// readPart reads whose requests are asked for.
func readPart(c *gin.Context) (usage.Part, error) {
	r := queryReader{c: c}
	of := usage.Part{Model: r.text("model"), UserKeyID: r.number("user_key_id", 0, maxID), GeminiKeyID: r.number("gemini_key_id", 0, maxID)}
	narrowed := 0
	for _, name := range []string{"model", "user_key_id", "gemini_key_id"} {
		if c.Query(name) == "" {
			continue
		}
		if narrowed++; narrowed > 1 {
			r.fault(name, "cannot go with another narrowing")
		}
	}
	return of, r.end()
}
