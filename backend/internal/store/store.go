// Package store keeps everything that must last, in Postgres or in a SQLite file: it implements the small stores that pool, auth,
// settings and usage ask for, and answers the questions of the statistics. GORM and SQL are known here alone.
//
// Times are kept as BIGINT microseconds since 1970 in UTC, and a zero time as 0, so that both databases order, compare and divide
// them alike and one text of SQL serves both. Every method is bounded in time, and every error is a fault or wraps a bug.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/usage"
)

var (
	_ pool.Store     = (*Store)(nil)
	_ auth.Store     = (*Store)(nil)
	_ settings.Store = (*Store)(nil)
	_ usage.Store    = (*Store)(nil)
)

// The kinds of database.
const (
	KindSQLite   = "sqlite"
	KindPostgres = "postgres"
)

const (
	queryLimit   = 30 * time.Second // for a call whose context has no deadline
	loadLimit    = 2 * time.Minute  // for reading the whole pool at start
	migrateLimit = 10 * time.Minute // for changing the schema of a full database on a slow host
)

// Config says where the database is and how to reach it.
type Config struct {
	URL      string        // "postgres://…", "sqlite:PATH", or empty for gemini-proxy.db in DataDir
	DataDir  string        // created with mode 0700 when it is missing; needed when URL is empty
	Sealer   *Sealer       // seals the Gemini keys; Migrate does without
	Log      *slog.Logger  // nil logs nothing
	Patience time.Duration // how long to wait for a database that is not there yet; zero tries once
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	kind   string
	read   *gorm.DB // the same as write with Postgres
	write  *gorm.DB
	sealer *Sealer
	log    *slog.Logger
	closed atomic.Bool
}

// Open connects, waiting for the database as long as Patience says, brings its schema up to date under a lock, and checks that the
// sealer's secret is the one its keys were sealed with.
func Open(ctx context.Context, config Config) (*Store, error) {
	if config.Sealer == nil {
		return nil, errors.New("opening the store: no sealer")
	}
	s, err := openMigrated(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := s.checkSeal(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Migrate brings the schema up to date and closes the database again.
func Migrate(ctx context.Context, config Config) error {
	s, err := openMigrated(ctx, config)
	if err != nil {
		return err
	}
	return s.Close()
}

func openMigrated(ctx context.Context, config Config) (*Store, error) {
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	place, err := locate(config.URL, config.DataDir)
	if err != nil {
		return nil, err
	}
	s := &Store{kind: place.kind, sealer: config.Sealer, log: config.Log}
	if err := s.connect(ctx, place, config.Patience); err != nil {
		return nil, err
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close ends every connection. Calls after it are fault.Unavailable.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	var errs []error
	pools := []*gorm.DB{s.write, s.read}
	if s.read == s.write {
		pools = pools[:1]
	}
	for _, db := range pools {
		errs = append(errs, closePool(db))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("closing the database: %w", err)
	}
	return nil
}

// Ping asks the database for a sign of life.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	var one int
	return s.fail("asking the database for a sign of life", s.reader(ctx).Raw("SELECT 1").Scan(&one).Error)
}

// Kind gives KindSQLite or KindPostgres.
func (s *Store) Kind() string { return s.kind }

// Size gives the bytes the database takes on its disk.
func (s *Store) Size(ctx context.Context) (int64, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	query := "SELECT pg_database_size(current_database())"
	if s.kind == KindSQLite {
		query = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
	}
	var size int64
	err := s.reader(ctx).Raw(query).Row().Scan(&size)
	return size, s.fail("measuring the database", err)
}

func (s *Store) reader(ctx context.Context) *gorm.DB { return s.read.WithContext(ctx) }

func (s *Store) writer(ctx context.Context) *gorm.DB { return s.write.WithContext(ctx) }

// change runs fn in one transaction, and names what it was doing when it cannot be done.
func (s *Store) change(ctx context.Context, doing string, fn func(tx *gorm.DB) error) error {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	return s.fail(doing, s.writer(ctx).Transaction(fn))
}

// bounded gives ctx a deadline when it has none.
func bounded(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, limit)
}
