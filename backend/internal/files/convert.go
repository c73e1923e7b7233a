package files

import (
	"context"
	"errors"
	"image/gif"
	"image/png"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"gemini-proxy/backend/internal/document"
	"gemini-proxy/backend/internal/fault"
)

// conversionsAtOnce bounds the memory that conversions take together.
const conversionsAtOnce = 2

// convert makes the form of a file that Gemini reads, from what do writes.
func (f *Files) convert(ctx context.Context, r *Record, sent string, do func(from *reader, to io.Writer) error) error {
	if err := turn(ctx, f.conversions, "files are converted"); err != nil {
		return err
	}
	defer f.conversions.Release(1)
	from := f.open(ctx, &r.File, Original, 0)
	buffer := f.buffer()
	defer f.buffers.Put(buffer)
	to := &sentWriter{ctx: ctx, files: f, record: r, chunk: (*buffer)[:0]}
	err := do(from, to)
	if err == nil {
		err = to.keep()
	}
	if err = errors.Join(err, from.Close()); err != nil {
		return err
	}
	if to.size == 0 {
		return fault.Field("file", "holds nothing to read").WithCode("empty_file")
	}
	r.SentType, r.SentSize, r.Converted = sent, to.size, true
	return nil
}

// sentWriter keeps what Gemini is to get of a file.
type sentWriter struct {
	ctx    context.Context //nolint:containedctx // of the upload; io.Writer has no place for it
	files  *Files
	record *Record
	chunk  []byte
	size   int64 // that is kept
}

func (w *sentWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(ChunkSize-len(w.chunk), len(rest))
		w.chunk, rest = append(w.chunk, rest[:n]...), rest[n:]
		if len(w.chunk) < ChunkSize {
			break
		}
		if err := w.keep(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func (w *sentWriter) keep() error {
	n := int64(len(w.chunk))
	if n == 0 {
		return nil
	}
	if limits := w.files.Settings().Files; w.size+n > int64(limits.MaxFileBytes) {
		return TooLarge(int64(limits.MaxFileBytes))
	} else if w.files.used.Add(n) > int64(limits.TotalBytes) {
		w.files.used.Add(-n)
		return full()
	}
	err := w.files.Store.AddChunk(w.ctx, Chunk{FileID: w.record.ID, Form: Sent, N: int(w.size / ChunkSize), Data: w.chunk}, nil)
	if err != nil {
		w.files.used.Add(-n)
		return err
	}
	w.size += n
	w.chunk = w.chunk[:0]
	return nil
}

// settleDocument makes text of an Office document.
func (f *Files) settleDocument(ctx context.Context, r *Record) error {
	return f.convert(ctx, r, "text/plain", func(from *reader, to io.Writer) error {
		d, err := document.Open(readerAt{from}, r.Size)
		if err == nil {
			r.MIMEType = string(d.Kind)
			err = d.WriteText(to)
		}
		switch {
		case errors.Is(err, document.ErrUnknown):
			return refused(r.MIMEType)
		case errors.Is(err, document.ErrTooLarge):
			return fault.Field("file", "is too large a document to be turned into text: convert it to PDF").WithCode("document_too_large")
		case errors.Is(err, document.ErrBroken):
			return because(err, fault.Field("file", "is a document that cannot be read: save it anew, or as PDF").WithCode("document_broken"))
		}
		return err
	})
}

// because gives a fault its cause, for the log.
func because(err error, f *fault.Error) error {
	f.Err = err
	return f
}

// readerAt reads at any place, which is cheap where the places follow each other.
type readerAt struct{ from *reader }

// ReadAt implements io.ReaderAt for one goroutine.
func (r readerAt) ReadAt(p []byte, offset int64) (int, error) {
	if offset >= r.from.size {
		return 0, io.EOF
	}
	if _, err := r.from.Seek(offset, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(r.from, p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}

// maxPixels bounds what a picture may unfold to: its few bytes can claim a huge canvas.
const maxPixels = 16 << 20

// settlePicture makes a PNG of a GIF's first picture.
func (f *Files) settlePicture(ctx context.Context, r *Record) error {
	return f.convert(ctx, r, "image/png", func(from *reader, to io.Writer) error {
		size, err := gif.DecodeConfig(from)
		if err == nil && size.Width*size.Height > maxPixels {
			return fault.Field("file", "is too large a GIF: at most 16 million pixels").WithCode("unsupported_file_type")
		}
		if err == nil {
			_, err = from.Seek(0, io.SeekStart)
		}
		if err == nil {
			picture, decodeErr := gif.Decode(from)
			if decodeErr == nil {
				return (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(to, picture)
			}
			err = decodeErr
		}
		if _, ours := errors.AsType[*fault.Error](err); ours {
			return err
		}
		return because(err, fault.Field("file", "is a GIF that cannot be read: convert it to PNG, JPEG or WebP").WithCode("unsupported_file_type"))
	})
}

// settleLegacyText makes UTF-8 of text that is not: UTF-16 with its mark, or else GB 18030, of which GBK and GB 2312 are part.
func (f *Files) settleLegacyText(ctx context.Context, r *Record, head []byte) error {
	from := simplifiedchinese.GB18030.NewDecoder()
	if len(head) > 1 && (head[0] == 0xff && head[1] == 0xfe || head[0] == 0xfe && head[1] == 0xff) {
		from = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()
	}
	return f.convert(ctx, r, r.SentType, func(bytes *reader, to io.Writer) error {
		_, err := io.Copy(&strictWriter{to}, transform.NewReader(bytes, from))
		return err
	})
}

// strictWriter refuses text in which a character could not be read.
type strictWriter struct{ to io.Writer }

func (w *strictWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		char, n := utf8.DecodeRune(rest)
		if char == utf8.RuneError && n == len(string(utf8.RuneError)) || char == 0 {
			return 0, fault.Field("file", "looks like text but is neither UTF-8, UTF-16 nor GB 18030: save it as UTF-8").WithCode("unsupported_file_type")
		}
		rest = rest[n:]
	}
	return w.to.Write(p)
}
