package pool

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"gemini-proxy/backend/internal/settings"
)

func benchmarkPick(b *testing.B, keys int, strategy string, avoid []int64) {
	w := newWorld(b, keys, limited(flash, 1_000_000, 1_000_000_000, -1))
	w.set(func(s *settings.Settings) { s.Strategy = strategy })
	s := w.now()
	w.settings = func() settings.Settings { return s }
	w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
	want := Want{Model: flash, Tokens: 100, Avoid: avoid}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		l, err := w.Lease(b.Context(), want)
		if err != nil {
			b.Fatal(err)
		}
		l.Report(Outcome{Verdict: OK, Status: 200, Took: time.Second, PromptTokens: 90})
	}
}

func benchmarkStrategies(b *testing.B, keys int) {
	for _, strategy := range []string{settings.RoundRobin, settings.LeastUsed, settings.Adaptive} {
		b.Run(strategy, func(b *testing.B) { benchmarkPick(b, keys, strategy, nil) })
		b.Run(strategy+"-avoiding", func(b *testing.B) { benchmarkPick(b, keys, strategy, []int64{1, 2, 3, 4}) })
	}
}

// A pick is a lease and its report.
func BenchmarkPick1000(b *testing.B)  { benchmarkStrategies(b, 1_000) }
func BenchmarkPick50000(b *testing.B) { benchmarkStrategies(b, 50_000) }

func BenchmarkPickParallel16(b *testing.B) {
	for _, keys := range []int{1_000, 50_000} {
		b.Run(fmt.Sprint(keys), func(b *testing.B) {
			w := newWorld(b, keys, limited(flash, 1_000_000, 1_000_000_000, -1))
			s := w.now()
			w.settings = func() settings.Settings { return s }
			w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
			each := b.N/16 + 1
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for range 16 {
				wg.Go(func() {
					for range each {
						l, err := w.Lease(b.Context(), Want{Model: flash, Tokens: 100})
						if err != nil {
							b.Error(err)
							return
						}
						l.Report(Outcome{Verdict: OK, Status: 200, Took: time.Second})
					}
				})
			}
			wg.Wait()
		})
	}
}

// What a refusal costs when every one of 50,000 projects rests.
func BenchmarkRefuse50000(b *testing.B) {
	w := newWorld(b, 50_000, limited(flash, 1, -1, -1))
	w.set(func(s *settings.Settings) { s.QueueWait = 0 })
	for range 50_000 {
		w.lease(Want{})
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if _, err := w.Lease(b.Context(), Want{Model: flash, Tokens: 100, Avoid: []int64{1, 2}}); err == nil {
			b.Fatal("leased")
		}
	}
}

// The first request for a model makes its brackets.
func BenchmarkFirstLease50000(b *testing.B) {
	w := newWorld(b, 50_000)
	b.ResetTimer()
	for i := range b.N {
		w.lease(Want{Model: fmt.Sprint("model-", i)})
	}
}

func BenchmarkImport50000(b *testing.B) {
	for range b.N {
		newWorld(b, 50_000)
	}
}

func BenchmarkList50000(b *testing.B) {
	w := newWorld(b, 50_000)
	b.ResetTimer()
	for range b.N {
		if _, total, _, err := w.Keys(Query{Sort: "-name", Q: "key"}); total != 50_000 || err != nil {
			b.Fatal(total, err)
		}
	}
}
