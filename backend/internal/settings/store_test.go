package settings_test

import (
	"encoding/json"
	"log/slog"
	"testing"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
)

// TestOnTheRealStore has two processes change the settings in one database.
func TestOnTheRealStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		load := func() *settings.Live {
			live, err := settings.Load(t.Context(), s, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			return live
		}
		one, two, first := load(), load(), int64(0)
		if _, version, err := one.Update(t.Context(), json.RawMessage(`{"queue_wait":1}`), &first); err != nil || version != 1 {
			t.Fatalf("version %d, %v", version, err)
		}
		if _, _, err := two.Update(t.Context(), json.RawMessage(`{"queue_wait":2}`), &first); !fault.Is(err, fault.Precondition) {
			t.Errorf("a version that is past: %v", err)
		}
		if _, version, err := one.Update(t.Context(), json.RawMessage(`{"strategy":"round_robin"}`), nil); err != nil || version != 2 {
			t.Errorf("version %d, %v", version, err)
		}
		got, version, err := two.Update(t.Context(), json.RawMessage(`{"max_key_attempts":7}`), nil)
		if err != nil || version != 3 || got != load().Now() || got.QueueWait != 1 || got.Strategy != settings.RoundRobin || got.MaxKeyAttempts != 7 {
			t.Errorf("%+v, version %d, %v", got, version, err)
		}
	})
}
