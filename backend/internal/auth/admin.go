package auth

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// FirstAdmin makes the first admin if there is none. Without a password it makes one and gives it, to be shown this once; made is ""
// when a password was given or there is an admin already.
func (a *Auth) FirstAdmin(ctx context.Context, username, password string) (made string, err error) {
	n, err := a.store.AdminCount(ctx)
	if err != nil {
		return "", fmt.Errorf("count admins: %w", err)
	}
	if n > 0 {
		return "", nil
	}
	if password == "" {
		made = readablePassword()
		password = made
	}
	if err := checkNewPassword("password", password); err != nil {
		return "", err
	}
	hash, err := a.hasher.hash(ctx, password)
	if err != nil {
		return "", err
	}
	now := time.Now()
	_, err = a.store.CreateAdmin(ctx, Admin{Username: username, PasswordHash: hash, CreatedAt: now, PasswordChangedAt: now})
	switch {
	case fault.Is(err, fault.Conflict): // another replica was first, with its own password
		return "", nil
	case err != nil:
		return "", fmt.Errorf("create first admin: %w", err)
	}
	a.log.InfoContext(ctx, "first admin created", "username", username)
	return made, nil
}

// readablePassword gives 20 characters in groups of five, about 99 random bits, without those that look alike.
func readablePassword() string {
	const alphabet = "abcdefghjkmnpqrstuvwxyz23456789" // 31: no i, l, o, 0, 1
	var b strings.Builder
	var one [1]byte
	for n := 0; n < 20; {
		rand.Read(one[:]) // never fails, by its contract
		if int(one[0]) >= 256/len(alphabet)*len(alphabet) {
			continue // would favour the first characters
		}
		if n > 0 && n%5 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(alphabet[int(one[0])%len(alphabet)])
		n++
	}
	return b.String()
}

// Check gives whom an access token speaks for: from memory, without the store. Faults are fault.Unauthorized with the code
// token_missing, token_invalid or token_expired. A token of a session that was ended has expired.
func (a *Auth) Check(_ context.Context, access string) (*Session, error) {
	session, issuedAt, err := a.tokens.read(access)
	if err != nil {
		return nil, err
	}
	if !a.sessions.good(session.Family, issuedAt) {
		return nil, expiredToken()
	}
	return &session, nil
}

// Profile is what an admin may know of their own account.
type Profile struct {
	Username          string
	CreatedAt         time.Time
	PasswordChangedAt time.Time
}

// Me gives the account of a session.
func (a *Auth) Me(ctx context.Context, s *Session) (Profile, error) {
	admin, err := a.store.AdminByID(ctx, s.AdminID)
	if err != nil {
		return Profile{}, fmt.Errorf("find admin: %w", err)
	}
	return Profile{Username: admin.Username, CreatedAt: admin.CreatedAt, PasswordChangedAt: admin.PasswordChangedAt}, nil
}

// ChangePassword sets a new password and ends every other session of the account. A wrong current password is a fault.Invalid of
// current_password with the code bad_credentials, and is slowed like a wrong log-in.
func (a *Auth) ChangePassword(ctx context.Context, s *Session, current, next string) error {
	if err := checkNewPassword("new_password", next); err != nil {
		return err
	}
	t, err := a.changes.begin(try{account: strconv.FormatInt(s.AdminID, 10), address: s.Family}, time.Now())
	if err != nil {
		return err
	}
	admin, err := a.store.AdminByID(ctx, s.AdminID)
	if err != nil {
		a.changes.undo(t)
		return fmt.Errorf("find admin: %w", err)
	}
	same, err := a.hasher.verify(ctx, admin.PasswordHash, current)
	if err != nil {
		a.changes.undo(t)
		return err
	}
	if !same {
		return fault.Field("current_password", "is not the current password").WithCode("bad_credentials")
	}
	a.changes.good(t, time.Now())
	hash, err := a.hasher.hash(ctx, next)
	if err != nil {
		return err
	}
	a.giving.Lock()
	defer a.giving.Unlock()
	now := time.Now()
	if err := a.store.SetPassword(ctx, s.AdminID, hash, now, s.Family); err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	a.sessions.endOthers(s.AdminID, s.Family, now)
	a.log.InfoContext(ctx, "password changed, other sessions ended", "username", admin.Username)
	return nil
}
