package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
)

func newAdmin(t *testing.T, s *store.Store, name string) *auth.Admin {
	t.Helper()
	admin := &auth.Admin{Username: name, PasswordHash: "$argon2id$fake", CreatedAt: now(), PasswordChangedAt: now()}
	id, err := s.CreateAdmin(t.Context(), *admin)
	if err != nil {
		t.Fatalf("CreateAdmin: %v", err)
	}
	admin.ID = id
	return admin
}

func newToken(t *testing.T, s *store.Store, admin *auth.Admin, hash, family string) auth.RefreshToken {
	t.Helper()
	token := auth.RefreshToken{
		Hash: hash, Family: family, AdminID: admin.ID, CreatedAt: now(), ExpiresAt: now().Add(time.Hour), Address: "192.0.2.7", UserAgent: "a browser",
	}
	if err := s.CreateRefresh(t.Context(), token); err != nil {
		t.Fatalf("CreateRefresh: %v", err)
	}
	return token
}

// useToken exchanges the token with the hash for one with the hash next, and gives the token as it was before.
func useToken(t *testing.T, s *store.Store, hash, next string) *auth.RefreshToken {
	t.Helper()
	before, err := s.UseRefresh(t.Context(), hash, now(), func(old auth.RefreshToken) auth.RefreshToken {
		old.Hash, old.CreatedAt, old.UsedAt = next, now(), time.Time{}
		return old
	})
	if err != nil {
		t.Fatalf("UseRefresh(%s): %v", hash, err)
	}
	return before
}

func TestAdmins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if n, err := s.AdminCount(t.Context()); err != nil || n != 0 {
			t.Fatalf("AdminCount = %d, %v; want 0", n, err)
		}
		want := newAdmin(t, s, "Ärzte")
		byName, err := s.AdminByName(t.Context(), "äRZTE")
		if err != nil {
			t.Fatal(err)
		}
		byID, err := s.AdminByID(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range []*auth.Admin{byName, byID} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("admin (-want +got):\n%s", diff)
			}
		}
		if _, err := s.CreateAdmin(t.Context(), auth.Admin{Username: "ÄRZTE"}); !fault.Is(err, fault.Conflict) {
			t.Errorf("a taken name: %v, want a Conflict", err)
		}
		if _, err := s.AdminByName(t.Context(), "nobody"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown name: %v, want a NotFound", err)
		}
		if _, err := s.AdminByID(t.Context(), 4711); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown id: %v, want a NotFound", err)
		}
		if n, err := s.AdminCount(t.Context()); err != nil || n != 1 {
			t.Errorf("AdminCount = %d, %v; want 1", n, err)
		}
	})
}

func TestSetPasswordEndsOtherSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		admin, other := newAdmin(t, s, "admin"), newAdmin(t, s, "other")
		newToken(t, s, admin, "h1", "kept")
		newToken(t, s, admin, "h2", "ended")
		newToken(t, s, other, "h3", "foreign")
		at := now().Add(time.Minute)
		if err := s.SetPassword(t.Context(), admin.ID, "$argon2id$new", at, "kept"); err != nil {
			t.Fatal(err)
		}
		got, err := s.AdminByID(t.Context(), admin.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.PasswordHash != "$argon2id$new" || !got.PasswordChangedAt.Equal(at) || !got.CreatedAt.Equal(admin.CreatedAt) {
			t.Errorf("admin = %+v", got)
		}
		for hash, revoked := range map[string]bool{"h1": false, "h2": true, "h3": false} {
			if before := useToken(t, s, hash, hash+"-next"); before.RevokedAt.IsZero() == revoked {
				t.Errorf("token %s: revoked at %v, want revoked: %v", hash, before.RevokedAt, revoked)
			}
		}
		if err := s.SetPassword(t.Context(), 4711, "x", at, ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown admin: %v, want a NotFound", err)
		}
	})
}

func TestRefreshTokensAreUsedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		admin := newAdmin(t, s, "admin")
		want := newToken(t, s, admin, "h1", "f")
		first := useToken(t, s, "h1", "h2")
		want.ID = first.ID
		if diff := cmp.Diff(&want, first); diff != "" {
			t.Errorf("the token before its use (-want +got):\n%s", diff)
		}
		if again := useToken(t, s, "h1", "h3"); again.UsedAt.IsZero() {
			t.Error("a used token came back unused")
		}
		_, err := s.UseRefresh(t.Context(), "h3", now(), func(t auth.RefreshToken) auth.RefreshToken { return t })
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("the successor of a second use: %v, want a NotFound", err)
		}
		if err := s.RevokeFamily(t.Context(), "f", now()); err != nil {
			t.Fatal(err)
		}
		if successor := useToken(t, s, "h2", "h4"); successor.RevokedAt.IsZero() || !successor.UsedAt.IsZero() {
			t.Errorf("a revoked token = %+v", successor)
		}
		if err := s.RevokeFamily(t.Context(), "nobody's", now()); err != nil {
			t.Errorf("an unknown family: %v", err)
		}
		if err := s.CreateRefresh(t.Context(), auth.RefreshToken{Hash: "h1", AdminID: admin.ID}); !fault.Is(err, fault.Conflict) {
			t.Errorf("a taken hash: %v, want a Conflict", err)
		}
	})
}

