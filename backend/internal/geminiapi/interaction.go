package geminiapi

import (
	"errors"
	"net/http"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/jsonio"
)

// modelOfInteraction gives the model that an interaction asks for. It refuses what needs the project that holds an earlier interaction, what
// would be fetched later, and streams, whose events are of another form.
func modelOfInteraction(body []byte) (string, error) {
	model, refused := "", ""
	r := jsonio.NewReader(body, true)
	r.Object(func(key string) {
		switch key {
		case "model":
			model = r.String()
			return
		case "previous_interaction_id", "previousInteractionId", "agent":
			if r.Kind() != jsonio.Null {
				refused = key
			}
		case "stream", "background":
			if r.Kind() == jsonio.Bool {
				if r.Bool() {
					refused = key
				}
				return
			}
		}
		r.Skip()
	})
	r.End()
	if err := r.Err(); err != nil {
		f := fault.Wrap(fault.Invalid, err, "%s", err.Error()).WithCode("invalid_json")
		if wrong, ok := errors.AsType[*jsonio.FieldError](err); ok {
			f.Field, f.Message = wrong.Field, wrong.What
		}
		return "", f
	}
	if refused != "" {
		f := fault.Field(refused, "is not served here yet: an interaction must be whole in one request and one answer").WithCode("not_served")
		f.Kind, f.Status = fault.Unsupported, http.StatusNotImplemented
		return "", f
	}
	if !isName(model) {
		return "", fault.Field("model", "must be the name of a model")
	}
	return model, nil
}
