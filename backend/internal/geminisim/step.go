package geminisim

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// Step is one scripted outcome: an answer, an error or a fault of the connection, with how it is paced and broken.
// Make one with a constructor (Text, Minute429, Reset, …) and refine it with its methods, each of which returns a
// changed copy: Text("hello").After(time.Second), TextChunks("a", "b", "c").CutAfter(2).
type Step struct {
	fail    func(*call) *apiError // an error answer
	raw     *rawAnswer
	hang    bool
	hangFor time.Duration
	reset   bool
	reply   *reply // nothing set at all: the natural answer

	pace  pace
	times int
}

type rawAnswer struct {
	status      int
	contentType string
	body        string
}

// pace is how an answer is sent, and how its sending goes wrong.
type pace struct {
	delay, between time.Duration
	split          int
	lf             bool
	breaks         breakage
	after          int // events sent before it breaks
	code           int // of the error event
}

type breakage uint8

const (
	unbroken breakage = iota
	breakCut
	breakEnd
	breakReset
	breakStall
	breakEvent
	breakBare
)

// reply is the content of an answer.
type reply struct {
	chunks        []chunk
	finish        string // empty is STOP
	finishMessage string
	block         string // the prompt is blocked for this reason
	shape         shape
	hops          []string // later answers, each fetched with a continuation token
	usage         *Usage
	thoughts      int // tokens thought beyond the thoughts shown
	omitIndex     bool
	unsigned      bool
	checkpoints   bool // stream events carry tokens to go on from there
	grounding     *grounding
	logprobs      *logprobs
	copies        int // candidates asked for beyond the first
}

type chunk []part

// shape is how much of the candidate there is.
type shape uint8

const (
	wholeShape   shape = iota
	noParts            // content:{role}
	emptyContent       // content:{}
	noContent          // a candidate without content
	noCandidates       // no candidates, no feedback
)

// Call is one function call of a scripted answer. Args is marshalled as JSON and must become an object; nil is {}.
// ID is sent if not empty.
type Call struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name"`
	Args any    `json:"args,omitempty"`
}

// ErrorForm is how an error inside a 200 stream looks.
type ErrorForm int

const (
	// EventForm is an error as an SSE event: data: {"error":…}.
	EventForm ErrorForm = iota + 1
	// BareForm is an error as indented JSON without "data:", which breaks the stream's framing.
	BareForm
)

// Forever repeats a step for every later request; see Step.Times.
const Forever = -1

func answering(r reply) Step { return Step{reply: &r} }

// Answer is the natural answer, for use with the methods of Step: Answer().After(time.Second).
func Answer() Step { return Step{} }

// Text answers with one text.
func Text(s string) Step { return TextChunks(s) }

// TextChunks answers with text that a stream sends as one event each; unary answers join them.
func TextChunks(texts ...string) Step {
	r := reply{}
	for _, s := range texts {
		r.chunks = append(r.chunks, chunk{textPart(s)})
	}
	return answering(r)
}

// Words answers with n words, a stream event each.
func Words(n int) Step { return TextChunks(numberedWords(n)...) }

// Big answers with one text of n bytes, so that a stream has one very long line.
func Big(n int) Step { return Text(strings.Repeat("x", max(0, n))) }

// Thought answers with a thought summary; Join it with what follows.
func Thought(s string) Step {
	p := textPart(s)
	p.Thought = true
	return answering(reply{chunks: []chunk{{p}}})
}

// Calls answers with parallel function calls in one event. On models that sign thoughts only the first carries a
// signature.
func Calls(calls ...Call) Step {
	var c chunk
	for _, one := range calls {
		args := json.RawMessage("{}")
		if one.Args != nil {
			if encoded, err := json.Marshal(one.Args); err == nil { // unmarshallable arguments are sent as {}
				args = encoded
			}
		}
		c = append(c, part{FunctionCall: &callPart{ID: one.ID, Name: one.Name, Args: args}})
	}
	return answering(reply{chunks: []chunk{c}})
}

// Image answers with a small valid PNG.
func Image() Step {
	return answering(reply{chunks: []chunk{{part{InlineData: &blob{MimeType: "image/png", Data: tinyPNG(1)}}}}})
}

// Audio answers with a tenth of a second of speech: a WAV file, or bare PCM as "audio/L16;codec=pcm;rate=24000".
func Audio(wav bool) Step {
	return answering(reply{chunks: []chunk{{part{InlineData: speech(wav, 2400)}}}})
}

