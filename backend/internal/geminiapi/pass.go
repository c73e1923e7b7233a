package geminiapi

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/usage"
)

// pass relays a request as it came and records it.
func (a *api) pass(c *gin.Context, r *route, query url.Values, event *usage.Event) {
	trace := &relay.Trace{}
	err := a.relay(c, r, query, event, trace)
	status := c.Writer.Status()
	switch {
	case err == nil:
	case c.Writer.Written():
		status = fault.Of(err).HTTPStatus()
	default:
		if n := len(trace.Attempts); n > 0 {
			c.Header("X-Attempts", strconv.Itoa(n))
		}
		status = respondFault(c, a.Log, err)
	}
	a.record(event, trace, status, err)
}

// relay reads the body, has the request relayed, and answers. An error that comes before the answer began is left to be answered.
func (a *api) relay(c *gin.Context, r *route, query url.Values, event *usage.Event, trace *relay.Trace) error {
	form, err := formOf(query, r.streams())
	if err != nil {
		return err
	}
	text, release, err := a.Intake.Read(c.Writer, c.Request)
	if err != nil {
		return err
	}
	body := &jsonio.Body{Buf: text}
	defer func() { body.Finish(release) }() // an attempt given up may still be sending
	if len(text) == 0 {
		return fault.New(fault.Invalid, "the request has no body").WithCode("empty_body")
	}
	if r.kind == createInteraction {
		if event.Model, err = modelOfInteraction(text); err != nil {
			return err
		}
	}
	asked := event.Model
	if err := a.resolve(event); err != nil {
		return err
	}
	if event.Model != asked && r.kind == createInteraction {
		return noSuchModel(asked) // its body says the model, and is passed on as it is
	}
	r.model = event.Model
	tokens := estimateTokens(text)
	leave, err := a.admit(c, event, tokens, trace)
	if err != nil {
		return err
	}
	defer leave()
	call := relay.RawCall{
		RequestID: event.RequestID,
		Quota:     quotaOf(r, event.Model),
		Upstream:  gemini.RawCall{Path: r.path(), Query: passedQuery(c.Request.URL.RawQuery), Header: passedHeader(c.Request.Header), Body: body},
		Expect:    expectOf(r, form),
		Events:    form.events,
		Tokens:    tokens,
		Trace:     trace,
	}
	if r.streams() {
		return a.stream(c, call)
	}
	return a.answer(c, call)
}

// passedHeader gives the headers that go on. All others stay here: credentials, what belongs to the connection, what names the client
// (User-Agent, X-Goog-Api-Client), and the client's own idea of a time limit (X-Server-Timeout), since attempts share one of ours.
func passedHeader(from http.Header) http.Header {
	passed := http.Header{"Content-Type": {"application/json"}}
	for _, name := range []string{"Content-Type", "Content-Encoding", "Accept"} {
		if values := from[name]; len(values) > 0 {
			passed[name] = values
		}
	}
	return passed
}

// countMethod is a method that Google counts apart from what the model generates.
const countMethod = "countTokens"

// quotaOf gives what the pool counts a call against.
func quotaOf(r *route, model string) string {
	if r.method == countMethod {
		return model + ":" + countMethod
	}
	return model
}

func expectOf(r *route, f form) relay.Expect {
	if f.partial {
		return relay.ExpectAny
	}
	switch r.method {
	case "generateContent", streamMethod:
		return relay.ExpectContent
	case "embedContent", "batchEmbedContents":
		return relay.ExpectField
	}
	return relay.ExpectAny // a count of 0 and predictions that were all filtered leave their fields out
}

// answer relays a request for a whole answer.
func (a *api) answer(c *gin.Context, call relay.RawCall) error {
	got, _, err := a.Relay.Do(c.Request.Context(), call)
	if err != nil {
		return err
	}
	h := c.Writer.Header()
	answeredHeader(h, got.Header)
	h["X-Attempts"] = []string{strconv.Itoa(len(call.Trace.Attempts))}
	h["Content-Length"] = []string{strconv.Itoa(len(got.Data))}
	out := newPassage(c.Writer, answerWriteLimit)
	if err := out.write(got.Data); err != nil {
		_ = c.Error(err) // the client is gone; the access log says so
	}
	out.end()
	return nil
}

// answeredHeader passes on what Gemini's headers say of the answer itself.
func answeredHeader(to, from http.Header) {
	for _, name := range []string{"Content-Type", "X-Gemini-Service-Tier"} {
		if values := from[name]; len(values) > 0 {
			to[name] = values
		}
	}
}

// record notes a request that has ended with a status.
func (a *api) record(event *usage.Event, trace *relay.Trace, status int, err error) {
	event.Status, event.Outcome = status, "ok"
	if err != nil {
		f := fault.Of(err)
		event.Outcome = f.Kind.String()
		if f.Code != "" {
			event.Outcome = f.Code
		}
	}
	used := trace.Usage
	event.InputTokens, event.Cached = used.Prompt+used.ToolUsePrompt, used.Cached
	event.OutputTokens, event.Thoughts = used.Candidates+used.Thoughts, used.Thoughts
	event.FinishReason, event.Attempts = trace.Finish, trace.Attempts
	event.FirstByte, event.Total = trace.First, time.Since(event.Time)
	a.Recorder.Record(*event)
}
