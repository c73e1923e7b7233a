package jsonio

import "io"

// Source is something that is read only while a body is being sent, and anew for each reader of it.
type Source interface {
	// Size gives the number of bytes that every reader gives.
	Size() int64
	// Open gives a reader of them.
	Open() io.ReadCloser
}

// Filling is what goes into a hole: Head as it is, what Source reads, if there is one, and Tail.
type Filling struct {
	Head, Tail []byte
	Source     Source
}

// Form says what stands in a hole.
type Form int

// The forms of holes.
const (
	Member Form = iota // a member of an object, its key and its value
	Link               // a string: the address of what the hole is for
	Name               // a string: its name
)

// Place is what a hole is for, and in which form it is wanted.
type Place struct {
	ID   int64
	Form Form
}

// hole is a place in a body that is filled later.
type hole struct {
	Place

	at int // in pieces
}

// Hole leaves a place for the member that Fill puts in under the id. A body with holes is not sent itself.
func (b *Body) Hole(id int64) { b.HoleFor(Place{ID: id}) }

// HoleFor is Hole in any form.
func (b *Body) HoleFor(place Place) {
	b.seal()
	b.holes = append(b.holes, hole{place, len(b.pieces)})
	b.pieces = append(b.pieces, nil)
}

// HasHoles reports whether the body waits to be filled.
func (b *Body) HasHoles() bool { return len(b.holes) > 0 }

// Holes gives what the body's holes are for, in their order.
func (b *Body) Holes() []Place {
	places := make([]Place, len(b.holes))
	for i := range b.holes {
		places[i] = b.holes[i].Place
	}
	return places
}

// Fill gives the finished document with its holes filled. What it is made of is shared with b, whose Finish waits for its readers too.
func (b *Body) Fill(filling func(place Place) Filling) *Body {
	out := &Body{shared: b}
	put := func(piece []byte, source Source) {
		out.pieces, out.filled = append(out.pieces, piece), append(out.filled, source)
		out.length += int64(len(piece))
		if source != nil {
			out.length += source.Size()
		}
	}
	next := 0
	for i, piece := range b.pieces {
		if next == len(b.holes) || b.holes[next].at != i {
			put(piece, nil)
			continue
		}
		f := filling(b.holes[next].Place)
		put(f.Head, nil)
		if f.Source != nil {
			put(nil, f.Source)
		}
		put(f.Tail, nil)
		next++
	}
	put(b.Buf[b.cut:], nil)
	return out
}

// atSource reports whether the next piece is read from a source.
func (r *BodyReader) atSource() bool { return len(r.filled) > 0 && r.filled[0] != nil }

// next goes on to the next piece.
func (r *BodyReader) next() {
	r.pieces, r.at = r.pieces[1:], 0
	if len(r.filled) > 0 {
		r.filled = r.filled[1:]
	}
}

// readSource reads of the source whose turn it is, and goes on at its end. One that gives fewer bytes than it said breaks the reading off.
func (r *BodyReader) readSource(p []byte) (int, error) {
	left := r.filled[0].Size() - int64(r.at)
	if r.source == nil {
		r.source = r.filled[0].Open()
	}
	n, err := r.source.Read(p[:min(int64(len(p)), left)])
	r.at += n
	switch {
	case int64(n) == left:
		r.closeSource()
		r.next()
		return n, nil
	case err == io.EOF:
		return n, io.ErrUnexpectedEOF
	}
	return n, err
}

// writeSource writes what is left of the source whose turn it is.
func (r *BodyReader) writeSource(w io.Writer) (total int64, err error) {
	buffer := make([]byte, 32<<10)
	for turn := len(r.pieces); len(r.pieces) == turn; {
		n, err := r.readSource(buffer)
		if n > 0 {
			written, writeErr := w.Write(buffer[:n])
			total += int64(written)
			if writeErr != nil {
				return total, writeErr
			}
		}
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

func (r *BodyReader) closeSource() {
	if r.source != nil {
		_ = r.source.Close() // it was only read
		r.source = nil
	}
}
