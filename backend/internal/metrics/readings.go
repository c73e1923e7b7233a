package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/thought"
	"gemini-proxy/backend/internal/usage"
)

// readings is what is read anew each time somebody asks.
type readings struct {
	pool     *pool.Pool
	recorder *usage.Recorder
	thoughts *thought.Memory
	files    *files.Files

	keys, troubled, waiting, flying, dropped, queued, signed, kept, stored, bound *prometheus.Desc
}

func newReadings(c *Config) *readings {
	describe := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("gemini_proxy_"+name, help, labels, nil)
	}
	return &readings{
		pool: c.Pool, recorder: c.Recorder, thoughts: c.Thoughts, files: c.Files,
		keys:     describe("pool_keys", "Gemini keys by state.", "state"),
		troubled: describe("pool_keys_out", "Gemini keys that rest or fail, by reason (a verdict).", "reason"),
		waiting:  describe("queue_waiting", "Requests that wait for room in the pool."),
		flying:   describe("upstream_in_flight", "Calls to Gemini under way."),
		dropped:  describe("records_dropped_total", "Notes of requests that were lost: the queue was full, or the database refused them."),
		queued:   describe("records_queued", "Notes of requests that wait to be written."),
		signed:   describe("thought_signatures_total", "Tool calls that came without their thought signature: it was remembered (hit), or Gemini's stand-in was sent (miss).", "result"),
		kept:     describe("thought_signatures_kept", "Thought signatures remembered."),
		stored:   describe("files_bytes", "Bytes that clients' files take in the database."),
		bound:    describe("files_bound_total", "Files that attempts named: sent within the request (inline), by a copy that was there (reused), or one made for it (made).", "how"),
	}
}

// Describe gives the descriptions of all readings.
func (r *readings) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{r.keys, r.troubled, r.waiting, r.flying, r.dropped, r.queued, r.signed, r.kept, r.stored, r.bound} {
		out <- d
	}
}

// Collect reads.
func (r *readings) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value int, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(value), labels...)
	}
	counts := r.pool.Counts()
	for state, n := range map[string]int{
		pool.StateHealthy: counts.Healthy, pool.StateResting: counts.Resting, pool.StateFailing: counts.Failing, pool.StateUnknown: counts.Unknown,
		pool.StateDisabled: counts.Disabled,
	} {
		gauge(r.keys, n, state)
	}
	for reason, n := range r.pool.Reasons() {
		gauge(r.troubled, n, string(reason))
	}
	waiting, flying := 0, 0
	for _, m := range r.pool.Models() {
		waiting += m.Waiting
		flying += m.InFlight
	}
	gauge(r.waiting, waiting)
	gauge(r.flying, flying)
	gauge(r.queued, r.recorder.Queued())
	thoughts := r.thoughts.Stats()
	gauge(r.kept, thoughts.Entries)
	for result, n := range map[string]int64{"hit": thoughts.Hits, "miss": thoughts.Misses} {
		out <- prometheus.MustNewConstMetric(r.signed, prometheus.CounterValue, float64(n), result)
	}
	gauge(r.stored, int(r.files.Used()))
	bound := r.files.Stats()
	for how, n := range map[string]int64{"inline": bound.Inline, "reused": bound.Reused, "made": bound.Made} {
		out <- prometheus.MustNewConstMetric(r.bound, prometheus.CounterValue, float64(n), how)
	}
	out <- prometheus.MustNewConstMetric(r.dropped, prometheus.CounterValue, float64(r.recorder.Dropped()))
}
