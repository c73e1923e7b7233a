// Package storetest gives tests a real, empty store: a SQLite file, or a database of a real Postgres. The Postgres is the one that
// TEST_DATABASE_URL names, else a throwaway cluster of the installed binaries. Where there is neither, tests are skipped, but in CI
// (the variable CI is set) they fail, so that a green run has always seen both databases.
package storetest

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"testing"

	"gemini-proxy/backend/internal/store"
)

// Sealer gives the sealer that every store of this package is opened with.
func Sealer(t testing.TB) *store.Sealer {
	t.Helper()
	sealer, err := store.NewSealer(bytes.Repeat([]byte("storetest"), 4))
	if err != nil {
		t.Fatalf("making the tests' sealer: %v", err)
	}
	return sealer
}

// SQLite gives an empty store in a file of its own.
func SQLite(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, SQLiteURL(t))
}

// Postgres gives an empty store in a Postgres database of its own.
func Postgres(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, PostgresURL(t))
}

// Each runs a test on both databases.
func Each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run(store.KindSQLite, func(t *testing.T) { test(t, SQLite(t)) })
	t.Run(store.KindPostgres, func(t *testing.T) { test(t, Postgres(t)) })
}

// EachURL runs a test on a new, empty database of both kinds that nothing has migrated, for tests that open it themselves.
func EachURL(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run(store.KindSQLite, func(t *testing.T) { test(t, SQLiteURL(t)) })
	t.Run(store.KindPostgres, func(t *testing.T) { test(t, PostgresURL(t)) })
}

// SQLiteURL gives the URL of a file that does not exist yet, in a directory that goes when the test ends.
func SQLiteURL(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "store.db")
}

// Open opens a store, and closes it when the test ends.
func Open(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{URL: url, Sealer: Sealer(t), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("opening a test store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing a test store: %v", err)
		}
	})
	return s
}
