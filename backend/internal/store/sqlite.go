package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/glebarez/sqlite"
	"gorm.io/gorm"
)

const (
	sqliteReaders     = 4 // at most; all but one are closed when idle, since each costs about 1 MB
	sqliteIdleTimeout = time.Minute
)

// openSQLite opens the file twice: one connection that writes, and a few that read and, thanks to the write-ahead log, never wait
// for it.
func (s *Store) openSQLite(ctx context.Context, at place) error {
	if err := createFile(at.path); err != nil {
		return err
	}
	write, err := openFile(ctx, at.path, "immediate", 2048)
	if err != nil {
		return err
	}
	read, err := openFile(ctx, at.path, "deferred", 1024)
	if err != nil {
		return errors.Join(err, closePool(write))
	}
	if err := limitPool(write, 1, 1, 0); err != nil {
		return err
	}
	if err := limitPool(read, sqliteReaders, 1, sqliteIdleTimeout); err != nil {
		return err
	}
	s.write, s.read = write, read
	return nil
}

// createFile makes the file and its directory, readable by their owner alone; SQLite gives the files beside it the same mode.
func createFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("creating the data directory: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // G304: the operator names the file
	if err != nil {
		return fmt.Errorf("creating the database file: %w", err)
	}
	return file.Close()
}

// openFile opens a pool on the file. The cache is small (cacheKiB per connection) and nothing is mapped, because a free host has
// little memory and the operating system caches the file anyhow.
func openFile(ctx context.Context, path, lock string, cacheKiB int) (*gorm.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("finding the database file: %w", err)
	}
	options := url.Values{"_txlock": {lock}, "_pragma": {
		"busy_timeout(5000)",
		"journal_mode(WAL)",
		"synchronous(NORMAL)",
		"foreign_keys(1)",
		"temp_store(2)",
		"mmap_size(0)",
		"cache_size(-" + strconv.Itoa(cacheKiB) + ")",
		"journal_size_limit(16777216)",
	}}
	slashed := filepath.ToSlash(absolute)
	if runtime.GOOS == "windows" {
		slashed = "/" + slashed
	}
	name := (&url.URL{Scheme: "file", OmitHost: true, Path: slashed, RawQuery: options.Encode()}).String()
	conns, err := sql.Open(sqlite.DriverName, name)
	if err != nil {
		return nil, fmt.Errorf("opening the database file: %w", err)
	}
	if err := conns.PingContext(ctx); err != nil {
		return nil, errors.Join(err, conns.Close())
	}
	db, err := gorm.Open(&sqlite.Dialector{Conn: conns}, gormConfig())
	if err != nil {
		return nil, errors.Join(err, conns.Close())
	}
	return db, nil
}

// limitPool bounds a pool's connections.
func limitPool(db *gorm.DB, open, idle int, idleTime time.Duration) error {
	conns, err := db.DB()
	if err != nil {
		return fmt.Errorf("limiting the connections: %w", err)
	}
	conns.SetMaxOpenConns(open)
	conns.SetMaxIdleConns(idle)
	conns.SetConnMaxIdleTime(idleTime)
	return nil
}

func closePool(db *gorm.DB) error {
	conns, err := db.DB()
	if err != nil {
		return err
	}
	return conns.Close()
}
