package store_test

import (
	"testing"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
)

func TestSettingsAreSavedOverTheirOwnVersionOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		document, version, err := s.LoadSettings(ctx)
		if document != nil || version != 0 || err != nil {
			t.Fatalf("LoadSettings of a new store = %q, %d, %v; want nothing", document, version, err)
		}
		steps := []struct {
			document string
			over     int64
			want     int64 // 0 wants a Precondition
		}{
			{`{"a":1}`, 5, 0},
			{`{"a":1}`, 0, 1},
			{`{"a":2}`, 0, 0},
			{`{"a":2}`, 1, 2},
			{`{"a":3}`, 1, 0},
		}
		for _, step := range steps {
			got, err := s.SaveSettings(ctx, []byte(step.document), step.over)
			if got != step.want || (err != nil) != (step.want == 0) || (err != nil && !fault.Is(err, fault.Precondition)) {
				t.Errorf("saving %s over version %d = %d, %v; want %d", step.document, step.over, got, err, step.want)
			}
		}
		document, version, err = s.LoadSettings(ctx)
		if string(document) != `{"a":2}` || version != 2 || err != nil {
			t.Errorf("LoadSettings = %s, %d, %v; want the second document", document, version, err)
		}
	})
}
