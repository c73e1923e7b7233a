package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gemini-proxy/backend/internal/replica"
)

var _ replica.Store = (*Store)(nil)

// replicaSchema is which processes share the database.
const replicaSchema = `
CREATE TABLE replicas (
	id TEXT PRIMARY KEY,
	host TEXT NOT NULL,
	version TEXT NOT NULL,
	started_at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL)
`

// replicaRow is a row of replicas.
type replicaRow struct {
	ID        string `gorm:"primaryKey"`
	Host      string
	Version   string
	StartedAt int64
	SeenAt    int64
}

// TableName gives the table.
func (replicaRow) TableName() string { return "replicas" }

func (r *replicaRow) replica() replica.Replica {
	return replica.Replica{ID: r.ID, Host: r.Host, Version: r.Version, StartedAt: at(r.StartedAt), SeenAt: at(r.SeenAt)}
}

// clock is the database's own time in our microseconds.
func (s *Store) clock() string {
	if s.kind == KindSQLite {
		return "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"
	}
	return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"
}

// SignRoll writes a replica down as seen now, and strikes out those that were not seen for so long.
func (s *Store) SignRoll(ctx context.Context, r replica.Replica, gone time.Duration) error {
	return s.change(ctx, "signing the roll of replicas", func(tx *gorm.DB) error {
		if err := tx.Exec("DELETE FROM replicas WHERE seen_at < "+s.clock()+" - ?", gone.Microseconds()).Error; err != nil {
			return err
		}
		return tx.Exec("INSERT INTO replicas (id, host, version, started_at, seen_at) VALUES (?, ?, ?, ?, "+s.clock()+
			") ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at",
			clean(r.ID, nameLimit), clean(r.Host, nameLimit), clean(r.Version, nameLimit), micros(r.StartedAt)).Error
	})
}

// LeaveRoll strikes a replica out.
func (s *Store) LeaveRoll(ctx context.Context, id string) error {
	return s.change(ctx, "leaving the roll of replicas", func(tx *gorm.DB) error {
		return tx.Where("id = ?", id).Delete(&replicaRow{}).Error
	})
}

// Roll gives the replicas seen within a time, the longest running first, up to most.
func (s *Store) Roll(ctx context.Context, within time.Duration, most int) ([]replica.Replica, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	query := s.reader(ctx).Where("seen_at > "+s.clock()+" - ?", within.Microseconds()).Order("started_at, id").Limit(most)
	all, err := loadRows(query, (*replicaRow).replica)
	return all, s.fail("reading the roll of replicas", err)
}
