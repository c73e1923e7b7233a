package media

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"gemini-proxy/backend/internal/fault"
)

// errRefused is a connection to an address that a link may not lead to. Callers see it as a server that cannot be reached.
var errRefused = errors.New("the address is not one of the open internet")

// errRedirects is a link that leads on and on.
var errRedirects = wrong("it is redirected more than %d times", maxRedirects)

// wrongError says what is wrong with a link, in words for the client.
type wrongError struct{ what string }

func (e *wrongError) Error() string { return e.what }

func wrong(format string, args ...any) error { return &wrongError{fmt.Sprintf(format, args...)} }

// checkURL refuses what is no link of the web. Where it leads is checked when the connection is made.
func checkURL(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return wrong("it is no http or https link")
	case u.User != nil:
		return wrong("it carries a user name or password")
	case u.Hostname() == "":
		return wrong("it names no server")
	}
	return nil
}

// named words an error in fetching the link of a field.
func named(ctx context.Context, field string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err // there is no memory for it
	}
	if ctx.Err() != nil {
		return fault.Wrap(fault.Canceled, context.Cause(ctx), "the client closed the request")
	}
	f := fault.Field(field, "cannot be fetched: %s", reason(err)).WithCode("link_not_fetched")
	f.Err = err
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		f.Err = wrapped.Err // without the link, which may be a secret of its own
	}
	return f
}

func reason(err error) string {
	if told, ok := errors.AsType[*wrongError](err); ok {
		return told.what
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Sprintf("its server did not answer within %d seconds", int(fetchLimit.Seconds()))
	}
	return "its server cannot be reached"
}

// statusError says how a link's server answered.
func statusError(code int) error {
	return wrong("its server answered %d %s", code, http.StatusText(code))
}
