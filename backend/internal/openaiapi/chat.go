package openaiapi

import (
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/openai"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/shape"
	"gemini-proxy/backend/internal/usage"
)

// exchange is one chat: its request on the way to Gemini, and what its answer needs.
type exchange struct {
	*api
	c       *gin.Context
	event   *usage.Event
	trace   relay.Trace
	draft   draft
	call    relay.Call
	reply   openai.Reply
	n       int     // upstream calls that together are the answer
	asks    bool    // Gemini is asked for a stream
	counted bool    // the stream ends with its usage
	minters []int64 // of an answer by several calls: the Gemini key of each

	response *openai.ResponseRequest // of the Responses API; nil for a chat completion
}

// chat answers POST /v1/chat/completions.
func (a *api) chat(c *gin.Context) {
	event, ok := a.begin(c, "chat")
	if !ok {
		return
	}
	x := &exchange{api: a, c: c, event: event}
	err := x.complete()
	if err != nil && !c.Writer.Written() {
		respondFault(c, a.Log, err)
	}
	a.record(event, &x.trace, c.Writer.Status(), err)
}

// complete reads, translates, relays and answers. An error that comes before the answer began is left to be answered.
func (x *exchange) complete() error {
	text, release, err := x.Intake.Read(x.c.Writer, x.c.Request)
	if err != nil {
		return err
	}
	x.draft.hold(release)  // what goes upstream shares the memory of what came in
	defer x.draft.finish() // an attempt given up may still be sending
	request, err := openai.ParseChat(text)
	if err != nil {
		return err
	}
	x.reply = request.Reply(completionID(x.event.RequestID), x.event.Time.Unix())
	return x.perform(request)
}

// perform translates a request, relays it and answers.
func (x *exchange) perform(request *openai.ChatRequest) error {
	x.event.Model, x.event.Stream = openai.BareModel(request.Model), request.Stream
	if err := x.resolve(x.event); err != nil {
		return err
	}
	now := x.Settings()
	translated, err := x.translate(request, &now)
	if err != nil {
		return err
	}
	if err := x.stayWithCache(translated.CachedContent); err != nil {
		return err
	}
	x.call.RequestID, x.call.Model, x.call.Trace, x.call.Rebuild = x.event.RequestID, x.event.Model, &x.trace, x.draft.rebuild
	x.call.Tokens = openai.EstimateTokens(translated)
	x.symbols.Apply(translated, &now.SymbolInjection, x.call.Tokens, rand.IntN)
	if now.PromptInjection.Enabled {
		shape.InjectPrompt(translated, &now.PromptInjection, openai.FamilyOf(x.event.Model).SystemTurn)
		x.call.Tokens = openai.EstimateTokens(translated)
	}
	leave, err := x.admit(x.c, x.event, x.call.Tokens, &x.trace)
	if err != nil {
		return err
	}
	defer leave()
	x.call.Body = x.draft.begin(translated, x.Intake)
	x.n, x.counted = request.FanOut(x.event.Model), request.IncludeUsage
	x.asks = shape.AsksStream(now.StreamMode, request.Stream)
	switch {
	case request.Stream && !x.asks:
		return x.streamWhole()
	case request.Stream && x.n > 1:
		return x.streamMany()
	case request.Stream:
		return x.stream()
	}
	// Log probabilities come chunk by chunk in a stream: a client that wants them whole is served better by an answer that is.
	x.asks = x.asks && !translated.Generation.ResponseLogprobs
	return x.answer()
}

// stayWithCache has the request go to the project that holds the cached content it names, if it names one: to its maker alone it is there.
func (x *exchange) stayWithCache(name string) error {
	if name == "" {
		return nil
	}
	held, err := x.Holdings.Find(x.c.Request.Context(), x.event.UserKeyID, name)
	if fault.Is(err, fault.NotFound) {
		f := fault.Wrap(fault.NotFound, err, "%s is not found, or was not made with this key", name).WithCode("cached_content_not_found")
		f.Field = "extra_body.google.cached_content"
		return f
	}
	x.call.Home, x.call.Prefer = held.KeyID, held.KeyID
	return err
}

// translate makes Gemini's request, with what the client's refers to and does not carry, and with the operator's defaults.
func (x *exchange) translate(request *openai.ChatRequest, now *settings.Settings) (*gemini.Request, error) {
	options := openai.Options{Model: x.event.Model}
	if links := request.Links(); len(links) > 0 {
		blobs, err := x.follow(request, links)
		if err != nil {
			return nil, err
		}
		options.Links = blobs
	}
	if named := request.FileIDs(); len(named) > 0 {
		found, err := x.findFiles(named)
		if err != nil {
			return nil, err
		}
		options.Files = found
	}
	ids := request.CallIDs()
	if len(ids) > 0 {
		options.Signatures, x.call.Prefer = x.Thoughts.Find(x.event.UserKeyID, ids)
	}
	own := x.Models.ThinkingOf(x.event.Model)
	request.AssumeThinking(shape.Thinking(shape.ThinkingOf(now.Thinking, own.Budget, own.Include)))
	translated, err := openai.ToGemini(request, options)
	if err == nil && len(ids) > 0 {
		x.Thoughts.Count(len(options.Signatures), openai.StandIns(translated))
	}
	return translated, err
}

// completionID makes an answer's id from its request's: one is found by the other.
func completionID(requestID string) string { return "chatcmpl-" + requestID }

// narrator tells a client of an answer, chunk by chunk.
type narrator interface {
	Next(dst []byte, r *gemini.Response) []byte
	End(dst []byte) []byte
	Fail(dst []byte, f *fault.Error) []byte
	Signatures() map[string]string // of the calls told of so far
}

// narrator begins the answer's stream.
func (x *exchange) narrator() narrator {
	if x.response != nil {
		return openai.NewResponseStream(x.response, x.reply)
	}
	return x.chunker()
}

// chunker begins the stream of a chat completion.
func (x *exchange) chunker() *openai.Chunker { return openai.NewChunker(x.reply, x.counted) }

// answer relays a request for a whole answer.
func (x *exchange) answer() error {
	resp, err := x.gather()
	if err != nil {
		return err
	}
	x.c.Writer.Header()["X-Attempts"] = []string{strconv.Itoa(len(x.trace.Attempts))}
	if x.response != nil {
		said := openai.NewResponseStream(x.response, x.reply)
		said.Next(nil, resp)
		x.keep(said.Signatures(), minter(&x.trace))
		x.send(x.c, said.Response(nil))
		return nil
	}
	completion := openai.FromGemini(resp, x.reply)
	x.keepOf(completion)
	x.send(x.c, completion.AppendJSON(nil))
	return nil
}

// record notes a request that has ended.
func (a *api) record(event *usage.Event, trace *relay.Trace, status int, err error) {
	event.Status, event.Outcome = status, "ok"
	if err != nil {
		f := fault.Of(err)
		event.Status, event.Outcome = f.HTTPStatus(), f.Kind.String()
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
