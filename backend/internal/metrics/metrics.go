// Package metrics tells Prometheus what the server does: requests and attempts as they end, and at each reading the pool, the queue, what
// waits to be recorded, and the Go runtime. No label can take more values than are bounded here.
package metrics

import (
	"maps"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/thought"
	"gemini-proxy/backend/internal/usage"
)

// Bounds of label values. What is beyond is counted as "other".
const (
	maxModels = 100
	maxSeries = 2_000 // by API, model, outcome and stream
	other     = "other"
)

// Config is what there is to be told of. All of it is required.
type Config struct {
	Pool     *pool.Pool
	Recorder *usage.Recorder
	Thoughts *thought.Memory
	Files    *files.Files
	Version  string
	Commit   string
}

// Metrics counts what ends and reads what is. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	attempts *prometheus.CounterVec
	tokens   *prometheus.CounterVec
	duration *prometheus.HistogramVec
	first    *prometheus.HistogramVec

	growing sync.Mutex // held by whoever adds a series
	series  atomic.Pointer[map[identity]*series]
	models  map[string]bool // those with a label of their own; guarded by growing
}

// identity is what a series is known by. Reading one takes no lock: the map of them is never changed, only replaced.
type identity struct {
	api, model, outcome string
	stream              bool
}

// series is where a request is counted.
type series struct {
	requests prometheus.Counter
	duration prometheus.Observer
	first    prometheus.Observer
}

// New makes the metrics and has the recorder tell them of every request.
func New(c Config) *Metrics {
	seconds := []float64{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		models:   map[string]bool{},
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "gemini_proxy_requests_total",
			Help: "Requests of clients that ended, by API, model, outcome (ok, or the word of a fault) and whether they were streams."},
			[]string{"api", "model", "outcome", "stream"}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "gemini_proxy_attempts_total",
			Help: "Calls to Gemini that ended, by verdict."}, []string{"verdict"}),
		tokens: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "gemini_proxy_tokens_total",
			Help: "Tokens that Gemini counted: input (of which cached) and output (of which thoughts)."}, []string{"kind"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "gemini_proxy_request_duration_seconds",
			Help: "Time to the end of answers, by API and whether they were streams.", Buckets: seconds}, []string{"api", "stream"}),
		first: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "gemini_proxy_first_part_seconds",
			Help: "Time from the start of the call to the first part of an answer.", Buckets: seconds}, []string{"api", "stream"}),
	}
	m.series.Store(&map[identity]*series{})
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "gemini_proxy_build_info", Help: "Always 1; the labels say which program this is.",
		ConstLabels: prometheus.Labels{"version": c.Version, "commit": c.Commit}}, func() float64 { return 1 })
	m.registry.MustRegister(m.requests, m.attempts, m.tokens, m.duration, m.first, build, newReadings(&c),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	c.Recorder.Watch(m.count)
	return m
}

// Handler gives the metrics as text. Who may read them is for the caller to say.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// count adds a request that has ended.
func (m *Metrics) count(e *usage.Event) {
	s := m.of(e)
	s.requests.Inc()
	if e.Status < http.StatusBadRequest {
		s.duration.Observe(e.Total.Seconds())
		if e.FirstByte > 0 {
			s.first.Observe(e.FirstByte.Seconds())
		}
	}
	for i := range e.Attempts {
		m.attempts.WithLabelValues(e.Attempts[i].Verdict).Inc()
	}
	m.addTokens("input", e.InputTokens)
	m.addTokens("output", e.OutputTokens)
	m.addTokens("thoughts", e.Thoughts)
	m.addTokens("cached", e.Cached)
}

func (m *Metrics) addTokens(kind string, n int) {
	if n > 0 {
		m.tokens.WithLabelValues(kind).Add(float64(n))
	}
}

// of gives the series of a request.
func (m *Metrics) of(e *usage.Event) *series {
	id := identity{e.API, e.Model, e.Outcome, e.Stream}
	if s := (*m.series.Load())[id]; s != nil {
		return s
	}
	m.growing.Lock()
	defer m.growing.Unlock()
	known := *m.series.Load()
	if s := known[id]; s != nil {
		return s
	}
	// Clients can write any name: a model gets a label once it has answered.
	if !m.models[id.model] && (e.Status >= http.StatusBadRequest || len(m.models) >= maxModels) {
		id.model = other
	}
	if len(known) >= maxSeries {
		id = identity{e.API, other, other, e.Stream}
	}
	if s := known[id]; s != nil {
		return s
	}
	if id.model != other {
		m.models[id.model] = true
	}
	stream := strconv.FormatBool(id.stream)
	s := &series{
		requests: m.requests.WithLabelValues(id.api, id.model, id.outcome, stream),
		duration: m.duration.WithLabelValues(id.api, stream),
		first:    m.first.WithLabelValues(id.api, stream),
	}
	next := maps.Clone(known)
	next[id] = s
	m.series.Store(&next)
	return s
}
