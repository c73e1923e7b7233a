package openaiapi

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/sync/semaphore"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
	"gemini-proxy/backend/internal/openai"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/usage"
)

// maxRecordings bounds the memory of all recordings on their way to Gemini, in bytes of base64: two of the largest.
const maxRecordings = 70 << 20

// recordingWait is how long a recording waits for memory before it is turned away.
const recordingWait = 10 * time.Second

// scribe serves transcriptions.
type scribe struct {
	*api
	memory *semaphore.Weighted // bytes of base64 on their way
}

func newScribe(a *api) *scribe { return &scribe{api: a, memory: semaphore.NewWeighted(maxRecordings)} }

// transcriptions answers POST /v1/audio/transcriptions.
func (s *scribe) transcriptions(c *gin.Context) {
	s.serve(c, "transcriptions", s.transcribe)
}

func (s *scribe) transcribe(c *gin.Context, event *usage.Event, trace *relay.Trace) error {
	request, asked, done, err := s.hear(c, event)
	if err != nil {
		return err
	}
	body := asked.Body()
	defer body.Finish(done)
	leave, err := s.admit(c, event, openai.EstimateTokens(asked), trace)
	if err != nil {
		return err
	}
	defer leave()
	call := relay.Call{
		RequestID: event.RequestID, Model: event.Model, Body: body, Tokens: openai.EstimateTokens(asked), Trace: trace,
		Rebuild: func(change relay.Change) *jsonio.Body {
			goingOn := *asked // it holds no signature that a change could take away
			goingOn.ContinuationToken = change.Token
			return goingOn.Body()
		},
	}
	if request.Stream {
		return s.stream(c, call)
	}
	answer, err := s.Relay.GenerateUnlessFlawed(c.Request.Context(), call, request.Flaw)
	if err != nil {
		return noMedia(err, "transcript")
	}
	transcript, err := request.Transcript(answer)
	if err != nil {
		return err
	}
	setAttempts(c, trace)
	document, mime := request.Answer(transcript)
	s.sendAs(c, mime, document)
	return nil
}

// hear reads the request and makes what is asked of Gemini of it; done gives the memory of that back. The form's own memory is free again
// when it returns: the recording goes on in another coding.
func (s *scribe) hear(c *gin.Context, event *usage.Event) (request *openai.TranscriptionRequest, asked *gemini.Request, done func(), err error) {
	form, release, err := s.Intake.Read(c.Writer, c.Request)
	if err != nil {
		return nil, nil, nil, err
	}
	defer release()
	if request, err = openai.ParseTranscription(c.GetHeader("Content-Type"), form); err != nil {
		return nil, nil, nil, err
	}
	event.Model, event.Stream = request.Model, request.Stream
	if err := s.resolve(event); err != nil {
		return nil, nil, nil, err
	}
	request.Model = event.Model // it may be another name of the operator's
	size := request.Encoded()
	if err := s.reserve(c.Request.Context(), size); err != nil {
		return nil, nil, nil, err
	}
	return request, request.ToGemini(), func() { s.memory.Release(size) }, nil
}

func (s *scribe) reserve(ctx context.Context, size int64) error {
	waiting, cancel := context.WithTimeout(ctx, recordingWait)
	defer cancel()
	if err := s.memory.Acquire(waiting, size); err != nil {
		if ctx.Err() != nil {
			return fault.Wrap(fault.Canceled, err, "the client closed the request")
		}
		f := fault.Wrap(fault.Unavailable, err, "too many recordings at once; try again shortly").WithCode("overloaded")
		f.RetryAfter = time.Second
		return f
	}
	return nil
}

// stream relays a transcript as it is made.
func (s *scribe) stream(c *gin.Context, call relay.Call) error {
	stream, err := s.Relay.Stream(c.Request.Context(), call)
	if err != nil {
		return err
	}
	defer stream.Close()
	transcriber := &openai.Transcriber{}
	chunk, err := stream.Next()
	if err == nil {
		err = transcriber.Fault(chunk)
	}
	if err != nil {
		return err // there is still time for a status of its own
	}
	buf := transcriber.Next(nil, chunk)
	c.Writer.Header()["X-Attempts"] = []string{strconv.Itoa(len(call.Trace.Attempts) + 1)} // the one that is answering has not ended
	out := newEventWriter(c.Writer)
	defer out.close()
	for {
		if !stream.Ready() || len(buf) >= flushAt {
			if err := out.write(buf); err != nil {
				return writeFault(err)
			}
			buf = buf[:0]
		}
		chunk, err := stream.Next()
		if errors.Is(err, io.EOF) {
			return writeFault(out.write(transcriber.End(buf)))
		}
		if err == nil {
			buf = transcriber.Next(buf, chunk)
			err = transcriber.Fault(chunk)
		}
		if err != nil {
			if writeErr := out.write(openai.ErrorEvent(buf, shown(fault.Of(err)))); writeErr != nil {
				return writeFault(writeErr)
			}
			return err
		}
	}
}
