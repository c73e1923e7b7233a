package store_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/backup"
	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/roster"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
	"gemini-proxy/backend/internal/usage"
)

const backupPhrase = "a passphrase for tests"

func hashOf(digit string) string { return strings.Repeat(digit, 64) }

// furnish puts something of everything into a store.
func furnish(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, when := t.Context(), time.Now().UTC().Truncate(time.Second)
	records := []pool.Record{
		{Secret: "AIzaSy-FAKE-one", Name: "one", Note: "n", Project: "atlas", ProjectSource: pool.SourceOperator, Weight: 3, Enabled: true, CreatedAt: when},
		{Secret: "AIzaSy-FAKE-two", Name: "two", ProjectSource: pool.SourceUnknown, Weight: 1, CreatedAt: when},
		{Secret: "AIzaSy-FAKE-gone", Name: "gone", ProjectSource: pool.SourceUnknown, Weight: 1, Enabled: true, CreatedAt: when, RemovedAt: when},
	}
	added, err := s.AddKeys(ctx, records)
	check(t, err)
	rpm := int64(7)
	check(t, s.SavePool(ctx, &pool.Changes{Learnt: []pool.LearntRecord{
		{Scope: "project:atlas", Model: "m", RPM: &rpm, At: when}, {Scope: fmt.Sprint("key:", added[1].ID), Model: "m", RPM: &rpm, At: when},
	}}))
	for i, name := range []string{"laptop", "deleted"} {
		limits := &auth.KeyLimits{RPM: 5, Models: []string{"gemini-*"}}
		id, err := s.CreateUserKey(ctx, auth.UserKey{Hash: hashOf(fmt.Sprint(i)), Prefix: "sk-aaaa", Suffix: "zzzz", Name: name, Enabled: true, CreatedAt: when, Limits: limits})
		check(t, err)
		check(t, s.SaveEvents(ctx, []usage.Event{{RequestID: name, Time: when, UserKeyID: id, Model: "m", Status: 200, InputTokens: 10, OutputTokens: 5, Total: time.Second,
			Attempts: []usage.Attempt{{KeyID: added[0].ID, Verdict: "ok"}}}}))
		if name == "deleted" {
			check(t, s.DeleteUserKey(ctx, id, when))
		}
	}
	check(t, s.SaveModel(ctx, roster.Model{Name: "gemini-x", RPM: &rpm, Enabled: true, Alias: "gpt-4o", Thinking: roster.Thinking{Budget: &rpm, Include: new(bool)}}))
	_, err = s.SaveSettings(ctx, []byte(`{"queue_wait":3}`), 0)
	check(t, err)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func backupsOf(s *store.Store) *backup.Backups {
	return backup.New(backup.Config{Store: s, By: "test", Work: 10})
}

func restore(t *testing.T, s *store.Store, file []byte, preview bool) backup.Summary {
	t.Helper()
	summary, err := backupsOf(s).Restore(t.Context(), file, backupPhrase, preview)
	check(t, err)
	summary.MadeAt = time.Time{}
	return summary
}

func dump(t *testing.T, s *store.Store) (all []backup.Record) {
	t.Helper()
	check(t, s.DumpBackup(t.Context(), true, func(r backup.Record) error {
		all = append(all, r)
		if r.Usage != nil {
			all[len(all)-1].Usage = &backup.Usage{Table: r.Usage.Table, Rows: append([][]any{}, r.Usage.Rows...)}
		}
		return nil
	}))
	return all
}

// What is restored on an empty server, of the other kind and with another SECRET_KEY, is what was there, its ids included.
func TestBackupFillsAnEmptyServer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, from *store.Store) {
		furnish(t, from)
		file, err := backupsOf(from).Make(t.Context(), backupPhrase, true)
		check(t, err)
		if strings.Contains(string(file), "FAKE") {
			t.Fatal("a key is readable in the file")
		}
		to := anotherKind(t, from)
		want := backup.Summary{MadeBy: "test", HasUsage: true, Keys: backup.Change{Added: 3}, UserKeys: backup.Change{Added: 1}, Models: backup.Change{Added: 1, Same: 7},
			Settings: true, UsageRows: 7}
		before := dump(t, to)
		if diff := cmp.Diff(want, restore(t, to, file, true)); diff != "" {
			t.Errorf("previewed:\n%s", diff)
		}
		if diff := cmp.Diff(before, dump(t, to)); diff != "" {
			t.Errorf("the preview left something:\n%s", diff)
		}
		if diff := cmp.Diff(want, restore(t, to, file, false)); diff != "" {
			t.Errorf("restored:\n%s", diff)
		}
		if diff := cmp.Diff(dump(t, from), dump(t, to)); diff != "" {
			t.Errorf("what was there (-) and is restored (+) differ:\n%s", diff)
		}
		if got, want := restore(t, to, file, false), (backup.Summary{MadeBy: "test", HasUsage: true, Keys: backup.Change{Same: 3}, UserKeys: backup.Change{Same: 1},
			Models: backup.Change{Same: 8}}); got != want {
			t.Errorf("restored again: %+v", got)
		}
		if diff := cmp.Diff(dump(t, from), dump(t, to)); diff != "" {
			t.Errorf("a second restore counts twice:\n%s", diff)
		}
		models, err := from.LoadModels(t.Context())
		check(t, err)
		again, err := to.LoadModels(t.Context())
		check(t, err)
		if diff := cmp.Diff(models, again); diff != "" { // a column that the backup does not know
			t.Errorf("models (-) and restored ones (+) differ:\n%s", diff)
		}
		added, err := to.AddKeys(t.Context(), []pool.Record{{Secret: "AIzaSy-FAKE-new", Weight: 1, CreatedAt: time.Now()}})
		check(t, err)
		if added[0].ID <= 3 {
			t.Errorf("a new key got the id %d", added[0].ID)
		}
	})
}

