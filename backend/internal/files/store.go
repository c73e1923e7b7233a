package files

import (
	"context"
	"time"
)

// ChunkSize is the length in bytes of every chunk of a file but its last.
const ChunkSize = 1 << 20

// State says whether a file can be used.
type State string

// The states.
const (
	Uploading State = "uploading" // Size is what has come so far
	Ready     State = "ready"
	Deleted   State = "deleted" // nobody sees it; its bytes are being deleted
)

// Form says which bytes of a file are meant.
type Form int

// The forms.
const (
	Original Form = iota // as they were uploaded
	Sent                 // as Gemini gets them, of a file that was converted
)

// Record is a file with what its upload needs, as it is stored.
type Record struct {
	File
	State     State
	Said      string    // the type the client named
	Declared  int64     // the length the client named, −1 if none
	Token     string    // the hash of the token by which its upload goes on; empty of one that comes in one request
	Progress  []byte    // the state of the sum of what has come so far
	TouchedAt time.Time // when something last came
}

// Chunk is a piece of a file: the bytes from N times ChunkSize on.
type Chunk struct {
	FileID int64
	Form   Form
	N      int
	Data   []byte
}

// Step is what a chunk changes of its upload; both are kept or none.
type Step struct {
	From, To int64  // Size before and after
	Progress []byte // as in Record
	At       time.Time
}

// Query asks for a page of an owner's files that are ready and not expired.
type Query struct {
	Owner     int64
	Purpose   string // empty is any
	After     int64  // the ID of the last file of the page before; 0 begins
	Ascending bool   // oldest first
	Limit     int
	Now       time.Time
}

// Search asks for a page of all owners' files that are ready and not expired.
type Search struct {
	Page, PageSize int    // from 1; at least 1
	Sort           string // "created", "size", "expires" or "filename", with - before it for descending; empty is -created
	Q              string // part of the name, the display name, the type or the owner's name, in any case; empty is all
	Now            time.Time
}

// Found is a file as a search gives it.
type Found struct {
	File

	OwnerName string // of the user key; the last it had when that was deleted
	Copies    int
}

// Borders says which files the sweep takes: those that expired, and uploads in which nothing came for long.
type Borders struct {
	Now   time.Time
	Cut   time.Time // for uploads in one request
	Idle  time.Time // for those in several
	Limit int
}

// Copy is what Gemini holds of a file for one project.
type Copy struct {
	FileID    int64
	Scope     string // the project, or of a key whose project is not known "key:" and its id
	KeyID     int64  // the Gemini key that made it
	Name      string // Gemini's: "files/…"
	URI       string
	Active    bool // Gemini has processed it
	CreatedAt time.Time
	ExpiresAt time.Time // Gemini deletes it then
}

// Store keeps files. Errors are faults; NotFound and Conflict are told apart by the methods' words.
type Store interface {
	// AddFile keeps a new record and gives its id. Its owner having a file of the name is a Conflict.
	AddFile(ctx context.Context, r *Record) (int64, error)
	// AddChunk keeps a chunk, or replaces it, and with a step notes what it changes of the upload. An upload that is not at step.From is a
	// Conflict.
	AddChunk(ctx context.Context, c Chunk, step *Step) error
	// FinishFile makes an upload a file: it writes all of the record. One that is not uploading any more is NotFound.
	FinishFile(ctx context.Context, r *Record) error
	// FindFile gives an owner's file by its name, when it is ready or being uploaded.
	FindFile(ctx context.Context, owner int64, name string) (*Record, error)
	// FileByID gives a file, whatever its owner, when it is ready or being uploaded.
	FileByID(ctx context.Context, id int64) (*Record, error)
	// FindUpload gives a file by its token, in any state but Deleted.
	FindUpload(ctx context.Context, token string) (*Record, error)
	// ListFiles gives a page of an owner's files.
	ListFiles(ctx context.Context, q Query) ([]File, error)
	// SearchFiles gives a page of all files, and how many there are on all pages.
	SearchFiles(ctx context.Context, s Search) ([]Found, int, error)
	// ReadChunk reads a chunk into a buffer of at least ChunkSize bytes and gives its length. One that is gone is NotFound.
	ReadChunk(ctx context.Context, fileID int64, form Form, n int, into []byte) (int, error)
	// HideFile makes a file Deleted. One that is so, or is not there, is NotFound.
	HideFile(ctx context.Context, id int64) error
	// PurgeFile deletes what is left of a file that is Deleted.
	PurgeFile(ctx context.Context, id int64) error
	// DeadFiles gives files that the sweep takes, those that are Deleted among them.
	DeadFiles(ctx context.Context, b Borders) ([]Record, error)
	// FilesSize gives the bytes that all files take.
	FilesSize(ctx context.Context) (int64, error)
	// Copies gives the copies of a file.
	Copies(ctx context.Context, fileID int64) ([]Copy, error)
	// SaveCopy keeps a copy in the place of the one of the same file and scope.
	SaveCopy(ctx context.Context, c Copy) error
	// DeleteCopy forgets a copy.
	DeleteCopy(ctx context.Context, fileID int64, scope string) error
}
