package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
	"gemini-proxy/backend/internal/usage"
)

// searches are queries by every filter, and what an event must be to be found.
func searches() map[string]struct {
	query usage.RecordQuery
	takes func(e *usage.Event) bool
} {
	type search = struct {
		query usage.RecordQuery
		takes func(e *usage.Event) bool
	}
	from, to := day0().Add(10*time.Hour), day0().Add(20*time.Hour)
	return map[string]search{
		"everything": {usage.RecordQuery{}, all},
		"a time": {usage.RecordQuery{From: from, To: to}, func(e *usage.Event) bool {
			return !e.Time.Before(from) && e.Time.Before(to)
		}},
		"a model":        {usage.RecordQuery{Model: "model-2"}, func(e *usage.Event) bool { return e.Model == "model-2" }},
		"no such model":  {usage.RecordQuery{Model: "model-9"}, func(*usage.Event) bool { return false }},
		"a user key":     {usage.RecordQuery{UserKeyID: 3}, func(e *usage.Event) bool { return e.UserKeyID == 3 }},
		"a Gemini key":   {usage.RecordQuery{KeyID: 4}, func(e *usage.Event) bool { return lastKey(e) == 4 }},
		"an outcome":     {usage.RecordQuery{Outcome: "transient"}, func(e *usage.Event) bool { return e.Outcome == "transient" }},
		"a status class": {usage.RecordQuery{StatusClass: 4}, func(e *usage.Event) bool { return e.Status/100 == 4 }},
		"streams":        {usage.RecordQuery{Stream: new(true)}, func(e *usage.Event) bool { return e.Stream }},
		"no streams":     {usage.RecordQuery{Stream: new(false)}, func(e *usage.Event) bool { return !e.Stream }},
		"retried":        {usage.RecordQuery{Retried: new(true)}, func(e *usage.Event) bool { return len(e.Attempts) > 1 }},
		"not retried":    {usage.RecordQuery{Retried: new(false)}, func(e *usage.Event) bool { return len(e.Attempts) <= 1 }},
		"an id":          {usage.RecordQuery{RequestID: "r77"}, func(e *usage.Event) bool { return e.RequestID[:min(3, len(e.RequestID))] == "r77" }},
		"an id's form":   {usage.RecordQuery{RequestID: "R7"}, func(*usage.Event) bool { return false }},
		"several": {usage.RecordQuery{Model: "model-1", UserKeyID: 2, StatusClass: 5, From: from}, func(e *usage.Event) bool {
			return e.Model == "model-1" && e.UserKeyID == 2 && e.Status/100 == 5 && !e.Time.Before(from)
		}},
	}
}

func TestRecordsAreFoundPageByPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		events := fakeEvents(7, 900, 30*time.Hour, 6)
		for i := range events {
			events[i].Stream = i%3 == 0
			events[i].Time = events[i].Time.Truncate(time.Minute) // many at one time, which the cursor must tell apart
		}
		saveEvents(t, s, events)
		for name, search := range searches() {
			t.Run(name, func(t *testing.T) {
				expected := map[string]bool{}
				for i := range events {
					if search.takes(&events[i]) {
						expected[events[i].RequestID] = true
					}
				}
				want := len(expected)
				found := readAll(t, s, search.query, 70)
				for i := range found {
					if !expected[found[i].RequestID] {
						t.Errorf("found %s", found[i].RequestID)
					}
				}
				if len(found) != want {
					t.Errorf("found %d records, want %d", len(found), want)
				}
				if n, err := s.CountRecords(t.Context(), search.query, 100); err != nil || n != min(want, 100) {
					t.Errorf("counted %d, want %d: %v", n, min(want, 100), err)
				}
			})
		}
	})
}

// readAll follows the cursor to the end, and checks the order.
func readAll(t *testing.T, s *store.Store, q usage.RecordQuery, page int) []usage.Record {
	t.Helper()
	q.Limit = page
	var found []usage.Record
	for {
		records, err := s.Records(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, records...)
		if len(records) < page {
			break
		}
		end := records[len(records)-1]
		q.After = usage.Cursor{Time: end.Time, ID: end.ID}
	}
	newestFirst := func(a, b usage.Record) int {
		if a.Time.Equal(b.Time) {
			return int(b.ID - a.ID)
		}
		return b.Time.Compare(a.Time)
	}
	if !slices.IsSortedFunc(found, newestFirst) {
		t.Error("the records are not in order")
	}
	if unique := slices.CompactFunc(slices.Clone(found), func(a, b usage.Record) bool { return a.ID == b.ID }); len(unique) != len(found) {
		t.Error("a record is on two pages")
	}
	return found
}

func TestRecordIsWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		event := usage.Event{
			RequestID: "abc-1", Time: day0().Add(time.Second), UserKeyID: 3, API: "chat", Model: "gemini-flash-latest", Stream: true, Status: 200,
			Outcome: "ok", FinishReason: "STOP", InputTokens: 7, OutputTokens: 9, Thoughts: 4, Cached: 2, FirstByte: 1500 * time.Microsecond,
			Total: 2500 * time.Microsecond,
			Attempts: []usage.Attempt{
				{KeyID: 1, Project: "atlas", Verdict: "minute_quota", Status: 429, Message: "slow down", Waited: time.Second, Took: time.Millisecond, RestUntil: day0()},
				{KeyID: 2, Verdict: "ok", Status: 200, Took: time.Second},
			},
		}
		saveEvents(t, s, []usage.Event{event})
		id := readAll(t, s, usage.RecordQuery{RequestID: "abc-1"}, 5)[0].ID
		got, err := s.Record(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		want := usage.Record{Event: event, ID: id, KeyID: 2, AttemptCount: 2}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("the record differs:\n%s", diff)
		}
		if _, err := s.Record(t.Context(), id+1); !fault.Is(err, fault.NotFound) {
			t.Errorf("a record that is not there gives %v", err)
		}
	})
}
