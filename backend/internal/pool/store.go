package pool

import (
	"context"
	"time"

	"gemini-proxy/backend/internal/gemini"
)

// Store keeps what the pool must not forget. Everything is loaded once, at start; afterwards the pool is the owner and the store
// is written behind it. The methods are safe for concurrent use and end when ctx does.
type Store interface {
	// LoadPool gives all that is kept, removed keys included.
	LoadPool(ctx context.Context) (*Snapshot, error)
	// AddKeys keeps new keys and gives them back with their ids, in the same order. A key whose Fingerprint is there already is
	// left as it is and comes back with ID 0.
	AddKeys(ctx context.Context, keys []Record) ([]Record, error)
	// UpdateKeys writes what an operator can change of keys (Name, Note, Project, ProjectSource, Weight, Enabled, RemovedAt).
	UpdateKeys(ctx context.Context, keys []Record) error
	// SavePool writes what changed since the last call, in one transaction. Rests and learnt limits named in it replace those
	// kept under the same identity; a rest whose Until is zero is deleted.
	SavePool(ctx context.Context, changes *Changes) error
	// KeyDays gives the counts of some keys from a Pacific day on, in no order.
	KeyDays(ctx context.Context, keyIDs []int64, since string) ([]KeyDayRecord, error)
}

// Snapshot is the whole state of a pool as it is kept.
type Snapshot struct {
	Keys    []Record
	Rests   []RestRecord
	Days    []DayRecord    // of the current and the previous Pacific day
	KeyDays []KeyDayRecord // of the current Pacific day; those before are asked for by KeyDays
	Learnt  []LearntRecord
	Models  []ModelRecord
}

// Changes is what a write-behind carries.
type Changes struct {
	Health  []HealthRecord
	Rests   []RestRecord
	Days    []DayRecord
	KeyDays []KeyDayRecord
	Learnt  []LearntRecord
	// Projects are keys whose project was found or learnt: KeyID, Project, ProjectSource of the record are read.
	Projects []Record
}

// The ways a key's project can be known. An operator's word is never overwritten by the others.
const (
	SourceUnknown  = "unknown"  // the key counts as a project of its own
	SourceMarker   = "marker"   // keys that see each other's marker files are one project; one that sees no other's is alone in its own, which has no name
	SourceError    = "error"    // an error's details named "projects/N"
	SourceOperator = "operator" // set by hand
)

// Record is one Gemini key as it is kept.
type Record struct {
	ID            int64
	Secret        gemini.Secret // sealed by the store
	Fingerprint   string        // a keyed hash of the secret, for finding duplicates without unsealing; unique
	Name          string
	Note          string
	Project       string // empty when not known
	ProjectSource string
	Weight        int // 1–100
	Enabled       bool
	CreatedAt     time.Time
	RemovedAt     time.Time // zero while the key is in the pool
	Health        HealthRecord
}

// HealthRecord is what was learnt of a key by using and checking it.
type HealthRecord struct {
	KeyID        int64
	Healthy      bool      // false after failure_threshold failures in a row, or when the key is dead
	Known        bool      // false until the first verdict
	Dead         string    // the verdict that took the key out until it is checked again: "dead_key", "misconfigured_key"; empty otherwise
	Failures     int       // in a row
	Success      float64   // moving average of success, 0–1
	Seconds      float64   // moving average of seconds to the answer
	Samples      int64     // how many outcomes the averages rest on
	LastUsedAt   time.Time // zero: never
	LastCheckAt  time.Time
	LastErrorAt  time.Time
	LastVerdict  string
	LastStatus   int
	LastMessage  string // redacted
	NextProbeAt  time.Time
	ProbeStrikes int
}

// RestRecord says that a key, or a project's quota for a model, is not to be asked before Until. Identity: Scope, Model.
type RestRecord struct {
	Scope   string // "key:7" or "project:atlas"
	Model   string // empty: every model
	Verdict string
	Since   time.Time
	Until   time.Time
	Strikes int // how often in a row, for rests that grow
}

// DayRecord counts a project's use of a model in one Pacific day. Identity: Scope, Model, Day.
type DayRecord struct {
	Scope    string // "project:atlas", or "key:7" while the key's project is unknown
	Model    string
	Day      string // "2026-11-23" in America/Los_Angeles
	Requests int64
	Tokens   int64
}

// KeyDayRecord counts one key's outcomes in one Pacific day. Identity: KeyID, Day.
type KeyDayRecord struct {
	KeyID       int64
	Day         string
	Requests    int64
	Failures    int64 // the key's own, never the request's
	Checks      int64
	CheckFailed int64
}

// LearntRecord is a limit that an error's quotaValue told for a project. Identity: Scope, Model. A nil limit is not known.
type LearntRecord struct {
	Scope         string
	Model         string
	RPM, TPM, RPD *int64
	At            time.Time
}

// ModelRecord is a model's row: the limits a project has for it unless it learnt better. A nil limit is not known and never refuses.
type ModelRecord struct {
	Name          string // "gemini-3.8-flash"
	RPM, TPM, RPD *int64
	Enabled       bool
	Seeded        bool // came with the program rather than from the operator
}
