// Package roster owns what an operator says of models: their limits, other names they are asked for by, and whether they are offered at
// all. A model nobody spoke of is offered, under its own name alone.
package roster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/pool"
)

// Model is a model's row. A nil limit is not known and refuses nothing; 0 refuses all.
type Model struct {
	Name    string // Gemini's, "gemini-3.8-flash"
	RPM     *int64 // requests a minute, per project
	TPM     *int64 // input tokens a minute, per project
	RPD     *int64 // requests a Pacific day, per project
	Enabled bool
	Alias   string // another name that clients ask for it by; empty is none
	Seeded  bool   // came with the program and was not changed since

	Thinking // of requests that say nothing of it themselves
}

// Thinking is how much a model thinks, in place of what the settings say for all. A nil field leaves it to them.
type Thinking struct {
	Budget  *int64 // tokens; -1 leaves it to the model
	Include *bool  // answers carry the thoughts
}

// Store keeps the rows. Its methods are safe for concurrent use.
type Store interface {
	// LoadModels gives every row, by name.
	LoadModels(ctx context.Context) ([]Model, error)
	// SaveModel writes a row in place of the one with its name; a fault.Conflict when another has its alias.
	SaveModel(ctx context.Context, m Model) error
	// ResetModel puts the row back to the one the program came with, or deletes it where it came with none. A row that is not there is
	// fault.NotFound.
	ResetModel(ctx context.Context, name string) error
}

// Limits is who must know of every change of a limit: the pool.
type Limits interface {
	SetModels(rows []pool.ModelRecord)
}

// Bounds of what an operator can say.
const (
	maxName  = 128           // bytes of a name or an alias
	maxLimit = 1_000_000_000 // requests or tokens
	maxRows  = 1_000

	maxBudget = 32_768 // tokens of thinking; as in the settings
)

// Roster is the models' rows in memory. It is safe for concurrent use.
type Roster struct {
	store    Store
	limits   Limits
	changing sync.Mutex // held by whoever makes the next view
	view     atomic.Pointer[view]
}

// view is the rows at one time. It is never changed, only replaced, so that reading it takes no lock.
type view struct {
	rows  []Model // by name
	known map[string]answer
	think map[string]Thinking // of the models for which something is set
}

// answer is what a name that a client asks for comes to. Names that are no more than themselves have none.
type answer struct {
	name string
	off  bool
}

// New loads the rows.
func New(ctx context.Context, store Store, limits Limits) (*Roster, error) {
	r := &Roster{store: store, limits: limits}
	rows, err := store.LoadModels(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the models: %w", err)
	}
	r.view.Store(newView(rows))
	return r, nil
}

func newView(rows []Model) *view {
	v := &view{rows: rows, known: map[string]answer{}, think: map[string]Thinking{}}
	for i := range rows {
		m := &rows[i]
		if m.Thinking != (Thinking{}) {
			v.think[m.Name] = m.Thinking
		}
		if m.Alias != "" {
			v.known[m.Alias] = answer{name: m.Name, off: !m.Enabled}
		}
	}
	for i := range rows { // after the aliases: a model is found by its own name whatever else bears it
		if m := &rows[i]; !m.Enabled {
			v.known[m.Name] = answer{name: m.Name, off: true}
		} else {
			delete(v.known, m.Name)
		}
	}
	return v
}

// Resolve gives Gemini's name of the model that a client asks for, without "models/", and whether it is offered. It costs the request
// one look into a map and allocates nothing. A nil roster offers every model under its own name.
func (r *Roster) Resolve(name string) (bare string, ok bool) {
	if r == nil {
		return name, true
	}
	a, known := r.view.Load().known[name]
	if !known {
		return name, true
	}
	return a.name, !a.off
}

// ThinkingOf gives what is set of a model's thinking, by Gemini's name of it. A nil roster sets nothing.
func (r *Roster) ThinkingOf(model string) Thinking {
	if r == nil {
		return Thinking{}
	}
	return r.view.Load().think[model]
}

// Offered gives the names that clients may ask for, of those that Gemini lists: the ones that are on, and the aliases of these. The order
// is by name. A nil roster offers them all.
func (r *Roster) Offered(listed []string) []string {
	if r == nil {
		return listed
	}
	v := r.view.Load()
	offered := make([]string, 0, len(listed))
	for _, name := range listed {
		if a, known := v.known[name]; !known || a.name == name && !a.off {
			offered = append(offered, name)
		}
	}
	for i := range v.rows {
		if m := &v.rows[i]; m.Alias != "" && m.Enabled && slices.Contains(listed, m.Name) {
			offered = append(offered, m.Alias)
		}
	}
	slices.Sort(offered)
	return offered
}

