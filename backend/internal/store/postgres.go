package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

const (
	// A free Postgres allows about ten connections, and during a deploy the old and the new server both hold theirs.
	postgresOpen        = 5
	postgresIdle        = 2
	postgresIdleTimeout = 2 * time.Minute
	postgresLifetime    = 30 * time.Minute
	postgresDialLimit   = 5 * time.Second
)

// openPostgres opens the pool and one connection of it.
func (s *Store) openPostgres(ctx context.Context, at place) error {
	config, err := pgx.ParseConfig(at.url)
	if err != nil {
		// The cause is left out: it quotes the URL, and its masking of the password is a best effort.
		return errors.New("reading DATABASE_URL: it is not a valid Postgres URL (special characters in the password must be percent-encoded)")
	}
	if !strings.Contains(at.url, "default_query_exec_mode=") {
		// Prepared statements break behind the transaction poolers that free hosts put before Postgres; our statements are few
		// and large, so that preparing them would save nothing.
		config.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = postgresDialLimit
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "gemini-proxy"
	}
	conns := stdlib.OpenDB(*config)
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: conns}), gormConfig())
	if err != nil {
		return errors.Join(fmt.Errorf("opening Postgres: %w", err), conns.Close())
	}
	if err := limitPool(db, postgresOpen, postgresIdle, postgresIdleTimeout); err != nil {
		return errors.Join(err, conns.Close())
	}
	conns.SetConnMaxLifetime(postgresLifetime)
	if err := pingPostgres(ctx, db); err != nil {
		return errors.Join(err, conns.Close())
	}
	s.write, s.read = db, db
	return nil
}

func pingPostgres(ctx context.Context, db *gorm.DB) error {
	ctx, cancel := context.WithTimeout(ctx, 2*postgresDialLimit)
	defer cancel()
	var one int
	return db.WithContext(ctx).Raw("SELECT 1").Row().Scan(&one)
}
