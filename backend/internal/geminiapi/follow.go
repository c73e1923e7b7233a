package geminiapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/usage"
)

// follow relays a request for the events of an interaction, whose form is its own. The first of them tells its name.
func (a *api) follow(c *gin.Context, r *route, event *usage.Event, seen *body, call relay.RawCall) error {
	ctx := c.Request.Context()
	kept := false
	call.Watch = func(keyID int64, document []byte) {
		if !bytes.Contains(document, []byte(`"interaction"`)) {
			return
		}
		said := claimsOf(document)
		said.used.note(call.Trace)
		if !kept && said.id != "" && seen.stores {
			kept = true
			a.keep(ctx, r, event.UserKeyID, keyID, said)
		}
	}
	return a.stream(c, call)
}

// note puts what an interaction has used into the request's record.
func (u interactionUse) note(trace *relay.Trace) {
	if u == (interactionUse{}) {
		return
	}
	trace.Usage = gemini.Usage{Prompt: u.input, Candidates: u.output, Thoughts: u.thoughts, Cached: u.cached, ToolUsePrompt: u.tools}
}

// cutError is an answer of bytes that broke off. To end the connection is the only way to tell it.
type cutError struct{ error }

func (e cutError) Unwrap() error { return e.error }

// download relays a request for bytes of any kind, such as a video, and passes them on as they come.
func (a *api) download(c *gin.Context, call relay.RawCall) error {
	got, err := a.Relay.Open(c.Request.Context(), call)
	if err != nil {
		return err
	}
	defer got.Close()
	h := c.Writer.Header()
	for _, name := range []string{"Content-Type", "Content-Disposition", "Content-Range", "Accept-Ranges", "Etag", "Last-Modified"} {
		if values := got.Header[name]; len(values) > 0 {
			h[name] = values
		}
	}
	h["X-Attempts"] = []string{strconv.Itoa(len(call.Trace.Attempts))}
	if got.Length >= 0 {
		h["Content-Length"] = []string{strconv.FormatInt(got.Length, 10)}
	}
	c.Writer.WriteHeader(got.Status)
	out := passage{out: c.Writer, control: http.NewResponseController(c.Writer), limit: streamWriteLimit}
	buffer := make([]byte, 64<<10)
	for {
		n, err := got.Read(buffer)
		if n > 0 {
			if err := out.write(buffer[:n]); err != nil {
				return goneUnless(err)
			}
		}
		if errors.Is(err, io.EOF) {
			out.end()
			return nil
		}
		if err != nil {
			return cutError{err}
		}
	}
}
