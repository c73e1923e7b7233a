package store

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
)

const keyTable = "gemini_keys"

// AddKeys seals and keeps new keys, and gives them back with their ids and fingerprints, in order. The fingerprints are made here, since
// the sealer alone can make them. A key that is kept already, or that stands earlier in the list, comes back with ID 0.
func (s *Store) AddKeys(ctx context.Context, keys []pool.Record) ([]pool.Record, error) {
	added := make([]pool.Record, len(keys))
	for i, key := range keys {
		key.ID = 0
		key.Fingerprint = s.sealer.Fingerprint(key.Secret.Reveal())
		added[i] = key
	}
	ctx, cancel := bounded(ctx, loadLimit)
	defer cancel()
	err := s.change(ctx, "adding Gemini keys", func(tx *gorm.DB) error {
		if err := s.checkCurrent(tx); err != nil {
			return err
		}
		for batch := range slices.Chunk(added, rowsAtOnce(tx, 10)) {
			if err := s.insertKeys(tx, batch); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return added, nil
}

// insertKeys inserts one statement's worth of keys and fills in the ids of those that were new.
func (s *Store) insertKeys(tx *gorm.DB, keys []pool.Record) error {
	place := make(map[string]int, len(keys))
	var args []any
	for i := range keys {
		key := &keys[i]
		if _, twice := place[key.Fingerprint]; twice {
			continue
		}
		place[key.Fingerprint] = i
		sealed := s.sealer.Seal(keyTable, key.Fingerprint, []byte(key.Secret.Reveal()))
		args = append(args, key.Fingerprint, sealed, clean(key.Name, nameLimit), clean(key.Note, noteLimit), clean(key.Project, nameLimit),
			key.ProjectSource, key.Weight, key.Enabled, micros(key.CreatedAt), micros(key.RemovedAt))
	}
	// The sealed bytes do not come first: GORM would spread bytes that follow a parenthesis.
	rows, err := tx.Raw(`INSERT INTO gemini_keys
		(fingerprint, secret, name, note, project, project_source, weight, enabled, created_at, removed_at)
		VALUES `+repeat("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", len(place))+`
		ON CONFLICT (fingerprint) DO NOTHING RETURNING id, fingerprint`, args...).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var fingerprint string
		if err := rows.Scan(&id, &fingerprint); err != nil {
			return err
		}
		key := &keys[place[fingerprint]]
		key.ID, key.Health.KeyID = id, id
	}
	return rows.Err()
}

// UpdateKeys writes what an operator can change of keys, all or, when one is not there (fault.NotFound), none.
func (s *Store) UpdateKeys(ctx context.Context, keys []pool.Record) error {
	if len(keys) == 0 {
		return nil
	}
	keys = last(keys, func(k *pool.Record) int64 { return k.ID })
	rows := make([][]any, len(keys))
	for i, k := range keys {
		rows[i] = []any{k.ID, clean(k.Name, nameLimit), clean(k.Note, noteLimit), clean(k.Project, nameLimit), k.ProjectSource,
			k.Weight, k.Enabled, micros(k.RemovedAt)}
	}
	columns := []value{{"name", "TEXT"}, {"note", "TEXT"}, {"project", "TEXT"}, {"project_source", "TEXT"},
		{"weight", "INTEGER"}, {"enabled", "BOOLEAN"}, {"removed_at", "BIGINT"}}
	return s.change(ctx, "updating Gemini keys", func(tx *gorm.DB) error {
		found, err := update(tx, keyTable, columns, rows, "")
		if err == nil && found < int64(len(rows)) {
			err = fault.New(fault.NotFound, "there is no such Gemini key")
		}
		return err
	})
}

// loadKeys reads every key with its health. It reads row by row, because fifty thousand of them may be kept.
func (s *Store) loadKeys(db *gorm.DB) ([]pool.Record, error) {
	rows, err := db.Raw(`SELECT k.id, k.secret, k.fingerprint, k.name, k.note, k.project, k.project_source, k.weight, k.enabled,
			k.created_at, k.removed_at,
			COALESCE(h.healthy, k.id < 0), COALESCE(h.known, k.id < 0), COALESCE(h.dead, ''), COALESCE(h.failures, 0),
			COALESCE(h.success, 0), COALESCE(h.seconds, 0), COALESCE(h.samples, 0), COALESCE(h.last_used_at, 0),
			COALESCE(h.last_check_at, 0), COALESCE(h.last_error_at, 0), COALESCE(h.last_verdict, ''), COALESCE(h.last_status, 0),
			COALESCE(h.last_message, ''), COALESCE(h.next_probe_at, 0), COALESCE(h.probe_strikes, 0)
		FROM gemini_keys k LEFT JOIN key_health h ON h.key_id = k.id ORDER BY k.id`).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var keys []pool.Record
	for rows.Next() {
		var k pool.Record
		var sealed []byte
		var created, removed, used, checked, failed, probe int64
		h := &k.Health
		err := rows.Scan(&k.ID, &sealed, &k.Fingerprint, &k.Name, &k.Note, &k.Project, &k.ProjectSource, &k.Weight, &k.Enabled,
			&created, &removed, &h.Healthy, &h.Known, &h.Dead, &h.Failures, &h.Success, &h.Seconds, &h.Samples, &used,
			&checked, &failed, &h.LastVerdict, &h.LastStatus, &h.LastMessage, &probe, &h.ProbeStrikes)
		if err != nil {
			return nil, err
		}
		secret, err := s.sealer.Open(keyTable, k.Fingerprint, sealed)
		if err != nil {
			return nil, fmt.Errorf("opening Gemini key %d: %w", k.ID, err)
		}
		k.Secret, h.KeyID = gemini.Secret(secret), k.ID
		k.CreatedAt, k.RemovedAt = at(created), at(removed)
		h.LastUsedAt, h.LastCheckAt, h.LastErrorAt, h.NextProbeAt = at(used), at(checked), at(failed), at(probe)
		keys = append(keys, k)
	}
	return keys, rows.Err()
}
