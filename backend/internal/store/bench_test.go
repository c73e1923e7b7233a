package store_test

import (
	"runtime"
	"testing"
	"time"

	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
	"gemini-proxy/backend/internal/usage"
)

// manyKeys is a pool as large as any that was seen.
const manyKeys = 50_000

// onBoth runs a benchmark on both databases.
func onBoth(b *testing.B, bench func(b *testing.B, s *store.Store)) {
	b.Run(store.KindSQLite, func(b *testing.B) { bench(b, storetest.SQLite(b)) })
	b.Run(store.KindPostgres, func(b *testing.B) { bench(b, storetest.Postgres(b)) })
}

func BenchmarkOpen(b *testing.B) {
	for _, url := range []string{storetest.SQLiteURL(b), storetest.PostgresURL(b)} {
		if err := store.Migrate(b.Context(), store.Config{URL: url}); err != nil {
			b.Fatal(err)
		}
		b.Run(url[:6], func(b *testing.B) {
			for b.Loop() {
				s, err := store.Open(b.Context(), store.Config{URL: url, Sealer: storetest.Sealer(b)})
				if err != nil {
					b.Fatal(err)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkNewFile measures the first start: an empty file becomes a database.
func BenchmarkNewFile(b *testing.B) {
	for b.Loop() {
		s, err := store.Open(b.Context(), store.Config{URL: storetest.SQLiteURL(b), Sealer: storetest.Sealer(b)})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkImport50000(b *testing.B) {
	keys := fakeKeys(manyKeys)
	for _, open := range []func(testing.TB) *store.Store{storetest.SQLite, storetest.Postgres} {
		s := open(b)
		b.Run(s.Kind(), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s := open(b)
				b.StartTimer()
				addKeys(b, s, keys)
			}
		})
	}
}

func BenchmarkLoad50000(b *testing.B) {
	onBoth(b, func(b *testing.B, s *store.Store) {
		var changes pool.Changes
		for _, key := range addKeys(b, s, fakeKeys(manyKeys)) {
			changes.Health = append(changes.Health, pool.HealthRecord{KeyID: key.ID, Healthy: true, Known: true, LastUsedAt: now(), LastVerdict: "ok"})
		}
		start := time.Now()
		if err := s.SavePool(b.Context(), &changes); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(start).Seconds(), "save-s")
		for b.Loop() {
			if n := len(loadPool(b, s).Keys); n != manyKeys {
				b.Fatalf("%d keys", n)
			}
		}
	})
}

func BenchmarkUpdate50000(b *testing.B) {
	onBoth(b, func(b *testing.B, s *store.Store) {
		keys := addKeys(b, s, fakeKeys(manyKeys))
		for b.Loop() {
			if err := s.UpdateKeys(b.Context(), keys); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSaveEvents500(b *testing.B) {
	events := fakeEvents(3, 500, time.Hour, 50)
	onBoth(b, func(b *testing.B, s *store.Store) {
		for b.Loop() {
			if err := s.SaveEvents(b.Context(), events); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkStats asks every question of 200,000 requests in 30 days, and of as many in one day.
func BenchmarkStats(b *testing.B) {
	for name, over := range map[string]time.Duration{"30d": 30 * 24 * time.Hour, "1d": 24 * time.Hour} {
		onBoth(b, func(b *testing.B, s *store.Store) {
			saveEvents(b, s, fakeEvents(4, 200_000, over, 50))
			runtime.GC()
			for question, ask := range questions(b, s, day0(), day0().Add(over)) {
				b.Run(name+"/"+question, func(b *testing.B) {
					for b.Loop() {
						if err := ask(); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}

func firstIDs(n int) []int64 {
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = int64(i + 1)
	}
	return ids
}

// BenchmarkHoursOfAPage asks for the last day of the fifty keys of a page, of ten thousand that all served in every hour. Postgres takes a
// hundred times as long until its autovacuum has looked at what was loaded at once.
func BenchmarkHoursOfAPage(b *testing.B) {
	const keys, hours = 10_000, 24
	onBoth(b, func(b *testing.B, s *store.Store) {
		events := make([]usage.Event, 0, keys*hours)
		for hour := range hours {
			for key := range keys {
				events = append(events, usage.Event{Time: day0().Add(time.Duration(hour) * time.Hour), Model: "m", Status: 200, Outcome: "ok",
					Attempts: []usage.Attempt{{KeyID: int64(key + 1), Verdict: "ok", Status: 200}}})
			}
		}
		saveEvents(b, s, events)
		for b.Loop() {
			got, err := s.KeyHours(b.Context(), firstIDs(50), day0().Add((hours-1)*time.Hour), hours)
			if err != nil || len(got) != 50 {
				b.Fatalf("%d keys, %v", len(got), err)
			}
		}
	})
}

// questions are what the page asks of a stretch of time.
func questions(t testing.TB, s *store.Store, from, to time.Time) map[string]func() error {
	ctx := t.Context()
	odd := from.Add(25*time.Minute + time.Second)
	return map[string]func() error{
		"totals":    func() error { _, err := s.Totals(ctx, odd, to); return err },
		"series 6h": func() error { _, err := s.Series(ctx, usage.Part{}, from, to, 6*time.Hour); return err },
		"series 15m, 1d": func() error {
			_, err := s.Series(ctx, usage.Part{}, to.Add(-24*time.Hour), to, 15*time.Minute)
			return err
		},
		"series 12h, 5:30 off": func() error {
			_, err := s.Series(ctx, usage.Part{}, from.Add(-5*time.Hour-30*time.Minute), to.Add(-5*time.Hour-30*time.Minute), 12*time.Hour)
			return err
		},
		"series 1m, 1h": func() error { _, err := s.Series(ctx, usage.Part{}, to.Add(-time.Hour), to, time.Minute); return err },
		"series of a model 12h, 5:30 off": func() error {
			_, err := s.Series(ctx, usage.Part{Model: "model-1"}, from.Add(-5*time.Hour-30*time.Minute), to.Add(-5*time.Hour-30*time.Minute), 12*time.Hour)
			return err
		},
		"series of a Gemini key 1h": func() error {
			_, err := s.Series(ctx, usage.Part{GeminiKeyID: 3}, to.Add(-24*time.Hour), to, time.Hour)
			return err
		},
		"series of a user key 1m, 1h": func() error {
			_, err := s.Series(ctx, usage.Part{UserKeyID: 2}, to.Add(-time.Hour), to, time.Minute)
			return err
		},
		"by model":         func() error { _, err := s.ByModel(ctx, odd, to); return err },
		"by Gemini key":    func() error { _, _, err := s.ByGeminiKey(ctx, odd, to, 10); return err },
		"hours of 50 keys": func() error { _, err := s.KeyHours(ctx, firstIDs(50), to, 24); return err },
		"latency of a key": func() error { _, _, err := s.KeyLatency(ctx, 3, to.Add(-24*time.Hour), to); return err },
		"by user key":      func() error { _, err := s.ByUserKey(ctx, odd, to); return err },
		"user key totals":  func() error { _, err := s.UserKeyTotals(ctx); return err },
		"failures":         func() error { _, err := s.RecentFailures(ctx, 10); return err },
		"by verdict":       func() error { _, err := s.ByVerdict(ctx, odd, to); return err },
		"by outcome":       func() error { _, err := s.ByOutcome(ctx, odd, to); return err },
		"requests":         func() error { _, err := s.Records(ctx, usage.RecordQuery{Limit: 200}); return err },
		"rare requests": func() error {
			_, err := s.Records(ctx, usage.RecordQuery{Model: "none", StatusClass: 5, Limit: 200})
			return err
		},
		"few requests": func() error {
			_, err := s.Records(ctx, usage.RecordQuery{Model: "model-1", UserKeyID: 2, StatusClass: 5, Limit: 200})
			return err
		},
		"retried requests": func() error {
			_, err := s.Records(ctx, usage.RecordQuery{Retried: new(true), Limit: 200})
			return err
		},
		"retried requests that are not there": func() error {
			_, err := s.Records(ctx, usage.RecordQuery{Model: "none", Retried: new(true), Limit: 200})
			return err
		},
		"retried requests count": func() error { _, err := s.CountRecords(ctx, usage.RecordQuery{Retried: new(true)}, 10_000); return err },
		"request id":             func() error { _, err := s.Records(ctx, usage.RecordQuery{RequestID: "r1234", Limit: 200}); return err },
		"requests count":         func() error { _, err := s.CountRecords(ctx, usage.RecordQuery{UserKeyID: 3}, 10_000); return err },
	}
}
