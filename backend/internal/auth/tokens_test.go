package auth

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"gemini-proxy/backend/internal/fault"
)

func TestCheckRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := withAdmin(t)
		good := login(t, a).Access
		other, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		usual := func() jwt.MapClaims {
			now := time.Now().Unix()
			return jwt.MapClaims{"iss": issuer, "aud": audience, "sub": "1", "fam": "f", "name": name, "iat": now, "exp": now + 60}
		}
		sign := func(method jwt.SigningMethod, key any, change func(jwt.MapClaims)) string {
			c := usual()
			change(c)
			text, err := jwt.NewWithClaims(method, c).SignedString(key)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		without := func(name string) func(jwt.MapClaims) { return func(c jwt.MapClaims) { delete(c, name) } }
		with := func(name string, value any) func(jwt.MapClaims) { return func(c jwt.MapClaims) { c[name] = value } }
		same := func(jwt.MapClaims) {}
		if _, err := a.Check(t.Context(), sign(jwt.SigningMethodHS256, signingKey, same)); err != nil {
			t.Fatalf("the usual claims: %v", err)
		}
		head, rest, _ := strings.Cut(good, ".")
		for what, token := range map[string]string{
			"token_missing":                 "",
			"token_invalid garbage":         "FAKE",
			"token_invalid long":            strings.Repeat("FAKE", 1<<18),
			"token_invalid dots":            "..",
			"token_invalid changed":         head + "." + strings.Replace(rest, "e", "f", 1),
			"token_invalid unsigned":        sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, same),
			"token_invalid HS384":           sign(jwt.SigningMethodHS384, signingKey, same),
			"token_invalid HS512":           sign(jwt.SigningMethodHS512, signingKey, same),
			"token_invalid RS256":           sign(jwt.SigningMethodRS256, other, same),
			"token_invalid other key":       sign(jwt.SigningMethodHS256, bytes.Repeat([]byte("x"), 32), same),
			"token_invalid issuer":          sign(jwt.SigningMethodHS256, signingKey, with("iss", "other")),
			"token_invalid no issuer":       sign(jwt.SigningMethodHS256, signingKey, without("iss")),
			"token_invalid audience":        sign(jwt.SigningMethodHS256, signingKey, with("aud", "other")),
			"token_invalid no audience":     sign(jwt.SigningMethodHS256, signingKey, without("aud")),
			"token_invalid no expiry":       sign(jwt.SigningMethodHS256, signingKey, without("exp")),
			"token_invalid no issue time":   sign(jwt.SigningMethodHS256, signingKey, without("iat")),
			"token_invalid no subject":      sign(jwt.SigningMethodHS256, signingKey, without("sub")),
			"token_invalid subject":         sign(jwt.SigningMethodHS256, signingKey, with("sub", "admin")),
			"token_invalid no family":       sign(jwt.SigningMethodHS256, signingKey, without("fam")),
			"token_expired now":             sign(jwt.SigningMethodHS256, signingKey, with("exp", time.Now().Unix())),
			"token_expired before we began": sign(jwt.SigningMethodHS256, signingKey, with("iat", time.Now().Unix()-1)),
		} {
			code, _, _ := strings.Cut(what, " ")
			_, err := a.Check(t.Context(), token)
			wantFault(t, what, err, fault.Unauthorized, code)
		}
		time.Sleep(accessLife)
		_, err = a.Check(t.Context(), good)
		wantFault(t, "after 15 minutes", err, fault.Unauthorized, "token_expired")
	})
}

// TestEndedStaysEndedAfterARestart: what a server ended is not remembered by the next, so the next takes only tokens of its own time;
// the refresh token brings one.
func TestEndedStaysEndedAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, store := withAdmin(t)
		ended, other := login(t, a), login(t, a)
		if err := a.Logout(t.Context(), ended.Refresh); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		next := start(t, store)
		wantCheck(t, next, "the ended session", ended, "token_expired")
		wantCheck(t, next, "a token of before", other, "token_expired")
		wantNoRefresh(t, next, "the ended session", ended.Refresh, "refresh_invalid")
		wantCheck(t, next, "refreshed", refresh(t, next, other.Refresh), "")
		wantCheck(t, a, "on a replica that began before", other, "")
	})
}

func TestClockSetBack(t *testing.T) {
	s := newSessions(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	before := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	if s.good("f", before) {
		t.Error("a token of before the start is good")
	}
	s.issued("f", 1, before)
	if !s.good("f", before) {
		t.Error("after the clock was set back, what is issued is refused")
	}
}

func TestSessionsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := withAdmin(t)
		tokens := login(t, a)
		refresh(t, a, tokens.Refresh)
		if err := a.Logout(t.Context(), tokens.Refresh); err != nil {
			t.Fatal(err)
		}
		time.Sleep(accessLife)
		a.sessions.forget(time.Now())
		wantCheck(t, a, "still within its time", tokens, "token_expired")
		time.Sleep(time.Second)
		a.sessions.forget(time.Now())
		if len(a.sessions.families)+len(a.sessions.rotated) != 0 {
			t.Errorf("remembered: %v %v", a.sessions.families, a.sessions.rotated)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	a, _ := withAdmin(b)
	token := login(b, a).Access
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Check(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}
