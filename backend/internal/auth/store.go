package auth

import (
	"context"
	"time"
)

// Store keeps admins, their refresh tokens, and user keys. Absent things are fault.NotFound.
type Store interface {
	// AdminCount gives the number of admins; 0 means a first start.
	AdminCount(ctx context.Context) (int, error)
	// CreateAdmin keeps a new admin and gives its id; a fault.Conflict when the name is taken.
	CreateAdmin(ctx context.Context, admin Admin) (int64, error)
	// AdminByName finds an admin.
	AdminByName(ctx context.Context, username string) (*Admin, error)
	// AdminByID finds an admin.
	AdminByID(ctx context.Context, id int64) (*Admin, error)
	// SetPassword replaces an admin's password hash and revokes every refresh family of theirs but keepFamily (which may be empty).
	SetPassword(ctx context.Context, id int64, hash string, at time.Time, keepFamily string) error

	// CreateRefresh keeps a new refresh token.
	CreateRefresh(ctx context.Context, token RefreshToken) error
	// UseRefresh marks the token with the hash as used at a time and keeps next, in one transaction, and gives the token as it was
	// before: a token already used or revoked comes back unchanged and next is not kept.
	UseRefresh(ctx context.Context, hash string, at time.Time, next func(RefreshToken) RefreshToken) (*RefreshToken, error)
	// RevokeFamily revokes every token of a family.
	RevokeFamily(ctx context.Context, family string, at time.Time) error
	// OpenSessions gives an admin's sessions that can go on at a time, the last used first.
	OpenSessions(ctx context.Context, admin int64, at time.Time) ([]OpenSession, error)
	// RefreshByID finds a refresh token, used or not.
	RefreshByID(ctx context.Context, id int64) (*RefreshToken, error)
	// DeleteExpiredRefresh deletes tokens that expired before a time.
	DeleteExpiredRefresh(ctx context.Context, before time.Time) (int64, error)

	// UserKeys gives every user key that is not deleted.
	UserKeys(ctx context.Context) ([]UserKey, error)
	// CreateUserKey keeps a new user key and gives its id.
	CreateUserKey(ctx context.Context, key UserKey) (int64, error)
	// UpdateUserKey writes Name, Note, Enabled, Hash, Prefix, Suffix and Limits of a key.
	UpdateUserKey(ctx context.Context, key UserKey) error
	// DeleteUserKey deletes a key; its row stays for its history, its hash goes.
	DeleteUserKey(ctx context.Context, id int64, at time.Time) error
	// TouchUserKeys writes when keys were last used, by id.
	TouchUserKeys(ctx context.Context, used map[int64]time.Time) error
	// SpentByUserKey sums up what the records tell of keys' use from a time until before another, by id.
	SpentByUserKey(ctx context.Context, from, to time.Time) (map[int64]Spent, error)
}

// Admin is an operator's account.
type Admin struct {
	ID                int64
	Username          string // unique, compared in lower case
	PasswordHash      string // argon2id in the PHC form: $argon2id$v=19$m=…,t=…,p=…$salt$hash
	CreatedAt         time.Time
	PasswordChangedAt time.Time
}

// RefreshToken is one step of a log-in session: each is used once, for the next. All steps of a session are one family.
type RefreshToken struct {
	ID        int64
	Hash      string // SHA-256 of the token, hex; unique
	Family    string
	AdminID   int64
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // zero until it was exchanged
	RevokedAt time.Time // zero while the family is good
	Address   string    // where the session was opened from
	UserAgent string
}

// UserKey is an access key we issued. The key itself was shown once and is not kept.
type UserKey struct {
	ID         int64
	Hash       string // SHA-256 of the whole key, hex; unique among keys that are not deleted
	Prefix     string // "sk-ab12": enough to recognise it
	Suffix     string // its last four characters
	Name       string
	Note       string
	Enabled    bool
	CreatedAt  time.Time
	LastUsedAt time.Time  // zero: never
	Limits     *KeyLimits // nil: none
}
