package auth

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// Refresh exchanges a refresh token, which is good once, for new tokens. A token that is unknown, has expired or was revoked is a
// fault.Unauthorized, refresh_invalid. One that was exchanged before is a sign of theft: refresh_reused, and every token of its
// family ends, unless the same client exchanged it a moment ago (see rotationGrace).
func (a *Auth) Refresh(ctx context.Context, token, address, userAgent string) (Tokens, error) {
	if token == "" || len(token) > maxTokenBytes {
		return Tokens{}, refreshInvalid()
	}
	tokens, end, err := a.exchange(ctx, token, address, userAgent)
	if err != nil || end == nil {
		return tokens, err
	}
	refusal := refreshInvalid()
	if !a.sessions.ended(end.Family) {
		refusal = fault.New(fault.Unauthorized, "this session was continued elsewhere and is ended, log in again").WithCode("refresh_reused")
		a.log.WarnContext(ctx, "a refresh token came twice, its session is ended", "admin_id", end.AdminID, "address", address)
	}
	if err := a.endFamily(ctx, end.Family); err != nil {
		return Tokens{}, err
	}
	return Tokens{}, refusal
}

// exchange gives new tokens for a refresh token, or the token back when its family must end: it was exchanged before by somebody
// else, or the family was ended and the store was away when it should have been told.
func (a *Auth) exchange(ctx context.Context, token, address, userAgent string) (_ Tokens, end *RefreshToken, _ error) {
	a.giving.RLock()
	defer a.giving.RUnlock()
	now := time.Now()
	hash, client := hashToken(token), network(address)+"|"+userAgent
	fresh := ""
	used, err := a.store.UseRefresh(ctx, hash, now, func(used RefreshToken) RefreshToken {
		var next RefreshToken
		fresh, next = a.next(used, address, userAgent, now)
		// Noted before the exchange is seen by anybody, so that a parallel one always finds it.
		a.sessions.exchanged(hash, client, now)
		return next
	})
	switch {
	case fault.Is(err, fault.NotFound):
		return Tokens{}, nil, refreshInvalid()
	case err != nil:
		return Tokens{}, nil, fmt.Errorf("exchange refresh token: %w", err)
	case !used.RevokedAt.IsZero(), !used.ExpiresAt.After(now):
		return Tokens{}, nil, refreshInvalid()
	}
	again := !used.UsedAt.IsZero()
	if a.sessions.ended(used.Family) || again && !a.sessions.mayAgain(hash, client, now) {
		return Tokens{}, used, nil
	}
	session, err := a.sessionOf(ctx, used)
	if err != nil {
		return Tokens{}, nil, err
	}
	var tokens Tokens
	if again {
		tokens, err = a.open(ctx, session, address, userAgent)
	} else {
		tokens, err = a.issue(session, fresh, now)
	}
	return tokens, nil, err
}

// next makes the refresh token that follows another. What follows one that has expired is of no use to anybody.
func (a *Auth) next(used RefreshToken, address, userAgent string, now time.Time) (string, RefreshToken) {
	token, hash := newRefresh()
	row := refreshRow(Session{AdminID: used.AdminID, Family: used.Family}, hash, address, userAgent, now)
	if !used.ExpiresAt.After(now) {
		row.ExpiresAt, row.RevokedAt = now, now
	}
	return token, row
}

// sessionOf gives whom a refresh token speaks for.
func (a *Auth) sessionOf(ctx context.Context, used *RefreshToken) (Session, error) {
	admin, err := a.store.AdminByID(ctx, used.AdminID)
	switch {
	case fault.Is(err, fault.NotFound):
		return Session{}, refreshInvalid()
	case err != nil:
		return Session{}, fmt.Errorf("find admin: %w", err)
	}
	return Session{AdminID: admin.ID, Username: admin.Username, Family: used.Family}, nil
}

// endFamily refuses a family's access tokens at once and revokes its refresh tokens.
func (a *Auth) endFamily(ctx context.Context, family string) error {
	a.giving.Lock()
	defer a.giving.Unlock()
	now := time.Now()
	a.sessions.end(family, now)
	if err := a.store.RevokeFamily(ctx, family, now); err != nil {
		return fmt.Errorf("revoke session: %w", err)
	}
	return nil
}

// Logout ends the session of a refresh token, used or not. A token that is unknown has nothing to end, which is no fault.
func (a *Auth) Logout(ctx context.Context, token string) error {
	if token == "" || len(token) > maxTokenBytes {
		return nil
	}
	// Exchanging the token for one that is revoked from the start is how its family is found.
	now := time.Now()
	used, err := a.store.UseRefresh(ctx, hashToken(token), now, func(used RefreshToken) RefreshToken {
		_, hash := newRefresh()
		row := refreshRow(Session{AdminID: used.AdminID, Family: used.Family}, hash, used.Address, used.UserAgent, now)
		row.ExpiresAt, row.RevokedAt = now, now
		return row
	})
	switch {
	case fault.Is(err, fault.NotFound):
		return nil
	case err != nil:
		return fmt.Errorf("find session: %w", err)
	}
	return a.endFamily(ctx, used.Family)
}

func refreshInvalid() error {
	return fault.New(fault.Unauthorized, "the session has ended, log in again").WithCode("refresh_invalid")
}

// cut bounds a text that came from outside, in bytes, and leaves it UTF-8 that any database keeps.
func cut(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
}