// Join makes one answer of several: their chunks in order, and the last finish reason, pace and usage that was set.
// Steps that are no answer add nothing.
func Join(steps ...Step) Step {
	out := answering(reply{})
	for _, s := range steps {
		if s.pace != (pace{}) {
			out.pace = s.pace
		}
		if s.reply == nil {
			continue
		}
		out.reply.chunks = append(out.reply.chunks, s.reply.chunks...)
		out.reply.thoughts += s.reply.thoughts
		if s.reply.finish != "" {
			out.reply.finish, out.reply.finishMessage = s.reply.finish, s.reply.finishMessage
		}
		if s.reply.usage != nil {
			out.reply.usage = s.reply.usage
		}
		if len(s.reply.hops) > 0 {
			out.reply.hops = s.reply.hops
		}
	}
	return out
}

// Blocked answers 200 with promptFeedback.blockReason and no candidates.
func Blocked(reason string) Step { return answering(reply{block: reason}) }

// Finish answers with the finish reason and no parts, or after the texts given. Filtered and failed answers have
// content:{}; MAX_TOKENS without text is the answer that thinking swallowed.
func Finish(reason string, texts ...string) Step {
	s := TextChunks(texts...)
	s.reply.finish = reason
	if len(texts) == 0 {
		s.reply.shape = emptyContent
		if reason == "STOP" || reason == "MAX_TOKENS" {
			s.reply.shape = noParts
			s.reply.thoughts = 64
		}
	}
	return s
}

// Empty answers STOP with content:{role:"model"} and no parts.
func Empty() Step { return answering(reply{shape: noParts}) }

// EmptyContent answers STOP with content:{}.
func EmptyContent() Step { return answering(reply{shape: emptyContent}) }

// NoContent answers STOP with a candidate that has no content.
func NoContent() Step { return answering(reply{shape: noContent}) }

// NoCandidates answers 200 with usage alone.
func NoCandidates() Step { return answering(reply{shape: noCandidates}) }

// Malformed answers MALFORMED_FUNCTION_CALL with content:{} and a finishMessage.
func Malformed() Step {
	return answering(reply{
		shape: emptyContent, finish: "MALFORMED_FUNCTION_CALL",
		finishMessage: "Malformed function call: print(default_api.sim(",
	})
}

// Continuation answers the first text with finish reason CONTINUATION and a token; each resend with the token (same
// project) gets the next text, the last with STOP.
func Continuation(texts ...string) Step {
	if len(texts) == 0 {
		return Empty()
	}
	s := Text(texts[0])
	s.reply.hops = texts[1:]
	return s
}

func failing(f func(*call) *apiError) Step { return Step{fail: f} }

// Status answers with the API's error for 499, 500, 502, 503 or 504 (502 is a page of HTML). An optional text picks
// the other wording: "overloaded" for 503, "troubleshooting" for 500. Other codes answer with a bare envelope whose
// message is the text.
func Status(code int, text ...string) Step {
	wording := strings.Join(text, " ")
	switch {
	case code == http.StatusBadGateway:
		return Step{raw: &rawAnswer{code, "text/html; charset=UTF-8", badGatewayHTML}}
	case code >= 500 || code == 499:
		return failing(func(*call) *apiError { return serverError(code, wording) })
	}
	return failing(func(*call) *apiError { return clientError(code, wording) })
}

// quotaStep answers 429 in the name of the project's limits, or of free-tier ones where it has none.
func quotaStep(retry time.Duration, windows ...window) Step {
	return failing(func(c *call) *apiError {
		limits := c.sim.limitsFor(c.world, c.key.project, c.model)
		list := make([]exceeded, len(windows))
		for i, w := range windows {
			limit := [...]int{perMinute: limits.RPM, perDay: limits.RPD, tokensPerMinute: limits.TPM}[w]
			if limit <= 0 {
				limit = [...]int{perMinute: 5, perDay: 20, tokensPerMinute: 250_000}[w]
			}
			list[i] = exceeded{w, limit}
		}
		return quotaError(c.model, c.key.project.free(), list, retry)
	})
}

// Minute429 says that the requests of this minute are used up; retry is what RetryInfo says.
func Minute429(retry time.Duration) Step { return quotaStep(retry, perMinute) }