func anotherKind(t *testing.T, than *store.Store) *store.Store {
	t.Helper()
	url := storetest.SQLiteURL(t)
	if than.Kind() == store.KindSQLite {
		url = storetest.PostgresURL(t)
	}
	sealer, err := store.NewSealer([]byte("another secret key of another server"))
	check(t, err)
	s, err := store.Open(t.Context(), store.Config{URL: url, Sealer: sealer})
	check(t, err)
	t.Cleanup(func() { check(t, s.Close()) })
	return s
}

// In a server that is in use the file's word holds, ids that are taken are given anew, and what the file does not know stays.
func TestBackupIntoAServerInUse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		from := storetest.SQLite(t)
		furnish(t, from)
		file, err := backupsOf(from).Make(t.Context(), backupPhrase, true)
		check(t, err)
		ctx, when := t.Context(), time.Now().Add(-24*time.Hour)
		_, err = s.AddKeys(ctx, []pool.Record{
			{Secret: "AIzaSy-FAKE-own", Name: "own", Weight: 1, Enabled: true, CreatedAt: when}, // has the id of "one"
			{Secret: "AIzaSy-FAKE-gone", Name: "in use here", Weight: 1, Enabled: true, CreatedAt: when},
		})
		check(t, err)
		own, err := s.CreateUserKey(ctx, auth.UserKey{Hash: hashOf("f"), Name: "own", Enabled: true, CreatedAt: when})
		check(t, err)
		check(t, s.SaveEvents(ctx, []usage.Event{{RequestID: "x", Time: when, UserKeyID: own, Model: "m", Status: 200, InputTokens: 1}}))
		check(t, s.SaveModel(ctx, roster.Model{Name: "gemini-y", Enabled: true, Alias: "gpt-4o"}))

		summary := restore(t, s, file, false)
		if summary.Keys != (backup.Change{Added: 2, Changed: 1}) || summary.UserKeys != (backup.Change{Added: 1}) {
			t.Errorf("restored: %+v", summary)
		}
		kept, err := s.LoadPool(ctx)
		check(t, err)
		names := map[string]pool.Record{}
		for _, k := range kept.Keys {
			names[k.Name] = k
		}
		if len(kept.Keys) != 4 || names["own"].ID != 1 || names["one"].Secret.Reveal() != "AIzaSy-FAKE-one" || !names["gone"].RemovedAt.IsZero() {
			t.Errorf("keys are %+v", kept.Keys)
		}
		if len(kept.Learnt) != 2 || kept.Learnt[0].Scope != fmt.Sprint("key:", names["two"].ID) {
			t.Errorf("learnt is %+v", kept.Learnt)
		}
		keys, err := s.UserKeys(ctx)
		check(t, err)
		if len(keys) != 2 || keys[0].ID != own || keys[1].Hash != hashOf("0") || keys[1].Limits.RPM != 5 {
			t.Errorf("user keys are %+v", keys)
		}
		totals, err := s.UserKeyTotals(ctx)
		check(t, err)
		if totals[own].InputTokens != 1 || totals[keys[1].ID].InputTokens != 10 {
			t.Errorf("totals are %+v", totals)
		}
		models, err := s.LoadModels(ctx)
		check(t, err)
		for _, m := range models {
			if (m.Alias == "gpt-4o") != (m.Name == "gemini-x") {
				t.Errorf("the alias is at %+v", m)
			}
		}
		check(t, s.DeleteUserKey(ctx, keys[1].ID, when))
		if again := restore(t, s, file, false); again.UserKeys.Added+again.UserKeys.Changed != 1 {
			t.Errorf("a user key that was deleted does not come back: %+v", again)
		}
	})
}

