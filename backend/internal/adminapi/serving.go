package adminapi

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
)

// ModelServing says who could serve a model now, and when the next could.
type ModelServing struct {
	Model string `json:"model" example:"gemini-3.8-flash"`
	// projects with room now
	Able    int `json:"able" example:"6"`
	Waiting int `json:"waiting" example:"0"` // requests that wait for room
	// when the next place opens; now when there is room, null when nobody knows
	OpensAt *time.Time `json:"opens_at" extensions:"x-nullable" format:"date-time" example:"2026-11-23T02:49:17Z"`
	// Google refuses our location; one request at a time tries again
	ExitShut bool         `json:"exit_shut" example:"false"`
	Keys     []ServingKey `json:"keys"`             // at most 200
	More     int          `json:"more" example:"0"` // keys that are not listed
}

// ServingKey says whether one key could serve a model now, and of one that could not, why.
type ServingKey struct {
	ID     int64  `json:"id" example:"7"`
	Masked string `json:"masked" example:"AIza••••••7f3Q"`
	Name   string `json:"name" example:"key-07"`
	Able   bool   `json:"able" example:"false"`
	// a verdict, a state, or the limit that is reached: rpm, tpm, rpd; null when able
	Reason *string `json:"reason" extensions:"x-nullable" example:"day_quota"`
	// null when no time helps by itself
	Until *time.Time `json:"until" extensions:"x-nullable" format:"date-time" example:"2026-11-24T08:01:12Z"`
}

// getModelServing says who could serve a model now.
//
//	@Summary		Who could serve a model
//	@Description	Of each key, whether it could serve the model now, or why not and until when; and when the next place opens.
//	@ID				getModelServing
//	@Tags			models
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			name			path		string	true	"Gemini's name"
//	@Success		200				{object}	ModelServing
//	@Failure		400,401,500		{object}	Problem
//	@Router			/models/{name}/serving [get]
func (a *api) getModelServing(c *gin.Context) error {
	name := c.Param("name")
	if !gemini.CanBeModel(name) {
		return fault.Field("name", "must be the name of a model")
	}
	e := a.Pool.Explain(name)
	serving := ModelServing{Model: e.Model, Able: e.Able, Waiting: e.Waiting, OpensAt: optionalTime(e.Opens), ExitShut: e.ExitShut,
		Keys: make([]ServingKey, len(e.Keys)), More: e.More}
	for i, k := range e.Keys {
		serving.Keys[i] = ServingKey{ID: k.ID, Masked: k.Masked, Name: k.Name, Able: k.Able, Reason: optionalText(k.Reason), Until: optionalTime(k.Until)}
	}
	c.JSON(http.StatusOK, serving)
	return nil
}
