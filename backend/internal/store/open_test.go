package store_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
)

func TestManyServersOpenANewDatabaseAtOnce(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		const servers = 6
		var group sync.WaitGroup
		stores := make([]*store.Store, servers)
		errs := make([]error, servers)
		sealer := storetest.Sealer(t)
		for i := range servers {
			group.Go(func() { stores[i], errs[i] = store.Open(t.Context(), store.Config{URL: url, Sealer: sealer}) })
		}
		group.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		for _, s := range stores {
			if err := s.Ping(t.Context()); err != nil {
				t.Error(err)
			}
			if n := len(loadPool(t, s).Models); n != 7 {
				t.Errorf("%d seeded models, want 7: the seeds were sown once", n)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestMigrateThenOpen(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		for range 2 { // the second finds nothing to do
			if err := store.Migrate(t.Context(), store.Config{URL: url}); err != nil {
				t.Fatal(err)
			}
		}
		s := storetest.Open(t, url)
		if size, err := s.Size(t.Context()); err != nil || size < 50_000 {
			t.Errorf("Size = %d, %v; want that of a schema", size, err)
		}
		if want, _, _ := strings.Cut(url, ":"); s.Kind() != want {
			t.Errorf("Kind = %s, want %s", s.Kind(), want)
		}
	})
}

func TestAnotherSecretKeyIsRefused(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		addKeys(t, storetest.Open(t, url), fakeKeys(1))
		stranger, err := store.NewSealer(bytes.Repeat([]byte("x"), 32))
		if err != nil {
			t.Fatal(err)
		}
		_, err = store.Open(t.Context(), store.Config{URL: url, Sealer: stranger})
		if err == nil || !strings.Contains(err.Error(), "SECRET_KEY") {
			t.Fatalf("opening with another secret: %v, want an error that names SECRET_KEY", err)
		}
	})
}

func TestANewSecretKeyOpensWhatTheOldOneSealed(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		old, fresh := bytes.Repeat([]byte("old"), 8), bytes.Repeat([]byte("new"), 8)
		open := func(secret []byte, older ...[]byte) (*store.Store, error) {
			sealer, err := store.NewSealer(secret, older...)
			if err != nil {
				t.Fatal(err)
			}
			return store.Open(t.Context(), store.Config{URL: url, Sealer: sealer})
		}
		first, err := open(old)
		if err != nil {
			t.Fatal(err)
		}
		addKeys(t, first, fakeKeys(3))
		second, err := open(fresh, old)
		if err != nil {
			t.Fatal(err)
		}
		added := addKeys(t, second, fakeKeys(4))
		if added[0].ID != 0 || added[2].ID != 0 || added[3].ID == 0 {
			t.Errorf("ids = %d, %d, %d, %d: only the last key is new", added[0].ID, added[1].ID, added[2].ID, added[3].ID)
		}
		// A server that still runs with the old key must not seal with it any more.
		if _, err := first.AddKeys(t.Context(), fakeKeys(5)); !fault.Is(err, fault.Unavailable) {
			t.Errorf("adding a key under the old secret: %v", err)
		}
		third, err := open(fresh) // the old key is needed no more
		if err != nil {
			t.Fatal(err)
		}
		for i, key := range loadPool(t, third).Keys {
			if want := fakeKeys(4)[i].Secret; key.Secret.Reveal() != want.Reveal() {
				t.Errorf("key %d is another one", i)
			}
		}
		if _, err := open(old); err == nil || !strings.Contains(err.Error(), "SECRET_KEY") {
			t.Errorf("opening with the old secret alone: %v, want an error that names SECRET_KEY", err)
		}
		if err := errors.Join(first.Close(), second.Close(), third.Close()); err != nil {
			t.Error(err)
		}
	})
}

func TestSQLiteFilesAreTheOwnersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data here", "sub?dir#1")
	s, err := store.Open(t.Context(), store.Config{DataDir: dir, Sealer: storetest.Sealer(t)})
	if err != nil {
		t.Fatal(err)
	}
	addKeys(t, s, fakeKeys(1))
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 2 {
		t.Fatalf("%d files in the data directory (%v), want the database and its log", len(files), err)
	}
	for _, file := range files {
		if info, err := file.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v (%v), want 0600", file.Name(), info.Mode(), err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the data directory has mode %v (%v), want 0700", info.Mode(), err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "gemini-proxy.db"))
	if err != nil || bytes.Contains(raw, []byte("FAKE")) {
		t.Errorf("the file shows a key (%v)", err)
	}
}

func TestOpenFaultsNameTheVariableAndHideThePassword(t *testing.T) {
	for name, config := range map[string]store.Config{
		"no place":       {},
		"no scheme":      {URL: "hunter2"},
		"another scheme": {URL: "mysql://me:hunter2@127.0.0.1/x"},
		"no file":        {URL: "sqlite:"},
		"memory":         {URL: "sqlite::memory:"},
		"a bad URL":      {URL: "postgres://me:hunter2%@127.0.0.1/x"},
		"a bad port":     {URL: "postgres://me:hunter2@127.0.0.1:hunter2/x"},
		"nobody there":   {URL: "postgres://me:hunter2@127.0.0.1:1/x"},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			config.Sealer, config.Log = storetest.Sealer(t), slog.New(slog.NewTextHandler(&log, nil))
			_, err := store.Open(t.Context(), config)
			if err == nil {
				t.Fatal("it opened")
			}
			if name == "nobody there" {
				if fault.Of(err).Code != "database_unavailable" {
					t.Errorf("%v, want database_unavailable", err)
				}
			} else if !strings.Contains(err.Error(), "DATABASE_URL") {
				t.Errorf("%v does not name DATABASE_URL", err)
			}
			if name != "no scheme" && strings.Contains(err.Error()+log.String(), "hunter2") {
				t.Errorf("the password is shown: %v %s", err, &log)
			}
		})
	}
}

func TestOpenWaitsForAPostgresThatComesLater(t *testing.T) {
	target := storetest.PostgresURL(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	var log lines
	opened := make(chan error, 1)
	go func() {
		s, err := store.Open(t.Context(), store.Config{
			URL: withHost(t, target, address), Sealer: storetest.Sealer(t), Log: slog.New(slog.NewTextHandler(&log, nil)), Patience: time.Minute,
		})
		if err == nil {
			err = s.Close()
		}
		opened <- err
	}()
	log.await(t, "database is not there yet")
	relay(t, address, hostOf(t, target))
	if err := <-opened; err != nil {
		t.Errorf("opening after the wait: %v", err)
	}
}

func TestOpenStopsWaitingWithItsContext(t *testing.T) {
	var log lines
	ctx, cancel := context.WithCancel(t.Context())
	opened := make(chan error, 1)
	go func() {
		_, err := store.Open(ctx, store.Config{
			URL: "postgres://me@127.0.0.1:1/x", Sealer: storetest.Sealer(t), Log: slog.New(slog.NewTextHandler(&log, nil)), Patience: time.Hour,
		})
		opened <- err
	}()
	log.await(t, "database is not there yet")
	cancel()
	if err := <-opened; !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the cancellation", err)
	}
}
