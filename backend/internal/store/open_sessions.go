package store

import (
	"context"
	"time"

	"gemini-proxy/backend/internal/auth"
)

// maxSessions bounds the sessions of one admin that are listed.
const maxSessions = 200

// OpenSessions gives an admin's sessions that can go on at a time, the last used first, at most 200.
func (s *Store) OpenSessions(ctx context.Context, admin int64, when time.Time) ([]auth.OpenSession, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	db := s.reader(ctx)
	var families []struct{ Last, Started int64 }
	err := db.Raw(`SELECT MAX(id) AS last, MIN(created_at) AS started FROM refresh_tokens WHERE admin_id = ? AND revoked_at = 0 AND expires_at > ?
		GROUP BY family HAVING MIN(used_at) = 0 ORDER BY 1 DESC LIMIT ?`, admin, micros(when), maxSessions).Scan(&families).Error
	if err != nil {
		return nil, s.fail("listing sessions", err)
	}
	ids, started := make([]int64, len(families)), make(map[int64]int64, len(families))
	for i, f := range families {
		ids[i], started[f.Last] = f.Last, f.Started
	}
	sessions, err := loadRows(db.Where("id IN ?", ids).Order("id DESC"), func(r *refreshRow) auth.OpenSession {
		return auth.OpenSession{Last: r.token(), StartedAt: at(started[r.ID])}
	})
	return sessions, s.fail("listing sessions", err)
}

// RefreshByID gives a refresh token, used or not; fault.NotFound when it is not kept.
func (s *Store) RefreshByID(ctx context.Context, id int64) (*auth.RefreshToken, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	var row refreshRow
	if err := s.reader(ctx).Where("id = ?", id).Take(&row).Error; err != nil {
		return nil, s.fail("finding a session", err)
	}
	token := row.token()
	return &token, nil
}
