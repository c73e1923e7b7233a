package files

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gemini-proxy/backend/internal/fault"
)

// Open reads a file as it was uploaded, from an offset to its end; it may seek elsewhere. The caller closes it; ctx bounds its reading.
func (f *Files) Open(ctx context.Context, file *File, offset int64) io.ReadSeekCloser {
	return f.open(ctx, file, Original, offset)
}

// openSent reads a file as Gemini gets it.
func (f *Files) openSent(ctx context.Context, file *File, offset int64) *reader {
	if file.Converted {
		return f.open(ctx, file, Sent, offset)
	}
	return f.open(ctx, file, Original, offset)
}

func (f *Files) open(ctx context.Context, file *File, form Form, offset int64) *reader {
	total := file.Size
	if form == Sent {
		total = file.SentSize
	}
	return &reader{files: f, ctx: ctx, file: file, form: form, at: min(max(offset, 0), total), size: total}
}

// reader reads one form of a file. It holds one chunk, from its first read to its close.
type reader struct {
	files  *Files
	ctx    context.Context //nolint:containedctx // of the request that reads; io.Reader has no place for it
	file   *File
	form   Form
	at     int64 // of the next byte
	size   int64
	buffer *[]byte // nil before the first read and after the close
	rest   []byte  // of the chunk
	err    error
}

// Read reads the next bytes. A file that was deleted meanwhile is a fault.
func (r *reader) Read(p []byte) (int, error) {
	rest, err := r.more()
	if err != nil {
		return 0, err
	}
	n := copy(p, rest)
	r.skip(n)
	return n, nil
}

// more gives what is at hand of the next bytes, at least one.
func (r *reader) more() ([]byte, error) {
	if r.err == nil && len(r.rest) == 0 {
		r.err = r.load()
	}
	return r.rest, r.err
}

func (r *reader) skip(n int) {
	r.rest = r.rest[n:]
	r.at += int64(n)
}

func (r *reader) load() error {
	if r.at >= r.size {
		return io.EOF
	}
	if r.buffer == nil {
		if err := turn(r.ctx, r.files.reads, "files are read"); err != nil {
			return err
		}
		r.buffer = r.files.buffer()
	}
	chunk := int(r.at / ChunkSize)
	n, err := r.files.Store.ReadChunk(r.ctx, r.file.ID, r.form, chunk, (*r.buffer)[:ChunkSize])
	if fault.Is(err, fault.NotFound) {
		r.files.index.forget(r.file.ID)
		return noSuchFile(r.file.Name)
	}
	if err != nil {
		return err
	}
	if want := min(r.size-int64(chunk)*ChunkSize, ChunkSize); int64(n) < want {
		return fmt.Errorf("chunk %d of file %d has %d bytes instead of %d", chunk, r.file.ID, n, want)
	}
	r.rest = (*r.buffer)[int(r.at%ChunkSize):n]
	return nil
}

// Seek goes to another place of the file.
func (r *reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 || r.err != nil && !errors.Is(r.err, io.EOF) {
		return 0, errors.Join(r.err, errors.New("seek in a file"))
	}
	if offset != r.at {
		r.at, r.rest, r.err = min(offset, r.size), nil, nil
	}
	return r.at, nil
}

var errClosed = errors.New("the file was closed")

// Close ends the reading.
func (r *reader) Close() error {
	if r.buffer != nil {
		r.files.buffers.Put(r.buffer)
		r.buffer, r.rest = nil, nil
		r.files.reads.Release(1)
	}
	r.err = errClosed
	return nil
}
