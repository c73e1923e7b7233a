package openaiapi

import (
	"errors"
	"io"
	"strconv"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
	"gemini-proxy/backend/internal/openai"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/usage"
)

// transcriptions answers POST /v1/audio/transcriptions.
func (a *api) transcriptions(c *gin.Context) {
	a.serve(c, "transcriptions", func(c *gin.Context, event *usage.Event, trace *relay.Trace) error {
		return a.transcribe(c, event, trace, openai.ParseTranscription)
	})
}

// translations answers POST /v1/audio/translations.
func (a *api) translations(c *gin.Context) {
	a.serve(c, "transcriptions", func(c *gin.Context, event *usage.Event, trace *relay.Trace) error {
		return a.transcribe(c, event, trace, openai.ParseTranslation)
	})
}

// parseRecording reads a form with a recording in it.
type parseRecording func(contentType string, form []byte) (*openai.TranscriptionRequest, error)

func (a *api) transcribe(c *gin.Context, event *usage.Event, trace *relay.Trace, parse parseRecording) error {
	request, asked, done, err := a.hear(c, event, parse)
	if err != nil {
		return err
	}
	body := asked.Body()
	defer body.Finish(done)
	leave, err := a.admit(c, event, openai.EstimateTokens(asked), trace)
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
		return a.streamTranscript(c, call)
	}
	answer, err := a.Relay.GenerateUnlessFlawed(c.Request.Context(), call, request.Flaw)
	if err != nil {
		return noMedia(err, "transcript")
	}
	transcript, err := request.Transcript(answer)
	if err != nil {
		return err
	}
	setAttempts(c, trace)
	document, mime := request.Answer(transcript)
	a.sendAs(c, mime, document)
	return nil
}

// hear reads the request and makes what is asked of Gemini of it; done gives the memory of that back. The form's own memory is free again
// when it returns: the recording goes on in another coding.
func (a *api) hear(c *gin.Context, event *usage.Event, parse parseRecording) (request *openai.TranscriptionRequest, asked *gemini.Request, done func(), err error) {
	form, release, err := a.Intake.Read(c.Writer, c.Request)
	if err != nil {
		return nil, nil, nil, err
	}
	defer release()
	if request, err = parse(c.GetHeader("Content-Type"), form); err != nil {
		return nil, nil, nil, err
	}
	event.Model, event.Stream = request.Model, request.Stream
	if err := a.resolve(event); err != nil {
		return nil, nil, nil, err
	}
	request.Model = event.Model // it may be another name of the operator's
	size := request.Encoded()
	if err := a.reserve(c.Request.Context(), size); err != nil {
		return nil, nil, nil, err
	}
	return request, request.ToGemini(), func() { a.copies.Release(size) }, nil
}

// streamTranscript relays a transcript as it is made.
func (a *api) streamTranscript(c *gin.Context, call relay.Call) error {
	stream, err := a.Relay.Stream(c.Request.Context(), call)
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
