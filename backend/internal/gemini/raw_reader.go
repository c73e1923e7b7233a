package gemini

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// rawReader cuts a stream into pieces and changes no byte of it: each piece ends where a JSON document in it ends. It reads server-sent
// events (LF or CRLF; data over several lines; comments and other fields passed over), the items of one long JSON array, and bare
// documents that stand between or after events, with which Gemini at times breaks its own framing.
type rawReader struct {
	src        io.Reader
	buf        []byte
	start, end int // buf[start:end] is not given out yet
	eof        bool

	// What is known of the bytes not given out. Places count from start.
	at       int // how far they were looked at
	state    rawState
	line     int // where the line began, inLine
	from, to int // the document, when parts is 1
	parts    int // data lines of the event so far; 1 for a bare document
	joined   []byte
	depth    int  // of brackets, inDocument
	quoted   bool // within a string, inDocument
	escaped  bool // after a backslash
	found    bool // at is the end of a document
	bracket  bool // a closing bracket outside any document was met

	ended bool // the closing bracket was given out
}

// rawState is where in the framing a rawReader is.
type rawState byte

const (
	between    rawState = iota // at the start of a line, or between documents
	inLine                     // in a line of an event
	inDocument                 // in a bare document
)

func newRawReader(src io.Reader) *rawReader { return &rawReader{src: src} }

// next gives the next piece and the document it ends with, both good until the next call. The last piece may hold no document, which is
// nil then; io.EOF follows. A stream that is cut off gives the source's error, or ErrMalformed when it ends within a document.
func (r *rawReader) next() (piece, document []byte, err error) {
	for !r.scan() {
		if r.eof {
			return r.last()
		}
		if err := r.fill(); err != nil {
			return nil, nil, err
		}
	}
	piece, document = r.give()
	return piece, document, nil
}

// scan looks at what is buffered and reports whether it holds the end of a document.
func (r *rawReader) scan() bool {
	unread := r.buf[r.start:r.end]
	for !r.found && r.at < len(unread) {
		switch r.state {
		case between:
			r.separator(unread)
		case inLine:
			r.restOfLine(unread)
		case inDocument:
			r.document(unread)
		}
	}
	return r.found
}

func (r *rawReader) separator(unread []byte) {
	switch unread[r.at] {
	case '\n':
		r.found = r.parts > 0 // a blank line ends an event
	case ']':
		r.bracket = true
	case '[', ',', ' ', '\t', '\r':
	case '{':
		if r.found = r.parts > 0; r.found { // an event without its blank line
			return
		}
		r.state, r.from, r.depth = inDocument, r.at, 0
		return
	default:
		r.state, r.line = inLine, r.at
		return
	}
	r.at++
}

func (r *rawReader) restOfLine(unread []byte) {
	length := bytes.IndexByte(unread[r.at:], '\n')
	if length < 0 {
		r.at = len(unread)
		return
	}
	r.at += length
	r.takeLine(unread, r.at)
	r.at++
	r.state = between
}

// takeLine notes the value of the line that ends before a place, if it is data.
func (r *rawReader) takeLine(unread []byte, end int) {
	line := bytes.TrimSuffix(unread[r.line:end], []byte("\r"))
	value, ok := field(line)
	if !ok || value == nil {
		return
	}
	switch r.parts++; r.parts {
	case 1:
		r.from = r.line + len(line) - len(value)
		r.to = r.line + len(line)
		return
	case 2:
		r.joined = append(r.joined[:0], unread[r.from:r.to]...)
	}
	r.joined = append(append(r.joined, '\n'), value...)
}

// document goes on through a bare document, to its end if it is there.
func (r *rawReader) document(unread []byte) {
	for r.at < len(unread) {
		if r.quoted {
			r.text(unread)
			continue
		}
		c := unread[r.at]
		r.at++
		switch c {
		case '"':
			r.quoted = true
		case '{', '[':
			r.depth++
		case '}', ']':
			if r.depth--; r.depth == 0 {
				r.to, r.parts, r.found, r.state = r.at, 1, true, between
				return
			}
		}
	}
}

// text goes on through a string.
func (r *rawReader) text(unread []byte) {
	if r.escaped {
		r.at++
		r.escaped = false
		return
	}
	rest := unread[r.at:]
	quote := bytes.IndexByte(rest, '"')
	if quote >= 0 {
		rest = rest[:quote]
	}
	switch backslash := bytes.IndexByte(rest, '\\'); {
	case backslash >= 0:
		r.at += backslash + 1
		r.escaped = true
	case quote >= 0:
		r.at += quote + 1
		r.quoted = false
	default:
		r.at = len(unread)
	}
}

// give gives out what was looked at.
func (r *rawReader) give() (piece, document []byte) {
	unread := r.buf[r.start:r.end]
	switch r.parts {
	case 0:
	case 1:
		document = unread[r.from:r.to]
	default:
		document = r.joined
	}
	piece = unread[:r.at]
	r.start += r.at
	r.at, r.parts, r.found = 0, 0, false
	r.ended = r.bracket
	return piece, document
}

// last gives what the source's end leaves: an event without its blank line, the bracket that closes an array, white space.
func (r *rawReader) last() (piece, document []byte, err error) {
	switch r.state {
	case between:
	case inLine:
		r.takeLine(r.buf[r.start:r.end], r.end-r.start)
		r.state = between
	case inDocument:
		return nil, nil, fmt.Errorf("%w: the stream ends within a document", ErrMalformed)
	}
	if r.start == r.end {
		return nil, nil, io.EOF
	}
	piece, document = r.give()
	return piece, document, nil
}

// fill reads more from the source, making room first.
func (r *rawReader) fill() error {
	if r.start == r.end {
		r.start, r.end = 0, 0
	}
	if r.end == len(r.buf) {
		if err := r.grow(); err != nil {
			return err
		}
	}
	n, err := r.src.Read(r.buf[r.end:])
	r.end += n
	if errors.Is(err, io.EOF) {
		r.eof = true
		return nil
	}
	return err
}

func (r *rawReader) grow() error {
	unread := r.end - r.start
	if r.start > 0 && unread <= len(r.buf)/2 {
		copy(r.buf, r.buf[r.start:r.end])
		r.start, r.end = 0, unread
		return nil
	}
	if unread >= maxEvent {
		return errEventTooLong
	}
	bigger := make([]byte, max(firstBuffer, 2*len(r.buf)))
	copy(bigger, r.buf[r.start:r.end])
	r.buf, r.start, r.end = bigger, 0, unread
	return nil
}
