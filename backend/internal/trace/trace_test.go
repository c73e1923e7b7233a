package trace

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/usage"
)

// collector stands in for an OpenTelemetry collector.
type collector struct {
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
	answers  []int // for the next requests; then 200
}

func (c *collector) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests, c.bodies = append(c.requests, r), append(c.bodies, string(body))
	code := http.StatusOK
	if len(c.answers) > 0 {
		code, c.answers = c.answers[0], c.answers[1:]
	}
	w := httptest.NewRecorder()
	w.WriteHeader(code)
	return w.Result(), nil
}

func (c *collector) got() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.bodies)
}

func newTracer(t *testing.T, ratio float64) (*Tracer, *collector, *bytes.Buffer) {
	t.Helper()
	endpoint, err := url.Parse("http://collector.test:4318/")
	if err != nil {
		t.Fatal(err)
	}
	log := &bytes.Buffer{}
	tracer := New(Config{Endpoint: endpoint, Headers: map[string]string{"x-api-key": "FAKE-collector-key"}, Service: "gw", Version: "1.2.3", Ratio: ratio,
		Log: slog.New(slog.NewTextHandler(log, nil))})
	c := &collector{}
	tracer.client.Transport = c
	return tracer, c, log
}

func event() *usage.Event {
	began := time.Date(2026, 11, 23, 2, 48, 17, 0, time.UTC)
	return &usage.Event{RequestID: "r1", Time: began, UserKeyID: 3, API: "chat", Model: "gemini-3.8-flash", Stream: true, Status: 200, Outcome: "ok", FinishReason: "STOP",
		InputTokens: 10, OutputTokens: 5, FirstByte: time.Second, Total: 3 * time.Second, Attempts: []usage.Attempt{
			{KeyID: 1, Project: "atlas", Verdict: "minute_quota", Status: 429, Message: "quota of the prompt's words", Took: 100 * time.Millisecond, Began: began},
			{KeyID: 2, Verdict: "ok", Status: 200, Waited: 500 * time.Millisecond, Took: 2 * time.Second, Began: began.Add(time.Second)},
		}}
}

func spansOf(t *testing.T, body string) []span {
	t.Helper()
	var sent export
	if err := json.Unmarshal([]byte(body), &sent); err != nil {
		t.Fatal(err)
	}
	return sent.ResourceSpans[0].ScopeSpans[0].Spans
}

func TestARequestAndItsAttemptsAreTold(t *testing.T) {
	tracer, c, _ := newTracer(t, 1)
	tracer.See(event())
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := tracer.Run(ctx); err != nil { // what waits at the end goes out
		t.Fatal(err)
	}
	if c.got() != 1 {
		t.Fatalf("%d requests to the collector", c.got())
	}
	r := c.requests[0]
	if r.URL.String() != "http://collector.test:4318/v1/traces" || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("x-api-key") != "FAKE-collector-key" {
		t.Errorf("asked %s with %v", r.URL, r.Header)
	}
	if strings.Contains(c.bodies[0], "the prompt's words") {
		t.Error("an upstream message is told: it may repeat a prompt")
	}
	spans := spansOf(t, c.bodies[0])
	if len(spans) != 4 {
		t.Fatalf("%d spans: %s", len(spans), c.bodies[0])
	}
	root, first, wait, second := spans[0], spans[1], spans[2], spans[3]
	if root.Name != "chat gemini-3.8-flash" || root.Kind != kindServer || root.ParentID != "" || root.Status != nil || root.Start != "1795402097000000000" || root.End != "1795402100000000000" {
		t.Errorf("the request: %+v", root)
	}
	for _, s := range spans[1:] {
		if s.TraceID != root.TraceID || s.ParentID != root.SpanID || len(s.SpanID) != 16 || len(s.TraceID) != 32 {
			t.Errorf("a span that hangs elsewhere: %+v", s)
		}
	}
	if first.Kind != kindClient || first.Status == nil || wait.Name != "lease" || wait.Start != "1795402097500000000" || wait.End != second.Start || second.Status != nil {
		t.Errorf("the attempts: %+v %+v %+v", first, wait, second)
	}
	for _, word := range []string{`"gen_ai.request.model","value":{"stringValue":"gemini-3.8-flash"`, `"gen_ai.usage.input_tokens","value":{"intValue":"10"`,
		`"error.type","value":{"stringValue":"minute_quota"`, `"service.name","value":{"stringValue":"gw"`, `"gemini_proxy.request_id","value":{"stringValue":"r1"`} {
		if !strings.Contains(c.bodies[0], word) {
			t.Errorf("not told: %s", word)
		}
	}
}

func TestTheCallersTraceGoesOn(t *testing.T) {
	const id, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	for header, want := range map[string]string{
		"00-" + id + "-" + parent + "-01":                      "continued",
		"cc-" + id + "-" + parent + "-01-more":                 "continued", // of a later version
		"00-" + id + "-" + parent + "-00":                      "untold",    // the caller does not tell of it
		"":                                                     "own",
		"00-" + id + "-" + parent:                              "own",
		"ff-" + id + "-" + parent + "-01":                      "own",
		"00-" + id + "-" + parent + "-01-more":                 "own",
		"00-" + strings.ToUpper(id) + "-x-01":                  "own",
		"00-" + strings.Repeat("0", 32) + "-" + parent + "-01": "own",
	} {
		tracer, _, _ := newTracer(t, 1)
		e := event()
		e.TraceParent = header
		spans := tracer.appendSpans(nil, e)
		got := "untold"
		if len(spans) > 0 {
			if got = "own"; spans[0].TraceID == id && spans[0].ParentID == parent {
				got = "continued"
			}
		}
		if got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

func TestTheRatioIsKept(t *testing.T) {
	for _, ratio := range []float64{0, 0.25, 1} {
		tracer, _, _ := newTracer(t, ratio)
		told := 0
		for range 4000 {
			if len(tracer.appendSpans(nil, event())) > 0 {
				told++
			}
		}
		if low, high := int(4000*(ratio-0.06)), int(4000*(ratio+0.06)); told < low || told > high {
			t.Errorf("of 4000 with %g: %d", ratio, told)
		}
	}
}

func TestACollectorThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tracer, c, log := newTracer(t, 1)
		c.answers = []int{503, 503, 200, 400, 503, 503, 503}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- tracer.Run(ctx) }()
		for _, want := range []int{3, 4, 7, 8} { // tried again, refused, given up, taken
			tracer.See(event())
			time.Sleep(batchWait + time.Minute)
			synctest.Wait()
			if c.got() != want {
				t.Errorf("%d requests, want %d", c.got(), want)
			}
		}
		if tracer.dropped.Load() != 2 || strings.Count(log.String(), "traces not taken") != 2 {
			t.Errorf("%d dropped: %s", tracer.dropped.Load(), log)
		}
		if strings.Contains(log.String(), "FAKE") {
			t.Error("the log shows the collector's key")
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestAFullQueueDrops(t *testing.T) {
	tracer, _, _ := newTracer(t, 1)
	for range queueSize + 7 {
		tracer.See(event())
	}
	if tracer.dropped.Load() != 7 || len(tracer.queue) != queueSize {
		t.Errorf("%d dropped, %d wait", tracer.dropped.Load(), len(tracer.queue))
	}
}
