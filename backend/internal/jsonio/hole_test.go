package jsonio

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// text is a source that counts its open readers.
type text struct {
	data string
	size int64
	open *int
}

func (s text) Size() int64 { return s.size }

func (s text) Open() io.ReadCloser {
	*s.open++
	return &textReader{iotest.HalfReader(strings.NewReader(s.data)), s.open}
}

type textReader struct {
	io.Reader

	open *int
}

func (r *textReader) Close() error {
	*r.open--
	return nil
}

func TestHolesAreFilled(t *testing.T) {
	long := strings.Repeat("A", spliceFrom)
	b := &Body{}
	b.Buf = append(b.Buf, `{"a":`...)
	b.Splice(long)
	b.Buf = append(b.Buf, `,"b":[`...)
	b.Hole(1)
	b.Buf = append(b.Buf, ',')
	b.Hole(2)
	b.Hole(1)
	b.Refer([]byte("]"))
	b.Buf = append(b.Buf, '}')
	if got := b.Holes(); !b.HasHoles() || len(got) != 3 || got[0].ID != 1 || got[1].ID != 2 || got[2].ID != 1 {
		t.Errorf("%v", got)
	}
	open := 0
	body := b.Fill(func(place Place) Filling {
		id := place.ID
		if id == 2 {
			return Filling{Head: []byte("two")}
		}
		return Filling{Head: []byte("<"), Source: text{"source", 6, &open}, Tail: []byte(">")}
	})
	want := `{"a":"` + long + `","b":[<source>,two<source>]}`
	if body.Len() != int64(len(want)) {
		t.Errorf("%d bytes said, %d meant", body.Len(), len(want))
	}
	for name, read := range map[string]func(io.Reader) ([]byte, error){
		"read": func(r io.Reader) ([]byte, error) { return io.ReadAll(iotest.OneByteReader(r)) },
		"written": func(r io.Reader) ([]byte, error) {
			var out bytes.Buffer
			_, err := io.Copy(&out, r)
			return out.Bytes(), err
		},
	} {
		reader := body.Reader()
		got, err := read(reader)
		if err != nil || string(got) != want {
			t.Errorf("%s: %v, %.60q", name, err, got)
		}
		if err := reader.Close(); err != nil || open != 0 {
			t.Errorf("%s: %d sources are open, %v", name, open, err)
		}
	}
}

func TestFinishWaitsForReadersOfTheFilledBody(t *testing.T) {
	b := &Body{}
	b.Hole(1)
	open := 0
	body := b.Fill(func(Place) Filling { return Filling{Source: text{"source", 6, &open}} })
	reader := body.Reader()
	if _, err := reader.Read(make([]byte, 2)); err != nil || open != 1 {
		t.Fatalf("%d, %v", open, err)
	}
	done := false
	b.Finish(func() { done = true })
	if done {
		t.Error("finished while it is read")
	}
	if err := reader.Close(); err != nil || !done || open != 0 {
		t.Errorf("finished %v, %d open, %v", done, open, err)
	}
}

func TestAShortSourceBreaksOff(t *testing.T) {
	b := &Body{}
	b.Hole(1)
	open := 0
	body := b.Fill(func(Place) Filling { return Filling{Source: text{"short", 9, &open}, Tail: []byte("never")} })
	if got, err := io.ReadAll(body.Reader()); !errors.Is(err, io.ErrUnexpectedEOF) || string(got) != "short" {
		t.Errorf("%q, %v", got, err)
	}
	if n, err := body.Reader().WriteTo(io.Discard); !errors.Is(err, io.ErrUnexpectedEOF) || n != 5 {
		t.Errorf("%d, %v", n, err)
	}
}
