package store_test

import (
	"testing"
	"time"

	"gemini-proxy/backend/internal/replica"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
)

func TestRoll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		first := replica.Replica{ID: "a", Host: "host-1", Version: "1.2.3", StartedAt: now().Add(-time.Hour)}
		second := replica.Replica{ID: "b", Host: "host-2", Version: "1.2.4", StartedAt: now()}
		for _, r := range []replica.Replica{second, first, first} {
			if err := s.SignRoll(ctx, r, time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		expect := func(within time.Duration, most int, want ...string) {
			t.Helper()
			all, err := s.Roll(ctx, within, most)
			if err != nil || len(all) != len(want) {
				t.Fatalf("there are %+v: %v", all, err)
			}
			for i, r := range all {
				if r.ID != want[i] {
					t.Errorf("%d is %+v, want %s", i, r, want[i])
				}
			}
		}
		expect(time.Minute, 10, "a", "b")
		expect(time.Minute, 1, "a")
		expect(-time.Minute, 10) // nobody was seen in time
		all, err := s.Roll(ctx, time.Minute, 10)
		if err != nil || time.Since(all[0].SeenAt).Abs() > time.Minute {
			t.Errorf("seen at %v: %v", all, err)
		}
		all[0].SeenAt = time.Time{}
		if all[0] != first {
			t.Errorf("is %+v, want %+v", all[0], first)
		}
		if err := s.SignRoll(ctx, second, -time.Minute); err != nil { // all others are gone
			t.Fatal(err)
		}
		expect(time.Minute, 10, "b")
		for range 2 {
			if err := s.LeaveRoll(ctx, "b"); err != nil {
				t.Error(err)
			}
		}
		expect(time.Minute, 10)
	})
}
