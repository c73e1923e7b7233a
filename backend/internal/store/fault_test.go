package store_test

import (
	"context"
	"database/sql"
	"os"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
	"gemini-proxy/backend/internal/usage"
)

// calls gives one call of every method that asks the database.
func calls(ctx context.Context, s *store.Store) map[string]func() error {
	from, to := day0(), day0().Add(25*time.Hour+time.Minute)
	return map[string]func() error{
		"Ping":     func() error { return s.Ping(ctx) },
		"Size":     func() error { _, err := s.Size(ctx); return err },
		"LoadPool": func() error { _, err := s.LoadPool(ctx); return err },
		"AddKeys":  func() error { _, err := s.AddKeys(ctx, fakeKeys(1)); return err },
		"UpdateKeys": func() error {
			return s.UpdateKeys(ctx, []pool.Record{{ID: 1, Secret: gemini.Secret("AIzaSy-FAKE-secret")}})
		},
		"SavePool": func() error {
			return s.SavePool(ctx, &pool.Changes{Rests: []pool.RestRecord{{Scope: "key:1", Until: to}}})
		},
		"AdminCount":           func() error { _, err := s.AdminCount(ctx); return err },
		"CreateAdmin":          func() error { _, err := s.CreateAdmin(ctx, auth.Admin{Username: "x"}); return err },
		"AdminByName":          func() error { _, err := s.AdminByName(ctx, "admin"); return err },
		"AdminByID":            func() error { _, err := s.AdminByID(ctx, 1); return err },
		"SetPassword":          func() error { return s.SetPassword(ctx, 1, "hash", to, "") },
		"CreateRefresh":        func() error { return s.CreateRefresh(ctx, auth.RefreshToken{Hash: "h", AdminID: 1}) },
		"RevokeFamily":         func() error { return s.RevokeFamily(ctx, "f", to) },
		"DeleteExpiredRefresh": func() error { _, err := s.DeleteExpiredRefresh(ctx, to); return err },
		"UseRefresh": func() error {
			_, err := s.UseRefresh(ctx, "h", to, func(t auth.RefreshToken) auth.RefreshToken { return t })
			return err
		},
		"UserKeys":       func() error { _, err := s.UserKeys(ctx); return err },
		"CreateUserKey":  func() error { _, err := s.CreateUserKey(ctx, auth.UserKey{Hash: "h"}); return err },
		"UpdateUserKey":  func() error { return s.UpdateUserKey(ctx, auth.UserKey{ID: 1}) },
		"DeleteUserKey":  func() error { return s.DeleteUserKey(ctx, 1, to) },
		"TouchUserKeys":  func() error { return s.TouchUserKeys(ctx, map[int64]time.Time{1: to}) },
		"LoadSettings":   func() error { _, _, err := s.LoadSettings(ctx); return err },
		"SaveSettings":   func() error { _, err := s.SaveSettings(ctx, []byte("{}"), 0); return err },
		"SaveEvents":     func() error { return s.SaveEvents(ctx, []usage.Event{{Time: from}}) },
		"Totals":         func() error { _, err := s.Totals(ctx, from, to); return err },
		"Series":         func() error { _, err := s.Series(ctx, usage.Part{}, from, to, time.Hour); return err },
		"ByModel":        func() error { _, err := s.ByModel(ctx, from, to); return err },
		"ByUserKey":      func() error { _, err := s.ByUserKey(ctx, from, to); return err },
		"ByGeminiKey":    func() error { _, _, err := s.ByGeminiKey(ctx, from, to, 3); return err },
		"KeyHours":       func() error { _, err := s.KeyHours(ctx, []int64{1}, to, 24); return err },
		"KeyLatency":     func() error { _, _, err := s.KeyLatency(ctx, 1, from, to); return err },
		"UserKeyTotals":  func() error { _, err := s.UserKeyTotals(ctx); return err },
		"RecentFailures": func() error { _, err := s.RecentFailures(ctx, 3); return err },
		"Prune":          func() error { _, err := s.Prune(ctx, to, to, 10); return err },
	}
}

// wantUnavailable checks that every call says, in the same words, that the database is away, and shows no more.
func wantUnavailable(t *testing.T, calls map[string]func() error) {
	t.Helper()
	for name, call := range calls {
		err := call()
		if !fault.Is(err, fault.Unavailable) || fault.Of(err).Code != "database_unavailable" {
			t.Errorf("%s: %v, want database_unavailable", name, err)
			continue
		}
		if message := fault.Of(err).Message; message != "the database is not available" || strings.Contains(err.Error(), "AIza") {
			t.Errorf("%s says %q", name, message)
		}
	}
}

func TestAClosedStoreIsUnavailable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("closing twice: %v", err)
		}
		wantUnavailable(t, calls(t.Context(), s))
	})
}

func TestALateAnswerIsUnavailable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		wantUnavailable(t, calls(ctx, s))
	})
}

func TestACallerThatLeftIsCanceled(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for name, call := range calls(ctx, s) {
			if err := call(); !fault.Is(err, fault.Canceled) {
				t.Errorf("%s: %v, want Canceled", name, err)
			}
		}
	})
}

func TestAPostgresThatGoesAwayAndComesBack(t *testing.T) {
	cluster := storetest.NewCluster(t)
	s := storetest.Open(t, cluster.URL("postgres"))
	addKeys(t, s, fakeKeys(2))
	if err := cluster.Stop(); err != nil {
		t.Fatal(err)
	}
	wantUnavailable(t, calls(t.Context(), s))
	if err := cluster.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(loadPool(t, s).Keys); n != 2 {
		t.Errorf("%d keys after the Postgres came back, want 2", n)
	}
	if added := addKeys(t, s, fakeKeys(3)); added[2].ID == 0 {
		t.Error("the store does not write after the Postgres came back")
	}
}

func TestALockedFileIsUnavailableToWritersAlone(t *testing.T) {
	t.Parallel() // it waits out the five seconds of the busy timeout, which heeds no deadline
	url := storetest.SQLiteURL(t)
	s := storetest.Open(t, url)
	addKeys(t, s, fakeKeys(1))
	other, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:")+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := s.AddKeys(ctx, fakeKeys(2)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("writing to a locked file: %v, want Unavailable", err)
	}
	if n := len(loadPool(t, s).Keys); n != 1 {
		t.Errorf("%d keys read from a locked file, want 1", n)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if added := addKeys(t, s, fakeKeys(2)); added[1].ID == 0 {
		t.Error("the store does not write after the lock went")
	}
}

func TestAFileThatIsNoDatabaseIsUnavailable(t *testing.T) {
	url := storetest.SQLiteURL(t)
	if err := os.WriteFile(strings.TrimPrefix(url, "sqlite:"), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := store.Open(ctx, store.Config{URL: url, Sealer: storetest.Sealer(t)}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, want Unavailable", err)
	}
}
