package roster_test

import (
	"slices"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/roster"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
)

// limits notes what the pool would be told.
type limits struct{ rows []pool.ModelRecord }

func (l *limits) SetModels(rows []pool.ModelRecord) { l.rows = rows }

func (l *limits) of(name string) *pool.ModelRecord {
	if i := slices.IndexFunc(l.rows, func(r pool.ModelRecord) bool { return r.Name == name }); i >= 0 {
		return &l.rows[i]
	}
	return nil
}

func newRoster(t *testing.T, s *store.Store) (*roster.Roster, *limits) {
	t.Helper()
	told := &limits{}
	r, err := roster.New(t.Context(), s, told)
	if err != nil {
		t.Fatal(err)
	}
	return r, told
}

func put(t *testing.T, r *roster.Roster, models ...roster.Model) {
	t.Helper()
	for _, m := range models {
		if err := r.Put(t.Context(), m); err != nil {
			t.Fatalf("Put %+v: %v", m, err)
		}
	}
}

func TestNamesResolve(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r, _ := newRoster(t, s)
		put(t, r,
			roster.Model{Name: "gemini-3.8-flash", Enabled: true, Alias: "gpt-4o"},
			roster.Model{Name: "gemini-off", Alias: "old"},
			roster.Model{Name: "gemini-2.5-flash", Enabled: false},
		)
		again, _ := newRoster(t, s) // as a restarted server sees it
		for _, r := range []*roster.Roster{r, again} {
			for _, tt := range []struct {
				name, bare string
				ok         bool
			}{
				{"gemini-3.8-flash", "gemini-3.8-flash", true},
				{"gpt-4o", "gemini-3.8-flash", true},
				{"old", "gemini-off", false},
				{"gemini-off", "gemini-off", false},
				{"gemini-2.5-flash", "gemini-2.5-flash", false},
				{"never-heard-of", "never-heard-of", true},
				{"", "", true},
			} {
				if bare, ok := r.Resolve(tt.name); bare != tt.bare || ok != tt.ok {
					t.Errorf("%q resolves to %q, %v", tt.name, bare, ok)
				}
			}
			listed := []string{"gemini-2.5-flash", "gemini-3.8-flash", "gemini-new", "gemini-off"}
			if got := strings.Join(r.Offered(listed), " "); got != "gemini-3.8-flash gemini-new gpt-4o" {
				t.Errorf("offered are %s", got)
			}
			if got := strings.Join(r.Offered(listed[2:]), " "); got != "gemini-new" {
				t.Errorf("without the model its alias is offered: %s", got)
			}
		}
	})
}

func TestThinkingIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r, _ := newRoster(t, s)
		put(t, r, roster.Model{Name: "a", Enabled: true, Thinking: roster.Thinking{Budget: new(int64(-1)), Include: new(false)}}, roster.Model{Name: "b", Enabled: true})
		again, _ := newRoster(t, s)
		for _, r := range []*roster.Roster{r, again} {
			if own := r.ThinkingOf("a"); own.Budget == nil || *own.Budget != -1 || own.Include == nil || *own.Include {
				t.Errorf("a thinks as %+v", own)
			}
			if own := r.ThinkingOf("b"); own != (roster.Thinking{}) {
				t.Errorf("b thinks as %+v", own)
			}
		}
		if err := r.Reset(t.Context(), "a"); err != nil || r.ThinkingOf("a") != (roster.Thinking{}) {
			t.Errorf("reset, a thinks as %+v, %v", r.ThinkingOf("a"), err)
		}
	})
}

func TestPoolIsToldOfLimits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r, told := newRoster(t, s)
		put(t, r, roster.Model{Name: "gemini-2.5-flash", RPM: new(int64(99)), Enabled: true}, roster.Model{Name: "own", TPM: new(int64(0))})
		if m := told.of("gemini-2.5-flash"); m == nil || *m.RPM != 99 || m.TPM != nil || m.Seeded || !m.Enabled {
			t.Errorf("the pool knows %+v", m)
		}
		for _, name := range []string{"gemini-2.5-flash", "own"} {
			if err := r.Reset(t.Context(), name); err != nil {
				t.Errorf("Reset %s: %v", name, err)
			}
		}
		if m := told.of("gemini-2.5-flash"); m == nil || *m.RPM != 5 || *m.RPD != 20 || !m.Seeded {
			t.Errorf("after the reset the pool knows %+v", m)
		}
		if told.of("own") != nil {
			t.Error("a model that was set by hand is still there")
		}
		if err := r.Reset(t.Context(), "own"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a second reset gives %v", err)
		}
	})
}

func TestWrongRowsAreNamed(t *testing.T) {
	r, _ := newRoster(t, storetest.SQLite(t))
	put(t, r, roster.Model{Name: "a", Enabled: true, Alias: "x"}, roster.Model{Name: "b", Enabled: true})
	before := r.Rows()
	for _, tt := range []struct {
		model roster.Model
		field string
		kind  fault.Kind
	}{
		{roster.Model{}, "name", fault.Invalid},
		{roster.Model{Name: "a b"}, "name", fault.Invalid},
		{roster.Model{Name: "../b"}, "name", fault.Invalid},
		{roster.Model{Name: strings.Repeat("a", 129)}, "name", fault.Invalid},
		{roster.Model{Name: "c", RPM: new(int64(-1))}, "rpm", fault.Invalid},
		{roster.Model{Name: "c", TPM: new(int64(1_000_000_001))}, "tpm", fault.Invalid},
		{roster.Model{Name: "c", Thinking: roster.Thinking{Budget: new(int64(-2))}}, "thinking_budget", fault.Invalid},
		{roster.Model{Name: "c", Thinking: roster.Thinking{Budget: new(int64(40_000))}}, "thinking_budget", fault.Invalid},
		{roster.Model{Name: "c", Alias: "c"}, "alias", fault.Invalid},
		{roster.Model{Name: "c", Alias: "sp ace"}, "alias", fault.Invalid},
		{roster.Model{Name: "c", Alias: "x"}, "alias", fault.Conflict},
		{roster.Model{Name: "c", Alias: "b"}, "alias", fault.Conflict},
		{roster.Model{Name: "x"}, "name", fault.Conflict},
	} {
		err := r.Put(t.Context(), tt.model)
		if f := fault.Of(err); err == nil || f.Kind != tt.kind || f.Field != tt.field {
			t.Errorf("Put %+v gives %v", tt.model, err)
		}
	}
	if len(r.Rows()) != len(before) {
		t.Error("a row that was refused is there")
	}
	put(t, r, roster.Model{Name: "a", Enabled: true, Alias: "y"}, roster.Model{Name: "b", Enabled: true, Alias: "x"})
}

func BenchmarkResolve(b *testing.B) {
	r, err := roster.New(b.Context(), storetest.SQLite(b), &limits{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Resolve("gemini-3.8-flash")
	}
}
