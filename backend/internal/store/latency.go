package store

import (
	"math"
	"time"

	"gemini-proxy/backend/internal/usage"
)

// Latencies are counted in buckets that grow by the fourth root of two. Bucket 0 ends at 10 ms, bucket i at 10 ms · 2^(i/4), and the last,
// which takes what is longer, at 11 minutes. The borders are in the kept data: to change them takes a migration.
const (
	latencyBuckets  = 65
	latencyFirst    = 10 * time.Millisecond
	latencyPerOctet = 4
	noLatency       = -1 // of a request that failed, or that the client left
)

// latencyOf gives the bucket of an event.
func latencyOf(event *usage.Event) int {
	if event.Status >= 400 || event.Total <= 0 {
		return noLatency
	}
	if event.Total <= latencyFirst {
		return 0
	}
	steps := latencyPerOctet * math.Log2(float64(event.Total)/float64(latencyFirst))
	return min(int(math.Ceil(steps-1e-9)), latencyBuckets-1)
}

// latencyEnd gives the time at which a bucket ends, and the next begins.
func latencyEnd(bucket int) float64 {
	return float64(latencyFirst) * math.Exp2(float64(bucket)/latencyPerOctet)
}

// percentile gives the time within which a share (0–1) of the counted answers came, placing them evenly inside their bucket.
func percentile(counts *[latencyBuckets]int64, share float64) time.Duration {
	var all int64
	for _, n := range counts {
		all += n
	}
	rank := share * float64(all)
	var before int64
	for bucket, n := range counts {
		if n == 0 || float64(before+n) < rank {
			before += n
			continue
		}
		start := 0.0
		if bucket > 0 {
			start = latencyEnd(bucket - 1)
		}
		inside := (rank - float64(before)) / float64(n)
		return time.Duration(start + inside*(latencyEnd(bucket)-start)).Round(time.Microsecond)
	}
	return 0
}