func TestOneOfManyExchangesWins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		newToken(t, s, newAdmin(t, s, "admin"), "h", "f")
		const tries = 8
		var group sync.WaitGroup
		won := make([]bool, tries)
		errs := make([]error, tries)
		for i := range tries {
			group.Go(func() {
				before, err := s.UseRefresh(t.Context(), "h", now(), func(old auth.RefreshToken) auth.RefreshToken {
					old.Hash = fmt.Sprint("h", i)
					return old
				})
				errs[i] = err
				won[i] = err == nil && before.UsedAt.IsZero()
			})
		}
		group.Wait()
		winners := 0
		for _, w := range won {
			if w {
				winners++
			}
		}
		if err := errors.Join(errs...); err != nil || winners != 1 {
			t.Errorf("%d of %d exchanges of one token won (%v), want 1", winners, tries, err)
		}
	})
}

// A session that is ended while its token is being exchanged stays ended: no successor may slip through.
func TestNoTokenSurvivesTheEndOfItsSession(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		admin := newAdmin(t, s, "admin")
		for round := range 20 {
			family := fmt.Sprint("f", round)
			newToken(t, s, admin, family+"-0", family)
			var group sync.WaitGroup
			var chain, revoke error
			last := 0
			group.Go(func() {
				for i := range 10 {
					before, err := s.UseRefresh(t.Context(), fmt.Sprint(family, "-", i), now(), func(old auth.RefreshToken) auth.RefreshToken {
						old.Hash = fmt.Sprint(family, "-", i+1)
						return old
					})
					if err != nil || !before.RevokedAt.IsZero() {
						chain = err
						return
					}
					last = i + 1
				}
			})
			group.Go(func() { revoke = s.RevokeFamily(t.Context(), family, now()) })
			group.Wait()
			if err := errors.Join(chain, revoke); err != nil {
				t.Fatal(err)
			}
			before := useToken(t, s, fmt.Sprint(family, "-", last), family+"-end")
			if before.RevokedAt.IsZero() {
				t.Fatalf("round %d: token %d is good though its session was ended", round, last)
			}
		}
	})
}

func TestExpiredTokensAreDeleted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		admin := newAdmin(t, s, "admin")
		newToken(t, s, admin, "h1", "f")
		if n, err := s.DeleteExpiredRefresh(t.Context(), now()); err != nil || n != 0 {
			t.Errorf("deleted %d (%v), want none", n, err)
		}
		if n, err := s.DeleteExpiredRefresh(t.Context(), now().Add(2*time.Hour)); err != nil || n != 1 {
			t.Errorf("deleted %d (%v), want 1", n, err)
		}
	})
}

func TestUserKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		key := auth.UserKey{Hash: "hash-1", Prefix: "sk-ab12", Suffix: "wxyz", Name: "lab", Note: "n", Enabled: true, CreatedAt: now()}
		create := func(key auth.UserKey) int64 {
			t.Helper()
			id, err := s.CreateUserKey(ctx, key)
			if err != nil {
				t.Fatalf("CreateUserKey: %v", err)
			}
			return id
		}
		check := func(want ...auth.UserKey) {
			t.Helper()
			got, err := s.UserKeys(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(append([]auth.UserKey{}, want...), got); diff != "" {
				t.Errorf("UserKeys (-want +got):\n%s", diff)
			}
		}
		key.ID = create(key)
		check(key)
		if _, err := s.CreateUserKey(ctx, key); !fault.Is(err, fault.Conflict) {
			t.Errorf("a taken hash: %v, want a Conflict", err)
		}

		key.Hash, key.Prefix, key.Suffix, key.Name, key.Note, key.Enabled = "hash-2", "sk-cd34", "stuv", "lab 2", "", false
		key.Limits = &auth.KeyLimits{ExpiresAt: now().Add(time.Hour), RPM: 1, TPM: 2, RPD: 3, MonthlyTokens: 4, Concurrency: 5,
			Models: []string{"gemini-*"}, Networks: []string{"203.0.113.0/24"}}
		if err := s.UpdateUserKey(ctx, key); err != nil {
			t.Fatal(err)
		}
		check(key)

		key.LastUsedAt = now()
		for _, used := range []time.Time{key.LastUsedAt, key.LastUsedAt.Add(-time.Hour)} { // an earlier time is ignored
			if err := s.TouchUserKeys(ctx, map[int64]time.Time{key.ID: used, 4711: used}); err != nil {
				t.Fatal(err)
			}
		}
		check(key)

		if err := s.DeleteUserKey(ctx, key.ID, now()); err != nil {
			t.Fatal(err)
		}
		check()
		for name, err := range map[string]error{"deleting": s.DeleteUserKey(ctx, key.ID, now()), "updating": s.UpdateUserKey(ctx, key)} {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s a deleted key: %v, want a NotFound", name, err)
			}
		}
		again := auth.UserKey{Hash: "hash-2", Name: "again", CreatedAt: now()} // the hash of a deleted key is free
		if again.ID = create(again); again.ID <= key.ID {
			t.Errorf("id %d after %d: ids must not be used again", again.ID, key.ID)
		}
		check(again)
	})
}
