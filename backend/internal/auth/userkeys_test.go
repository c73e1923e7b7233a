package auth

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/fault"
)

func makeKey(t testing.TB, a *Auth, name string) (UserKey, string) {
	t.Helper()
	key, secret, err := a.CreateUserKey(t.Context(), name, "")
	if err != nil {
		t.Fatal(err)
	}
	return key, secret
}

func wantUserKey(t *testing.T, a *Auth, what, secret string, id int64) {
	t.Helper()
	key, err := a.UserKey(secret)
	switch {
	case id == 0:
		wantFault(t, what, err, fault.Unauthorized, "invalid_api_key")
		if len(secret) > 8 && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the fault shows the key", what)
		}
	case err != nil || key.ID != id:
		t.Errorf("%s: %+v, %v", what, key, err)
	}
}

func TestUserKeyLife(t *testing.T) {
	store := newMemory()
	a := start(t, store)
	key, secret, err := a.CreateUserKey(t.Context(), "  my laptop ", " note\nof two lines ")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^sk-[0-9A-Za-z]{48}$`).MatchString(secret) || key.Masked() != secret[:7]+"…"+secret[47:] {
		t.Errorf("the key is masked as %s", key.Masked())
	}
	if key.Name != "my laptop" || key.Note != "note\nof two lines" || !key.Enabled || key.CreatedAt.IsZero() || !key.LastUsedAt.IsZero() {
		t.Errorf("%+v", key)
	}
	if strings.Contains(fmt.Sprint(store.keys), secret) || store.keys[key.ID].Hash != hashToken(secret) {
		t.Error("the key itself is kept")
	}
	wantUserKey(t, a, "new", secret, key.ID)

	off, on, title := false, true, "renamed"
	if _, err := a.UpdateUserKey(t.Context(), key.ID, UserKeyPatch{Enabled: &off}); err != nil {
		t.Fatal(err)
	}
	wantUserKey(t, a, "disabled", secret, 0)
	if all, enabled := a.UserKeyCounts(); all != 1 || enabled != 0 {
		t.Errorf("%d keys, %d enabled", all, enabled)
	}
	changed, err := a.UpdateUserKey(t.Context(), key.ID, UserKeyPatch{Enabled: &on, Name: &title})
	if err != nil || changed.Name != title || changed.Note != key.Note || changed.LastUsedAt.IsZero() {
		t.Errorf("%+v, %v", changed, err)
	}
	wantUserKey(t, a, "enabled again", secret, key.ID)

	rotated, fresh, err := a.RotateUserKey(t.Context(), key.ID)
	if err != nil || rotated.ID != key.ID || rotated.Name != title || rotated.Masked() != fresh[:7]+"…"+fresh[47:] || fresh == secret {
		t.Errorf("%+v, %v", rotated, err)
	}
	wantUserKey(t, a, "before the rotation", secret, 0)
	wantUserKey(t, a, "rotated", fresh, key.ID)
	wantUserKey(t, start(t, store), "after a restart", fresh, key.ID)

	if err := a.DeleteUserKey(t.Context(), key.ID); err != nil {
		t.Fatal(err)
	}
	wantUserKey(t, a, "deleted", fresh, 0)
	wantUserKey(t, start(t, store), "deleted, after a restart", fresh, 0)
	_, getErr := a.UserKeyByID(key.ID)
	_, updateErr := a.UpdateUserKey(t.Context(), key.ID, UserKeyPatch{})
	_, _, rotateErr := a.RotateUserKey(t.Context(), key.ID)
	for what, err := range map[string]error{
		"get": getErr, "update": updateErr, "rotate": rotateErr, "delete": a.DeleteUserKey(t.Context(), key.ID),
	} {
		wantFault(t, what, err, fault.NotFound, "not_found")
	}
}

func TestStrangersKeys(t *testing.T) {
	a := start(t, newMemory())
	key, secret := makeKey(t, a, "a")
	for _, other := range []string{
		"", "sk-", "FAKE", secret + "x", secret[:50], strings.ToUpper(secret), "x" + secret[1:], strings.Repeat("sk-", 1<<20),
	} {
		wantUserKey(t, a, fmt.Sprintf("%.10q", other), other, 0)
	}
	wantUserKey(t, a, "the right one", secret, key.ID)
	if _, err := a.UserKey(""); !strings.Contains(err.Error(), "Authorization: Bearer") {
		t.Errorf("without a key the fault does not say how to send one: %v", err)
	}
}

func TestUserKeyTexts(t *testing.T) {
	a := start(t, newMemory())
	key, _ := makeKey(t, a, "a")
	for _, test := range []struct{ name, note, field string }{
		{"", "", "name"}, {" \t ", "", "name"}, {"two\nlines", "", "name"}, {"nul\x00", "", "name"}, {"\xff", "", "name"},
		{strings.Repeat("长", maxKeyName+1), "", "name"},
		{"a", strings.Repeat("长", maxKeyNote+1), "note"}, {"a", "nul\x00", "note"}, {"a", "\xff", "note"},
	} {
		_, _, createErr := a.CreateUserKey(t.Context(), test.name, test.note)
		_, updateErr := a.UpdateUserKey(t.Context(), key.ID, UserKeyPatch{Name: &test.name, Note: &test.note})
		for what, err := range map[string]error{"create": createErr, "update": updateErr} {
			wantFault(t, what, err, fault.Invalid, "invalid_input")
			if fault.Of(err).Field != test.field {
				t.Errorf("%s %.20q %.20q: field %q", what, test.name, test.note, fault.Of(err).Field)
			}
		}
	}
	if _, _, err := a.CreateUserKey(t.Context(), strings.Repeat("长", maxKeyName), strings.Repeat("长", maxKeyNote)); err != nil {
		t.Error(err)
	}
}

func TestUserKeyStoreAway(t *testing.T) {
	store := newMemory()
	a := start(t, store)
	key, secret := makeKey(t, a, "a")
	store.setAway(true)
	off := false
	_, _, createErr := a.CreateUserKey(t.Context(), "b", "")
	_, updateErr := a.UpdateUserKey(t.Context(), key.ID, UserKeyPatch{Enabled: &off})
	_, _, rotateErr := a.RotateUserKey(t.Context(), key.ID)
	_, newErr := New(t.Context(), Config{Store: store, Key: signingKey, Log: a.log})
	for what, err := range map[string]error{
		"create": createErr, "update": updateErr, "rotate": rotateErr, "delete": a.DeleteUserKey(t.Context(), key.ID), "new": newErr,
	} {
		wantFault(t, what, err, fault.Unavailable, "database_unavailable")
	}
	wantUserKey(t, a, "unchanged", secret, key.ID)
}

func TestUserKeysAreBounded(t *testing.T) {
	store := newMemory()
	for i := range int64(maxUserKeys) {
		store.keys[i+1] = UserKey{ID: i + 1, Hash: hashToken(fmt.Sprint(i)), Enabled: true}
	}
	store.nextID = maxUserKeys
	store.keys[1] = UserKey{ID: 1, Hash: "FAKE", Enabled: true} // not readable, and left out
	a := start(t, store)
	makeKey(t, a, "the last")
	_, _, err := a.CreateUserKey(t.Context(), "one more", "")
	wantFault(t, "one more", err, fault.Conflict, "conflict")
}

func TestUserKeyPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := start(t, newMemory())
		var secrets []string
		for _, name := range []string{"beta", "Alpha", "gamma", "alpha"} {
			_, secret := makeKey(t, a, name)
			secrets = append(secrets, secret)
			time.Sleep(time.Minute)
		}
		for _, i := range []int{2, 0} { // gamma, then beta
			if _, err := a.UserKey(secrets[i]); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		note := "for Gammas only"
		if _, err := a.UpdateUserKey(t.Context(), 4, UserKeyPatch{Note: &note}); err != nil {
			t.Fatal(err)
		}
		tests := []struct {
			query Query
			want  string
			total int
		}{
			{Query{}, "4 3 2 1", 4},
			{Query{Sort: "created_at"}, "1 2 3 4", 4},
			{Query{Sort: "id"}, "1 2 3 4", 4},
			{Query{Sort: "-id"}, "4 3 2 1", 4},
			{Query{Sort: "name"}, "2 4 1 3", 4},
			{Query{Sort: "-name"}, "3 1 4 2", 4},
			{Query{Sort: "last_used_at"}, "2 4 3 1", 4},
			{Query{Sort: "-last_used_at"}, "1 3 4 2", 4},
			{Query{Sort: "nothing"}, "4 3 2 1", 4},
			{Query{Sort: "id", Page: 2, PageSize: 3}, "4", 4},
			{Query{Sort: "id", Page: 3, PageSize: 3}, "", 4},
			{Query{Sort: "id", Page: 1 << 62, PageSize: 200}, "", 4},
			{Query{Sort: "id", Page: -1, PageSize: -5}, "1", 4},
			{Query{Sort: "id", PageSize: 1 << 40}, "1 2 3 4", 4},
			{Query{Sort: "id", Q: " GAMMA "}, "3 4", 2},
			{Query{Sort: "id", Q: secrets[1][:7]}, "2", 1},
			{Query{Q: "nobody"}, "", 0},
		}
		for _, test := range tests {
			items, total := a.UserKeys(test.query)
			var ids []string
			for _, item := range items {
				ids = append(ids, fmt.Sprint(item.ID))
			}
			if got := strings.Join(ids, " "); got != test.want || total != test.total {
				t.Errorf("%+v: %s of %d, want %s of %d", test.query, got, total, test.want, test.total)
			}
		}
	})
}

func TestLastUseIsWrittenBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		a := start(t, store)
		key, secret := makeKey(t, a, "a")
		_, unused := makeKey(t, a, "b")
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- a.Run(ctx) }()
		use := func() time.Time {
			t.Helper()
			wantUserKey(t, a, "use", secret, key.ID)
			return time.Now().UTC()
		}
		first := use()
		if got, err := a.UserKeyByID(key.ID); err != nil || !got.LastUsedAt.Equal(first) {
			t.Errorf("last used %v, %v", got.LastUsedAt, err)
		}
		time.Sleep(time.Duration(usePrecision))
		second := use()
		time.Sleep(touchEvery)
		synctest.Wait()
		want := []map[int64]time.Time{{key.ID: second}}
		if diff := cmp.Diff(want, store.touched); diff != "" {
			t.Error(diff)
		}
		time.Sleep(10 * touchEvery) // nothing used, nothing written
		synctest.Wait()
		third := use()
		store.setAway(true)
		time.Sleep(3 * touchEvery)
		store.setAway(false)
		if _, _, err := a.RotateUserKey(t.Context(), key.ID); err != nil { // its use goes on from where it was
			t.Fatal(err)
		}
		time.Sleep(touchEvery)
		synctest.Wait()
		fourth := time.Now().UTC()
		wantUserKey(t, a, "the other", unused, key.ID+1)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		want = append(want, map[int64]time.Time{key.ID: third}, map[int64]time.Time{key.ID + 1: fourth})
		if diff := cmp.Diff(want, store.touched); diff != "" {
			t.Error(diff)
		}
		again := start(t, store)
		if got, err := again.UserKeyByID(key.ID); err != nil || !got.LastUsedAt.Equal(third) {
			t.Errorf("after a restart last used %v, %v", got.LastUsedAt, err)
		}
	})
}

func TestRunSweeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, store := withAdmin(t)
		login(t, a)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- a.Run(ctx) }()
		time.Sleep(refreshLife + sweepEvery + time.Minute)
		synctest.Wait()
		if len(store.refresh) != 0 || store.swept < 700 {
			t.Errorf("%d tokens left after %d sweeps", len(store.refresh), store.swept)
		}
		if len(a.sessions.families)+len(a.logins.addresses)+len(a.hasher.used) != 0 {
			t.Error("what has run out is remembered, or memory was not given back")
		}
		store.setAway(true)
		time.Sleep(2 * sweepEvery)
		cancel()
		if err := <-ended; err != nil { // nothing to write
			t.Error(err)
		}
	})
}

// TestUserKeysFromMany has requests come while keys are made, changed and deleted.
func TestUserKeysFromMany(t *testing.T) {
	a := start(t, newMemory())
	steady, secret := makeKey(t, a, "steady")
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if key, err := a.UserKey(secret); err != nil || key.ID != steady.ID {
					t.Errorf("%+v, %v", key, err)
					return
				}
				a.UserKeys(Query{})
			}
		})
	}
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for range 20 {
				key, _, err := a.CreateUserKey(context.Background(), "a", "")
				if err != nil {
					t.Error(err)
					return
				}
				_, fresh, err := a.RotateUserKey(context.Background(), key.ID)
				if err != nil {
					t.Error(err)
				}
				if _, err := a.UserKey(fresh); err != nil {
					t.Error(err)
				}
				if err := a.DeleteUserKey(context.Background(), key.ID); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	if all, _ := a.UserKeyCounts(); all != 1 {
		t.Errorf("%d keys left", all)
	}
}

func BenchmarkUserKey(b *testing.B) {
	a := start(b, newMemory())
	var secret string
	for i := range 1000 {
		_, secret = makeKey(b, a, fmt.Sprint(i))
	}
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := a.UserKey(secret); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := a.UserKey(secret); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}
