package geminiapi

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
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
	if _, cut := errors.AsType[cutError](err); cut {
		panic(http.ErrAbortHandler)
	}
}

// relay reads the body, has the request relayed, and answers. An error that comes before the answer began is left to be answered.
func (a *api) relay(c *gin.Context, r *route, query url.Values, event *usage.Event, trace *relay.Trace) error {
	form, err := formOf(query, r)
	if err != nil {
		return err
	}
	if !hasBody(c.Request) {
		return a.relayBody(c, r, form, nil, nil, event, trace)
	}
	text, release, err := a.read(c)
	if err != nil {
		return err
	}
	sent := &jsonio.Body{}
	defer func() { sent.Finish(release) }() // an attempt given up may still be sending
	if len(text) == 0 && r.kind != callThing {
		return fault.New(fault.Invalid, "the request has no body").WithCode("empty_body")
	}
	return a.relayBody(c, r, form, text, sent, event, trace)
}

// relayBody is relay with the body read; sent, if there is one, becomes what goes up.
func (a *api) relayBody(c *gin.Context, r *route, form form, text []byte, sent *jsonio.Body, event *usage.Event, trace *relay.Trace) error {
	seen, err := a.look(r, text)
	if err != nil {
		return err
	}
	where, err := a.placeOf(c.Request, event.UserKeyID, r, seen)
	if err != nil {
		return err
	}
	if err := a.nameModel(r, seen, where, event); err != nil {
		return err
	}
	form.events = form.events || r.kind == createInteraction && seen.streams
	tokens := estimateTokens(text) + where.tokens
	leave, err := a.admit(c, event, tokens, trace)
	if err != nil {
		return err
	}
	defer leave()
	edited(sent, text, where.edits)
	call := relay.RawCall{
		RequestID: event.RequestID,
		Quota:     quotaOf(r, event.Model),
		Upstream: gemini.RawCall{
			Method: methodOf(c.Request), Path: r.path(), Query: passedQuery(c.Request.URL.RawQuery), Header: passedHeader(c.Request.Header, sent != nil), Body: sent,
		},
		Expect: expectOf(r, form),
		Events: form.events,
		Tokens: tokens,
		Count:  seen.count(r),
		Home:   where.home,
		Once:   r.makes(),
		Trace:  trace,
	}
	switch {
	case form.media:
		return where.about(c.Request, event.Model, a.download(c, call))
	case form.events && !r.generates():
		return where.about(c.Request, event.Model, a.follow(c, r, event, seen, call))
	case r.streams():
		return where.about(c.Request, event.Model, a.stream(c, call))
	}
	return where.about(c.Request, event.Model, a.answer(c, r, event, seen, call))
}

// methodOf gives the method that goes up. What comes of a GET does for a HEAD: its body is not sent on.
func methodOf(r *http.Request) string {
	if r.Method == http.MethodHead {
		return http.MethodGet
	}
	return r.Method
}

// hasBody reports whether a request has a body that goes up.
func hasBody(r *http.Request) bool {
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		return true
	}
	return false
}

// look reads what the gateway must know of a body. Most bodies for a model say nothing of the sort, and are not read at all.
func (a *api) look(r *route, text []byte) (*body, error) {
	if len(text) == 0 {
		return &body{stores: true}, nil
	}
	if r.kind == callModel && r.settled() && r.method != embedManyMethod && !mayMention(text) {
		if bare, _ := a.Models.Resolve(r.model); bare == r.model {
			return &body{stores: true}, nil
		}
	}
	return readBody(text)
}

// nameModel puts Gemini's name in place of the one a request asks for its model by, in the path and in the body.
func (a *api) nameModel(r *route, seen *body, where *place, event *usage.Event) error {
	switch r.kind {
	case callModel, callThing:
		event.Model = r.model
	case createInteraction, makeThing:
		event.Model = seen.model
		if event.Model == "" {
			event.Model = seen.agent
		}
		if r.kind == createInteraction && !isName(event.Model) {
			return fault.Field("model", "must be the name of a model")
		}
	case listModels, getModel, listThings, listFiles:
	}
	if event.Model == "" {
		return nil
	}
	if err := a.resolve(event); err != nil {
		return err
	}
	if r.kind == callModel {
		r.model = event.Model
	}
	return a.renameModels(r, seen, where, event.Model)
}

