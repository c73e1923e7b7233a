package gemini

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gemini-proxy/backend/internal/jsonio"
)

// DefaultBaseURL is Google's address for the Gemini API.
const DefaultBaseURL = "https://generativelanguage.googleapis.com"

// The limits of what is read of an answer, in bytes.
const (
	maxAnswer    = 128 << 20 // images and audio come inline, as base64
	maxErrorBody = 64 << 10
)

// Client calls the Gemini API with a key given for each call. It keeps connections open between calls and is safe for
// concurrent use.
type Client struct {
	base   string // without a slash at the end
	http   *http.Client
	accept string
}

// Version is the API version in the paths.
const Version = "v1beta"

// NewClient makes a client of the API at base. The way out honours HTTPS_PROXY and NO_PROXY.
func NewClient(base *url.URL, userAgent string) *Client {
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          1024,
		MaxIdleConnsPerHost:   1024, // there is one host
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		DisableCompression:    true, // unpacking costs more than the bytes, and would hold back small chunks
		HTTP2: &http.HTTP2Config{
			SendPingTimeout: 30 * time.Second, // a dead connection must not hold every stream it carries
			PingTimeout:     15 * time.Second,
		},
	}
	return &Client{
		base: strings.TrimSuffix(base.String(), "/"),
		http: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a key is never sent elsewhere
		},
		accept: userAgent,
	}
}

// Over gives the client another way to the API than the network, for tests that make time pass by themselves, and gives it back.
func (c *Client) Over(way http.RoundTripper) *Client {
	c.http.Transport = way
	return c
}

// CloseIdle closes the connections that no call is using.
func (c *Client) CloseIdle() { c.http.CloseIdleConnections() }

// TransportError is a call that got no answer: no connection, a reset, a body cut off. It never carries the key.
type TransportError struct{ Err error }

// Error words the fault without the URL.
func (e *TransportError) Error() string { return "call to Gemini: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// Generate asks for a whole answer. The error is an *Error when Gemini answered with one, a *TransportError when no answer came,
// ErrMalformed when it made no sense, or the context's.
func (c *Client) Generate(ctx context.Context, key Secret, model string, body *jsonio.Body) (*Response, error) {
	answer, err := c.call(ctx, key, "/models/"+url.PathEscape(model)+":generateContent", body)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	data, err := readAll(answer)
	if err != nil {
		return nil, transportError(ctx, err)
	}
	return DecodeResponse(data)
}

// Stream asks for an answer in chunks. The errors are those of Generate.
func (c *Client) Stream(ctx context.Context, key Secret, model string, body *jsonio.Body) (*Stream, error) {
	answer, err := c.call(ctx, key, "/models/"+url.PathEscape(model)+":streamGenerateContent?alt=sse", body) //nolint:bodyclose // Stream.Close closes it
	if err != nil {
		return nil, err
	}
	return &Stream{ctx: ctx, body: answer.Body, events: newEventReader(answer.Body), decoder: decoder{Reader: jsonio.NewReader(nil, false)}}, nil
}

// call posts body to a path under the API's version and gives a 2xx answer, whose body the caller closes.
func (c *Client) call(ctx context.Context, key Secret, path string, body *jsonio.Body) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/"+Version+path, nil)
	if err != nil {
		return nil, fmt.Errorf("make the upstream request: %w", err)
	}
	req.Body, req.ContentLength = body.Reader(), body.Len()
	req.GetBody = func() (io.ReadCloser, error) { return body.Reader(), nil } // for a connection that closed before it was used
	req.Header["Content-Type"] = []string{"application/json"}
	return c.do(ctx, req, key)
}

func (c *Client) do(ctx context.Context, req *http.Request, key Secret) (*http.Response, error) {
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
	return nil, DecodeError(answer.StatusCode, text)
}

// get reads the JSON document at a path under the API's version.
func (c *Client) get(ctx context.Context, key Secret, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/"+Version+path, nil)
	if err != nil {
		return nil, fmt.Errorf("make the upstream request: %w", err)
	}
	answer, err := c.do(ctx, req, key)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	data, err := readAll(answer)
	if err != nil {
		return nil, transportError(ctx, err)
	}
	return data, nil
}

func readAll(answer *http.Response) ([]byte, error) {
	if n := answer.ContentLength; n >= 0 && n <= maxAnswer {
		data := make([]byte, n)
		_, err := io.ReadFull(answer.Body, data)
		return data, err
	}
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err == nil && len(data) > maxAnswer {
		err = errors.New("the answer is longer than 128 MiB")
	}
	return data, err
}

// transportError gives the context's error when it ended the call, else a TransportError without the URL that net/http adds.
func transportError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	return &TransportError{Err: err}
}

// Stream is an answer in chunks. It is for one goroutine, but for Close.
type Stream struct {
	ctx     context.Context //nolint:containedctx // it is the call's own: it tells a cancelled read from a cut one
	body    io.ReadCloser
	events  *eventReader
	decoder decoder
}

// Next gives the next chunk, io.EOF after the last, or an error as Generate's. A chunk may itself carry an Error.
func (s *Stream) Next() (*Response, error) {
	resp := &Response{}
	if err := s.NextInto(resp); err != nil {
		return nil, err
	}
	return resp, nil
}

// NextInto is Next into the memory of a chunk that nobody looks at any more; its strings may be kept.
func (s *Stream) NextInto(resp *Response) error {
	data, err := s.events.next()
	switch {
	case err == nil:
		return s.decoder.decodeAgain(data, resp)
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.Is(err, ErrMalformed), errors.Is(err, errEventTooLong):
		return err
	}
	return transportError(s.ctx, err)
}

// Ready reports whether the next chunk has begun to arrive, so that what is written so far need not be flushed before it.
func (s *Stream) Ready() bool { return s.events.ready() }

// Close ends the call; a chunk being waited for ends with an error.
func (s *Stream) Close() error { return s.body.Close() }
