package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"gemini-proxy/backend/internal/fault"
)

// Tokens is what a log-in or a refresh gives. It prints and logs without the tokens.
type Tokens struct {
	Access    string        // a JWT for the Authorization header
	ExpiresIn time.Duration // of Access
	Refresh   string        // good once, for 30 days
}

// Format hides the tokens from every verb.
func (Tokens) Format(f fmt.State, _ rune) { fmt.Fprint(f, "tokens ••••••") }

// LogValue hides the tokens from slog.
func (Tokens) LogValue() slog.Value { return slog.StringValue("tokens ••••••") }

// Session is who an access token speaks for.
type Session struct {
	AdminID  int64
	Username string
	Family   string // of the refresh tokens behind it
}

// Who issues access tokens, and for what.
const (
	issuer   = "gemini-proxy"
	audience = "gemini-proxy/admin"
)

// tokens signs and reads access tokens.
type tokens struct {
	key    []byte
	parser *jwt.Parser
}

type claims struct {
	jwt.RegisteredClaims
	Username string `json:"name"`
	Family   string `json:"fam"`
}

func newTokens(key []byte) tokens {
	return tokens{key: key, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(issuer),
		jwt.WithAudience(audience),
		jwt.WithExpirationRequired(),
	)}
}

// sign makes an access token.
func (t tokens) sign(s Session, now time.Time) (string, error) {
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    issuer,
			Audience:  jwt.ClaimStrings{audience},
			Subject:   strconv.FormatInt(s.AdminID, 10),
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(accessLife)),
		},
		Username: s.Username,
		Family:   s.Family,
	}).SignedString(t.key)
	if err != nil {
		return "", fmt.Errorf("sign access token: %w", err)
	}
	return text, nil
}

// maxTokenBytes is far more than any token of ours has.
const maxTokenBytes = 4096

// read gives whom an access token speaks for and when it was issued.
func (t tokens) read(text string) (Session, time.Time, error) {
	if text == "" {
		return Session{}, time.Time{}, fault.New(fault.Unauthorized, "log in first: an access token is needed").WithCode("token_missing")
	}
	if len(text) > maxTokenBytes {
		return Session{}, time.Time{}, invalidToken(nil)
	}
	var c claims
	_, err := t.parser.ParseWithClaims(text, &c, func(*jwt.Token) (any, error) { return t.key, nil })
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return Session{}, time.Time{}, expiredToken()
	case err != nil:
		return Session{}, time.Time{}, invalidToken(err)
	}
	id, err := strconv.ParseInt(c.Subject, 10, 64)
	if err != nil || c.Family == "" || c.IssuedAt == nil {
		return Session{}, time.Time{}, invalidToken(err)
	}
	return Session{AdminID: id, Username: c.Username, Family: c.Family}, c.IssuedAt.Time, nil
}

func expiredToken() error {
	return fault.New(fault.Unauthorized, "the access token has expired").WithCode("token_expired")
}

// invalidToken keeps the kind of the cause alone: some parser errors quote what they read.
func invalidToken(cause error) error {
	f := fault.New(fault.Unauthorized, "the access token is not valid").WithCode("token_invalid")
	for _, kind := range []error{jwt.ErrTokenMalformed, jwt.ErrTokenUnverifiable, jwt.ErrTokenSignatureInvalid, jwt.ErrTokenInvalidClaims} {
		if errors.Is(cause, kind) {
			f.Err = kind
		}
	}
	return f
}

// refreshBytes gives a refresh token 256 random bits.
const refreshBytes = 32

// newRefresh makes a refresh token and its hash.
func newRefresh() (token, hash string) {
	token = base64.RawURLEncoding.EncodeToString(randomBytes(refreshBytes))
	return token, hashToken(token)
}

// hashToken is how a random token is kept: SHA-256 in hex. It needs no salt and no stretching, as it cannot be guessed.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func newFamily() string { return hex.EncodeToString(randomBytes(16)) }
