package openaiapi

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/jsonio"
	"gemini-proxy/backend/internal/openai"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/usage"
)

// chat answers POST /v1/chat/completions.
func (a *api) chat(c *gin.Context) {
	event, ok := a.begin(c, "chat")
	if !ok {
		return
	}
	trace := &relay.Trace{}
	err := a.complete(c, event, trace)
	if err != nil && !c.Writer.Written() {
		respondFault(c, a.Log, err)
	}
	a.record(event, trace, c.Writer.Status(), err)
}

// complete reads, translates, relays and answers. An error that comes before the answer began is left to be answered.
func (a *api) complete(c *gin.Context, event *usage.Event, trace *relay.Trace) error {
	text, release, err := a.Intake.Read(c.Writer, c.Request)
	if err != nil {
		return err
	}
	body := &jsonio.Body{}                  // what goes upstream shares the memory of what came in
	defer func() { body.Finish(release) }() // an attempt given up may still be sending
	request, err := openai.ParseChat(text)
	if err != nil {
		return err
	}
	event.Model, event.Stream = openai.BareModel(request.Model), request.Stream
	translated, err := openai.ToGemini(request, openai.Options{Model: event.Model})
	if err != nil {
		return err
	}
	body = translated.Body()
	call := relay.Call{
		RequestID: event.RequestID, Model: event.Model, Body: body, Tokens: openai.EstimateTokens(translated), Trace: trace,
	}
	reply := request.Reply(completionID(event.RequestID), event.Time.Unix())
	n := request.FanOut(event.Model)
	switch {
	case request.Stream && n > 1:
		return a.streamMany(c, call, openai.NewChunker(reply, request.IncludeUsage), n)
	case request.Stream:
		return a.stream(c, call, openai.NewChunker(reply, request.IncludeUsage))
	case n > 1:
		return a.answerMany(c, call, reply, n)
	}
	return a.answer(c, call, reply)
}

// completionID makes an answer's id from its request's: one is found by the other.
func completionID(requestID string) string { return "chatcmpl-" + requestID }

// answer relays a request for a whole answer.
func (a *api) answer(c *gin.Context, call relay.Call, reply openai.Reply) error {
	resp, err := a.Relay.Generate(c.Request.Context(), call)
	if err != nil {
		return err
	}
	c.Header("X-Attempts", strconv.Itoa(len(call.Trace.Attempts)))
	a.send(c, openai.FromGemini(resp, reply).AppendJSON(nil))
	return nil
}

// answerWriteLimit is how long a client may take to read a whole answer.
const answerWriteLimit = 5 * time.Minute

// send writes a JSON answer.
func (a *api) send(c *gin.Context, document []byte) {
	h := c.Writer.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(document))}
	control := http.NewResponseController(c.Writer)
	_ = control.SetWriteDeadline(time.Now().Add(answerWriteLimit)) // without one a stuck client holds on; the answer goes out all the same
	c.Writer.WriteHeader(http.StatusOK)
	_, err := c.Writer.Write(document)
	if err == nil {
		err = control.SetWriteDeadline(time.Time{})
	}
	if err != nil {
		_ = c.Error(err) // the client is gone; the access log says so
	}
}

// flushAt is how much of a stream is gathered, in bytes, while more chunks are at hand.
const flushAt = 16 << 10

// stream relays a request for an answer in chunks. Chunks that have arrived together leave together.
func (a *api) stream(c *gin.Context, call relay.Call, chunker *openai.Chunker) error {
	stream, err := a.Relay.Stream(c.Request.Context(), call)
	if err != nil {
		return err
	}
	defer stream.Close()
	c.Writer.Header()["X-Attempts"] = []string{strconv.Itoa(len(call.Trace.Attempts) + 1)} // the one that is answering has not ended
	out := newEventWriter(c.Writer)
	defer out.close()
	buf := make([]byte, 0, 1024)
	for {
		chunk, err := stream.Next()
		if errors.Is(err, io.EOF) {
			return writeFault(out.write(chunker.End(buf)))
		}
		if err != nil {
			if writeErr := out.write(openai.ErrorEvent(buf, fault.Of(err))); writeErr != nil {
				return writeFault(writeErr)
			}
			return err
		}
		buf = chunker.Next(buf, chunk)
		if stream.Ready() && len(buf) < flushAt {
			continue
		}
		if err := out.write(buf); err != nil {
			return writeFault(err)
		}
		buf = buf[:0]
	}
}

// writeFault turns an error in writing to the client into the fault it is: the client is gone.
func writeFault(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Canceled, err, "the client closed the request")
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
