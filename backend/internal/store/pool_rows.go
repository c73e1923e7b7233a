package store

import "gemini-proxy/backend/internal/pool"

// healthRow is a row of key_health.
type healthRow struct {
	KeyID        int64 `gorm:"primaryKey;autoIncrement:false"`
	Healthy      bool
	Known        bool
	Dead         string
	Failures     int
	Success      float64
	Seconds      float64
	Samples      int64
	LastUsedAt   int64
	LastCheckAt  int64
	LastErrorAt  int64
	LastVerdict  string
	LastStatus   int
	LastMessage  string
	NextProbeAt  int64
	ProbeStrikes int
}

// TableName gives the table.
func (healthRow) TableName() string { return "key_health" }

func newHealthRow(h *pool.HealthRecord) healthRow {
	return healthRow{
		KeyID: h.KeyID, Healthy: h.Healthy, Known: h.Known, Dead: h.Dead, Failures: h.Failures,
		Success: h.Success, Seconds: h.Seconds, Samples: h.Samples,
		LastUsedAt: micros(h.LastUsedAt), LastCheckAt: micros(h.LastCheckAt), LastErrorAt: micros(h.LastErrorAt),
		LastVerdict: h.LastVerdict, LastStatus: h.LastStatus, LastMessage: clean(h.LastMessage, noteLimit),
		NextProbeAt: micros(h.NextProbeAt), ProbeStrikes: h.ProbeStrikes,
	}
}

// restRow is a row of rests.
type restRow struct {
	Scope   string `gorm:"primaryKey"`
	Model   string `gorm:"primaryKey"`
	Verdict string
	Since   int64
	Until   int64
	Strikes int
}

// TableName gives the table.
func (restRow) TableName() string { return "rests" }

func newRestRow(r *pool.RestRecord) restRow {
	return restRow{
		Scope: clean(r.Scope, nameLimit), Model: clean(r.Model, nameLimit), Verdict: r.Verdict,
		Since: micros(r.Since), Until: micros(r.Until), Strikes: r.Strikes,
	}
}

func (r *restRow) record() pool.RestRecord {
	return pool.RestRecord{Scope: r.Scope, Model: r.Model, Verdict: r.Verdict, Since: at(r.Since), Until: at(r.Until), Strikes: r.Strikes}
}

// dayRow is a row of project_days.
type dayRow struct {
	Day      string `gorm:"primaryKey"`
	Scope    string `gorm:"primaryKey"`
	Model    string `gorm:"primaryKey"`
	Requests int64
	Tokens   int64
}

// TableName gives the table.
func (dayRow) TableName() string { return "project_days" }

func newDayRow(d *pool.DayRecord) dayRow {
	return dayRow{
		Day: d.Day, Scope: clean(d.Scope, nameLimit), Model: clean(d.Model, nameLimit), Requests: d.Requests, Tokens: d.Tokens,
	}
}

func (r *dayRow) record() pool.DayRecord {
	return pool.DayRecord{Scope: r.Scope, Model: r.Model, Day: r.Day, Requests: r.Requests, Tokens: r.Tokens}
}

// keyDayRow is a row of key_days.
type keyDayRow struct {
	Day         string `gorm:"primaryKey"`
	KeyID       int64  `gorm:"primaryKey;autoIncrement:false"`
	Requests    int64
	Failures    int64
	Checks      int64
	CheckFailed int64
}

// TableName gives the table.
func (keyDayRow) TableName() string { return "key_days" }

func newKeyDayRow(d *pool.KeyDayRecord) keyDayRow {
	return keyDayRow{Day: d.Day, KeyID: d.KeyID, Requests: d.Requests, Failures: d.Failures, Checks: d.Checks, CheckFailed: d.CheckFailed}
}

func (r *keyDayRow) record() pool.KeyDayRecord {
	return pool.KeyDayRecord{KeyID: r.KeyID, Day: r.Day, Requests: r.Requests, Failures: r.Failures, Checks: r.Checks, CheckFailed: r.CheckFailed}
}

// learntRow is a row of learnt_limits.
type learntRow struct {
	Scope         string `gorm:"primaryKey"`
	Model         string `gorm:"primaryKey"`
	RPM, TPM, RPD *int64
	At            int64
}

// TableName gives the table.
func (learntRow) TableName() string { return "learnt_limits" }

func newLearntRow(l *pool.LearntRecord) learntRow {
	return learntRow{
		Scope: clean(l.Scope, nameLimit), Model: clean(l.Model, nameLimit), RPM: l.RPM, TPM: l.TPM, RPD: l.RPD, At: micros(l.At),
	}
}

func (r *learntRow) record() pool.LearntRecord {
	return pool.LearntRecord{Scope: r.Scope, Model: r.Model, RPM: r.RPM, TPM: r.TPM, RPD: r.RPD, At: at(r.At)}
}
