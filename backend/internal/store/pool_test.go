package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
)

// now is a time as the databases keep it: in microseconds, UTC.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func fakeKeys(n int) []pool.Record {
	keys := make([]pool.Record, n)
	for i := range keys {
		keys[i] = pool.Record{
			Secret: gemini.Secret(fmt.Sprintf("AIzaSy-FAKE-%08d", i)), Name: fmt.Sprintf("key-%02d", i+1), ProjectSource: pool.SourceUnknown,
			Weight: 1 + i%100, Enabled: true, CreatedAt: now(),
		}
	}
	return keys
}

func addKeys(t testing.TB, s *store.Store, keys []pool.Record) []pool.Record {
	t.Helper()
	added, err := s.AddKeys(t.Context(), keys)
	if err != nil {
		t.Fatalf("AddKeys: %v", err)
	}
	return added
}

func loadPool(t testing.TB, s *store.Store) *pool.Snapshot {
	t.Helper()
	snapshot, err := s.LoadPool(t.Context())
	if err != nil {
		t.Fatalf("LoadPool: %v", err)
	}
	return snapshot
}

// revealed compares records whole: a Secret formats as its mask, so that a plain %v would hide a difference.
func revealed() cmp.Option {
	return cmp.Transformer("reveal", func(s gemini.Secret) string { return s.Reveal() })
}

func TestKeysComeBackAsTheyWereAdded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		keys := fakeKeys(3)
		keys[1].Note, keys[1].Project, keys[1].ProjectSource, keys[1].Enabled = "of the lab", "atlas", pool.SourceOperator, false
		keys[2].RemovedAt = now()
		added := addKeys(t, s, keys)
		for i := range added {
			if added[i].ID == 0 || added[i].Fingerprint == "" || added[i].Health.KeyID != added[i].ID {
				t.Errorf("key %d: ID %d, fingerprint %q, health of %d", i, added[i].ID, added[i].Fingerprint, added[i].Health.KeyID)
			}
			keys[i].ID, keys[i].Fingerprint, keys[i].Health.KeyID = added[i].ID, added[i].Fingerprint, added[i].ID
		}
		if diff := cmp.Diff(keys, loadPool(t, s).Keys, revealed()); diff != "" {
			t.Errorf("LoadPool gave other keys (-want +got):\n%s", diff)
		}
	})
}

func TestKnownKeysAreLeftAsTheyAre(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		first := addKeys(t, s, fakeKeys(2))
		again := fakeKeys(3)
		again[0].Name = "another name"
		added := addKeys(t, s, append(again, again[2]))
		if added[0].ID != 0 || added[1].ID != 0 || added[2].ID == 0 || added[3].ID != 0 {
			t.Errorf("ids = %d %d %d %d, want only the third to be new", added[0].ID, added[1].ID, added[2].ID, added[3].ID)
		}
		if added[0].Fingerprint != first[0].Fingerprint {
			t.Error("the same secret got another fingerprint")
		}
		keys := loadPool(t, s).Keys
		if len(keys) != 3 || keys[0].Name != "key-01" {
			t.Errorf("kept %d keys, the first named %q; want 3 and key-01", len(keys), keys[0].Name)
		}
	})
}

func TestUpdateKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		added := addKeys(t, s, fakeKeys(3))
		changed := added[:2]
		changed[0].Name, changed[0].Note, changed[0].Weight, changed[0].Enabled = "first", "noted", 7, false
		changed[1].Project, changed[1].ProjectSource, changed[1].RemovedAt = "atlas", pool.SourceOperator, now()
		if err := s.UpdateKeys(t.Context(), changed); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(added, loadPool(t, s).Keys, revealed()); diff != "" {
			t.Errorf("after UpdateKeys (-want +got):\n%s", diff)
		}
		lost := []pool.Record{{ID: added[2].ID, Name: "must not stay", ProjectSource: pool.SourceUnknown, Weight: 1}, {ID: 4711, Weight: 1}}
		if err := s.UpdateKeys(t.Context(), lost); !fault.Is(err, fault.NotFound) {
			t.Errorf("updating a key that is not there: %v, want a NotFound", err)
		}
		if name := loadPool(t, s).Keys[2].Name; name != "key-03" {
			t.Errorf("a refused update left its mark: %q", name)
		}
	})
}

