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

	keys, troubled, waiting, flying, dropped, queued, signed, kept, stored, bound, used, limit *prometheus.Desc
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
		used:     describe("quota_used", "Requests of the last minute (rpm), input tokens of the last minute (tpm) or requests of Google's day (rpd), over the projects that can serve the model.", "model", "quota"),
		limit:    describe("quota_limit", "How many there can be: the room of the pool is the difference. Absent while a project's limit is not known.", "model", "quota"),
		queued:   describe("records_queued", "Notes of requests that wait to be written."),
		signed:   describe("thought_signatures_total", "Tool calls that came without their thought signature: it was remembered (hit), or Gemini's stand-in was sent (miss).", "result"),
		kept:     describe("thought_signatures_kept", "Thought signatures remembered."),
		stored:   describe("files_bytes", "Bytes that clients' files take in the database."),
		bound:    describe("files_bound_total", "Files that attempts named: sent within the request (inline), by a copy that was there (reused), or one made for it (made).", "how"),
	}
}

// Describe gives the descriptions of all readings.
func (r *readings) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{r.keys, r.troubled, r.waiting, r.flying, r.dropped, r.queued, r.signed, r.kept, r.stored, r.bound, r.used, r.limit} {
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
	r.collectModels(gauge)
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

// collectModels reads what goes on with the models, and how much of their quota is used. Clients can ask for any name: a model is told of
// once it was used, or somebody has said what its limits are.
func (r *readings) collectModels(gauge func(d *prometheus.Desc, value int, labels ...string)) {
	waiting, flying, told := 0, 0, 0
	for _, m := range r.pool.Models() {
		waiting += m.Waiting
		flying += m.InFlight
		unknown := m.RPM.Limit < 0 && m.TPM.Limit < 0 && m.RPD.Limit < 0
		if told >= maxModels || unknown && m.RPD.Used == 0 {
			continue
		}
		told++
		for quota, use := range map[string]pool.Usage{"rpm": m.RPM, "tpm": m.TPM, "rpd": m.RPD} {
			gauge(r.used, int(use.Used), m.Name, quota)
			if use.Limit >= 0 {
				gauge(r.limit, int(use.Limit), m.Name, quota)
			}
		}
	}
	gauge(r.waiting, waiting)
	gauge(r.flying, flying)
}