// Token429 says that the input tokens of this minute are used up.
func Token429(retry time.Duration) Step { return quotaStep(retry, tokensPerMinute) }

// Day429 says that the requests of the Pacific day are used up. Its RetryInfo says 38 s, which is misleading, as
// Google's is.
func Day429() Step { return quotaStep(38*time.Second, perDay) }

// Multi429 lists violations of the day, the minute and the minute's tokens in one body.
func Multi429(retry time.Duration) Step {
	return quotaStep(retry, perMinute, perDay, tokensPerMinute)
}

// Tier429 says "limit: 0" for every window: the model is not on the project's tier. Its RetryInfo is misleading.
func Tier429() Step {
	return failing(func(c *call) *apiError {
		list := []exceeded{{perDay, 0}, {perMinute, 0}, {tokensPerMinute, 0}}
		return quotaError(c.model, c.key.project.free(), list, 26*time.Second)
	})
}

// Bare429 has neither details nor a delay: "Resource has been exhausted (e.g. check quota)."
func Bare429() Step {
	return failing(func(*call) *apiError { return exhausted("Resource has been exhausted (e.g. check quota).") })
}

// HelpOnly429 has a Help detail and no QuotaFailure, as the search grounding quota does.
func HelpOnly429() Step {
	return failing(func(*call) *apiError {
		return exhausted("You exceeded your current quota, please check your plan and billing details. For more information on this "+
			"error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.", helpDetail())
	})
}

// Limit429 is the older form: ErrorInfo RATE_LIMIT_EXCEEDED with the limit in its metadata.
func Limit429() Step {
	return failing(func(c *call) *apiError {
		consumer := "projects/" + c.key.project.number
		metric := googleService + "/generate_requests_per_model"
		return exhausted("Quota exceeded for quota metric 'Generate Content API requests per minute' and limit 'GenerateContent request "+
			"limit per minute for a region' of service '"+googleService+"' for consumer '"+consumer+"'.",
			info("RATE_LIMIT_EXCEEDED", map[string]string{
				"service": googleService, "consumer": consumer, "quota_metric": metric,
				"quota_limit": "GenerateContentRequestsPerMinutePerProjectPerRegion", "quota_limit_value": "5", "quota_location": "global",
			}))
	})
}

// DeadKey answers as if the key were in the state (see Key.State), or its project "banned".
func DeadKey(state string) Step {
	return failing(func(c *call) *apiError {
		if state == "banned" {
			return denied("Your project has been denied access. Please contact support.")
		}
		if state == "" || state == "valid" {
			state = "invalid"
		}
		return deadKey(state, c.key.value, c.key.project.number, c.route)
	})
}

// Location answers 400 "User location is not supported for the API use.", the fault of the way out.
func Location() Step { return failing(func(*call) *apiError { return errLocation() }) }

// FileForbidden answers 403 for a file that is absent, expired or another project's.
func FileForbidden(id string) Step {
	return failing(func(*call) *apiError { return errFileForbidden(id) })
}

// FileNotActive answers 400 FAILED_PRECONDITION for a file still being processed.
func FileNotActive(id string) Step {
	return failing(func(*call) *apiError { return errFileNotActive(id) })
}

// NewUsers answers 404 "no longer available to new users", which depends on the project.
func NewUsers() Step {
	return failing(func(c *call) *apiError { return errNewUsers(c.route.model) })
}

// Raw answers with the status and body as they are, typed application/json.
func Raw(status int, body string) Step {
	return Step{raw: &rawAnswer{status, "application/json; charset=UTF-8", body}}
}

// Hang sends nothing for d, then closes the connection; 0 waits until the client or the simulator goes.
func Hang(d time.Duration) Step { return Step{hang: true, hangFor: d} }

// Reset breaks the TCP connection at once, before any header.
func Reset() Step { return Step{reset: true} }

// Delay is step.After(d).
func Delay(d time.Duration, step Step) Step { return step.After(d) }

// CutAfter breaks the connection of a longer text answer after n stream events.
func CutAfter(n int) Step { return Words(n + 1).CutAfter(n) }

// ErrorEvent sends n stream events of a text answer, then a 503 in the form.
func ErrorEvent(n int, form ErrorForm) Step {
	return Words(n+1).ErrorAfter(n, form, http.StatusServiceUnavailable)
}

// BareError is ErrorEvent in BareForm.
func BareError(n int) Step { return ErrorEvent(n, BareForm) }