func TestPoolStateRoundTrip(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		key := addKeys(t, s, fakeKeys(1))[0]
		rpm, rpd := int64(5), int64(0)
		pacific, err := time.LoadLocation("America/Los_Angeles")
		if err != nil {
			t.Fatal(err)
		}
		day := func(back int) string { return time.Now().In(pacific).AddDate(0, 0, -back).Format(time.DateOnly) }
		changes := pool.Changes{
			Health: []pool.HealthRecord{{
				KeyID: key.ID, Healthy: true, Known: true, Dead: "dead_key", Failures: 2, Success: 0.5, Seconds: 1.25, Samples: 9, LastUsedAt: now(),
				LastCheckAt: now(), LastErrorAt: now(), LastVerdict: "dead_key", LastStatus: 401, LastMessage: "no", NextProbeAt: now(), ProbeStrikes: 3,
			}},
			Rests: []pool.RestRecord{
				{Scope: "key:1", Model: "", Verdict: "dead_key", Since: now(), Until: now().Add(time.Hour), Strikes: 1},
				{Scope: "project:atlas", Model: "gemini-2.5-flash", Verdict: "day_quota", Since: now(), Until: now().Add(time.Hour)},
			},
			Days:     []pool.DayRecord{{Scope: "key:1", Model: "gemini-2.5-flash", Day: day(0), Requests: 3, Tokens: 900}, {Scope: "key:1", Model: "m", Day: day(1), Requests: 1}},
			KeyDays:  []pool.KeyDayRecord{{KeyID: key.ID, Day: day(0), Requests: 8, Failures: 1, Checks: 2, CheckFailed: 1}},
			Learnt:   []pool.LearntRecord{{Scope: "key:1", Model: "gemini-2.5-flash", RPM: &rpm, RPD: &rpd, At: now()}},
			Projects: []pool.Record{{ID: key.ID, Project: "atlas", ProjectSource: pool.SourceMarker}},
		}
		save := func(changes *pool.Changes) {
			t.Helper()
			if err := s.SavePool(t.Context(), changes); err != nil {
				t.Fatalf("SavePool: %v", err)
			}
		}
		save(&changes)
		save(&pool.Changes{Days: []pool.DayRecord{{Scope: "key:1", Model: "m", Day: day(2), Requests: 1}}}) // too old to be loaded
		save(&pool.Changes{Days: []pool.DayRecord{{Scope: "key:1", Model: "m", Day: day(1), Requests: 4}}}) // replaces
		changes.Days[1].Requests = 4
		save(&pool.Changes{Rests: []pool.RestRecord{
			{Scope: "key:9", Model: "m", Verdict: "exit", Until: now()},
			{Scope: "key:9", Model: "m"}, // the last word: it ended
		}})
		save(&pool.Changes{Rests: []pool.RestRecord{{Scope: "nobody", Model: "m"}}})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}

		got := loadPool(t, storetest.Open(t, url))
		key.Health, key.Project, key.ProjectSource = changes.Health[0], "atlas", pool.SourceMarker
		want := &pool.Snapshot{
			Keys: []pool.Record{key}, Rests: changes.Rests, Days: changes.Days, KeyDays: changes.KeyDays, Learnt: changes.Learnt, Models: got.Models,
		}
		byDay := cmp.Transformer("sort", func(days []pool.DayRecord) map[string]pool.DayRecord {
			sorted := map[string]pool.DayRecord{}
			for _, d := range days {
				sorted[d.Day+d.Scope+d.Model] = d
			}
			return sorted
		})
		if diff := cmp.Diff(want, got, revealed(), byDay); diff != "" {
			t.Errorf("a second start sees another pool (-want +got):\n%s", diff)
		}
	})
}

