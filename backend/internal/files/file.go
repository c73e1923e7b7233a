package files

import (
	"crypto/rand"
	"encoding/base32"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// File is a file as it is kept.
type File struct {
	ID          int64     // ours; what a body's hole names
	Owner       int64     // the user key that uploaded it; nobody else sees it
	Name        string    // unique for its owner: [a-z0-9-], 1 to 40; Gemini's clients see "files/"+Name, OpenAI's "file-"+Name
	DisplayName string    // what its owner calls it, for OpenAI's clients the name of a file; may be empty
	Purpose     string    // OpenAI's word for what it is for; empty of a native upload
	MIMEType    string    // told by its bytes
	Size        int64     // bytes
	SHA256      []byte    // of its bytes
	SentType    string    // the type under which Gemini gets it
	SentSize    int64     // the bytes Gemini gets; differs from Size when Converted
	Converted   bool      // Gemini gets other bytes than were uploaded: the text of a document, the first picture of a GIF
	CreatedAt   time.Time // when its upload began
	ExpiresAt   time.Time
}

// Meta is what is said of a file when its upload begins.
type Meta struct {
	Name        string        // as File.Name; empty has one made
	DisplayName string        // as File.DisplayName; cut to what is kept
	Purpose     string        // as File.Purpose
	MIMEType    string        // what the client says; it only chooses between kinds of text
	Size        int64         // bytes, −1 when not said
	TTL         time.Duration // how long it is kept; zero is the setting, and more than the setting is the setting
	// Amend, if not nil, is called by Create when the bytes have come, and may change Purpose and TTL: in a form they may come last. An error
	// of its own ends the upload.
	Amend func(*Meta) error
}

// The longest texts that are kept of a file, in bytes and characters.
const (
	maxName        = 40
	maxDisplayName = 512
	maxPurpose     = 64
	maxType        = 128
)

// newName makes a name that cannot be guessed: 24 characters, 120 bits.
func newName() string {
	var raw [15]byte
	_, _ = rand.Read(raw[:]) // it never fails
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw[:]))
}

// GoodName reports whether a file may be called so. The rule is Google's (google.golang.org/genai, File.Name).
func GoodName(name string) bool {
	if name == "" || len(name) > maxName || name[0] == '-' || name[len(name)-1] == '-' {
		return false
	}
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// BaseName gives the last element of a path as clients of any system write it, without what a terminal or a header could trip over.
func BaseName(filename string) string {
	base := path.Base(strings.ReplaceAll(filename, `\`, "/"))
	if base == "." || base == ".." || base == "/" {
		return ""
	}
	return printable(base)
}

// printable takes out control characters and cuts to the longest display name.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, text)
	return firstRunes(text, maxDisplayName)
}

func firstRunes(text string, most int) string {
	n := 0
	for i := range text {
		if n == most {
			return text[:i]
		}
		n++
	}
	return text
}
