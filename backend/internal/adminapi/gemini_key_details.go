package adminapi

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/pool"
)

// GeminiKeyDetails is all that is known of a key.
type GeminiKeyDetails struct {
	Key GeminiKey `json:"key"`
	// other keys of its project, which share its quota
	SharedWith int `json:"shared_with" example:"3"`
	// of its last thousand answers within 24 hours, from the request to the end; null when there are none, or while the database is away
	P50 *float64 `json:"latency_p50_seconds" extensions:"x-nullable" example:"0.91"`
	P95 *float64 `json:"latency_p95_seconds" extensions:"x-nullable" example:"2.6"`
	// that its project was asked for, the nearest to its limits in front, then those that only other projects were; at most 200
	Models []KeyModel `json:"models"`
	Errors []KeyError `json:"errors"` // the last five since the start, the latest in front
	// the last 30 of Google's days, the newest in front, without those on which nothing happened; null while the database is away
	Days []KeyDay `json:"days" extensions:"x-nullable"`
}

// KeyModel is how a key stands with one model. What is used is its project's, which its keys share.
type KeyModel struct {
	Model string `json:"model" example:"gemini-3.8-flash"`
	RPM   Quota  `json:"rpm"`
	TPM   Quota  `json:"tpm"`
	RPD   Quota  `json:"rpd"`
	// at or over usage_threshold.warn of the day
	Warn bool `json:"warn" example:"false"`
	// at or over usage_threshold.protect of the day: used only when no other key has room
	Protected bool `json:"protected" example:"false"`
	InFlight  int  `json:"in_flight" example:"1"`
	Asked     bool `json:"asked" example:"true"` // its project was asked for it; false: whether it can is not known yet
	Able      bool `json:"able" example:"true"`  // to serve it now
	// a verdict, a state, or the limit that is reached: rpm, tpm, rpd; null when able
	Reason *string `json:"reason" extensions:"x-nullable" example:"minute_quota"`
	// null when no time helps by itself
	Until *time.Time `json:"until" extensions:"x-nullable" format:"date-time" example:"2026-11-23T02:49:17Z"`
}

const (
	historyDays  = 30
	maxKeyModels = 200
)

// getGeminiKeyDetails tells all that is known of a key.
//
//	@Summary		Read a Gemini key's details
//	@Description	How it stands with each model, its last errors, and its days.
//	@ID				getGeminiKeyDetails
//	@Tags			gemini-keys
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			id					path		int	true	"the key's id"	minimum(1)
//	@Success		200					{object}	GeminiKeyDetails
//	@Failure		400,401,404,500		{object}	Problem
//	@Router			/gemini-keys/{id}/details [get]
func (a *api) getGeminiKeyDetails(c *gin.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	key, err := a.Pool.Key(id)
	if err != nil {
		return err
	}
	models, err := a.Pool.KeyModels(id)
	if err != nil {
		return err
	}
	faults, err := a.Pool.KeyErrors(id)
	if err != nil {
		return err
	}
	d := GeminiKeyDetails{Key: geminiKeyOf(key), Models: make([]KeyModel, 0, len(models)), Errors: make([]KeyError, 0, len(faults))}
	for i := range models[:min(len(models), maxKeyModels)] {
		d.Models = append(d.Models, keyModelOf(&models[i]))
	}
	for _, e := range faults {
		d.Errors = append(d.Errors, KeyError{At: utc(e.At), Verdict: string(e.Verdict), Status: e.Status, Message: e.Message})
	}
	if d.SharedWith, err = a.Pool.KeySiblings(id); err != nil {
		return err
	}
	switch err := a.addHistory(c.Request.Context(), &d); {
	case fault.Is(err, fault.Unavailable):
		a.Log.LogAttrs(c.Request.Context(), slog.LevelWarn, "key shown without its history", slog.Any("error", err))
	case err != nil:
		return err
	}
	c.JSON(http.StatusOK, d)
	return nil
}

// addHistory fills in what the database knows of a key.
func (a *api) addHistory(ctx context.Context, d *GeminiKeyDetails) error {
	history, err := a.Pool.History(ctx, []int64{d.Key.ID}, historyDays)
	if err != nil {
		return err
	}
	d.Days = keyDaysOf(history[d.Key.ID])
	now := time.Now()
	latency, known, err := a.Stats.KeyLatency(ctx, d.Key.ID, now.Add(-keyHours*time.Hour), now.Add(time.Second))
	if known {
		p50, p95 := latency.P50.Seconds(), latency.P95.Seconds()
		d.P50, d.P95 = &p50, &p95
	}
	return err
}

func keyModelOf(m *pool.KeyModel) KeyModel {
	return KeyModel{Model: m.Model, RPM: quotaOf(m.RPM), TPM: quotaOf(m.TPM), RPD: quotaOf(m.RPD), Warn: m.Warn, Protected: m.Protected,
		InFlight: m.InFlight, Asked: m.Asked, Able: m.Able, Reason: optionalText(m.Reason), Until: optionalTime(m.Until)}
}
