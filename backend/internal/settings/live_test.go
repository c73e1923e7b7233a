package settings

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gemini-proxy/backend/internal/fault"
)

// load starts on a store, with its log in text.
func load(t testing.TB, store Store) (*Live, *bytes.Buffer) {
	t.Helper()
	var text bytes.Buffer
	live, err := Load(t.Context(), store, slog.New(slog.NewTextHandler(&text, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return live, &text
}

// wrongs gives what may not be so in the settings.
func wrongs(s Settings) []string {
	var all []string
	for _, f := range fields(&s) {
		if wrong := f.check(); wrong != "" {
			all = append(all, f.name+": "+wrong)
		}
	}
	return all
}

func TestDefaultIsValid(t *testing.T) {
	if wrong := wrongs(Default()); wrong != nil {
		t.Error(wrong)
	}
	if wrong := wrongs(Settings{}); len(wrong) < 7 {
		t.Errorf("the zero value passes but for %v", wrong)
	}
}

func TestUpdate(t *testing.T) {
	custom := Default()
	custom.Strategy, custom.QueueWait, custom.UsageThreshold = LeastUsed, 3.5, UsageThreshold{Warn: 0.5, Protect: 0.6}
	with := func(change func(*Settings)) Settings {
		s := custom
		change(&s)
		return s
	}
	tests := []struct {
		name, patch string
		want        Settings
	}{
		{"nothing", `{}`, custom},
		{"one", `{"max_key_attempts":20}`, with(func(s *Settings) { s.MaxKeyAttempts = 20 })},
		{"many", `{"strategy":"round_robin","fast_failover":false,"queue_wait":0}`, with(func(s *Settings) {
			s.Strategy, s.FastFailover, s.QueueWait = RoundRobin, false, 0
		})},
		{"within an object the rest stays", `{"usage_threshold":{"warn":0.25}}`, with(func(s *Settings) { s.UsageThreshold.Warn = 0.25 })},
		{"null is the default", `{"strategy":null,"usage_threshold":{"protect":null}}`, with(func(s *Settings) {
			s.Strategy, s.UsageThreshold.Protect = Adaptive, 0.95
		})},
		{"null for an object is its defaults", `{"usage_threshold":null}`, with(func(s *Settings) { s.UsageThreshold = Default().UsageThreshold })},
		{"a fraction of a second", `{"first_byte_timeout":1.5}`, with(func(s *Settings) { s.FirstByteTimeout = 1.5 })},
		{"a whole number written with an exponent", `{"request_timeout":1e2}`, with(func(s *Settings) { s.RequestTimeout = 100 })},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			document, err := json.Marshal(custom)
			if err != nil {
				t.Fatal(err)
			}
			store := &memory{document: document, version: 7}
			live, log := load(t, store)
			got, version, err := live.Update(t.Context(), json.RawMessage(test.patch), nil)
			if err != nil || version != 8 {
				t.Fatalf("version %d, %v", version, err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			again, _ := load(t, store)
			if again.Now() != got || live.Now() != got || log.Len() > 0 {
				t.Errorf("kept %+v, in force %+v, logged %s", again.Now(), live.Now(), log)
			}
		})
	}
}

func TestUpdateRefuses(t *testing.T) {
	tests := []struct {
		name, patch string
		want        []string
	}{
		{"not JSON", `{`, []string{"must be an object"}},
		{"null", `null`, []string{"must be an object"}},
		{"a list", `[]`, []string{"must be an object"}},
		{"nothing at all", ``, []string{"must be an object"}},
		{"too large", `{"strategy":"` + strings.Repeat("a", maxPatchBytes) + `"}`, []string{"the settings are too large"}},
		{"unknown names", `{"b":1,"Strategy":"adaptive","a":{"c":1}}`, []string{
			"Strategy: no setting has this name", "a: no setting has this name", "b: no setting has this name",
		}},
		{"an unknown name within", `{"usage_threshold":{"warm":1}}`, []string{"usage_threshold.warm: no setting has this name"}},
		{"a path is no name", `{"usage_threshold.warn":0.5}`, []string{"usage_threshold.warn: no setting has this name"}},
		{"a long name is cut", `{"` + strings.Repeat("长", 100) + `":1}`, []string{strings.Repeat("长", 64) + "…: no setting has this name"}},
		{"all at once", `{"strategy":"best","max_key_attempts":0,"queue_wait":61,"fast_failover":1,"usage_threshold":{"warn":-0.1,"protect":"x"}}`, []string{
			"fast_failover: must be true or false",
			"max_key_attempts: must be a whole number from 1 to 20",
			"queue_wait: must be a number from 0 to 60",
			"strategy: must be one of adaptive, least_used, round_robin",
			"usage_threshold.protect: must be a number from 0 to 1",
			"usage_threshold.warn: must be a number from 0 to 1",
		}},
		{"parts of words and none", `{"strategy":"adaptive,least_used"}`, []string{"strategy: must be one of adaptive, least_used, round_robin"}},
		{"empty word", `{"strategy":""}`, []string{"strategy: must be one of adaptive, least_used, round_robin"}},
		{"a fraction for a count", `{"failure_threshold":1.5}`, []string{"failure_threshold: must be a whole number from 1 to 100"}},
		{"too large a number", `{"request_timeout":1e999}`, []string{"request_timeout: must be a number from 1 to 3600"}},
		{"an object for a value", `{"queue_wait":{"a":1}}`, []string{"queue_wait: must be a number from 0 to 60"}},
		{"a value for an object", `{"usage_threshold":0.5}`, []string{"usage_threshold: must be an object"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			store := &memory{}
			live, _ := load(t, store)
			_, _, err := live.Update(t.Context(), json.RawMessage(test.patch), nil)
			faults, ok := errors.AsType[Faults](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			var got []string
			for _, f := range faults {
				got = append(got, strings.TrimPrefix(f.Field+": "+f.Message, ": "))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if !fault.Is(err, fault.Invalid) || fault.Of(err).Field != faults[0].Field || fault.Of(err).Code != "invalid_input" {
				t.Errorf("as one fault: %#v", fault.Of(err))
			}
			if live.Now() != Default() || store.version != 0 {
				t.Error("a part of it was taken")
			}
		})
	}
}

func TestVersions(t *testing.T) {
	store := &memory{}
	live, _ := load(t, store)
	other, _ := load(t, store) // another process on the same database
	version := func(n int64) *int64 { return &n }

	if _, v := live.Versioned(); v != 0 {
		t.Errorf("version %d before the first change", v)
	}
	if _, v, err := live.Update(t.Context(), json.RawMessage(`{"queue_wait":1}`), version(0)); err != nil || v != 1 {
		t.Fatalf("version %d, %v", v, err)
	}
	for name, process := range map[string]*Live{"this process": live, "the other": other} {
		_, _, err := process.Update(t.Context(), json.RawMessage(`{"queue_wait":2}`), version(0))
		if !fault.Is(err, fault.Precondition) || fault.Of(err).Code != "version_conflict" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := other.Now().QueueWait; got != 1 {
		t.Errorf("the conflict did not bring the kept settings: queue_wait %v", got)
	}
	// Without a version the change goes on top of whatever is kept.
	if _, v, err := live.Update(t.Context(), json.RawMessage(`{"max_key_attempts":3}`), nil); err != nil || v != 2 {
		t.Fatalf("version %d, %v", v, err)
	}
	got, v, err := other.Update(t.Context(), json.RawMessage(`{"failure_threshold":9}`), nil)
	if err != nil || v != 3 || got.MaxKeyAttempts != 3 || got.FailureThreshold != 9 {
		t.Errorf("%+v, version %d, %v", got, v, err)
	}
}

func TestLoadForgives(t *testing.T) {
	tests := []struct {
		name, document string
		change         func(*Settings) // from the defaults
		logged         []string
	}{
		{"not JSON", `{"strategy":`, func(*Settings) {}, []string{"must be an object"}},
		{"null", `null`, func(*Settings) {}, []string{"must be an object"}},
		{"some bad", `{"strategy":"newer","max_key_attempts":99,"queue_wait":5,"later":{"a":1},"usage_threshold":{"warn":2,"protect":0.5}}`,
			func(s *Settings) { s.QueueWait, s.UsageThreshold.Protect = 5, 0.5 },
			[]string{"setting=strategy", "setting=max_key_attempts", "setting=later", "setting=usage_threshold.warn"}},
		{"an object that is none", `{"usage_threshold":[1],"queue_wait":5}`, func(s *Settings) { s.QueueWait = 5 }, []string{"setting=usage_threshold"}},
		{"missing ones", `{"queue_wait":5}`, func(s *Settings) { s.QueueWait = 5 }, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			live, log := load(t, &memory{document: []byte(test.document), version: 3})
			want := Default()
			test.change(&want)
			if diff := cmp.Diff(want, live.Now()); diff != "" {
				t.Error(diff)
			}
			if got := strings.Count(log.String(), "\n"); got != len(test.logged) {
				t.Errorf("%d lines logged: %s", got, log)
			}
			for _, part := range test.logged {
				if !strings.Contains(log.String(), part) {
					t.Errorf("%q not in the log: %s", part, log)
				}
			}
			if _, version, err := live.Update(t.Context(), json.RawMessage(`{"queue_wait":6}`), nil); err != nil || version != 4 {
				t.Errorf("then changed to version %d, %v", version, err)
			}
		})
	}
}

func TestStoreAway(t *testing.T) {
	away := fault.New(fault.Unavailable, "the database is away").WithCode("database_unavailable")
	if _, err := Load(t.Context(), &memory{away: away}, slog.New(slog.DiscardHandler)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("loading: %v", err)
	}
	store := &memory{}
	live, _ := load(t, store)
	store.away = away
	if _, _, err := live.Update(t.Context(), json.RawMessage(`{"queue_wait":6}`), nil); !fault.Is(err, fault.Unavailable) || live.Now() != Default() {
		t.Errorf("changing: %v, in force %+v", err, live.Now())
	}
}

func TestWatch(t *testing.T) {
	live, _ := load(t, &memory{})
	var seen []float64
	stop := live.Watch(func(s Settings) {
		if s != live.Now() {
			t.Error("told before it is in force")
		}
		seen = append(seen, s.QueueWait)
	})
	var all sync.WaitGroup
	change := func(patch string) {
		if _, _, err := live.Update(context.Background(), json.RawMessage(patch), nil); err != nil {
			t.Error(err)
		}
	}
	for i := range 20 {
		all.Go(func() { change(fmt.Sprintf(`{"queue_wait":%d}`, i)) })
	}
	all.Wait()
	if len(seen) != 20 || seen[19] != live.Now().QueueWait {
		t.Errorf("seen %v, in force %v", seen, live.Now().QueueWait)
	}
	stop()
	change(`{"queue_wait":30}`)
	if _, _, err := live.Update(t.Context(), json.RawMessage(`{"queue_wait":99}`), nil); err == nil || len(seen) != 20 {
		t.Errorf("told %d times after stop, %v", len(seen)-20, err)
	}
}

// TestAnyPatch has any JSON patched and any document kept: what is in force is always valid, and a refused patch changes nothing.
func TestAnyPatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		store := &memory{}
		if rapid.Bool().Draw(t, "kept") {
			store.document, store.version = []byte(anyJSON(2).Draw(t, "document")), 1
		}
		live, err := Load(context.Background(), store, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			before := live.Now()
			got, _, err := live.Update(context.Background(), json.RawMessage(anyJSON(2).Draw(t, "patch")), nil)
			if wrong := wrongs(live.Now()); wrong != nil {
				t.Fatalf("in force: %v", wrong)
			}
			if got != live.Now() || err != nil && got != before {
				t.Fatalf("given %+v, before %+v, in force %+v, %v", got, before, live.Now(), err)
			}
			if err == nil && store.document != nil {
				var kept Settings
				if json.Unmarshal(store.document, &kept) != nil || kept != got {
					t.Fatalf("kept %s", store.document)
				}
			}
		}
	})
}

// anyJSON draws JSON that is often nearly right.
func anyJSON(depth int) *rapid.Generator[string] {
	scalars := rapid.OneOf(
		rapid.SampledFrom([]string{`null`, `true`, `false`, `""`, `"adaptive"`, `"least_used"`, `"x"`, `[]`, `{`, `1e999`, `-0`, `1.0`, `[1`}),
		rapid.Custom(func(t *rapid.T) string { return fmt.Sprint(rapid.IntRange(-5, 4000).Draw(t, "n")) }),
		rapid.Custom(func(t *rapid.T) string { return fmt.Sprintf("%g", rapid.Float64Range(-2, 2).Draw(t, "f")) }),
	)
	if depth == 0 {
		return scalars
	}
	object := rapid.Custom(func(t *rapid.T) string {
		name := rapid.SampledFrom([]string{
			"strategy", "fast_failover", "max_key_attempts", "request_timeout", "first_byte_timeout", "queue_wait", "failure_threshold",
			"usage_threshold", "warn", "protect", "log_retention", "usage_retention", "usage_threshold.warn", "", "x",
		})
		var members []string
		for range rapid.IntRange(0, 4).Draw(t, "members") {
			members = append(members, fmt.Sprintf("%q:%s", name.Draw(t, "name"), anyJSON(depth-1).Draw(t, "value")))
		}
		return "{" + strings.Join(members, ",") + "}"
	})
	return rapid.OneOf(object, object, object, scalars)
}

func BenchmarkNow(b *testing.B) {
	live, _ := load(b, &memory{})
	b.ReportAllocs()
	sum := 0
	for b.Loop() {
		sum += live.Now().MaxKeyAttempts
	}
	if sum == 0 {
		b.Fatal("nothing read")
	}
}
