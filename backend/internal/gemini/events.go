package gemini

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxEvent bounds one event of a stream, in bytes: a 4K image in base64 is about 30 MB.
const maxEvent = 64 << 20

// firstBuffer is what a stream's buffer starts with, in bytes; it grows with the longest event.
const firstBuffer = 4 << 10

// errEventTooLong is an event over maxEvent.
var errEventTooLong = errors.New("an event of the stream is longer than 64 MiB")

// eventReader cuts a byte stream into the JSON documents it carries. It reads server-sent events (LF, CRLF or CR; data over
// several lines; comments and other fields passed over) and, because Gemini at times sends them, JSON documents that stand bare
// between or after the events, and the items of one long JSON array (a stream without alt=sse).
type eventReader struct {
	src        io.Reader
	buf        []byte
	start, end int // buf[start:end] is unread
	searched   int // how much of the unread part is known to hold no line end
	eof        bool
	data       []byte // the event being put together from several lines
	parts      int
	bare       []byte // a bare document being put together
}

func newEventReader(src io.Reader) *eventReader { return &eventReader{src: src} }

// next gives the next document, valid until the next call, or io.EOF. A stream that is cut off gives the source's error.
func (r *eventReader) next() ([]byte, error) {
	r.data, r.parts = r.data[:0], 0
	for {
		line, err := r.line()
		if errors.Is(err, io.EOF) {
			return r.last()
		}
		if err != nil {
			return nil, err
		}
		event, done, err := r.take(line)
		if err != nil || done {
			return event, err
		}
	}
}

// ready reports whether a whole line is buffered, so that next will not wait for the network for it.
func (r *eventReader) ready() bool {
	return bytes.IndexByte(r.buf[r.start:r.end], '\n') >= 0
}

// take adds a line to what is being put together, and gives the event when the line ends it.
func (r *eventReader) take(line []byte) (event []byte, done bool, err error) {
	if len(line) == 0 {
		if len(r.bare) > 0 {
			return nil, false, nil // a blank line within a bare document says nothing
		}
		return r.data, r.parts > 0, nil
	}
	if value, ok := field(line); ok && len(r.bare) == 0 {
		if value == nil {
			return nil, false, nil
		}
		if r.parts++; r.parts > 1 {
			r.data = append(r.data, '\n')
		}
		if r.data = append(r.data, value...); len(r.data) > maxEvent {
			return nil, false, errEventTooLong
		}
		return nil, false, nil
	}
	return r.takeBare(line)
}

// field splits an SSE line. ok is false when the line is none; value is nil for a field other than data.
func field(line []byte) (value []byte, ok bool) {
	name, rest, found := bytes.Cut(line, []byte(":"))
	if !found {
		return nil, false
	}
	switch string(name) {
	case "data":
		return bytes.TrimPrefix(rest, []byte(" ")), true
	case "", "event", "id", "retry":
		return nil, true
	}
	return nil, false
}

// takeBare collects the lines of JSON that stands outside an event, and gives it when it is whole.
func (r *eventReader) takeBare(line []byte) (event []byte, done bool, err error) {
	trimmed := bytes.TrimSpace(line)
	if len(r.bare) == 0 {
		trimmed = bytes.TrimSpace(bytes.TrimLeft(trimmed, "[,"))
		if string(trimmed) == "]" {
			return nil, false, nil // the brackets and commas of an array around the documents
		}
	}
	if len(trimmed) == 0 {
		return nil, false, nil
	}
	if len(r.bare)+len(trimmed) > maxEvent {
		return nil, false, errEventTooLong
	}
	r.bare = append(append(r.bare, trimmed...), '\n')
	candidate := bytes.TrimRight(r.bare, ", ]\n\r\t")
	if last := trimmed[len(trimmed)-1]; last != '}' && last != ',' && last != ']' || !json.Valid(candidate) {
		return nil, false, nil
	}
	r.data, r.bare = append(r.data[:0], candidate...), r.bare[:0]
	return r.data, true, nil
}

// last gives what the source's end leaves: an event without its blank line, or a bare document without its end.
func (r *eventReader) last() ([]byte, error) {
	if r.parts > 0 {
		return r.data, nil
	}
	if len(r.bare) > 0 {
		r.bare = r.bare[:0]
		return nil, fmt.Errorf("%w: the stream ends within a document", ErrMalformed)
	}
	return nil, io.EOF
}

// line gives the next line without its end, valid until the next call.
func (r *eventReader) line() ([]byte, error) {
	for {
		unread := r.buf[r.start:r.end]
		if at := lineEnd(unread[r.searched:], r.eof); at >= 0 {
			at += r.searched
			r.searched = 0
			line := unread[:at]
			r.start += at + 1
			if unread[at] == '\r' && at+1 < len(unread) && unread[at+1] == '\n' {
				r.start++
			}
			return line, nil
		}
		r.searched = max(len(unread)-1, 0) // a CR at the very end may be half of a CRLF
		if r.eof {
			if len(unread) == 0 {
				return nil, io.EOF
			}
			r.start, r.searched = r.end, 0
			return unread, nil
		}
		if err := r.fill(); err != nil {
			return nil, err
		}
	}
}

// lineEnd finds the end of a line: LF, CRLF, or a CR alone. A CR that ends the buffered bytes counts only at the end of the source.
func lineEnd(unread []byte, eof bool) int {
	newline := bytes.IndexByte(unread, '\n')
	within := unread
	if newline >= 0 {
		within = unread[:newline]
	}
	if cr := bytes.IndexByte(within, '\r'); cr >= 0 && (cr+1 < len(unread) || eof) {
		return cr
	}
	return newline
}

// fill reads more from the source, making room first.
func (r *eventReader) fill() error {
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

func (r *eventReader) grow() error {
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
