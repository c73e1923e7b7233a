package backup

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"

	"gemini-proxy/backend/internal/fault"
)

// version is the format's. A file of a later one is refused.
const version = 1

// Bounds. A sealed file must fit into a free host's memory beside everything else; what it unpacks to is only ever seen by the line.
const (
	MaxFile     = 64 << 20
	maxUnpacked = 2 << 30
	maxLine     = 1 << 20

	// The passphrase is stretched by scrypt: 2^16 takes 64 MiB for a moment, and a strange file may ask for twice as much.
	usualWork     = 16
	maxWorkFactor = 17

	// MinPassphrase is the least number of bytes: the file holds every Gemini key, and whoever has it may guess for years.
	MinPassphrase = 12
	maxPassphrase = 1024
)

// writer seals records: JSON lines, packed by gzip, sealed by age.
type writer struct {
	sealed  io.WriteCloser
	packed  *gzip.Writer
	lines   *json.Encoder
	records int
}

func newWriter(out io.Writer, passphrase string, work int) (*writer, error) {
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, fmt.Errorf("stretch the passphrase: %w", err)
	}
	recipient.SetWorkFactor(work)
	w := &writer{}
	if w.sealed, err = age.Encrypt(out, recipient); err != nil {
		return nil, fmt.Errorf("seal the backup: %w", err)
	}
	w.packed = gzip.NewWriter(w.sealed)
	w.lines = json.NewEncoder(w.packed)
	w.lines.SetEscapeHTML(false)
	return w, nil
}

// put adds a record.
func (w *writer) put(r Record) error {
	w.records++
	return w.lines.Encode(r)
}

// end writes the last line and everything that waits.
func (w *writer) end() error {
	if err := w.lines.Encode(Record{End: &End{Records: w.records - 1}}); err != nil { // the head does not count
		return err
	}
	if err := w.packed.Close(); err != nil {
		return err
	}
	return w.sealed.Close()
}

// reader opens what a writer sealed.
type reader struct {
	lines   *bufio.Scanner
	head    Head
	records int
	ended   bool
}

// newReader opens a file. A fault.Invalid tells whether the passphrase or the file is at fault.
func newReader(file []byte, passphrase string) (*reader, error) {
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, wrongPassphrase(err)
	}
	identity.SetMaxWorkFactor(maxWorkFactor)
	opened, err := age.Decrypt(bytes.NewReader(file), identity)
	if err != nil {
		if _, none := errors.AsType[*age.NoIdentityMatchError](err); none {
			return nil, wrongPassphrase(err)
		}
		return nil, damaged(errors.New("it is not sealed as a backup is")) // the error could quote it
	}
	unpacked, err := gzip.NewReader(opened)
	if err != nil {
		return nil, damaged(err)
	}
	r := &reader{lines: bufio.NewScanner(io.LimitReader(unpacked, maxUnpacked))}
	r.lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	first, err := r.line()
	if err != nil {
		return nil, err
	}
	switch {
	case first.Head == nil:
		return nil, damaged(errors.New("it has no head"))
	case first.Head.Version > version:
		return nil, fault.Field("file", "is a backup of a newer version of this program (%s)", first.Head.MadeBy)
	}
	r.head = *first.Head
	return r, nil
}

// next gives the next record; io.EOF after the last. A fault.Invalid says that the file was changed or cut.
func (r *reader) next() (*Record, error) {
	if r.ended {
		return nil, io.EOF
	}
	record, err := r.line()
	if err != nil {
		return nil, err
	}
	if record.End == nil {
		r.records++
		return record, nil
	}
	if record.End.Records != r.records {
		return nil, damaged(fmt.Errorf("%d records, not %d", r.records, record.End.Records))
	}
	// Only at its very end is the file known to be whole.
	if r.lines.Scan() || r.lines.Err() != nil {
		return nil, damaged(errors.Join(r.lines.Err(), errors.New("it goes on after its end")))
	}
	r.ended = true
	return nil, io.EOF
}

func (r *reader) line() (*Record, error) {
	if !r.lines.Scan() {
		return nil, damaged(errors.Join(r.lines.Err(), io.ErrUnexpectedEOF))
	}
	var record Record
	decoder := json.NewDecoder(bytes.NewReader(r.lines.Bytes()))
	decoder.UseNumber()
	if err := decoder.Decode(&record); err != nil {
		return nil, damaged(errors.New("a line is not readable")) // the error could quote it
	}
	return &record, nil
}

func wrongPassphrase(cause error) error {
	return &fault.Error{Kind: fault.Invalid, Field: "passphrase", Message: "does not open this file", Err: cause}
}

func damaged(cause error) error {
	return &fault.Error{Kind: fault.Invalid, Field: "file", Message: "is not a backup, or was changed or cut short", Err: cause}
}
