package auth

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/fault"
)

func refresh(t *testing.T, a *Auth, token string) Tokens {
	t.Helper()
	tokens, err := a.Refresh(t.Context(), token, address, browser)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func wantNoRefresh(t *testing.T, a *Auth, what, token, code string) {
	t.Helper()
	_, err := a.Refresh(t.Context(), token, address, browser)
	wantFault(t, what, err, fault.Unauthorized, code)
}

func TestRefreshRotates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := withAdmin(t)
		tokens := login(t, a)
		seen := map[string]bool{tokens.Refresh: true}
		for range 5 {
			time.Sleep(29 * 24 * time.Hour) // each is good for 30 days from its own making
			tokens = refresh(t, a, tokens.Refresh)
			wantCheck(t, a, "after a refresh", tokens, "")
			if seen[tokens.Refresh] {
				t.Error("a refresh token came twice")
			}
			seen[tokens.Refresh] = true
		}
		time.Sleep(refreshLife)
		wantNoRefresh(t, a, "after 30 days", tokens.Refresh, "refresh_invalid")
		wantNoRefresh(t, a, "after 30 days, again", tokens.Refresh, "refresh_invalid")
	})
}

func TestUnknownRefreshTokens(t *testing.T) {
	a, _ := withAdmin(t)
	for _, token := range []string{"", "FAKE", string(make([]byte, 1<<20))} {
		wantNoRefresh(t, a, "unknown", token, "refresh_invalid")
	}
}

func TestReuseEndsTheFamily(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := withAdmin(t)
		first, unrelated := login(t, a), login(t, a)
		second := refresh(t, a, first.Refresh)
		time.Sleep(rotationGrace + time.Second)
		wantCheck(t, a, "before", second, "")
		wantNoRefresh(t, a, "used before", first.Refresh, "refresh_reused")
		wantCheck(t, a, "the family's access tokens, at once", second, "token_expired")
		wantCheck(t, a, "the family's first access token", first, "token_expired")
		wantNoRefresh(t, a, "what came of it", second.Refresh, "refresh_invalid")
		wantNoRefresh(t, a, "used before, again", first.Refresh, "refresh_invalid")
		wantCheck(t, a, "another session", unrelated, "")
		refresh(t, a, unrelated.Refresh)
	})
}

func TestGraceOfAParallelRefresh(t *testing.T) {
	tests := []struct {
		name             string
		after            time.Duration
		address, browser string
		code             string // "": another token
	}{
		{"the same client at once", 0, address, browser, ""},
		{"the same client a moment later", rotationGrace, address, browser, ""},
		{"the same client from another port", time.Second, address + ":40000", browser, ""},
		{"too late", rotationGrace + 1, address, browser, "refresh_reused"},
		{"another address", time.Second, "198.51.100.9", browser, "refresh_reused"},
		{"another browser", time.Second, address, "curl", "refresh_reused"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, _ := withAdmin(t)
				first := login(t, a)
				second := refresh(t, a, first.Refresh)
				time.Sleep(test.after)
				third, err := a.Refresh(t.Context(), first.Refresh, test.address, test.browser)
				if test.code != "" {
					wantFault(t, "again", err, fault.Unauthorized, test.code)
					wantCheck(t, a, "the session", second, "token_expired")
					return
				}
				if err != nil || third.Refresh == second.Refresh {
					t.Fatalf("again: %v", err)
				}
				// From here each tab has a line of its own, and neither disturbs the other.
				for range 3 {
					time.Sleep(10 * time.Minute)
					second, third = refresh(t, a, second.Refresh), refresh(t, a, third.Refresh)
					wantCheck(t, a, "one tab", second, "")
					wantCheck(t, a, "the other tab", third, "")
				}
				if err := a.Logout(t.Context(), third.Refresh); err != nil {
					t.Error(err)
				}
				wantCheck(t, a, "one tab after the other logged out", second, "token_expired")
			})
		})
	}
}

func TestThiefWithinTheGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := withAdmin(t)
		first := login(t, a)
		stolen, err := a.Refresh(t.Context(), first.Refresh, "198.51.100.9", browser)
		if err != nil {
			t.Fatal(err)
		}
		wantNoRefresh(t, a, "the owner, a moment after the thief", first.Refresh, "refresh_reused")
		wantCheck(t, a, "the thief's access token", stolen, "token_expired")
		wantNoRefresh(t, a, "the thief's refresh token", stolen.Refresh, "refresh_invalid")
	})
}

func TestGraceIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := withAdmin(t)
		first := login(t, a)
		for range 1 + maxAgain {
			refresh(t, a, first.Refresh)
		}
		wantNoRefresh(t, a, "too often", first.Refresh, "refresh_reused")
	})
}

// TestTwoTabsAtOnce has tabs wake up together: none is logged out, whoever comes first.
func TestTwoTabsAtOnce(t *testing.T) {
	a, _ := withAdmin(t)
	first := login(t, a)
	results, tabs := make(chan error), 4
	for range tabs {
		go func() {
			tokens, err := a.Refresh(context.Background(), first.Refresh, address, browser)
			_, checked := a.Check(context.Background(), tokens.Access)
			results <- errors.Join(err, checked)
		}()
	}
	for range tabs {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

func TestLogout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, store := withAdmin(t)
		tokens, other := login(t, a), login(t, a)
		for _, unknown := range []string{"", "FAKE", string(make([]byte, 1<<20))} {
			if err := a.Logout(t.Context(), unknown); err != nil {
				t.Errorf("unknown: %v", err)
			}
		}
		store.setAway(true)
		wantFault(t, "away", a.Logout(t.Context(), tokens.Refresh), fault.Unavailable, "database_unavailable")
		store.setAway(false)
		for range 2 {
			if err := a.Logout(t.Context(), tokens.Refresh); err != nil {
				t.Error(err)
			}
		}
		wantCheck(t, a, "the access token, at once", tokens, "token_expired")
		wantNoRefresh(t, a, "the refresh token", tokens.Refresh, "refresh_invalid")
		wantCheck(t, a, "another session", other, "")
	})
}

// unrevoking is a store that goes away between finding a session and revoking it.
type unrevoking struct {
	*memory
	away bool
}

func (u *unrevoking) RevokeFamily(ctx context.Context, family string, at time.Time) error {
	if u.away {
		return fault.New(fault.Unavailable, "the database is away").WithCode("database_unavailable")
	}
	return u.memory.RevokeFamily(ctx, family, at)
}

func TestEndedWhileTheStoreWasAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, kept := withAdmin(t)
		store := &unrevoking{memory: kept}
		a := start(t, store)
		first := login(t, a)
		second := refresh(t, a, first.Refresh)
		time.Sleep(time.Minute)
		store.away = true
		_, err := a.Refresh(t.Context(), first.Refresh, address, browser)
		wantFault(t, "reused, not kept", err, fault.Unavailable, "database_unavailable")
		wantCheck(t, a, "the access token", second, "token_expired")
		store.away = false
		wantNoRefresh(t, a, "the refresh token", second.Refresh, "refresh_invalid")
		for _, token := range kept.refresh {
			if token.RevokedAt.IsZero() {
				t.Error("a good token is left")
			}
		}
	})
}

// TestLogoutAndRefreshAtOnce never leaves a good token behind, whichever comes first.
func TestLogoutAndRefreshAtOnce(t *testing.T) {
	a, store := withAdmin(t)
	for range 5 {
		tokens := login(t, a)
		done := make(chan error, 1)
		go func() { done <- a.Logout(context.Background(), tokens.Refresh) }()
		refreshed, err := a.Refresh(t.Context(), tokens.Refresh, address, browser)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if err == nil {
			wantCheck(t, a, "refreshed before the log-out", refreshed, "token_expired")
		}
	}
	for _, kept := range store.refresh {
		if kept.RevokedAt.IsZero() {
			t.Errorf("a good token is left: %+v", kept)
		}
	}
}

func TestRefreshWithTheStoreAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, store := withAdmin(t)
		tokens := login(t, a)
		store.setAway(true)
		_, err := a.Refresh(t.Context(), tokens.Refresh, address, browser)
		wantFault(t, "away", err, fault.Unavailable, "database_unavailable")
		wantCheck(t, a, "the access token needs no database", tokens, "")
		store.setAway(false)
		refresh(t, a, tokens.Refresh)
	})
}

func TestRefreshOfAnAdminWhoIsGone(t *testing.T) {
	a, store := withAdmin(t)
	tokens := login(t, a)
	clear(store.admins)
	wantNoRefresh(t, a, "no such admin", tokens.Refresh, "refresh_invalid")
}