// renameModels does the same for the models that a body names. What makes something may name no other model there: its items would be another's
// work, which nobody was asked for.
func (a *api) renameModels(r *route, seen *body, where *place, name string) error {
	for _, m := range seen.models {
		bare, _ := a.Models.Resolve(m.name)
		if bare != name && r.kind == callModel && r.makes() {
			return fault.Field(m.field, "must be the model that is called, models/%s", name)
		}
		if bare == m.name || bare != name {
			continue
		}
		if r.kind != createInteraction {
			bare = "models/" + bare
		}
		where.edits = append(where.edits, edit{from: m.from, to: m.to, value: bare})
	}
	slices.SortFunc(where.edits, func(a, b edit) int { return a.from - b.from })
	return nil
}

// passedHeader gives the headers that go on. All others stay here: credentials, what belongs to the connection, what names the client
// (User-Agent, X-Goog-Api-Client), and the client's own idea of a time limit (X-Server-Timeout), since attempts share one of ours.
func passedHeader(from http.Header, body bool) http.Header {
	passed := http.Header{}
	if body {
		passed["Content-Type"] = []string{"application/json"}
	}
	for _, name := range []string{"Content-Type", "Accept", "Range"} {
		if values := from[name]; len(values) > 0 {
			passed[name] = values
		}
	}
	return passed
}

// Methods that are counted otherwise than what a model generates.
const (
	countMethod     = "countTokens"
	embedManyMethod = "batchEmbedContents"
)

// settled reports whether a call is done with its answer and leaves nothing that Gemini keeps.
func (r *route) settled() bool {
	switch r.method {
	case countMethod, "embedContent", embedManyMethod, "predict":
		return true
	}
	return r.generates()
}

// makes reports whether a call makes something that Gemini keeps.
func (r *route) makes() bool {
	return r.kind == makeThing || r.kind == createInteraction || r.kind == callModel && !r.settled()
}

// count gives how many requests Google counts a call as.
func (b *body) count(r *route) int {
	if r.method == embedManyMethod {
		return b.texts
	}
	return 1
}

// quotaOf gives what the pool counts a call against. What Google counts apart, or not at all, is kept apart: its 429 must not close the model.
func quotaOf(r *route, model string) string {
	switch {
	case r.kind == createInteraction, r.generates(), r.kind == callModel && r.settled() && r.method != countMethod:
		return model
	case r.kind == callModel:
		return model + ":" + r.method
	}
	return model + ":" + r.sort.name
}

func expectOf(r *route, f form) relay.Expect {
	if f.partial {
		return relay.ExpectAny
	}
	switch r.method {
	case "generateContent", streamMethod:
		return relay.ExpectContent
	case "embedContent", embedManyMethod:
		return relay.ExpectField
	}
	return relay.ExpectAny // a count of 0 and predictions that were all filtered leave their fields out
}

// answer relays a request for a whole answer.
func (a *api) answer(c *gin.Context, r *route, event *usage.Event, seen *body, call relay.RawCall) error {
	ctx := c.Request.Context()
	got, keyID, err := a.Relay.Do(ctx, call)
	if err != nil {
		return err
	}
	data := got.Data
	if r.kind != callModel || !r.settled() {
		said := claimsOf(data)
		said.used.note(call.Trace)
		switch {
		case c.Request.Method == http.MethodDelete && r.below == r.root:
			a.Holdings.Drop(ctx, event.UserKeyID, r.root)
		case seen.stores:
			a.keep(ctx, r, event.UserKeyID, keyID, said)
		}
		data = a.relink(c.Request, data)
	}
	h := c.Writer.Header()
	answeredHeader(h, got.Header)
	h["X-Attempts"] = []string{strconv.Itoa(len(call.Trace.Attempts))}
	h["Content-Length"] = []string{strconv.Itoa(len(data))}
	out := newPassage(c.Writer, answerWriteLimit)
	if err := out.write(data); err != nil {
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

// record notes a request that has ended with a status. What asks for no model, as looking after a batch does, is not recorded.
func (a *api) record(event *usage.Event, trace *relay.Trace, status int, err error) {
	if event.Model == "" {
		return
	}
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
