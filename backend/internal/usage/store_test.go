package usage_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
	"gemini-proxy/backend/internal/usage"
)

// TestOnTheRealStore writes several batches and what is left at the end, and finds all of it in the sums.
func TestOnTheRealStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r := usage.NewRecorder(s, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		now := time.Now()
		const n = 1234
		for i := range n {
			r.Record(usage.Event{
				RequestID: fmt.Sprint(i), Time: now, Model: "gemini-flash-latest\x00\xff", Status: 200, Outcome: "ok",
				InputTokens: 3, OutputTokens: 2, Total: time.Second, Attempts: []usage.Attempt{{KeyID: 1, Verdict: "ok", Message: "\x00\xff"}},
			})
		}
		cancel()
		if err := <-ended; err != nil || r.Dropped() != 0 {
			t.Fatalf("dropped %d, %v", r.Dropped(), err)
		}
		totals, err := s.Totals(t.Context(), now.Add(-time.Hour), now.Add(time.Hour))
		if err != nil || totals.Requests != n || totals.InputTokens != 3*n || totals.OutputTokens != 2*n {
			t.Errorf("%+v, %v", totals, err)
		}
	})
}
