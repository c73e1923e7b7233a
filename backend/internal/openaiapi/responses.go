package openaiapi

import (
	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/openai"
)

// responses answers POST /v1/responses. Nothing is kept of an answer, so that it can neither be asked for again nor be gone on with by its id.
func (a *api) responses(c *gin.Context) {
	event, ok := a.begin(c, "responses")
	if !ok {
		return
	}
	x := &exchange{api: a, c: c, event: event}
	err := x.respond()
	if err != nil && !c.Writer.Written() {
		respondFault(c, a.Log, err)
	}
	a.record(event, &x.trace, c.Writer.Status(), err)
}

// respond is complete for the Responses API.
func (x *exchange) respond() error {
	text, release, err := x.Intake.Read(x.c.Writer, x.c.Request)
	if err != nil {
		return err
	}
	x.draft.hold(release)
	defer x.draft.finish()
	if x.response, err = openai.ParseResponse(text); err != nil {
		return err
	}
	x.reply = x.response.Chat.Reply("resp_"+x.event.RequestID, x.event.Time.Unix())
	return x.response.Rename(x.perform(x.response.Chat))
}
