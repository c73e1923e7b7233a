// Package document reads the text out of Office documents: docx, xlsx and pptx. It reads a stranger's archive, so everything it unfolds is
// bounded: the archive's directory, each part, all parts together, the depth of their XML, and the text that comes of it.
package document

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Kind is a kind of document.
type Kind string

// The kinds, as media types.
const (
	Word       Kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	Sheet      Kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	Slideshow  Kind = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	partWord        = "word/document.xml"
	partSheet       = "xl/workbook.xml"
	partSlides      = "ppt/presentation.xml"
)

// What a document may be at most, in bytes.
const (
	maxDirectory = 4 << 20
	maxPart      = 64 << 20 // of one part, unfolded
	maxParts     = 4        // times as much, of all that are read
	maxText      = 16 << 20
	maxDepth     = 256
)

// The errors, to be told apart by errors.Is.
var (
	ErrUnknown  = errors.New("no document that is known here")
	ErrTooLarge = errors.New("the document unfolds to more than is read")
	ErrBroken   = errors.New("the document cannot be read")
)

// Document is an archive whose kind is known.
type Document struct {
	Kind  Kind
	files map[string]*zip.File
	part  int64 // bytes that one part may be unfolded to
	left  int64 // bytes that may still be unfolded
	text  int   // bytes of text that may come of it
}

// Open looks at an archive of a size. One that holds no document is ErrUnknown.
func Open(from io.ReaderAt, size int64) (*Document, error) {
	if err := checkDirectory(from, size); err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(from, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are looked up here, never written to
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	d := &Document{files: make(map[string]*zip.File, len(archive.File)), part: maxPart, left: maxParts * maxPart, text: maxText}
	for _, file := range archive.File {
		d.files[file.Name] = file
	}
	for _, known := range []struct {
		part string
		kind Kind
	}{{partWord, Word}, {partSheet, Sheet}, {partSlides, Slideshow}} {
		if d.files[known.part] != nil {
			d.Kind = known.kind
			return d, nil
		}
	}
	return nil, ErrUnknown
}

// checkDirectory refuses an archive whose directory would take much memory to read. archive/zip believes where the end record says that it
// begins, or where it would begin by its size: neither may be far from the end.
func checkDirectory(from io.ReaderAt, size int64) error {
	const record, longestComment = 22, 1<<16 - 1
	tail := make([]byte, min(size, record+longestComment))
	if _, err := from.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if at < 0 || len(tail)-at < record {
		return ErrUnknown
	}
	end := tail[at:]
	length, offset := int64(binary.LittleEndian.Uint32(end[12:])), int64(binary.LittleEndian.Uint32(end[16:]))
	if length > maxDirectory || size-offset > maxDirectory+int64(len(tail)) {
		return ErrTooLarge
	}
	return nil
}

// WriteText writes the document's text. The errors are ErrTooLarge, ErrBroken, and those of from and w.
func (d *Document) WriteText(w io.Writer) error {
	out := &text{to: w, most: d.text}
	var err error
	switch d.Kind {
	case Word:
		err = d.word(out)
	case Sheet:
		err = d.workbook(out)
	case Slideshow:
		err = d.slideshow(out)
	default:
		err = ErrUnknown
	}
	if err != nil {
		return err
	}
	return out.flush()
}

// numbered gives the parts whose name is a number between two texts, in the order of the numbers.
func (d *Document) numbered(before, after string) []string {
	type part struct {
		name   string
		number int
	}
	var parts []part
	for name := range d.files {
		var n int
		if _, err := fmt.Sscanf(name, before+"%d"+after, &n); err == nil && name == fmt.Sprint(before, n, after) {
			parts = append(parts, part{name, n})
		}
	}
	slices.SortFunc(parts, func(a, b part) int { return a.number - b.number })
	names := make([]string, len(parts))
	for i := range parts {
		names[i] = parts[i].name
	}
	return names
}

// text gathers what is written, up to the most that may be.
type text struct {
	to      io.Writer
	buffer  []byte
	written int
	most    int
}

func (t *text) put(s string) error {
	const enough = 64 << 10
	if t.written += len(s); t.written > t.most {
		return ErrTooLarge
	}
	if t.buffer = append(t.buffer, s...); len(t.buffer) >= enough {
		return t.flush()
	}
	return nil
}

func (t *text) flush() error {
	_, err := t.to.Write(t.buffer)
	t.buffer = t.buffer[:0]
	return err
}