func TestKeyDays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		pacific, err := time.LoadLocation("America/Los_Angeles")
		if err != nil {
			t.Fatal(err)
		}
		day := func(back int) string { return time.Now().In(pacific).AddDate(0, 0, -back).Format(time.DateOnly) }
		rows := []pool.KeyDayRecord{
			{KeyID: 1, Day: day(0), Requests: 1}, {KeyID: 1, Day: day(3), Failures: 2}, {KeyID: 1, Day: day(4), Checks: 3}, {KeyID: 2, Day: day(1), CheckFailed: 4},
			{KeyID: 3, Day: day(1), Requests: 5},
		}
		if err := s.SavePool(t.Context(), &pool.Changes{KeyDays: rows}); err != nil {
			t.Fatal(err)
		}
		many := []int64{1, 2} // beside them more than one question's worth of keys that have no days
		for id := int64(1000); id < 1500; id++ {
			many = append(many, id)
		}
		got, err := s.KeyDays(t.Context(), many, day(3))
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(got, func(a, b pool.KeyDayRecord) int {
			return strings.Compare(fmt.Sprint(a.KeyID, b.Day), fmt.Sprint(b.KeyID, a.Day))
		})
		if diff := cmp.Diff([]pool.KeyDayRecord{rows[0], rows[1], rows[3]}, got); diff != "" {
			t.Errorf("days (-want +got):\n%s", diff)
		}
		for _, since := range []string{"2999-01-01", ""} {
			if got, err := s.KeyDays(t.Context(), nil, since); err != nil || len(got) > 0 {
				t.Errorf("days of no key since %q: %v, %v", since, got, err)
			}
		}
	})
}

func TestOperatorsProjectIsNotOverwritten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		keys := fakeKeys(2)
		keys[0].Project, keys[0].ProjectSource = "mine", pool.SourceOperator
		added := addKeys(t, s, keys)
		found := []pool.Record{
			{ID: added[0].ID, Project: "found", ProjectSource: pool.SourceMarker},
			{ID: added[1].ID, Project: "found", ProjectSource: pool.SourceMarker},
		}
		if err := s.SavePool(t.Context(), &pool.Changes{Projects: found}); err != nil {
			t.Fatal(err)
		}
		kept := loadPool(t, s).Keys
		if kept[0].Project != "mine" || kept[1].Project != "found" {
			t.Errorf("projects = %q, %q; want mine, found", kept[0].Project, kept[1].Project)
		}
	})
}

func TestTextsFromOutsideNeverFailABatch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		odd := "nul\x00 and \xff and " + strings.Repeat("é", 5000)
		key := addKeys(t, s, []pool.Record{{Secret: "AIzaSy-FAKE-odd-odd", Name: odd, Note: odd, Project: odd, Weight: 1, CreatedAt: now()}})[0]
		err := s.SavePool(t.Context(), &pool.Changes{
			Health: []pool.HealthRecord{{KeyID: key.ID, LastMessage: odd}, {KeyID: 999, LastMessage: "of a key that is gone"}},
			Rests:  []pool.RestRecord{{Scope: odd, Model: odd, Until: now()}},
			Days:   []pool.DayRecord{{Scope: odd, Model: odd, Day: "2999-01-01"}},
			Learnt: []pool.LearntRecord{{Scope: odd, Model: odd}},
		})
		if err != nil {
			t.Fatalf("SavePool: %v", err)
		}
		if got := loadPool(t, s).Keys[0].Health.LastMessage; !strings.HasPrefix(got, "nul and \uFFFD and éé") {
			t.Errorf("message = %.40q", got)
		}
	})
}

func TestSeededModels(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		models := map[string]pool.ModelRecord{}
		for _, m := range loadPool(t, s).Models {
			models[m.Name] = m
		}
		flash := models["gemini-2.5-flash"]
		if flash.RPM == nil || *flash.RPM != 5 || *flash.TPM != 250_000 || *flash.RPD != 20 || !flash.Enabled || !flash.Seeded {
			t.Errorf("gemini-2.5-flash = %+v", flash)
		}
		if newest := models["gemini-3.8-flash"]; newest.RPM != nil || newest.TPM != nil || newest.RPD == nil || *newest.RPD != 20 {
			t.Errorf("gemini-3.8-flash = %+v, want RPD alone", newest)
		}
	})
}
