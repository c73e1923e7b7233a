package gemini

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Upload is a file to be given to Gemini.
type Upload struct {
	DisplayName string
	MIMEType    string
	Size        int64
	Open        func(offset int64) io.ReadCloser // its bytes from an offset on; called again when a piece must be sent again
}

// The protocol's measures. Pieces but the last must be a multiple of 256 KiB; Google's own SDKs send 8 MiB.
const (
	uploadPiece      = 8 << 20
	uploadPieceLimit = 2 * time.Minute
	uploadTries      = 3 // of one piece
)

// The upload protocol's headers (google.golang.org/genai, api_client.go).
const (
	headerUploadStatus   = "X-Goog-Upload-Status"
	headerUploadReceived = "X-Goog-Upload-Size-Received"
)

// Upload uploads a file by the resumable protocol, in pieces, each tried again from where it was cut. The errors are those of Generate, and
// what Open's readers give.
func (c *Client) Upload(ctx context.Context, key Secret, u Upload) (*File, error) {
	at, err := c.beginUpload(ctx, key, u)
	if err != nil {
		return nil, err
	}
	offset, tries := int64(0), 0
	for {
		file, next, err := c.uploadPiece(ctx, key, at, u, offset)
		if file != nil {
			return file, nil
		}
		if err == nil {
			offset, tries = next, 0
			continue
		}
		if tries++; tries == uploadTries || !uploadGoesOn(ctx, err) {
			return nil, err
		}
		if next, askErr := c.uploaded(ctx, key, at); askErr == nil && next <= u.Size {
			offset = next
		}
	}
}

// uploadGoesOn reports whether a piece may be sent again after an error: one of the way, or of Gemini's for a moment.
func uploadGoesOn(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	if _, ours := errors.AsType[*uploadReadError](err); ours {
		return false
	}
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused.Transient()
	}
	_, cut := errors.AsType[*TransportError](err)
	return cut || errors.Is(err, errNoUploadStatus)
}

// errNoUploadStatus is an answer without the header that every answer of the upload backend has; Google's SDKs ask again then.
var errNoUploadStatus = fmt.Errorf("%w: an upload's answer without its status", ErrMalformed)

// beginUpload gives the address of a new upload. Its host is always the API's own: a key is never sent elsewhere.
func (c *Client) beginUpload(ctx context.Context, key Secret, u Upload) (string, error) {
	type described struct {
		DisplayName string `json:"displayName,omitempty"`
		MIMEType    string `json:"mimeType,omitempty"`
	}
	body, err := json.Marshal(struct {
		File described `json:"file"`
	}{described{u.DisplayName, u.MIMEType}})
	if err != nil {
		return "", fmt.Errorf("describe an upload: %w", err)
	}
	answer, err := c.uploadCall(ctx, key, c.base+"/upload/"+Version+"/files", "start", io.NopCloser(bytes.NewReader(body)), int64(len(body)), http.Header{
		"Content-Type":                        {"application/json"},
		"X-Goog-Upload-Protocol":              {"resumable"},
		"X-Goog-Upload-Header-Content-Length": {strconv.FormatInt(u.Size, 10)},
		"X-Goog-Upload-Header-Content-Type":   {u.MIMEType},
	})
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	at, err := url.Parse(answer.Header.Get("X-Goog-Upload-Url"))
	if err != nil || at.RawQuery == "" {
		return "", fmt.Errorf("%w: an upload without an address", ErrMalformed)
	}
	return c.base + "/upload/" + Version + "/files?" + at.RawQuery, nil
}

// uploadPiece sends the piece at an offset, and gives the file after the last, else the offset of the next.
func (c *Client) uploadPiece(ctx context.Context, key Secret, at string, u Upload, offset int64) (*File, int64, error) {
	ctx, cancel := context.WithTimeout(ctx, uploadPieceLimit)
	defer cancel()
	n, command := min(u.Size-offset, uploadPiece), "upload"
	if offset+n == u.Size {
		command = "upload, finalize"
	}
	from := &uploadReader{from: u.Open(offset)}
	answer, err := c.uploadCall(ctx, key, at, command, from, n, http.Header{"X-Goog-Upload-Offset": {strconv.FormatInt(offset, 10)}})
	if err != nil {
		return nil, 0, err
	}
	defer answer.Body.Close()
	switch answer.Header.Get(headerUploadStatus) {
	case "":
		return nil, 0, errNoUploadStatus
	case "final":
		file, err := readFile(ctx, answer)
		return file, 0, err
	}
	if command != "upload" {
		return nil, 0, fmt.Errorf("%w: an upload that does not end", ErrMalformed)
	}
	return nil, offset + n, nil
}

func readFile(ctx context.Context, answer *http.Response) (*File, error) {
	data, err := readAll(answer)
	if err != nil {
		return nil, transportError(ctx, err)
	}
	var wrapped struct {
		File json.RawMessage `json:"file"`
	}
	if err := json.Unmarshal(data, &wrapped); err != nil {
		return nil, fmt.Errorf("%w: an upload's answer: %w", ErrMalformed, err)
	}
	return decodeFile(wrapped.File)
}

// uploaded asks how many bytes of an upload have come.
func (c *Client) uploaded(ctx context.Context, key Secret, at string) (int64, error) {
	answer, err := c.uploadCall(ctx, key, at, "query", http.NoBody, 0, http.Header{})
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if status := answer.Header.Get(headerUploadStatus); status != "active" {
		return 0, fmt.Errorf("%w: an upload that is %q", ErrMalformed, status)
	}
	return strconv.ParseInt(answer.Header.Get(headerUploadReceived), 10, 64)
}

// uploadCall makes one call of the upload protocol and gives a 2xx answer, whose body the caller closes.
func (c *Client) uploadCall(ctx context.Context, key Secret, at, command string, body io.ReadCloser, length int64, header http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make the upstream request: %w", err), body.Close())
	}
	req.Body, req.ContentLength = body, length
	req.Header = header
	req.Header["X-Goog-Upload-Command"] = []string{command}
	return c.do(ctx, req, key)
}

// uploadReader tells an error of the bytes' own source from one of the way they go.
type uploadReader struct{ from io.ReadCloser }

// uploadReadError is an error in reading what is to be uploaded.
type uploadReadError struct{ err error }

func (e *uploadReadError) Error() string { return "read what is uploaded: " + e.err.Error() }

func (e *uploadReadError) Unwrap() error { return e.err }

func (r *uploadReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if err != nil && err != io.EOF {
		err = &uploadReadError{err}
	}
	return n, err
}

func (r *uploadReader) Close() error { return r.from.Close() }
