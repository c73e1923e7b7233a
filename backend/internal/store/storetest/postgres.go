package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver "pgx"

	"gemini-proxy/backend/internal/store"
)

const missing = "no Postgres for the tests: set TEST_DATABASE_URL, or install one (Debian: apt-get install postgresql)"

// server is the Postgres that a process's tests share.
type server struct {
	mutex   sync.Mutex
	users   int      // tests that hold it, and Main
	cluster *Cluster // nil with TEST_DATABASE_URL
	admin   string   // URL of a database to create others from
	model   string   // name of an empty, migrated database that new ones are copied from
	made    int      // databases so far
}

//nolint:gochecknoglobals // starting a cluster takes seconds: the tests of one process share it, and the last to need it stops it
var shared server

// Main runs a package's tests, and keeps the shared Postgres from the first test that needs it until the last has run. Without it, it
// is stopped whenever no running test needs it, and started anew for the next. Call it from TestMain: os.Exit(storetest.Main(m)).
func Main(m *testing.M) int {
	shared.hold()
	code := m.Run()
	if err := shared.release(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping the tests' Postgres:", err)
		return max(code, 1)
	}
	return code
}

// PostgresURL gives the URL of a new, empty database that goes when the test ends. It is migrated already: its schema is a copy.
func PostgresURL(t testing.TB) string {
	t.Helper()
	shared.hold()
	t.Cleanup(func() {
		if err := shared.release(); err != nil {
			t.Errorf("stopping the tests' Postgres: %v", err)
		}
	})
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute)
	defer cancel()
	name, err := shared.create(ctx)
	if err != nil {
		lack(t, err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := shared.drop(ctx, name); err != nil {
			t.Errorf("dropping a Postgres database: %v", err)
		}
	})
	return shared.url(name)
}

// NewCluster gives a Postgres of the test's own, to stop and start, whatever TEST_DATABASE_URL says. It goes when the test ends.
func NewCluster(t testing.TB) *Cluster {
	t.Helper()
	cluster, err := startCluster(t.Context())
	if err != nil {
		lack(t, err)
	}
	t.Cleanup(func() {
		if err := cluster.remove(); err != nil {
			t.Errorf("stopping a Postgres: %v", err)
		}
	})
	return cluster
}

// lack ends a test that has no Postgres: in CI as a failure, else as skipped when none is installed.
func lack(t testing.TB, err error) {
	t.Helper()
	if !errors.Is(err, errNoPostgres) {
		t.Fatalf("making a Postgres database: %v", err)
	}
	if os.Getenv("CI") != "" {
		t.Fatal(missing)
	}
	t.Skip(missing)
}

func (s *server) hold() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.users++
}

func (s *server) release() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.users--
	if s.users > 0 || s.admin == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var err error
	if s.cluster != nil {
		err = s.cluster.remove()
	} else if s.model != "" {
		err = s.run(ctx, "DROP DATABASE IF EXISTS "+s.model+" WITH (FORCE)")
	}
	s.cluster, s.admin, s.model = nil, "", ""
	return err
}

// create makes a database that is a copy of the migrated model, and gives its name.
func (s *server) create(ctx context.Context) (string, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := s.start(ctx); err != nil {
		return "", err
	}
	s.made++
	name := fmt.Sprintf("storetest_%d_%d", os.Getpid(), s.made)
	return name, s.run(ctx, "CREATE DATABASE "+name+" TEMPLATE "+s.model)
}

// start finds or starts the Postgres and makes the model.
func (s *server) start(ctx context.Context) error {
	if s.model != "" {
		return nil
	}
	if s.admin == "" {
		s.admin = os.Getenv("TEST_DATABASE_URL")
	}
	if s.admin == "" {
		cluster, err := startCluster(ctx)
		if err != nil {
			return err
		}
		s.cluster, s.admin = cluster, cluster.URL("postgres")
	}
	model := fmt.Sprintf("storetest_%d_model", os.Getpid())
	if err := s.run(ctx, "CREATE DATABASE "+model); err != nil {
		return err
	}
	if err := store.Migrate(ctx, store.Config{URL: s.url(model)}); err != nil {
		return err
	}
	s.model = model
	return nil
}

func (s *server) drop(ctx context.Context, name string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.run(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
}

// run runs one statement in the database that others are created from.
func (s *server) run(ctx context.Context, statement string) error {
	db, err := sql.Open("pgx", s.admin)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, statement)
	return errors.Join(err, db.Close())
}

// url gives the URL of another database of the same Postgres.
func (s *server) url(name string) string {
	parsed, err := url.Parse(s.admin)
	if err != nil {
		return "" // it was connected to before
	}
	parsed.Path = "/" + name
	return parsed.String()
}
