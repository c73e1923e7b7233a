package store

import (
	"math"
	"testing"
	"time"

	"gemini-proxy/backend/internal/usage"
)

func TestLatencyBuckets(t *testing.T) {
	for _, tt := range []struct {
		total  time.Duration
		status int
		want   int
	}{
		{0, 200, noLatency},
		{time.Second, 499, noLatency},
		{time.Second, 500, noLatency},
		{1, 200, 0},
		{10 * time.Millisecond, 200, 0},
		{10*time.Millisecond + 1000, 200, 1},
		{20 * time.Millisecond, 200, 4},
		{20*time.Millisecond + 1000, 200, 5},
		{24 * time.Hour, 200, latencyBuckets - 1},
		{math.MaxInt64, 200, latencyBuckets - 1},
	} {
		if got := latencyOf(&usage.Event{Status: tt.status, Total: tt.total}); got != tt.want {
			t.Errorf("bucket of %v, status %d = %d, want %d", tt.total, tt.status, got, tt.want)
		}
	}
}

func TestPercentileOfOneBucketStaysInside(t *testing.T) {
	var counts [latencyBuckets]int64
	if got := percentile(&counts, 0.5); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
	counts[4] = 3
	for _, share := range []float64{0, 0.5, 0.99, 1} {
		if got := percentile(&counts, share); got < 16*time.Millisecond || got > 20*time.Millisecond {
			t.Errorf("%v of a bucket of 16.8–20 ms: %v", share, got)
		}
	}
}
