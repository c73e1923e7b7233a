package auth

import (
	"context"
	"fmt"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// OpenSession is a log-in that can go on.
type OpenSession struct {
	Last      RefreshToken // the one that would be exchanged next; its ID names the session
	StartedAt time.Time
}

// OpenSessions gives the sessions of the admin who asks, the last used first.
func (a *Auth) OpenSessions(ctx context.Context, s *Session) ([]OpenSession, error) {
	all, err := a.store.OpenSessions(ctx, s.AdminID, time.Now())
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return all, nil
}

// EndSession ends a session of the admin who asks, its access tokens included. A session is known by the id of any of its tokens, so that
// one that was continued meanwhile is ended all the same. One that is not the admin's is not there.
func (a *Auth) EndSession(ctx context.Context, s *Session, id int64) error {
	token, err := a.store.RefreshByID(ctx, id)
	switch {
	case err != nil && !fault.Is(err, fault.NotFound):
		return fmt.Errorf("find session: %w", err)
	case err != nil, token.AdminID != s.AdminID:
		return fault.New(fault.NotFound, "there is no session %d", id).WithCode("not_found")
	}
	return a.endFamily(ctx, token.Family)
}
