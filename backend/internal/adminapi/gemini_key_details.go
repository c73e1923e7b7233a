package adminapi

import (
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
	// that its project was used for, the nearest to its limits in front; at most 200
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
	Able      bool `json:"able" example:"true"` // to serve it now
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
	history, err := a.Pool.History(c.Request.Context(), []int64{id}, historyDays)
	switch {
	case err == nil:
		d.Days = keyDaysOf(history[id])
	case fault.Is(err, fault.Unavailable):
		a.Log.LogAttrs(c.Request.Context(), slog.LevelWarn, "key shown without its days", slog.Any("error", err))
	default:
		return err
	}
	c.JSON(http.StatusOK, d)
	return nil
}

func keyModelOf(m *pool.KeyModel) KeyModel {
	return KeyModel{Model: m.Model, RPM: quotaOf(m.RPM), TPM: quotaOf(m.TPM), RPD: quotaOf(m.RPD), Warn: m.Warn, Protected: m.Protected,
		InFlight: m.InFlight, Able: m.Able, Reason: optionalText(m.Reason), Until: optionalTime(m.Until)}
}
