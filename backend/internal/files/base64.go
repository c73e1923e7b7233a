package files

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
)

// encoded is what Gemini gets of a file as base64, made while it is read.
type encoded struct {
	files *Files
	ctx   context.Context //nolint:containedctx // of the request that the file goes with; a body's reader has no place for it
	file  *File
}

// Size gives the length of the base64.
func (s encoded) Size() int64 { return int64(base64.StdEncoding.EncodedLen(int(s.file.SentSize))) }

// Open reads it.
func (s encoded) Open() io.ReadCloser {
	return &encoder{from: s.files.openSent(s.ctx, s.file, 0)}
}

// encoder makes base64 of a reader's bytes, straight from its chunk's memory.
type encoder struct {
	from  *reader
	carry []byte  // of the chunk before: one or two bytes that do not fill a group of three
	group [4]byte // base64 that did not fit into what was asked for
	left  int     // how much of group is still to be given
}

// Read gives the next base64. Its errors are an *Error.
func (e *encoder) Read(p []byte) (int, error) {
	for len(p) > 0 {
		if e.left > 0 {
			n := copy(p, e.group[4-e.left:])
			e.left -= n
			return n, nil
		}
		chunk, err := e.from.more()
		switch {
		case errors.Is(err, io.EOF) && len(e.carry) > 0:
			e.flush()
			continue
		case errors.Is(err, io.EOF):
			return 0, io.EOF
		case err != nil:
			return 0, &Error{err}
		}
		if groups := min(len(chunk)/3, len(p)/4); groups > 0 && len(e.carry) == 0 {
			base64.StdEncoding.Encode(p, chunk[:groups*3])
			e.from.skip(groups * 3)
			return groups * 4, nil
		}
		take := min(3-len(e.carry), len(chunk))
		e.carry = append(e.carry, chunk[:take]...)
		e.from.skip(take)
		if len(e.carry) == 3 {
			e.flush()
		}
	}
	return 0, nil
}

func (e *encoder) flush() {
	base64.StdEncoding.Encode(e.group[:], e.carry)
	e.carry, e.left = e.carry[:0], len(e.group)
}

// Close ends the reading.
func (e *encoder) Close() error { return e.from.Close() }
