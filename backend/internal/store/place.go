package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// place is where a database is.
type place struct {
	kind string
	path string // SQLite: the file
	url  string // Postgres: what pgx is given; it holds the password and is never logged
}

const fileName = "gemini-proxy.db"

// locate reads a DATABASE_URL. Its faults never repeat the URL, which may hold a password.
func locate(url, dataDir string) (place, error) {
	if url == "" {
		if dataDir == "" {
			return place{}, errors.New("locating the database: DATABASE_URL and DATA_DIR are both empty")
		}
		return place{kind: KindSQLite, path: filepath.Join(dataDir, fileName)}, nil
	}
	scheme, rest, found := strings.Cut(url, ":")
	if !found {
		return place{}, errors.New("reading DATABASE_URL: it must be postgres://… or sqlite:PATH")
	}
	switch strings.ToLower(scheme) {
	case "postgres", "postgresql":
		return place{kind: KindPostgres, url: url}, nil
	case "sqlite":
		path := strings.TrimPrefix(rest, "//")
		if path == "" || strings.HasPrefix(path, ":") {
			return place{}, errors.New("reading DATABASE_URL: sqlite: must be followed by the path of a file")
		}
		return place{kind: KindSQLite, path: path}, nil
	}
	return place{}, fmt.Errorf("reading DATABASE_URL: unknown scheme %q: it must be postgres://… or sqlite:PATH", scheme)
}
