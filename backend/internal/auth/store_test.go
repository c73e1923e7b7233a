package auth_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
)

func on(t *testing.T, s *store.Store) *auth.Auth {
	t.Helper()
	a, err := auth.New(t.Context(), auth.Config{Store: s, Key: bytes.Repeat([]byte("k"), 32), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestOnTheRealStore walks through a log-in session and a user key's life on a database, with a restart in between.
func TestOnTheRealStore(t *testing.T) {
	s := storetest.SQLite(t)
	ctx, a := t.Context(), on(t, s)
	made, err := a.FirstAdmin(ctx, "Admin", "")
	if err != nil || made == "" {
		t.Fatal(err)
	}
	if again, err := a.FirstAdmin(ctx, "Admin", ""); again != "" || err != nil {
		t.Errorf("the second start: %v", err)
	}
	tokens, err := a.Login(ctx, auth.LoginRequest{Username: "admin", Password: made, Address: "203.0.113.7", UserAgent: "Firefox"})
	if err != nil {
		t.Fatal(err)
	}
	key, secret, err := a.CreateUserKey(ctx, "laptop", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.UserKey(secret); err != nil {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := a.Run(ended); err != nil {
		t.Error(err)
	}

	a = on(t, s)
	if again, err := a.UserKey(secret); err != nil || again.ID != key.ID || again.LastUsedAt.IsZero() {
		t.Errorf("the user key after a restart: %+v, %v", again, err)
	}
	tokens, err = a.Refresh(ctx, tokens.Refresh, "203.0.113.7", "Firefox")
	if err != nil {
		t.Fatal(err)
	}
	session, err := a.Check(ctx, tokens.Access)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.ChangePassword(ctx, session, made, "FAKE-password-2"); err != nil {
		t.Fatal(err)
	}
	if err := a.DeleteUserKey(ctx, key.ID); err != nil {
		t.Error(err)
	}
	if err := a.Logout(ctx, tokens.Refresh); err != nil {
		t.Error(err)
	}
	if _, err := a.Refresh(ctx, tokens.Refresh, "203.0.113.7", "Firefox"); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("after the log-out: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = a.Login(ctx, auth.LoginRequest{Username: "admin", Password: "FAKE-password-2"})
	if !fault.Is(err, fault.Unavailable) || fault.Of(err).Code != "database_unavailable" {
		t.Errorf("with the database gone: %v", err)
	}
}

// TestParallelRefreshOnTheRealStore has tabs exchange one token together, on both databases: none is logged out.
func TestParallelRefreshOnTheRealStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := on(t, s)
		if _, err := a.FirstAdmin(t.Context(), "admin", "FAKE-password-1"); err != nil {
			t.Fatal(err)
		}
		tokens, err := a.Login(t.Context(), auth.LoginRequest{Username: "admin", Password: "FAKE-password-1"})
		if err != nil {
			t.Fatal(err)
		}
		const tabs = 6
		results := make(chan error, tabs)
		for range tabs {
			go func() {
				fresh, err := a.Refresh(context.Background(), tokens.Refresh, "203.0.113.7", "Firefox")
				_, checked := a.Check(context.Background(), fresh.Access)
				results <- errors.Join(err, checked)
			}()
		}
		for range tabs {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
	})
}
