package adminapi

import (
	"encoding/hex"
	"time"

	"gemini-proxy/backend/internal/files"
)

// File is a file that a client uploaded.
type File struct {
	ID          int64     `json:"id" example:"31"`
	Name        string    `json:"name" example:"k3x9q2m5t7w1z8c4v6b0n2a1"` // clients know it as file-… or files/… of this
	Filename    string    `json:"filename" example:"report.pdf"`           // as its owner calls it; may be empty
	UserKeyID   int64     `json:"user_key_id" example:"2"`                 // the owner
	UserKeyName string    `json:"user_key_name" example:"laptop"`
	Purpose     string    `json:"purpose" example:"user_data"` // empty of a native upload
	MIMEType    string    `json:"mime_type" example:"application/pdf"`
	SentType    string    `json:"sent_type" example:"application/pdf"` // the type under which Gemini gets it
	Converted   bool      `json:"converted" example:"false"`           // Gemini gets the text or the picture in it
	Size        int64     `json:"size" example:"1048576"`              // bytes
	SHA256      string    `json:"sha256" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	CreatedAt   time.Time `json:"created_at" format:"date-time" example:"2026-11-23T02:48:17Z"`
	ExpiresAt   time.Time `json:"expires_at" format:"date-time" example:"2026-11-25T02:48:17Z"`
	CopyCount   int       `json:"copy_count" example:"2"` // projects that hold one
}

// FileList is one page of files.
type FileList struct {
	Items      []File `json:"items"`
	Total      int    `json:"total" example:"120"`
	Bytes      int64  `json:"bytes" example:"73400320"`        // that all files take, uploads under way among them
	BytesLimit int64  `json:"bytes_limit" example:"536870912"` // that they may take
}

// FileDetail is a file with what Gemini holds of it.
type FileDetail struct {
	File
	Copies []FileCopy `json:"copies"`
}

// FileCopy is what Gemini holds of a file for one project.
type FileCopy struct {
	Project   string    `json:"project" example:"atlas"` // "key:7" for a key whose project is not known
	KeyID     int64     `json:"gemini_key_id" example:"7"`
	Active    bool      `json:"active" example:"true"` // Gemini has processed it
	CreatedAt time.Time `json:"created_at" format:"date-time" example:"2026-11-23T02:49:02Z"`
	ExpiresAt time.Time `json:"expires_at" format:"date-time" example:"2026-11-25T02:49:02Z"`
}

func newFile(f *files.File, owner string, copies int) File {
	return File{
		ID: f.ID, Name: f.Name, Filename: f.DisplayName, UserKeyID: f.Owner, UserKeyName: owner, Purpose: f.Purpose, MIMEType: f.MIMEType, SentType: f.SentType,
		Converted: f.Converted, Size: f.Size, SHA256: hex.EncodeToString(f.SHA256), CreatedAt: f.CreatedAt, ExpiresAt: f.ExpiresAt, CopyCount: copies,
	}
}

// auditedFile is what is told of a file that was deleted.
type auditedFile struct {
	Name      string `json:"name"`
	Filename  string `json:"filename"`
	UserKeyID int64  `json:"user_key_id"`
	MIMEType  string `json:"mime_type"`
	Size      int64  `json:"size"`
}

func auditedFileOf(f *files.File) auditedFile {
	return auditedFile{Name: f.Name, Filename: f.DisplayName, UserKeyID: f.Owner, MIMEType: f.MIMEType, Size: f.Size}
}
