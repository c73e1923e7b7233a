package gemini

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"

	"gemini-proxy/backend/internal/jsonio"
)

// RawCall is a request to the API as a client made it, to be sent with a key of ours.
type RawCall struct {
	Method string       // POST when empty
	Path   string       // "/v1beta/models/gemini-2.5-flash:generateContent", checked by the caller
	Query  string       // encoded, without credentials; may be empty
	Header http.Header  // what of the client's headers goes on, without credentials
	Body   *jsonio.Body // nil when there is none
}

// RawAnswer is a whole answer as Gemini sent it.
type RawAnswer struct {
	Header http.Header
	Data   []byte
}

// RawError is a fault Gemini answered with, together with the answer itself for a client that reads Google's form.
type RawError struct {
	Cause *Error
	Body  []byte // JSON in Google's form, with no key in it; nil when the answer was in another form
}

// Error words the fault for logs.
func (e *RawError) Error() string { return e.Cause.Error() }

// Unwrap gives the fault, decoded.
func (e *RawError) Unwrap() error { return e.Cause }

// Raw makes a call and gives its whole answer. The errors are those of Generate, an *Error in a *RawError.
func (c *Client) Raw(ctx context.Context, key Secret, call RawCall) (*RawAnswer, error) {
	answer, err := c.send(ctx, key, call)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	data, err := readAll(answer)
	if err != nil {
		return nil, transportError(ctx, err)
	}
	return &RawAnswer{Header: answer.Header, Data: data}, nil
}

// RawStream makes a call whose answer comes in chunks: as server-sent events, or as the items of one JSON array. The errors are those of
// Raw.
func (c *Client) RawStream(ctx context.Context, key Secret, call RawCall, events bool) (*RawStream, error) {
	answer, err := c.send(ctx, key, call) //nolint:bodyclose // the stream closes it
	if err != nil {
		return nil, err
	}
	return &RawStream{Header: answer.Header, ctx: ctx, body: answer.Body, reader: newRawReader(answer.Body), shaper: newShaper(), events: events}, nil
}

// Open makes a call and gives its answer as soon as that has begun. The caller reads it and closes its body; what goes wrong in reading is for
// the caller to word. The errors are those of Raw.
func (c *Client) Open(ctx context.Context, key Secret, call RawCall) (*http.Response, error) {
	return c.send(ctx, key, call)
}

// send sends the call and gives a 2xx answer, whose body the caller closes.
func (c *Client) send(ctx context.Context, key Secret, call RawCall) (*http.Response, error) {
	method := call.Method
	if method == "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+call.Path, nil)
	if err != nil {
		return nil, fmt.Errorf("make the upstream request: %w", err)
	}
	req.URL.RawQuery = call.Query
	if call.Body != nil {
		req.Body, req.ContentLength = call.Body.Reader(), call.Body.Len()
		req.GetBody = func() (io.ReadCloser, error) { return call.Body.Reader(), nil } // for a connection that closed before it was used
	}
	maps.Copy(req.Header, call.Header)
	req.Header["X-Goog-Api-Key"] = []string{key.Reveal()}
	req.Header["User-Agent"] = []string{c.accept}
	answer, err := c.http.Do(req)
	if err != nil {
		return nil, transportError(ctx, err)
	}
	if answer.StatusCode >= 200 && answer.StatusCode < 300 {
		return answer, nil
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxErrorBody))
	if err != nil && len(text) == 0 {
		return nil, transportError(ctx, err)
	}
	return nil, rawError(answer.StatusCode, text, key)
}

func rawError(statusCode int, body []byte, key Secret) *RawError {
	e := &RawError{Cause: DecodeError(statusCode, body)}
	if decodeEnvelope(body) != nil {
		e.Body = keyInText.ReplaceAll(bytes.ReplaceAll(body, []byte(key.Reveal()), []byte("[key]")), []byte("[key]"))
	}
	return e
}

// RawStream is an answer in chunks, as Gemini sends it. It is for one goroutine, but for Close.
type RawStream struct {
	Header http.Header
	// Watch, if not nil, makes this a stream of events whose form is not known here: it is shown each object, and the shapes that Next gives of
	// them hold an error at most. What is not an object, such as a closing mark, has an empty shape.
	Watch func(document []byte)

	ctx    context.Context //nolint:containedctx // it is the call's own: it tells a cancelled read from a cut one
	body   io.ReadCloser
	reader *rawReader
	shaper *shaper
	events bool
}

// Next gives the next bytes up to the end of a chunk, and the shape of that chunk; after the last chunk there may be bytes with no chunk,
// which is nil then. Both are good until the next call. The errors are those of Stream.Next; what came after the last chunk given
// is then not given at all.
func (s *RawStream) Next() (piece []byte, chunk *Response, err error) {
	piece, document, err := s.reader.next()
	switch {
	case err == nil && document == nil:
		return piece, nil, nil
	case err == nil && s.Watch != nil && !bytes.HasPrefix(bytes.TrimSpace(document), []byte("{")):
		return piece, &Response{}, nil
	case err == nil:
		chunk, _, err = s.shaper.shape(document)
		if err == nil && s.Watch != nil {
			s.Watch(document)
		}
		return piece, chunk, err
	case errors.Is(err, io.EOF), errors.Is(err, ErrMalformed), errors.Is(err, errEventTooLong):
		return nil, nil, err
	}
	return nil, nil, transportError(s.ctx, err)
}

// Ready reports whether the end of the next chunk has arrived, so that what is written so far need not be flushed before it.
func (s *RawStream) Ready() bool { return s.reader.scan() }

// AppendLast appends a document, a chunk or an error, in the form of the stream, and the stream's end. The stream must have begun.
func (s *RawStream) AppendLast(dst, document []byte) []byte {
	if s.events {
		return append(append(append(dst, "data: "...), document...), "\r\n\r\n"...)
	}
	return append(append(append(dst, ",\r\n"...), document...), ']')
}

// AppendEnd appends what the bytes given so far lack to be whole, when no more come: nothing, or the bracket that closes an array.
func (s *RawStream) AppendEnd(dst []byte) []byte {
	if s.events || s.reader.ended {
		return dst
	}
	return append(dst, ']')
}

// Close ends the call; a chunk being waited for ends with an error.
func (s *RawStream) Close() error { return s.body.Close() }