// Rows gives every row, by name.
func (r *Roster) Rows() []Model { return slices.Clone(r.view.Load().rows) }

// Put writes a model's row. It takes effect with the next request.
func (r *Roster) Put(ctx context.Context, m Model) error {
	return r.PutIf(ctx, m, func(*Model) error { return nil })
}

// PutIf writes a model's row as Put does, unless seeing the row that is there, or nil, gives an error.
func (r *Roster) PutIf(ctx context.Context, m Model, see func(*Model) error) error {
	m.Name, m.Alias, m.Seeded = strings.TrimPrefix(m.Name, "models/"), strings.TrimPrefix(m.Alias, "models/"), false
	r.changing.Lock()
	defer r.changing.Unlock()
	rows := r.view.Load().rows
	var before *Model
	if i := slices.IndexFunc(rows, func(row Model) bool { return row.Name == m.Name }); i >= 0 {
		before = &rows[i]
	}
	if err := see(before); err != nil {
		return err
	}
	if err := check(&m, rows); err != nil {
		return err
	}
	if err := r.store.SaveModel(ctx, m); err != nil {
		return fmt.Errorf("save a model: %w", err)
	}
	return r.reload(ctx)
}

// Reset puts a model's row back to what the program came with; fault.NotFound when it has none.
func (r *Roster) Reset(ctx context.Context, name string) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	if !slices.ContainsFunc(r.view.Load().rows, func(m Model) bool { return m.Name == name }) {
		return fault.New(fault.NotFound, "nothing is set for the model %q", name)
	}
	if err := r.store.ResetModel(ctx, name); err != nil {
		return fmt.Errorf("reset a model: %w", err)
	}
	return r.reload(ctx)
}

// Reload reads the rows anew, after they were restored from a backup.
func (r *Roster) Reload(ctx context.Context) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	return r.reload(ctx)
}

func (r *Roster) reload(ctx context.Context) error {
	rows, err := r.store.LoadModels(ctx)
	if err != nil {
		return fmt.Errorf("load the models: %w", err)
	}
	r.view.Store(newView(rows))
	records := make([]pool.ModelRecord, len(rows))
	for i, m := range rows {
		records[i] = pool.ModelRecord{Name: m.Name, RPM: m.RPM, TPM: m.TPM, RPD: m.RPD, Enabled: m.Enabled, Seeded: m.Seeded}
	}
	r.limits.SetModels(records)
	return nil
}

// check names what is wrong with a row beside the others.
func check(m *Model, rows []Model) error {
	if !wellNamed(m.Name) {
		return fault.Field("name", "must be a model's name like gemini-3.8-flash, of at most %d letters, digits, dots, dashes and underscores", maxName)
	}
	for _, limit := range []struct {
		field string
		value *int64
	}{{"rpm", m.RPM}, {"tpm", m.TPM}, {"rpd", m.RPD}} {
		if limit.value != nil && (*limit.value < 0 || *limit.value > maxLimit) {
			return fault.Field(limit.field, "must be from 0 to %d, or null when it is not known", maxLimit)
		}
	}
	if m.Budget != nil && (*m.Budget < -1 || *m.Budget > maxBudget) {
		return fault.Field("thinking_budget", "must be from 0 to %d tokens, -1 for the model's own choice, or null for what the settings say", maxBudget)
	}
	if m.Alias != "" && !wellNamed(m.Alias) {
		return fault.Field("alias", "must be a name like gpt-4o, of at most %d letters, digits, dots, colons, dashes and underscores", maxName)
	}
	if m.Alias != "" && m.Alias == m.Name {
		return fault.Field("alias", "must differ from the model's own name")
	}
	fresh := true
	for i := range rows {
		o := &rows[i]
		switch {
		case o.Name == m.Name:
			fresh = false
		case m.Alias != "" && (o.Alias == m.Alias || o.Name == m.Alias):
			return &fault.Error{Kind: fault.Conflict, Field: "alias", Code: "conflict", Message: "is a name of " + o.Name + " already"}
		case o.Alias == m.Name:
			return &fault.Error{Kind: fault.Conflict, Field: "name", Code: "conflict", Message: "is an alias of " + o.Name + ": give that one another first"}
		}
	}
	if fresh && len(rows) >= maxRows {
		return fault.New(fault.Conflict, "there are %d models set already, reset some first", maxRows)
	}
	return nil
}

// wellNamed reports whether a text can be a model's name in a URL's path and in a request.
func wellNamed(name string) bool {
	if name == "" || len(name) > maxName || name[0] == '.' || name[0] == '-' {
		return false
	}
	for _, c := range []byte(name) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && !strings.ContainsRune("-_.:", rune(c)) {
			return false
		}
	}
	return true
}
