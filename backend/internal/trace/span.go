package trace

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gemini-proxy/backend/internal/usage"
)

// Spans in OTLP's JSON. Ids are hex, times nanoseconds since 1970 as text.
type (
	export struct {
		ResourceSpans []resourceSpans `json:"resourceSpans"`
	}
	resourceSpans struct {
		Resource   resource     `json:"resource"`
		ScopeSpans []scopeSpans `json:"scopeSpans"`
	}
	resource struct {
		Attributes []attribute `json:"attributes"`
	}
	scopeSpans struct {
		Scope scope  `json:"scope"`
		Spans []span `json:"spans"`
	}
	scope struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
	}
	span struct {
		TraceID    string      `json:"traceId"`
		SpanID     string      `json:"spanId"`
		ParentID   string      `json:"parentSpanId,omitempty"`
		Name       string      `json:"name"`
		Kind       int         `json:"kind"`
		Start      string      `json:"startTimeUnixNano"`
		End        string      `json:"endTimeUnixNano"`
		Attributes []attribute `json:"attributes,omitempty"`
		Status     *status     `json:"status,omitempty"`
	}
	status struct {
		Code int `json:"code"`
	}
	attribute struct {
		Key   string `json:"key"`
		Value value  `json:"value"`
	}
	value struct {
		Text   *string `json:"stringValue,omitempty"`
		Number *string `json:"intValue,omitempty"`
		Flag   *bool   `json:"boolValue,omitempty"`
	}
)

// Kinds and statuses of spans (opentelemetry/proto/trace/v1/trace.proto).
const (
	kindInternal = 1
	kindServer   = 2
	kindClient   = 3
	statusError  = 2
)

func text(key, v string) attribute { return attribute{key, value{Text: &v}} }

func number(key string, n int64) attribute {
	v := strconv.FormatInt(n, 10)
	return attribute{key, value{Number: &v}}
}

func flag(key string, v bool) attribute { return attribute{key, value{Flag: &v}} }

func (s *span) at(start time.Time, took time.Duration) {
	s.Start, s.End = strconv.FormatInt(start.UnixNano(), 10), strconv.FormatInt(start.Add(took).UnixNano(), 10)
}

// appendSpans adds the spans of a request, unless it is not to be told.
func (t *Tracer) appendSpans(spans []span, e *usage.Event) []span {
	traceID, parent, sampled, given := readParent(e.TraceParent)
	if !given {
		traceID, sampled = newID(16), true
	}
	if !sampled || !given && !t.chosen(traceID) {
		return spans
	}
	// Names and attributes are those of OpenTelemetry's conventions for generative AI, where there are any.
	root := span{TraceID: traceID, SpanID: newID(8), ParentID: parent, Name: strings.TrimSpace(e.API + " " + e.Model), Kind: kindServer, Attributes: []attribute{
		text("gen_ai.operation.name", e.API), text("gen_ai.provider.name", "gcp.gemini"), text("gen_ai.request.model", e.Model),
		number("gen_ai.usage.input_tokens", int64(e.InputTokens)), number("gen_ai.usage.output_tokens", int64(e.OutputTokens)),
		number("http.response.status_code", int64(e.Status)), flag("gemini_proxy.stream", e.Stream), text("gemini_proxy.request_id", e.RequestID),
		number("gemini_proxy.user_key_id", e.UserKeyID), text("gemini_proxy.outcome", e.Outcome), number("gemini_proxy.attempts", int64(len(e.Attempts))),
	}}
	if e.FinishReason != "" {
		root.Attributes = append(root.Attributes, text("gemini_proxy.finish_reason", e.FinishReason))
	}
	if e.FirstByte > 0 {
		root.Attributes = append(root.Attributes, number("gemini_proxy.first_part_ms", e.FirstByte.Milliseconds()))
	}
	root.fail(e.Status >= http.StatusInternalServerError, e.Outcome)
	root.at(e.Time, e.Total)
	spans = append(spans, root)
	for i := range e.Attempts {
		spans = appendAttempt(spans, &root, e, &e.Attempts[i])
	}
	return spans
}

// appendAttempt adds the wait for a lease, if there was one, and the call.
func appendAttempt(spans []span, root *span, e *usage.Event, a *usage.Attempt) []span {
	began := a.Began
	if began.IsZero() {
		began = e.Time
	}
	if a.Waited > 0 {
		wait := span{TraceID: root.TraceID, SpanID: newID(8), ParentID: root.SpanID, Name: "lease", Kind: kindInternal}
		wait.at(began.Add(-a.Waited), a.Waited)
		spans = append(spans, wait)
	}
	call := span{TraceID: root.TraceID, SpanID: newID(8), ParentID: root.SpanID, Name: "attempt " + e.Model, Kind: kindClient, Attributes: []attribute{
		number("gemini_proxy.key_id", a.KeyID), text("gemini_proxy.verdict", a.Verdict), number("http.response.status_code", int64(a.Status)),
	}}
	if a.Project != "" {
		call.Attributes = append(call.Attributes, text("gemini_proxy.project", a.Project))
	}
	call.fail(a.Verdict != "ok", a.Verdict)
	call.at(began, a.Took)
	return append(spans, call)
}

func (s *span) fail(failed bool, word string) {
	if failed {
		s.Status = &status{Code: statusError}
		s.Attributes = append(s.Attributes, text("error.type", word))
	}
}

// chosen reports whether a trace is among those that are told: by its id, as every service of the trace would decide.
func (t *Tracer) chosen(traceID string) bool {
	raw, err := hex.DecodeString(traceID[16:])
	if err != nil {
		return false
	}
	return float64(binary.BigEndian.Uint64(raw)>>1) < t.Ratio*float64(math.MaxInt64)
}

// readParent reads a traceparent header (https://www.w3.org/TR/trace-context/#traceparent-header). What is none is as if not given.
func readParent(header string) (traceID, parent string, sampled, ok bool) {
	parts := strings.Split(header, "-")
	if len(parts) < 4 || len(parts[0]) != 2 || parts[0] == "ff" || parts[0] == "00" && len(parts) != 4 {
		return "", "", false, false
	}
	flags, err := hex.DecodeString(parts[3])
	if err != nil || len(flags) != 1 || !isID(parts[1], 16) || !isID(parts[2], 8) {
		return "", "", false, false
	}
	return parts[1], parts[2], flags[0]&1 == 1, true
}

// isID reports whether a text is an id of so many bytes, in lower case and not all zero.
func isID(id string, size int) bool {
	return len(id) == 2*size && strings.Trim(id, "0123456789abcdef") == "" && strings.Trim(id, "0") != ""
}

func newID(size int) string {
	raw := make([]byte, size)
	rand.Read(raw) // never fails, by its contract
	return hex.EncodeToString(raw)
}
