package store

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/glebarez/go-sqlite"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	sqlite3 "modernc.org/sqlite/lib"

	"gemini-proxy/backend/internal/fault"
)

// sqlitePatience is the least time a SQLite file is waited for: a second process that opens the same new file at the same moment
// finds it locked while the first turns on the write-ahead log, and SQLite's own busy timeout does not cover that.
const sqlitePatience = 5 * time.Second

// connect opens the pools and waits until the database answers.
func (s *Store) connect(ctx context.Context, at place, patience time.Duration) error {
	open := s.openPostgres
	if at.kind == KindSQLite {
		open = s.openSQLite
		patience = max(patience, sqlitePatience)
	}
	giveUp := time.Now().Add(patience)
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := s.fail("connecting to the database", open(ctx, at))
		if err == nil {
			return nil
		}
		if !worthWaiting(err) || time.Now().Add(wait).After(giveUp) {
			return err
		}
		s.log.LogAttrs(ctx, slog.LevelWarn, "database is not there yet", slog.String("kind", s.kind),
			slog.Duration("next_try_in", wait), slog.Any("error", err))
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-time.After(wait):
		}
	}
}

// worthWaiting reports whether a fault of connecting may mend itself. A wrong password or database name does not, nor does a file that
// is not ours to open or no database.
func worthWaiting(err error) bool {
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok {
		class := answer.Code[:min(2, len(answer.Code))]
		if class == "28" || answer.Code == "3D000" {
			return false
		}
	}
	if answer, ok := errors.AsType[*sqlite.Error](err); ok {
		switch answer.Code() & 0xff {
		case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
			return false
		}
	}
	return fault.Is(err, fault.Unavailable)
}

// gormConfig is how both databases are used: no transaction nobody asked for, and no log of statements, whose values are ours.
func gormConfig() *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		Logger:                 logger.Discard,
	}
}
