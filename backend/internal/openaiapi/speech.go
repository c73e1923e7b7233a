package openaiapi

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/jsonio"
	"gemini-proxy/backend/internal/openai"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/usage"
)

// speech answers POST /v1/audio/speech.
func (a *api) speech(c *gin.Context) {
	a.serve(c, "speech", a.speak)
}

func (a *api) speak(c *gin.Context, event *usage.Event, trace *relay.Trace) error {
	text, release, err := a.Intake.Read(c.Writer, c.Request)
	if err != nil {
		return err
	}
	body := &jsonio.Body{}
	defer func() { body.Finish(release) }()
	request, err := openai.ParseSpeech(text)
	if err != nil {
		return err
	}
	event.Model = request.Model
	if err := a.resolve(event); err != nil {
		return err
	}
	translated := request.ToGemini()
	body = translated.Body()
	leave, err := a.admit(c, event, openai.EstimateTokens(translated), trace)
	if err != nil {
		return err
	}
	defer leave()
	answer, err := a.Relay.GenerateUnlessFlawed(c.Request.Context(), relay.Call{
		RequestID: event.RequestID, Model: event.Model, Body: body, Tokens: openai.EstimateTokens(translated), Trace: trace,
	}, openai.SpeechFlaw)
	if err != nil {
		return noMedia(err, "audio")
	}
	sound, mime, err := request.Sound(answer)
	if err != nil {
		return err
	}
	setAttempts(c, trace)
	a.sendAs(c, mime, sound)
	return nil
}

// sendAs writes a whole answer that is no JSON.
func (a *api) sendAs(c *gin.Context, mime string, data []byte) {
	h := c.Writer.Header()
	h["Content-Type"] = []string{mime}
	h["Content-Length"] = []string{strconv.Itoa(len(data))}
	control := http.NewResponseController(c.Writer)
	_ = control.SetWriteDeadline(time.Now().Add(answerWriteLimit)) // without one a stuck client holds on; the answer goes out all the same
	c.Writer.WriteHeader(http.StatusOK)
	_, err := c.Writer.Write(data)
	if err == nil {
		err = control.SetWriteDeadline(time.Time{})
	}
	if err != nil {
		_ = c.Error(err) // the client is gone; the access log says so
	}
}
