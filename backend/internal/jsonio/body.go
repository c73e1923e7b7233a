package jsonio

import (
	"io"
	"sync"
	"unsafe"
)

// spliceFrom is the length in bytes from which Body.Splice refers to a string instead of copying it.
const spliceFrom = 16 << 10

// Body is a JSON document being written, in pieces: what is built here, and long strings that are only referred to.
// The zero Body is empty and ready.
type Body struct {
	Buf    []byte // append here; Splice cuts it
	pieces [][]byte
	cut    int // how much of Buf is in pieces already
	length int64
	holes  []hole
	filled []Source // beside pieces: what a piece is read from, nil for one that is here; empty when all are
	shared *Body    // the body with the holes that this one has filled

	mu       sync.Mutex // guards what follows: an HTTP client closes a reader when it likes
	open     int        // readers that are not closed
	finished func()     // what to do when none is open any more; nil before Finish
}

// Splice adds s as a JSON string without looking at it: s must need no escape (base64 does not). A long s is not copied.
func (b *Body) Splice(s string) {
	b.Buf = append(b.Buf, '"')
	if len(s) < spliceFrom {
		b.Buf = append(append(b.Buf, s...), '"')
		return
	}
	b.seal()
	b.add(unsafe.Slice(unsafe.StringData(s), len(s))) // read only: pieces are never written to
	b.Buf = append(b.Buf, '"')
}

// Refer adds bytes as they are, without copying them: they must not change until the document is done with.
func (b *Body) Refer(p []byte) {
	if len(p) < spliceFrom {
		b.Buf = append(b.Buf, p...)
		return
	}
	b.seal()
	b.add(p)
}

func (b *Body) seal() {
	if piece := b.Buf[b.cut:]; len(piece) > 0 {
		b.add(piece)
		b.cut = len(b.Buf)
	}
}

func (b *Body) add(piece []byte) {
	b.pieces = append(b.pieces, piece)
	b.length += int64(len(piece))
}

// Len gives the length of the document in bytes.
func (b *Body) Len() int64 { return b.length + int64(len(b.Buf)-b.cut) }

// Bytes gives the document in one piece; it copies when there are several.
func (b *Body) Bytes() []byte {
	if len(b.pieces) == 0 {
		return b.Buf
	}
	out := make([]byte, 0, b.Len())
	for _, piece := range b.pieces {
		out = append(out, piece...)
	}
	return append(out, b.Buf[b.cut:]...)
}

// Reader gives a reader over the finished document. Several may read at once.
func (b *Body) Reader() *BodyReader {
	pieces := b.pieces
	if rest := b.Buf[b.cut:]; len(rest) > 0 {
		pieces = append(pieces[:len(pieces):len(pieces)], rest)
	}
	owner := b
	if b.shared != nil {
		owner = b.shared
	}
	owner.mu.Lock()
	defer owner.mu.Unlock()
	owner.open++
	return &BodyReader{pieces: pieces, filled: b.filled, body: owner}
}

// Finish says that no more readers will be made. It calls done once all readers are closed, be it now or later: what was spliced may
// then be used for something else. An HTTP client may close a reader after its call has returned.
func (b *Body) Finish(done func()) {
	b.mu.Lock()
	idle := b.open == 0
	if !idle {
		b.finished = done
	}
	b.mu.Unlock()
	if idle {
		done()
	}
}

func (b *Body) closed() {
	b.mu.Lock()
	b.open--
	var done func()
	if b.open == 0 {
		done, b.finished = b.finished, nil
	}
	b.mu.Unlock()
	if done != nil {
		done()
	}
}

// BodyReader reads a Body once. It writes whole pieces at a time, so that an HTTP client sends a long one in one write.
type BodyReader struct {
	mu     sync.Mutex // an HTTP client may close it while it reads
	pieces [][]byte
	at     int
	filled []Source      // as the Body's, cut as pieces is
	source io.ReadCloser // the one that is being read
	body   *Body         // nil once closed
}

var (
	_ io.WriterTo   = (*BodyReader)(nil)
	_ io.ReadCloser = (*BodyReader)(nil)
)

// Read copies the next bytes.
func (r *BodyReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.pieces) > 0 {
		if r.atSource() {
			n, err := r.readSource(p)
			if n > 0 || err != nil || len(p) == 0 {
				return n, err
			}
			continue
		}
		if n := copy(p, r.pieces[0][r.at:]); n > 0 || len(p) == 0 {
			r.at += n
			return n, nil
		}
		r.next()
	}
	return 0, io.EOF
}

// WriteTo writes all that is left.
func (r *BodyReader) WriteTo(w io.Writer) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var total int64
	for len(r.pieces) > 0 {
		if r.atSource() {
			n, err := r.writeSource(w)
			total += n
			if err != nil {
				return total, err
			}
			continue
		}
		piece := r.pieces[0][r.at:]
		n, err := w.Write(piece)
		total += int64(n)
		r.at += n
		if err != nil {
			return total, err
		}
		if n < len(piece) {
			return total, io.ErrShortWrite
		}
		r.next()
	}
	return total, nil
}

// Close ends the reading, and waits for one that is under way: afterwards the document's memory is not looked at again.
func (r *BodyReader) Close() error {
	r.mu.Lock()
	body := r.body
	r.body, r.pieces = nil, nil
	r.closeSource()
	r.mu.Unlock()
	if body != nil {
		body.closed()
	}
	return nil
}
