package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/glebarez/go-sqlite"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	sqlite3 "modernc.org/sqlite/lib"

	"gemini-proxy/backend/internal/fault"
)

const codeUnavailable = "database_unavailable"

// fail says what an error of either driver means to the rest of the house, and what was being done: absent rows are
// fault.NotFound, broken uniqueness is fault.Conflict, a database that is away, locked, full or too slow is fault.Unavailable with
// the code "database_unavailable", a caller that went away is fault.Canceled. What is left is a bug, and wrapped.
func (s *Store) fail(doing string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return fmt.Errorf("%s: %w", doing, err)
	}
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound), errors.Is(err, sql.ErrNoRows):
		return fault.Wrap(fault.NotFound, fmt.Errorf("%s: %w", doing, err), "not found")
	case errors.Is(err, context.Canceled):
		return fault.Wrap(fault.Canceled, fmt.Errorf("%s: %w", doing, err), "the request was cancelled")
	case brokenUniqueness(err):
		return fault.Wrap(fault.Conflict, fmt.Errorf("%s: %w", doing, err), "it exists already").WithCode("conflict")
	case s.closed.Load(), away(err):
		return fault.Wrap(fault.Unavailable, fmt.Errorf("%s: %w", doing, err), "the database is not available").WithCode(codeUnavailable)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func brokenUniqueness(err error) bool {
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok {
		return answer.Code == "23505"
	}
	if answer, ok := errors.AsType[*sqlite.Error](err); ok {
		return answer.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || answer.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

// away reports whether the database could not be reached, or could not answer now.
func away(err error) bool {
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok {
		return awayPostgres(answer.Code)
	}
	if answer, ok := errors.AsType[*sqlite.Error](err); ok {
		return awaySQLite(answer.Code())
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	for _, lost := range []error{
		context.DeadlineExceeded, driver.ErrBadConn, sql.ErrConnDone, sql.ErrTxDone, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
	} {
		if errors.Is(err, lost) {
			return true
		}
	}
	return pgconn.Timeout(err) || pgconn.SafeToRetry(err)
}

// awayPostgres reads a SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html).
func awayPostgres(code string) bool {
	switch code {
	case "3D000", // no such database: dropped, as a free one is after its days
		"25006", // read-only: a standby answers
		"40001", // serialization failure
		"40P01", // deadlock
		"55P03": // lock not available
		return true
	}
	switch code[:min(2, len(code))] {
	case "08", // connection exception
		"28", // invalid authorization
		"53", // insufficient resources
		"57", // operator intervention: shutdown, starting up, cancelled
		"58": // system error
		return true
	}
	return false
}

// awaySQLite reads a result code (https://www.sqlite.org/rescode.html); the low byte is the primary one.
func awaySQLite(code int) bool {
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL,
		sqlite3.SQLITE_READONLY, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM,
		sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	}
	return false
}
