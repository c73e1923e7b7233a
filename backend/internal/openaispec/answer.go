package openaispec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"
)

// CheckAnswer holds an answer of the OpenAI-compatible API, read whole, against the schema for its path and status. An answer that is no JSON (speech, a
// transcript as text, a file's bytes) fits.
func (s *Spec) CheckAnswer(r *http.Response, body []byte) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("the content type %q: %w", r.Header.Get("Content-Type"), err)
	}
	if r.StatusCode >= http.StatusBadRequest {
		if kind != "application/json" {
			return fmt.Errorf("an error with status %d comes as %s", r.StatusCode, kind)
		}
		return s.Check(Error, body)
	}
	schema := answerSchema(r.Request.Method, r.Request.URL.Path, kind, body)
	switch {
	case schema == "":
		return nil
	case kind == "text/event-stream":
		return s.checkStream(schema, body, true)
	case schema == Embeddings:
		body = vectorsAsText().ReplaceAll(body, []byte(`"embedding":[]`)) // base64, which the schema does not know
	}
	return s.Check(schema, body)
}

func (s *Spec) checkStream(schema string, events []byte, done bool) error {
	if schema == ResponseEvent {
		return s.CheckResponseEvents(events, done)
	}
	return s.CheckEvents(schema, events, done)
}

func vectorsAsText() *regexp.Regexp { return regexp.MustCompile(`"embedding":\s*"[A-Za-z0-9+/=]*"`) }

// answerSchema names the schema of a good answer, "" where it is no JSON.
func answerSchema(method, path, kind string, body []byte) string {
	path = strings.TrimPrefix(path, "/v1/")
	switch {
	case path == "chat/completions" && kind == "text/event-stream":
		return Chunk
	case path == "chat/completions":
		return Completion
	case path == "responses" && kind == "text/event-stream":
		return ResponseEvent
	case path == "responses":
		return Response
	case path == "embeddings":
		return Embeddings
	case strings.HasPrefix(path, "images/"):
		return Images
	case path == "models":
		return Models
	case strings.HasPrefix(path, "models/"):
		return Model
	case path == "audio/transcriptions" || path == "audio/translations":
		return scriptSchema(kind, body)
	case kind != "application/json":
		return ""
	case path == "files" && method == http.MethodGet:
		return Files
	case path == "files":
		return File
	case strings.HasPrefix(path, "files/") && strings.HasSuffix(path, "/content"):
		return "" // it may be JSON, but not ours
	case strings.HasPrefix(path, "files/") && method == http.MethodDelete:
		return DeletedFile
	case strings.HasPrefix(path, "files/"):
		return File
	}
	return ""
}

func scriptSchema(kind string, body []byte) string {
	switch {
	case kind == "text/event-stream":
		return ScriptEvent
	case kind != "application/json":
		return ""
	case bytes.Contains(body, []byte(`"duration":`)):
		return VerboseScript
	}
	return Transcript
}

// Watch gives a transport that holds every answer that comes through it against its schema, once it was read to its end, and reports what does not
// fit. Of a stream left before its end the whole events are looked at.
func (s *Spec) Watch(through http.RoundTripper, report func(error)) http.RoundTripper {
	return &watcher{spec: s, through: through, report: report}
}

type watcher struct {
	spec    *Spec
	through http.RoundTripper
	report  func(error)
}

// RoundTrip implements http.RoundTripper.
func (w *watcher) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := w.through.RoundTrip(r)
	if err != nil || !strings.HasPrefix(r.URL.Path, "/v1/") || r.Header.Get("X-Goog-Api-Client") != "" {
		return response, err // Google's own clients speak to the native API there
	}
	response.Body = &watched{ReadCloser: response.Body, watcher: w, response: response}
	return response, nil
}

// watched is a body that remembers what was read of it.
type watched struct {
	io.ReadCloser
	watcher  *watcher
	response *http.Response
	seen     bytes.Buffer
	judged   bool
}

// Read implements io.Reader.
func (b *watched) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.seen.Write(p[:n])
	if errors.Is(err, io.EOF) {
		b.judge(func() error { return b.watcher.spec.CheckAnswer(b.response, b.seen.Bytes()) })
	}
	return n, err
}

// Close implements io.Closer.
func (b *watched) Close() error {
	b.judge(func() error {
		whole := bytes.LastIndex(b.seen.Bytes(), []byte("\n\n"))
		if whole < 0 || !strings.HasPrefix(b.response.Header.Get("Content-Type"), "text/event-stream") {
			return nil
		}
		schema := answerSchema(b.response.Request.Method, b.response.Request.URL.Path, "text/event-stream", nil)
		return b.watcher.spec.checkStream(schema, b.seen.Bytes()[:whole+2], false)
	})
	return b.ReadCloser.Close()
}

func (b *watched) judge(check func() error) {
	if b.judged {
		return
	}
	b.judged = true
	if err := check(); err != nil {
		b.watcher.report(fmt.Errorf("%s %s: %w", b.response.Request.Method, b.response.Request.URL.Path, err))
	}
}
