package files

import (
	"context"
	"errors"
	"io"
	"unicode/utf8"

	"gemini-proxy/backend/internal/fault"
)

// sniffed is how many of the first bytes are looked at for a file's type.
const sniffed = 3072

// settle finds out what an upload is and makes of it what Gemini reads.
func (f *Files) settle(ctx context.Context, r *Record) error {
	head := make([]byte, min(sniffed, r.Size))
	from := f.open(ctx, &r.File, Original, 0)
	_, err := io.ReadFull(from, head)
	if err = errors.Join(err, from.Close()); err != nil {
		return err
	}
	var what kind
	r.MIMEType, r.SentType, what = kindOf(head)
	r.SentSize = r.Size
	switch what {
	case readable:
		return nil
	case text:
		return f.settleText(ctx, r, head)
	case picture:
		return f.settlePicture(ctx, r)
	case archive:
		return f.settleDocument(ctx, r)
	case unreadable:
	}
	return refused(r.MIMEType)
}

func refused(mime string) error {
	switch mime {
	case "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/x-ole-storage":
		return fault.Field("file", "is an Office document of the old form, or one with a password: save it as docx, xlsx, pptx or PDF, without a password").
			WithCode("unsupported_file_type")
	}
	if mime == "application/octet-stream" {
		return fault.Field("file", "is of no kind that Gemini reads: send %s", supported).WithCode("unsupported_file_type")
	}
	return fault.Field("file", "is %s by its content, which Gemini does not read: send %s", mime, supported).WithCode("unsupported_file_type")
}

// settleText makes sure that all of a text is one.
func (f *Files) settleText(ctx context.Context, r *Record, head []byte) error {
	if r.MIMEType == "text/plain" {
		r.MIMEType = namedText(r.DisplayName, r.Said)
		r.SentType = textType(r.MIMEType)
	}
	from := f.open(ctx, &r.File, Original, 0)
	ok, err := isUTF8(from)
	if err = errors.Join(err, from.Close()); err != nil {
		return err
	}
	if !ok {
		return f.settleLegacyText(ctx, r, head)
	}
	return nil
}

// isUTF8 reads to the end, or to the first byte that cannot be.
func isUTF8(from *reader) (bool, error) {
	var carried []byte // the beginning of a character at the end of a chunk
	for {
		chunk, err := from.more()
		if errors.Is(err, io.EOF) {
			return len(carried) == 0, nil
		}
		if err != nil {
			return false, err
		}
		n := len(chunk)
		for len(carried) > 0 && len(chunk) > 0 && !utf8.FullRune(carried) {
			carried, chunk = append(carried, chunk[0]), chunk[1:]
		}
		if len(carried) > 0 && utf8.FullRune(carried) {
			if !utf8.Valid(carried) {
				return false, nil
			}
			carried = carried[:0]
		}
		whole := len(chunk)
		for back := 1; back <= min(utf8.UTFMax-1, len(chunk)); back++ {
			if utf8.RuneStart(chunk[len(chunk)-back]) {
				if !utf8.FullRune(chunk[len(chunk)-back:]) {
					whole = len(chunk) - back
				}
				break
			}
		}
		if !utf8.Valid(chunk[:whole]) {
			return false, nil
		}
		carried = append(carried, chunk[whole:]...)
		from.skip(n)
	}
}
