package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/holding"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
)

func TestHoldings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		now := time.Now().UTC().Truncate(time.Microsecond)
		var all []holding.Record
		for i := range 30 {
			all = append(all, holding.Record{
				UserKeyID: int64(1 + i%2), Name: fmt.Sprintf("batches/Abc-%02d", i), KeyID: 7, MadeAt: now, ExpiresAt: now.Add(time.Duration(i-10) * time.Hour),
			})
		}
		forEver := holding.Record{UserKeyID: 1, Name: "fileSearchStores/mine", KeyID: 9, MadeAt: now}
		again := all[4]
		again.KeyID = 8
		if err := s.SaveHoldings(t.Context(), nil); err != nil {
			t.Error(err)
		}
		if err := s.SaveHoldings(t.Context(), append(all[:len(all):len(all)], forEver, again)); err != nil {
			t.Fatal(err)
		}
		all[4] = again
		for _, want := range []holding.Record{all[4], forEver} {
			got, err := s.FindHolding(t.Context(), want.UserKeyID, want.Name)
			if err != nil || *got != want {
				t.Errorf("%+v, %v, want %+v", got, err, want)
			}
			if _, err := s.FindHolding(t.Context(), want.UserKeyID+1, want.Name); !fault.Is(err, fault.NotFound) {
				t.Errorf("another user key's: %v", err)
			}
		}
		got, err := s.ListHoldings(t.Context(), 1, now, "batches/", "batches/Abc-04", 3)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]holding.Record{all[12], all[14], all[16]}, got); diff != "" {
			t.Error(diff)
		}
		if n, err := s.PruneHoldings(t.Context(), now, 7); err != nil || n != 7 {
			t.Errorf("pruned %d, %v", n, err)
		}
		if n, err := s.PruneHoldings(t.Context(), now, 7); err != nil || n != 3 {
			t.Errorf("pruned %d, %v", n, err)
		}
		if _, err := s.FindHolding(t.Context(), 1, forEver.Name); err != nil {
			t.Errorf("what does not expire was pruned: %v", err)
		}
		for range 2 {
			if err := s.DeleteHolding(t.Context(), 1, forEver.Name); err != nil {
				t.Error(err)
			}
		}
		if _, err := s.FindHolding(t.Context(), 1, forEver.Name); !fault.Is(err, fault.NotFound) {
			t.Errorf("deleted, and found: %v", err)
		}
	})
}
