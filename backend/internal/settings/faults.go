package settings

import (
	"strings"

	"gemini-proxy/backend/internal/fault"
)

// Fault is one thing wrong with a change of settings.
type Fault struct {
	Field   string // as the caller wrote it: "usage_threshold.warn"; "" for the change as a whole
	Message string
}

// Faults is everything wrong with a change of settings, so that it is mended in one go. None of the change has been taken.
type Faults []Fault

// Error names every field at fault.
func (f Faults) Error() string {
	texts := make([]string, len(f))
	for i, one := range f {
		texts[i] = one.Message
		if one.Field != "" {
			texts[i] = one.Field + ": " + one.Message
		}
	}
	return strings.Join(texts, "; ")
}

// Unwrap gives the first as a fault.Invalid, so that the change is answered as bad input even where nobody looks at the rest.
func (f Faults) Unwrap() error {
	if len(f) == 0 {
		return nil
	}
	return fault.Field(f[0].Field, "%s", f[0].Message).WithCode("invalid_input")
}
