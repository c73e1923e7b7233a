// Package trace tells an OpenTelemetry collector of requests: a span for each, and in it one for each wait for a lease and each call to
// Gemini. The spans are made of the note that is taken of a request anyway, after its end: a request that is under way pays nothing, and
// nothing is known here that the note does not say, prompts and keys least of all. They go out as OTLP's JSON over HTTP
// (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding), in batches, behind a queue that drops and never blocks.
package trace

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"gemini-proxy/backend/internal/usage"
)

const (
	queueSize  = 2_048
	batchSize  = 128
	batchWait  = 5 * time.Second
	sendLimit  = 10 * time.Second
	flushLimit = 5 * time.Second // for what waits when the server stops
	tries      = 3
	firstPause = time.Second // between them, then twice as long
)

// Config says where spans go. Endpoint, Service and Log are required.
type Config struct {
	Endpoint *url.URL          // of the collector; "/v1/traces" is added
	Headers  map[string]string // for the collector to know us by; they may hold its key
	Service  string            // service.name
	Version  string            // service.version
	Ratio    float64           // of the requests that are told, 0–1; a caller's own word on its trace goes first
	Log      *slog.Logger
}

// Tracer tells of requests. It is safe for concurrent use.
type Tracer struct {
	Config
	target  string
	client  *http.Client
	queue   chan usage.Event
	dropped atomic.Int64
}

// New makes a tracer. Spans wait until Run sends them.
func New(c Config) *Tracer {
	return &Tracer{Config: c, target: strings.TrimRight(c.Endpoint.String(), "/") + "/v1/traces",
		client: &http.Client{Timeout: sendLimit, Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConns: 1, IdleConnTimeout: time.Minute}},
		queue:  make(chan usage.Event, queueSize)}
}

// See takes a note of a request that has ended. It never blocks.
func (t *Tracer) See(e *usage.Event) {
	kept := *e
	kept.Attempts = slices.Clone(e.Attempts)
	select {
	case t.queue <- kept:
	default:
		t.dropped.Add(1)
	}
}

// Run sends spans until ctx ends, then what still waits.
func (t *Tracer) Run(ctx context.Context) error {
	defer t.client.CloseIdleConnections()
	for {
		batch := t.collect(ctx)
		if ctx.Err() != nil {
			t.flush(ctx, batch)
			return nil
		}
		t.send(ctx, batch)
	}
}

// collect gathers a batch: until it is full, or a while after its first.
func (t *Tracer) collect(ctx context.Context) []usage.Event {
	var batch []usage.Event
	select {
	case e := <-t.queue:
		batch = append(batch, e)
	case <-ctx.Done():
		return nil
	}
	wait := time.NewTimer(batchWait)
	defer wait.Stop()
	for len(batch) < batchSize {
		select {
		case e := <-t.queue:
			batch = append(batch, e)
		case <-wait.C:
			return batch
		case <-ctx.Done():
			return batch
		}
	}
	return batch
}

// flush sends what waits, though ctx has ended.
func (t *Tracer) flush(ctx context.Context, batch []usage.Event) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushLimit)
	defer cancel()
	for {
		select {
		case e := <-t.queue:
			if batch = append(batch, e); len(batch) < batchSize {
				continue
			}
		default:
		}
		if len(batch) == 0 {
			return
		}
		t.send(ctx, batch)
		batch = nil
	}
}

// send sends a batch; one that the collector does not take is dropped, and the log says so.
func (t *Tracer) send(ctx context.Context, batch []usage.Event) {
	body := t.encode(batch)
	if body == nil {
		return
	}
	var err error
	pause := firstPause
	for try := 1; ; try++ {
		var again bool
		if again, err = t.post(ctx, body); err == nil {
			break
		}
		if !again || try == tries || !sleep(ctx, pause) {
			t.dropped.Add(int64(len(batch)))
			t.Log.WarnContext(ctx, "traces not taken by the collector", "error", err, "requests", len(batch), "dropped_in_all", t.dropped.Load())
			return
		}
		pause *= 2
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// post sends a body; again says that it may be taken another time.
func (t *Tracer) post(ctx context.Context, body []byte) (again bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.target, bytes.NewReader(body))
	if err != nil {
		return false, fmt.Errorf("make a request to the collector: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "gemini-proxy/"+t.Version)
	for name, value := range t.Headers {
		request.Header.Set(name, value)
	}
	response, err := t.client.Do(request)
	if err != nil {
		// The address may carry a key in its query; what went wrong is enough.
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err
		}
		return true, fmt.Errorf("reach the collector: %w", err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)); err != nil {
		return false, fmt.Errorf("read the collector's answer: %w", err)
	}
	switch response.StatusCode {
	case http.StatusOK, http.StatusAccepted, http.StatusNoContent:
		return false, nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout: // as OTLP says
		again = true
	}
	return again, fmt.Errorf("the collector answers %s", response.Status)
}

// encode gives the spans of a batch; nil when none is to be told.
func (t *Tracer) encode(batch []usage.Event) []byte {
	var spans []span
	for i := range batch {
		spans = t.appendSpans(spans, &batch[i])
	}
	if len(spans) == 0 {
		return nil
	}
	body, err := json.Marshal(export{ResourceSpans: []resourceSpans{{
		Resource:   resource{Attributes: []attribute{text("service.name", t.Service), text("service.version", t.Version)}},
		ScopeSpans: []scopeSpans{{Scope: scope{Name: "gemini-proxy", Version: t.Version}, Spans: spans}},
	}}})
	if err != nil {
		panic("spans of plain texts and numbers do not encode: " + err.Error())
	}
	return body
}
