package geminiapi

import (
	"errors"
	"io"
	"strconv"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/relay"
)

// stream relays a request for an answer in chunks and passes the bytes on as they come. Chunks that have arrived together leave together.
// Nothing is added while the stream is idle: Google sends no comments, and its Go SDK takes one for an error (genai 1.77, api_client.go).
func (a *api) stream(c *gin.Context, call relay.RawCall) error {
	stream, err := a.Relay.StreamRaw(c.Request.Context(), call)
	if err != nil {
		return err
	}
	defer stream.Close()
	h := c.Writer.Header()
	answeredHeader(h, stream.Header())
	h["X-Attempts"] = []string{strconv.Itoa(len(call.Trace.Attempts) + 1)} // the one that is answering has not ended
	h["Cache-Control"] = []string{"no-cache"}
	h["X-Accel-Buffering"] = []string{"no"} // nginx holds streams back unless told
	out := newPassage(c.Writer, streamWriteLimit)
	defer out.end()
	for {
		piece, err := stream.Next()
		if errors.Is(err, io.EOF) {
			return goneUnless(out.flush())
		}
		if fault.Is(err, fault.Canceled) {
			return err
		}
		if err != nil {
			if writeErr := out.write(stream.AppendLast(nil, errorDocument(fault.Of(err)))); writeErr != nil {
				return goneUnless(writeErr)
			}
			return errors.Join(err, goneUnless(out.flush()))
		}
		if err := out.write(piece); err != nil {
			return goneUnless(err)
		}
		if stream.Ready() {
			continue
		}
		if err := out.flush(); err != nil {
			return goneUnless(err)
		}
	}
}

// goneUnless turns an error in writing to the client, if there is one, into the fault it is: the client is gone.
func goneUnless(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Canceled, err, "the client closed the request")
}
