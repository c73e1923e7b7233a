package files

import (
	"context"
	"crypto/sha256"
	"encoding"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"

	"golang.org/x/sync/semaphore"

	"gemini-proxy/backend/internal/fault"
)

// TooLarge is the fault of a file over the limit of one, in bytes.
func TooLarge(limit int64) *fault.Error {
	return fault.New(fault.TooLarge, "the file is larger than the limit of %s", size(limit)).WithCode("file_too_large")
}

func full() *fault.Error {
	return fault.New(fault.InsufficientStorage, "the space for files is full: delete files, or wait until some expire").WithCode("file_storage_full")
}

// size words a number of bytes.
func size(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%g MiB", float64(n*10>>20)/10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// turn waits a little until one more may be done at once; the caller releases it.
func turn(ctx context.Context, of *semaphore.Weighted, what string) error {
	if of.TryAcquire(1) {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, waitForTurn)
	defer cancel()
	err := of.Acquire(waiting, 1)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fault.Wrap(fault.Canceled, err, "the client closed the request")
	}
	f := fault.Wrap(fault.Unavailable, err, "too many %s at once; try again shortly", what).WithCode("overloaded")
	f.RetryAfter = waitForTurn
	return f
}

// take reads bytes to their end and adds them to an upload, a chunk at a time, each kept before the next is read. r goes along, so that
// it tells also after an error what is kept.
func (f *Files) take(ctx context.Context, r *Record, from io.Reader) error {
	if err := turn(ctx, f.uploads, "uploads"); err != nil {
		return err
	}
	defer f.uploads.Release(1)
	buffer := f.buffer()
	defer f.buffers.Put(buffer)
	w := chunkWriter{files: f, record: r, limit: int64(f.Settings().Files.MaxFileBytes), chunk: (*buffer)[:0]}
	if err := w.begin(ctx); err != nil {
		return err
	}
	for {
		n, err := w.fill(from)
		if n > 0 {
			if err := w.keep(ctx); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return ReadFault(ctx, err)
		}
	}
}

// buffer gives memory for a chunk, to be put back.
func (f *Files) buffer() *[]byte {
	if b, ok := f.buffers.Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, ChunkSize) // the pool holds nothing else; this keeps the compiler content
	return &b
}

// chunkWriter adds bytes to an upload.
type chunkWriter struct {
	files  *Files
	record *Record
	sum    hash.Hash
	limit  int64
	chunk  []byte // of the chunk that is being filled
	kept   int    // how much of it is kept already
}

// begin takes up the sum, and the last chunk when it is not full.
func (w *chunkWriter) begin(ctx context.Context) (err error) {
	if w.sum, err = resume(w.record.Progress); err != nil {
		return err
	}
	rest := int(w.record.Size % ChunkSize)
	if rest == 0 {
		return nil
	}
	n, err := w.files.Store.ReadChunk(ctx, w.record.ID, Original, int(w.record.Size/ChunkSize), w.chunk[:ChunkSize])
	if err != nil {
		return err
	}
	if n < rest {
		return fmt.Errorf("chunk of file %d has %d bytes, its record counts %d", w.record.ID, n, rest)
	}
	w.chunk, w.kept = w.chunk[:rest], rest
	return nil
}

// fill reads until the chunk is full, and gives how much of it is not kept yet.
func (w *chunkWriter) fill(from io.Reader) (int, error) {
	for len(w.chunk) < ChunkSize {
		n, err := from.Read(w.chunk[len(w.chunk):ChunkSize])
		w.chunk = w.chunk[:len(w.chunk)+n]
		switch start := w.record.Size - int64(w.kept); {
		case start+int64(len(w.chunk)) > w.limit:
			return 0, TooLarge(w.limit)
		case err != nil:
			return len(w.chunk) - w.kept, err
		}
	}
	return len(w.chunk) - w.kept, nil
}

// keep stores the chunk with what is new in it.
func (w *chunkWriter) keep(ctx context.Context) error {
	r, fresh := w.record, int64(len(w.chunk)-w.kept)
	if w.files.used.Add(fresh) > int64(w.files.Settings().Files.TotalBytes) {
		w.files.used.Add(-fresh)
		return full()
	}
	w.sum.Write(w.chunk[w.kept:])
	progress, err := pause(w.sum)
	if err != nil {
		return err
	}
	step := &Step{From: r.Size, To: r.Size + fresh, Progress: progress, At: w.files.Now()}
	err = w.files.Store.AddChunk(ctx, Chunk{FileID: r.ID, Form: Original, N: int(r.Size / ChunkSize), Data: w.chunk}, step)
	if err != nil {
		w.files.used.Add(-fresh)
		if fault.Is(err, fault.Conflict) {
			return fault.Wrap(fault.Conflict, err, "another request goes on with the upload").WithCode("wrong_offset")
		}
		return err
	}
	r.Size, r.Progress, r.TouchedAt = step.To, progress, step.At
	if w.kept = len(w.chunk); w.kept == ChunkSize {
		w.chunk, w.kept = w.chunk[:0], 0
	}
	return nil
}

// pause gives the state of a sum as it is stored, resume goes on with it. Both are of the standard library's SHA-256.
func pause(sum hash.Hash) ([]byte, error) {
	state, ok := sum.(encoding.BinaryMarshaler)
	if !ok {
		return nil, errors.New("SHA-256 cannot be paused")
	}
	return state.MarshalBinary()
}

func resume(progress []byte) (hash.Hash, error) {
	sum := sha256.New()
	if len(progress) == 0 {
		return sum, nil
	}
	state, ok := sum.(encoding.BinaryUnmarshaler)
	if !ok {
		return nil, errors.New("SHA-256 cannot be resumed")
	}
	if err := state.UnmarshalBinary(progress); err != nil {
		return nil, fmt.Errorf("resume the sum of an upload: %w", err)
	}
	return sum, nil
}

// ReadFault words an error in reading what a client sends.
func ReadFault(ctx context.Context, err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	if tooMuch, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return TooLarge(tooMuch.Limit)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		f := fault.Wrap(fault.Timeout, err, "the upload came too slowly").WithCode("body_timeout")
		f.Status = http.StatusRequestTimeout
		return f
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || ctx.Err() == nil { // net/http ends the context on every read that fails
		return fault.Wrap(fault.Invalid, err, "the upload ended before its end").WithCode("incomplete_body")
	}
	return fault.Wrap(fault.Canceled, err, "the client closed the request")
}