// A user key that was used here after a restore without its usage keeps what it used when the usage comes later.
func TestUsageThatComesLaterIsAdded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		from := storetest.SQLite(t)
		furnish(t, from)
		makes := backupsOf(from)
		without, err := makes.Make(t.Context(), backupPhrase, false)
		check(t, err)
		with, err := makes.Make(t.Context(), backupPhrase, true)
		check(t, err)
		if got := restore(t, s, without, false); got.UsageRows != 0 || got.UserKeys.Added != 1 {
			t.Fatalf("without usage: %+v", got)
		}
		check(t, s.SaveEvents(t.Context(), []usage.Event{{RequestID: "x", Time: time.Now().Add(-48 * time.Hour), UserKeyID: 1, Model: "m", Status: 200, InputTokens: 100}}))
		for range 2 {
			restore(t, s, with, false)
		}
		totals, err := s.UserKeyTotals(t.Context())
		check(t, err)
		if got := totals[1]; got.InputTokens != 110 || got.Requests != 2 {
			t.Errorf("in all %+v", got)
		}
	})
}

func TestARestoreThatBreaksChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		furnish(t, s)
		before := dump(t, s)
		broken := errors.New("the file breaks off")
		for name, records := range map[string][]backup.Record{
			"broken off":      {{Key: &backup.Key{ID: 9, Secret: "AIzaSy-FAKE-nine", Weight: 1}}, {Settings: &backup.Settings{Document: "{}"}}},
			"no secret":       {{Key: &backup.Key{ID: 9}}},
			"no hash":         {{UserKey: &backup.UserKey{ID: 9, Hash: "zz"}}},
			"no limits":       {{UserKey: &backup.UserKey{ID: 9, Hash: hashOf("e"), Limits: "{"}}},
			"no settings":     {{Settings: &backup.Settings{Document: "[]"}}},
			"no model":        {{Model: &backup.Model{}}},
			"strange usage":   {{Usage: &backup.Usage{Table: "latency_hours", Rows: [][]any{{"a", "b", "c"}}}}},
			"short usage":     {{Usage: &backup.Usage{Table: "usage_hours", Rows: [][]any{{"a"}}}}},
			"too many models": manyModels(),
		} {
			i := 0
			_, err := s.RestoreBackup(context.WithoutCancel(t.Context()), func() (*backup.Record, error) {
				if i == len(records) {
					if name == "broken off" {
						return nil, broken
					}
					return nil, io.EOF
				}
				i++
				return &records[i-1], nil
			}, false)
			if err == nil || name != "broken off" && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
				t.Errorf("%s: %v", name, err)
			}
			if diff := cmp.Diff(before, dump(t, s)); diff != "" {
				t.Errorf("%s changed something:\n%s", name, diff)
			}
		}
	})
}

func manyModels() (all []backup.Record) {
	for i := range 1001 {
		all = append(all, backup.Record{Model: &backup.Model{Name: fmt.Sprint("m", i), Enabled: true}})
	}
	return all
}

func TestBackupSecretsDoNotPrint(t *testing.T) {
	key := backup.Key{Secret: backup.Secret(gemini.Secret("AIzaSy-FAKE-one"))}
	if text := fmt.Sprintf("%v %+v %#v %s", key, key, key, key.Secret); strings.Contains(text, "FAKE") {
		t.Error("a secret prints")
	}
}
