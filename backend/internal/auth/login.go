package auth

import (
	"context"
	"fmt"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// refreshLife is how long a refresh token is good, and so how long a session lives without being used.
const refreshLife = 30 * 24 * time.Hour

// LoginRequest is a name and password, and where they come from.
type LoginRequest struct {
	Username  string
	Password  string
	Address   string // the client's, "203.0.113.7"; port and all is fine too
	UserAgent string
}

// Login opens a session. A wrong name and a wrong password are one fault.Unauthorized, bad_credentials, and take the same time. A
// fault.Limited, too_many_attempts, says after which time another try is looked at.
func (a *Auth) Login(ctx context.Context, r LoginRequest) (Tokens, error) {
	t, err := a.logins.begin(newTry(r.Username, r.Address), time.Now())
	if err != nil {
		return Tokens{}, err
	}
	admin, err := a.authenticate(ctx, r.Username, r.Password)
	switch {
	case fault.Is(err, fault.Unauthorized):
		a.log.WarnContext(ctx, "log-in refused", "address", r.Address) // not the name: it may be a password typed in the wrong place
		return Tokens{}, err
	case err != nil:
		a.logins.undo(t)
		return Tokens{}, err
	}
	a.logins.good(t, time.Now())
	tokens, err := a.begin(ctx, admin, r)
	if err != nil {
		return Tokens{}, err
	}
	a.log.InfoContext(ctx, "logged in", "username", admin.Username, "address", r.Address)
	return tokens, nil
}

// begin opens a session of an admin whose password was right, unless it was changed meanwhile.
func (a *Auth) begin(ctx context.Context, admin *Admin, r LoginRequest) (Tokens, error) {
	a.giving.RLock()
	defer a.giving.RUnlock()
	now, err := a.store.AdminByID(ctx, admin.ID)
	if err != nil {
		return Tokens{}, fmt.Errorf("find admin: %w", err)
	}
	if now.PasswordHash != admin.PasswordHash {
		return Tokens{}, badCredentials()
	}
	return a.open(ctx, Session{AdminID: admin.ID, Username: admin.Username, Family: newFamily()}, r.Address, r.UserAgent)
}

// authenticate finds the admin whose name and password these are.
func (a *Auth) authenticate(ctx context.Context, username, password string) (*Admin, error) {
	hash := ""
	admin, err := a.adminByName(ctx, username)
	switch {
	case err == nil:
		hash = admin.PasswordHash
	case !fault.Is(err, fault.NotFound):
		return nil, fmt.Errorf("find admin: %w", err)
	}
	same, err := a.hasher.verify(ctx, hash, password)
	if err != nil {
		return nil, err
	}
	if !same {
		return nil, badCredentials()
	}
	return admin, nil
}

// adminByName asks the store only for what could be a name: some databases refuse text with a NUL, or that is no UTF-8.
func (a *Auth) adminByName(ctx context.Context, username string) (*Admin, error) {
	const longest = 256
	if username == "" || cut(username, longest) != username {
		return nil, fault.New(fault.NotFound, "no such admin")
	}
	return a.store.AdminByName(ctx, username)
}

func badCredentials() error {
	return fault.New(fault.Unauthorized, "wrong name or password").WithCode("bad_credentials")
}

// open keeps a new refresh token in the session's family and gives it with an access token. The caller holds giving.
func (a *Auth) open(ctx context.Context, s Session, address, userAgent string) (Tokens, error) {
	now := time.Now()
	token, hash := newRefresh()
	if err := a.store.CreateRefresh(ctx, refreshRow(s, hash, address, userAgent, now)); err != nil {
		return Tokens{}, fmt.Errorf("keep refresh token: %w", err)
	}
	return a.issue(s, token, now)
}

// issue gives an access token with the refresh token that was kept.
func (a *Auth) issue(s Session, refresh string, now time.Time) (Tokens, error) {
	access, err := a.tokens.sign(s, now)
	if err != nil {
		return Tokens{}, err
	}
	a.sessions.issued(s.Family, s.AdminID, now)
	return Tokens{Access: access, ExpiresIn: accessLife, Refresh: refresh}, nil
}

// Longest texts kept of a client, in bytes.
const (
	maxAddress   = 64
	maxUserAgent = 256
)

func refreshRow(s Session, hash, address, userAgent string, now time.Time) RefreshToken {
	return RefreshToken{
		Hash:      hash,
		Family:    s.Family,
		AdminID:   s.AdminID,
		CreatedAt: now,
		ExpiresAt: now.Add(refreshLife),
		Address:   cut(address, maxAddress),
		UserAgent: cut(userAgent, maxUserAgent),
	}
}
