package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
	"gemini-proxy/backend/internal/thought"
)

func TestThoughts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		now := time.Now().UTC().Truncate(time.Microsecond)
		var all []thought.Record
		for i := range 400 {
			all = append(all, thought.Record{
				UserKeyID: int64(i % 3), CallID: fmt.Sprint("call_", i), Signature: strings.Repeat("c2ln", 5), KeyID: 7,
				MintedAt: now.Add(-time.Duration(i) * time.Minute),
			})
		}
		if err := s.SaveThoughts(t.Context(), nil); err != nil {
			t.Error(err)
		}
		again := all[5]
		again.Signature, again.KeyID = "bmV3", 8
		odd := thought.Record{UserKeyID: 1, CallID: "nul\x00\xff", Signature: "c2ln", MintedAt: now.Add(time.Second)}
		if err := s.SaveThoughts(t.Context(), append(all[:len(all):len(all)], again, odd)); err != nil {
			t.Fatal(err)
		}
		all[5] = again
		odd.CallID = "nul\uFFFD"
		got, err := s.LoadThoughts(t.Context(), now.Add(-3*time.Hour), 1000, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		want := append([]thought.Record{odd}, all[:181]...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if got, err := s.LoadThoughts(t.Context(), now.Add(-3*time.Hour), 10, 1<<20); err != nil || len(got) != 10 {
			t.Errorf("%d of 10, %v", len(got), err)
		}
		if got, err := s.LoadThoughts(t.Context(), now.Add(-3*time.Hour), 1000, 100); err != nil || len(got) != 4 {
			t.Errorf("%d in 100 bytes, %v", len(got), err)
		}
		deleted, err := s.DeleteThoughts(t.Context(), now.Add(-3*time.Hour))
		if err != nil || deleted != 219 {
			t.Errorf("deleted %d, %v", deleted, err)
		}
	})
}
