package document

import (
	"archive/zip"
	"compress/flate"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// element is a start or an end in a part's XML, without its namespace, or the text between two.
type element struct {
	name  string // empty of text
	ends  bool
	text  string
	attrs []xml.Attr
}

func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// walk reads a part's XML, element by element. A part that is not there has none.
func (d *Document) walk(name string, each func(element) error) error {
	file := d.files[name]
	if file == nil {
		return nil
	}
	if file.UncompressedSize64 > uint64(d.part) { //nolint:gosec // a bound of ours, above 0
		return ErrTooLarge
	}
	from, err := file.Open()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	limited := &bounded{from: from, left: min(d.part, d.left)}
	err = walkXML(xml.NewDecoder(limited), each)
	d.left = max(d.left-limited.read, 0)
	return errors.Join(err, from.Close())
}

func walkXML(decoder *xml.Decoder, each func(element) error) error {
	decoder.Strict = false // a document that others open should not fail for a character
	for depth := 0; ; {
		token, err := decoder.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return broken(err)
		}
		var e element
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return ErrTooLarge
			}
			e = element{name: t.Name.Local, attrs: t.Attr}
		case xml.EndElement:
			depth--
			e = element{name: t.Name.Local, ends: true}
		case xml.CharData:
			e = element{text: string(t)}
		default:
			continue
		}
		if err := each(e); err != nil {
			return err
		}
	}
}

// broken says what is wrong with the part, but lets other errors be: they are of the reading.
func broken(err error) error {
	_, syntax := errors.AsType[*xml.SyntaxError](err)
	_, packed := errors.AsType[flate.CorruptInputError](err)
	if syntax || packed || errors.Is(err, zip.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return err
}

// bounded reads up to a limit; beyond it, it is ErrTooLarge.
type bounded struct {
	from io.Reader
	read int64
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	b.read += int64(n)
	if b.left -= int64(n); b.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}
