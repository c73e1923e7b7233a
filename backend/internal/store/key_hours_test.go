package store_test

import (
	"testing"
	"time"

	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
	"gemini-proxy/backend/internal/usage"
)

func TestKeyHours(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		events := fakeEvents(7, 3000, 30*time.Hour, 6)
		saveEvents(t, s, events)
		to := day0().Add(29*time.Hour + 20*time.Minute)
		got, err := s.KeyHours(t.Context(), []int64{2, 5, 99}, to, 24)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 2 {
			t.Errorf("%d keys, want the two that served", len(got))
		}
		for _, key := range []int64{2, 5} {
			for i, n := range got[key] {
				from := day0().Add(time.Duration(6+i) * time.Hour)
				want := sumOf(events, from, from.Add(time.Hour), func(e *usage.Event) bool {
					return len(e.Attempts) > 0 && e.Attempts[len(e.Attempts)-1].KeyID == key
				})
				if n != want.Requests {
					t.Errorf("key %d, hour %d: %d, want %d", key, i, n, want.Requests)
				}
			}
		}
		if none, err := s.KeyHours(t.Context(), nil, to, 24); err != nil || len(none) != 0 {
			t.Errorf("of no key: %v, %v", none, err)
		}
	})
}

func TestKeyLatency(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		answered := func(key int64, status int, took time.Duration) usage.Event {
			return usage.Event{Time: day0().Add(time.Minute), Status: status, Total: took, Attempts: []usage.Attempt{{KeyID: key, Verdict: "ok", Status: status}}}
		}
		var events []usage.Event
		for i := range 100 { // 100 ms … 10 s
			events = append(events, answered(3, 200, time.Duration(i+1)*100*time.Millisecond))
		}
		events = append(events, answered(4, 200, time.Minute), answered(3, 502, time.Hour), answered(5, 502, time.Hour))
		saveEvents(t, s, events)
		got, known, err := s.KeyLatency(t.Context(), 3, day0(), day0().Add(time.Hour))
		if err != nil || !known {
			t.Fatalf("%v, %v", known, err)
		}
		for _, p := range []struct{ got, want time.Duration }{{got.P50, 5 * time.Second}, {got.P95, 9500 * time.Millisecond}} {
			if off := float64(p.got)/float64(p.want) - 1; off < -0.1 || off > 0.1 {
				t.Errorf("%v, want %v within a tenth", p.got, p.want)
			}
		}
		for name, key := range map[string]int64{"that failed alone": 5, "that served nothing": 9} {
			if got, known, err := s.KeyLatency(t.Context(), key, day0(), day0().Add(time.Hour)); known || err != nil {
				t.Errorf("of a key %s: %+v, %v", name, got, err)
			}
		}
		if _, known, err := s.KeyLatency(t.Context(), 3, day0().Add(time.Hour), day0().Add(2*time.Hour)); known || err != nil {
			t.Errorf("of another hour: %v, %v", known, err)
		}
	})
}
