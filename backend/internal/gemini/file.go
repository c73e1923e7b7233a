package gemini

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The states of a File.
const (
	FileProcessing = "PROCESSING"
	FileActive     = "ACTIVE"
	FileFailed     = "FAILED"
)

// File is what Gemini holds of an upload, for 48 hours.
type File struct {
	Name       string    `json:"name"` // "files/abc-123"
	URI        string    `json:"uri"`
	MIMEType   string    `json:"mimeType"`
	State      string    `json:"state"` // FileActive …; the answer to an upload may leave it out
	Expiration time.Time `json:"expirationTime"`
	Error      *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// filePath gives the path of a file by its name. A name that is none leads nowhere else.
func filePath(name string) string {
	id := strings.TrimPrefix(name, "files/")
	if !CanBeModel(id) || strings.Contains(id, "/") {
		id = "-"
	}
	return "/files/" + id
}

// File asks for a file. One that is not there, has expired or is another project's is an *Error whose FileRefused is true.
func (c *Client) File(ctx context.Context, key Secret, name string) (*File, error) {
	data, err := c.get(ctx, key, filePath(name))
	if err != nil {
		return nil, err
	}
	return decodeFile(data)
}

// DeleteFile deletes a file. The errors are File's.
func (c *Client) DeleteFile(ctx context.Context, key Secret, name string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, c.base+"/"+Version+filePath(name), nil)
	if err != nil {
		return fmt.Errorf("make the upstream request: %w", err)
	}
	answer, err := c.do(ctx, req, key)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

func decodeFile(data []byte) (*File, error) {
	f := &File{}
	if err := json.Unmarshal(data, f); err != nil {
		return nil, fmt.Errorf("%w: file: %w", ErrMalformed, err)
	}
	if f.Name == "" || f.URI == "" {
		return nil, fmt.Errorf("%w: a file without a name", ErrMalformed)
	}
	return f, nil
}
