package openai

import (
	"slices"
	"strings"
	"time"
)

// FileObject is a file in OpenAI's form. format and mime_type are not OpenAI's: how the file goes to Gemini, and what its bytes are.
type FileObject struct {
	ID        string `json:"id"`
	Object    string `json:"object"` // "file"
	Bytes     int64  `json:"bytes"`
	CreatedAt int64  `json:"created_at"`
	ExpiresAt int64  `json:"expires_at"`
	Filename  string `json:"filename"`
	Purpose   string `json:"purpose"`
	Status    string `json:"status"` // "processed": it can be used at once
	Format    string `json:"format"` // "inlineData", or "fileData" by Gemini's Files API
	MIMEType  string `json:"mime_type"`
}

// FileList is a page of files in OpenAI's form. The ids are empty on an empty one.
type FileList struct {
	Object  string       `json:"object"` // "list"
	Data    []FileObject `json:"data"`
	FirstID string       `json:"first_id"`
	LastID  string       `json:"last_id"`
	HasMore bool         `json:"has_more"`
}

// NewFileList makes a page.
func NewFileList(files []FileObject, more bool) FileList {
	list := FileList{Object: "list", Data: files, HasMore: more}
	if n := len(files); n > 0 {
		list.FirstID, list.LastID = files[0].ID, files[n-1].ID
	}
	return list
}

// DeletedFile is the answer to a file's deletion.
type DeletedFile struct {
	ID      string `json:"id"`
	Object  string `json:"object"` // "file"
	Deleted bool   `json:"deleted"`
}

const filePrefix = "file-"

// FileID gives the id under which OpenAI's clients know a file of a name.
func FileID(name string) string { return filePrefix + name }

// FileName gives the name of the file that an id means.
func FileName(id string) string { return strings.TrimPrefix(id, filePrefix) }

// DefaultPurpose is the purpose of a file whose upload names none. It is not one of OpenAI's, whose uploads always name one.
const DefaultPurpose = "multimodal"

// FilePurposes gives what may be named as a file's purpose. It changes nothing.
func FilePurposes() []string {
	return []string{"assistants", "batch", "fine-tune", "vision", "user_data", "evals", DefaultPurpose}
}

// KnownPurpose reports whether a purpose may be named.
func KnownPurpose(purpose string) bool { return slices.Contains(FilePurposes(), purpose) }

// The bounds of an upload's expires_after (OpenAI's description, FileExpirationAfter).
const (
	MinFileLife = time.Hour
	MaxFileLife = 30 * 24 * time.Hour
)
