package adminapi

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/upkeep"
)

// KeepAliveStatus is what is known of the pings that keep a free host from putting the server to sleep.
type KeepAliveStatus struct {
	Enabled bool `json:"enabled" example:"true"`
	// what is asked for; null: the public address is not known, set PUBLIC_URL
	Target *string `json:"target" extensions:"x-nullable" example:"https://gemini.example.com/wake"`
	// null while it is off, or without a target
	NextAt *time.Time `json:"next_at" extensions:"x-nullable" format:"date-time" example:"2026-11-23T02:58:17Z"`
	Last   *Ping      `json:"last" extensions:"x-nullable"` // null before the first
	Sent   int        `json:"sent" example:"120"`           // since the start
	Failed int        `json:"failed" example:"0"`           // of them
}

// Ping is what came of asking for the server's own public address.
type Ping struct {
	At        time.Time `json:"at" format:"date-time" example:"2026-11-23T02:48:17Z"`
	OK        bool      `json:"ok" example:"true"`
	Status    int       `json:"status" example:"200"` // 0 when no answer came
	Message   string    `json:"message" example:""`   // what kept the answer from coming
	LatencyMS int64     `json:"latency_ms" example:"182"`
}

// getKeepAlive tells of the pings.
//
//	@Summary	Read the keep-alive
//	@ID			getKeepAlive
//	@Tags		keep-alive
//	@Produce	json,application/problem+json
//	@Security	Bearer
//	@Success	200		{object}	KeepAliveStatus
//	@Failure	401,500	{object}	Problem
//	@Router		/keep-alive [get]
func (a *api) getKeepAlive(c *gin.Context) error {
	c.JSON(http.StatusOK, keepAliveOf(a.KeepAlive.State()))
	return nil
}

// pingKeepAlive pings now.
//
//	@Summary		Ping now
//	@Description	Asks for the server's own public address, whether the keep-alive is on or off.
//	@ID				pingKeepAlive
//	@Tags			keep-alive
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Success		200		{object}	KeepAliveStatus
//	@Failure		409		{object}	Problem	"the public address is not known"
//	@Failure		401,500	{object}	Problem
//	@Failure		504		{object}	Problem
//	@Router			/keep-alive/ping [post]
func (a *api) pingKeepAlive(c *gin.Context) error {
	changedNothing(c)
	if _, err := a.KeepAlive.Ping(c.Request.Context()); err != nil {
		return err
	}
	return a.getKeepAlive(c)
}

func keepAliveOf(s upkeep.KeepAliveState) KeepAliveStatus {
	status := KeepAliveStatus{Enabled: s.Enabled, Target: optionalText(s.Target), NextAt: optionalTime(s.NextAt), Sent: s.Sent, Failed: s.Failed}
	if !s.Last.At.IsZero() {
		status.Last = &Ping{At: utc(s.Last.At), OK: s.Last.OK(), Status: s.Last.Status, Message: s.Last.Fault, LatencyMS: s.Last.Took.Milliseconds()}
	}
	return status
}
