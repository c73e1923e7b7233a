package openaiapi

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/semaphore"

	"gemini-proxy/backend/internal/fault"
)

// TestCopiesWaitForMemory fills the memory set aside: the next copy waits, gets in when there is room, and is turned away when there
// is none in time.
func TestCopiesWaitForMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &api{copies: semaphore.NewWeighted(maxCopies)}
		if err := s.reserve(t.Context(), maxCopies); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		f := fault.Of(s.reserve(t.Context(), 1))
		if f.Kind != fault.Unavailable || f.RetryAfter == 0 || time.Since(began) != copyWait {
			t.Errorf("%v after %v", f, time.Since(began))
		}
		ctx, leave := context.WithCancel(t.Context())
		leave()
		if err := s.reserve(ctx, 1); !fault.Is(err, fault.Canceled) {
			t.Errorf("a client that left: %v", err)
		}
		time.AfterFunc(time.Second, func() { s.copies.Release(maxCopies) })
		if err := s.reserve(t.Context(), maxCopies); err != nil {
			t.Errorf("with room after a second: %v", err)
		}
	})
}
