package adminapi

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// OpenSession is a log-in that can go on.
type OpenSession struct {
	ID         int64     `json:"id" example:"41"` // changes when the session is continued; an older one ends it too
	StartedAt  time.Time `json:"started_at" format:"date-time" example:"2026-11-20T09:00:00Z"`
	LastUsedAt time.Time `json:"last_used_at" format:"date-time" example:"2026-11-23T02:48:17Z"` // when its tokens were last exchanged
	ExpiresAt  time.Time `json:"expires_at" format:"date-time" example:"2026-12-23T02:48:17Z"`   // unless it is continued before
	Address    string    `json:"address" example:"203.0.113.7"`                                  // it was last continued from
	UserAgent  string    `json:"user_agent" example:"Mozilla/5.0"`
	Current    bool      `json:"current" example:"true"` // it is the one that asks
}

// OpenSessionList is the sessions of who asks.
type OpenSessionList struct {
	Items []OpenSession `json:"items"` // the last used first, at most 200
	Total int           `json:"total" example:"2"`
}

// listSessions gives the sessions of who asks.
//
//	@Summary	List your sessions
//	@ID			listSessions
//	@Tags		auth
//	@Produce	json,application/problem+json
//	@Security	Bearer
//	@Success	200			{object}	OpenSessionList
//	@Failure	401,500,503	{object}	Problem
//	@Router		/auth/sessions [get]
func (a *api) listSessions(c *gin.Context) error {
	session, err := sessionOf(c)
	if err != nil {
		return err
	}
	open, err := a.Auth.OpenSessions(c.Request.Context(), session)
	if err != nil {
		return err
	}
	list := OpenSessionList{Items: make([]OpenSession, 0, len(open)), Total: len(open)}
	for i := range open {
		s := &open[i]
		list.Items = append(list.Items, OpenSession{ID: s.Last.ID, StartedAt: utc(s.StartedAt), LastUsedAt: utc(s.Last.CreatedAt), ExpiresAt: utc(s.Last.ExpiresAt),
			Address: s.Last.Address, UserAgent: s.Last.UserAgent, Current: s.Last.Family == session.Family})
	}
	c.JSON(http.StatusOK, list)
	return nil
}

// endSession ends a session of who asks.
//
//	@Summary		End a session
//	@Description	Its access tokens are refused at once. The one that asks may end itself.
//	@ID				endSession
//	@Tags			auth
//	@Produce		application/problem+json
//	@Security		Bearer
//	@Param			id					path	int	true	"the session's id"	minimum(1)
//	@Success		204
//	@Failure		400,401,404,500,503	{object}	Problem
//	@Router			/auth/sessions/{id} [delete]
func (a *api) endSession(c *gin.Context) error {
	session, err := sessionOf(c)
	if err != nil {
		return err
	}
	id, err := pathID(c)
	if err != nil {
		return err
	}
	if err := a.Auth.EndSession(c.Request.Context(), session, id); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}
