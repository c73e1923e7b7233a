package store

import (
	"context"
	"encoding/json"
	"strings"

	"gorm.io/gorm"

	"gemini-proxy/backend/internal/audit"
)

// auditSchema keeps what operators changed.
const auditSchema = `
CREATE TABLE audit (
	id {id},
	time BIGINT NOT NULL,
	username TEXT NOT NULL,
	address TEXT NOT NULL,
	action TEXT NOT NULL,
	target TEXT NOT NULL,
	old_value TEXT NOT NULL,
	new_value TEXT NOT NULL,
	request_id TEXT NOT NULL);
CREATE INDEX audit_time ON audit (time)
`

// auditRow is a row of audit; values are JSON, or empty.
type auditRow struct {
	ID        int64 `gorm:"primaryKey"`
	Time      int64
	Username  string
	Address   string
	Action    string
	Target    string
	OldValue  string
	NewValue  string
	RequestID string
}

// TableName gives the table.
func (auditRow) TableName() string { return "audit" }

func (r *auditRow) entry() audit.Entry {
	e := audit.Entry{ID: r.ID, Time: at(r.Time), Username: r.Username, Address: r.Address, Action: r.Action, Target: r.Target, RequestID: r.RequestID}
	if r.OldValue != "" {
		e.Before = json.RawMessage(r.OldValue)
	}
	if r.NewValue != "" {
		e.After = json.RawMessage(r.NewValue)
	}
	return e
}

// AddAudit keeps an entry.
func (s *Store) AddAudit(ctx context.Context, e audit.Entry) error {
	row := auditRow{Time: micros(e.Time), Username: clean(e.Username, nameLimit), Address: clean(e.Address, nameLimit), Action: clean(e.Action, nameLimit),
		Target: clean(e.Target, nameLimit), OldValue: string(e.Before), NewValue: string(e.After), RequestID: clean(e.RequestID, nameLimit)}
	return s.change(ctx, "keeping an audit entry", func(tx *gorm.DB) error { return tx.Create(&row).Error })
}

// Audits gives a page of entries, the newest first, and how many there are on all pages.
func (s *Store) Audits(ctx context.Context, q audit.Query) ([]audit.Entry, int, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	chosen := func() *gorm.DB {
		db := s.reader(ctx).Model(&auditRow{})
		if q.Q != "" {
			part := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(q.Q)) + "%"
			db = db.Where(`(LOWER(username) LIKE ? ESCAPE '\' OR LOWER(address) LIKE ? ESCAPE '\' OR LOWER(action) LIKE ? ESCAPE '\' OR LOWER(target) LIKE ? ESCAPE '\')`,
				part, part, part, part)
		}
		if len(q.Targets) > 0 {
			likes, beginnings := make([]string, len(q.Targets)), make([]any, len(q.Targets))
			for i, target := range q.Targets {
				likes[i], beginnings[i] = "target LIKE ?", target+"%"
			}
			db = db.Where("("+strings.Join(likes, " OR ")+")", beginnings...)
		}
		if !q.From.IsZero() {
			db = db.Where("time >= ?", micros(q.From))
		}
		if !q.To.IsZero() {
			db = db.Where("time < ?", micros(q.To))
		}
		if q.Before > 0 {
			db = db.Where("id < ?", q.Before)
		}
		return db
	}
	var total int64
	if err := chosen().Count(&total).Error; err != nil {
		return nil, 0, s.fail("counting the audit entries", err)
	}
	size := max(q.PageSize, 1)
	entries, err := loadRows(chosen().Order("id DESC").Limit(size).Offset((max(q.Page, 1)-1)*size), (*auditRow).entry)
	return entries, int(total), s.fail("reading the audit entries", err)
}
