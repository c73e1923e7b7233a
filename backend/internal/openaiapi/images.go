package openaiapi

import (
	"sync"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
	"gemini-proxy/backend/internal/openai"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/usage"
)

// images answers POST /v1/images/generations.
func (a *api) images(c *gin.Context) {
	a.serve(c, "images", func(c *gin.Context, event *usage.Event, trace *relay.Trace) error {
		text, release, err := a.Intake.Read(c.Writer, c.Request)
		if err != nil {
			return err
		}
		request, err := openai.ParseImage(text)
		if err != nil {
			release()
			return err
		}
		return a.draw(c, event, trace, request, release)
	})
}

// imageEdits answers POST /v1/images/edits.
func (a *api) imageEdits(c *gin.Context) {
	a.serve(c, "images", func(c *gin.Context, event *usage.Event, trace *relay.Trace) error {
		form, release, err := a.Intake.Read(c.Writer, c.Request)
		if err != nil {
			return err
		}
		request, err := openai.ParseImageEdit(c.GetHeader("Content-Type"), form)
		if err != nil {
			release()
			return err
		}
		size := request.Encoded()
		if err := a.reserve(c.Request.Context(), size); err != nil {
			release()
			return err
		}
		return a.draw(c, event, trace, request, func() { release(); a.copies.Release(size) })
	})
}

// draw asks for images and answers with them; done gives the memory of the request back.
func (a *api) draw(c *gin.Context, event *usage.Event, trace *relay.Trace, request *openai.ImageRequest, done func()) error {
	body := &jsonio.Body{}
	defer func() { body.Finish(done) }()
	event.Model = request.Model
	if err := a.resolve(event); err != nil {
		return err
	}
	request.Model = event.Model // it may be another name of the operator's
	translated, err := request.ToGemini()
	if err != nil {
		return err
	}
	body = translated.Body()
	tokens := openai.EstimateTokens(translated)
	leave, err := a.admit(c, event, tokens, trace)
	if err != nil {
		return err
	}
	defer leave()
	call := relay.Call{RequestID: event.RequestID, Model: event.Model, Body: body, Tokens: tokens, Trace: trace}
	answers, err := a.drawMany(c, call, request.N)
	if len(answers) == 0 || fault.Is(err, fault.Canceled) {
		return noMedia(err, "image")
	}
	list, err := openai.NewImageList(event.Time.Unix(), answers)
	if err != nil {
		return err
	}
	setAttempts(c, trace)
	a.send(c, list.AppendJSON(make([]byte, 0, list.Size())))
	return nil
}

// drawMany asks n times at once, for Gemini gives an image a call, and gives the answers that came. The error is the first of the calls'
// that failed: one that fails does not take the others with it, for those are paid for.
func (a *api) drawMany(c *gin.Context, call relay.Call, n int) ([]*gemini.Response, error) {
	all := calls(call, n)
	answers, errs := make([]*gemini.Response, n), make([]error, n)
	var group sync.WaitGroup
	for i := range all {
		group.Go(func() {
			answers[i], errs[i] = a.Relay.GenerateUnlessFlawed(c.Request.Context(), all[i], openai.ImageFlaw)
		})
	}
	group.Wait()
	join(call.Trace, all)
	var came []*gemini.Response
	var first error
	for i := range answers {
		switch {
		case errs[i] == nil:
			came = append(came, answers[i])
		case first == nil:
			first = errs[i]
		}
	}
	return came, first
}

// noMedia words the fault of answers that would not hold what was asked for, however often Gemini was asked.
func noMedia(err error, media string) error {
	if f := fault.Of(err); f.Code == "malformed_answer" || f.Code == "empty_answer" {
		return fault.Wrap(fault.Upstream, err, "Gemini made no %s", media).WithCode("no_" + media)
	}
	return err
}
