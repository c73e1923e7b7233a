package geminiapi

import (
	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/usage"
)

// resolve puts Gemini's name in place of the one a request asks for its model by. A model that the operator has switched off is not there.
func (a *api) resolve(event *usage.Event) error {
	bare, ok := a.Models.Resolve(event.Model)
	if !ok {
		return noSuchModel(event.Model)
	}
	event.Model = bare
	return nil
}

func noSuchModel(name string) error {
	return fault.New(fault.NotFound, "models/%s is not found", name).WithCode("model_not_found")
}

// admit lets a request of a key with limits in, tells the client its numbers, and gives what ends it; for any other key it costs next to
// nothing. The model must have been resolved.
func (a *api) admit(c *gin.Context, event *usage.Event, tokens int, trace *relay.Trace) (leave func(), err error) {
	if event.Model == "" {
		return func() {}, a.mayCome(c, event.UserKeyID)
	}
	key := a.Auth.Limited(event.UserKeyID)
	if key == nil {
		return func() {}, nil
	}
	admission, err := a.Auth.Admit(key, event.Model, c.ClientIP(), int64(tokens))
	admission.Rate().SetHeader(c.Writer.Header())
	if err != nil {
		return nil, err
	}
	return func() { admission.Release(spent(trace, tokens)) }, nil
}

// spent gives what a request used, in tokens. One that a client left before Gemini counted it used what was estimated.
func spent(trace *relay.Trace, estimate int) int64 {
	used := &trace.Usage
	tokens := used.Prompt + used.ToolUsePrompt + used.Candidates + used.Thoughts
	if tokens == 0 && trace.First > 0 {
		tokens = estimate
	}
	return int64(tokens)
}

// allowed reports whether the key may know the model: it is on, and within the key's limits.
func (a *api) allowed(event *usage.Event, name string) bool {
	bare, ok := a.Models.Resolve(name)
	key := a.Auth.Limited(event.UserKeyID)
	return ok && (key == nil || key.AllowsModel(bare))
}
