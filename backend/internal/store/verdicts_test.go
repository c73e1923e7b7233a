package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
)

// Verdicts are of every attempt, outcomes of the requests that failed; both agree with the totals, from whatever midnight.
func TestFailuresAreCountedByTheirWord(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		events := fakeEvents(11, 3000, 4*24*time.Hour, 5)
		for i := range events {
			for j := range events[i].Attempts[:max(len(events[i].Attempts)-1, 0)] {
				events[i].Attempts[j].Verdict = []string{"minute_quota", "transient"}[i%2]
			}
		}
		saveEvents(t, s, events)
		for _, zone := range []string{"UTC", "Pacific/Chatham", "Asia/Kathmandu", "America/Los_Angeles"} {
			location, err := time.LoadLocation(zone)
			check(t, err)
			from := time.Date(2026, 3, 2, 0, 0, 0, 0, location)
			to := from.AddDate(0, 0, 1)
			wantVerdicts, wantOutcomes := map[string]int64{}, map[string]int64{}
			for i := range events {
				e := &events[i]
				if e.Time.Before(from) || !e.Time.Before(to) {
					continue
				}
				for _, a := range e.Attempts {
					wantVerdicts[a.Verdict]++
				}
				if e.Failed() {
					wantOutcomes[e.Outcome]++
				}
			}
			verdicts, err := s.ByVerdict(t.Context(), from, to)
			check(t, err)
			outcomes, err := s.ByOutcome(t.Context(), from, to)
			check(t, err)
			gotVerdicts, gotOutcomes := map[string]int64{}, map[string]int64{}
			for i, v := range verdicts {
				gotVerdicts[v.Verdict] = v.Attempts
				if i > 0 && verdicts[i-1].Attempts < v.Attempts {
					t.Errorf("%s: not the most frequent first: %v", zone, verdicts)
				}
			}
			var failed int64
			for _, o := range outcomes {
				gotOutcomes[o.Outcome] = o.Requests
				failed += o.Requests
			}
			if diff := cmp.Diff(wantVerdicts, gotVerdicts); diff != "" || len(gotVerdicts) != 3 {
				t.Errorf("%s: verdicts:\n%s", zone, diff)
			}
			if diff := cmp.Diff(wantOutcomes, gotOutcomes); diff != "" {
				t.Errorf("%s: outcomes:\n%s", zone, diff)
			}
			totals, err := s.Totals(t.Context(), from, to)
			check(t, err)
			if totals.Failures != failed {
				t.Errorf("%s: %d failed by outcome, %d in all", zone, failed, totals.Failures)
			}
		}
		_, err := s.Prune(t.Context(), time.Now(), time.Now(), 1000)
		check(t, err)
		if left, err := s.ByVerdict(t.Context(), time.UnixMicro(0), time.Now()); err != nil || len(left) > 0 {
			t.Errorf("old verdicts are kept: %v %v", left, err)
		}
	})
}
