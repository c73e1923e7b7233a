package jsonio

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

func TestReaderWalksADocument(t *testing.T) {
	r := NewReader([]byte(` {"name":"a\u00e9\ud83d\ude00\n","n":[1, 2.0,-3e2],"f":0.5,"b":true,"none":null,"skip":{"x":[1,"]"]},"raw": {"k": [1]} } `), false)
	type doc struct {
		Name string
		N    []int64
		F    float64
		B    bool
		None string
		Raw  string
	}
	var got doc
	r.Object(func(key string) {
		switch key {
		case "name":
			got.Name = r.String()
		case "n":
			r.Array(func(int) { got.N = append(got.N, r.Int()) })
		case "f":
			got.F = r.Float()
		case "b":
			got.B = r.Bool()
		case "none":
			if !r.Null() {
				got.None = r.String()
			}
		case "raw":
			got.Raw = string(r.Raw())
		default:
			r.Skip()
		}
	})
	r.End()
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	want := doc{Name: "aé😀\n", N: []int64{1, 2, -300}, F: 0.5, B: true, Raw: `{"k": [1]}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReaderNamesTheFieldAtFault(t *testing.T) {
	r := NewReader([]byte(`{"messages":[{"role":"user"},{"role":7}]}`), false)
	r.Object(func(string) {
		r.Array(func(int) {
			r.Object(func(string) { _ = r.String() }) // the values are not what is tested
		})
	})
	field, ok := errors.AsType[*FieldError](r.Err())
	if !ok || field.Field != "messages[1].role" || field.What != "must be a string, not a number" {
		t.Errorf("got %v", r.Err())
	}
}

func TestReaderRefuses(t *testing.T) {
	for _, text := range []string{
		``, `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,}`, `{a:1}`, `{"a":tru}`, `{"a":"x`, `{"a":"\x"}`, `{"a":"\u12"}`, `[1,]`, `[1 2]`,
		`{"a":01}`, `{"a":-}`, `{"a":[1,}`, `{"a":[}]}`, `{"a":{"b":,}}`, `{} x`, `]`, `{"a":}`, `nul`, `"a" "b"`, `{"x":"`, `"`, `["\"`, "[\"a\nb\"]", "[\"long enough for a word\x00\"]",
		strings.Repeat("[", MaxDepth+10) + strings.Repeat("]", MaxDepth+10),
	} {
		for how, take := range map[string]func(*Reader){"skipped": (*Reader).Skip, "read": read, "raw": func(r *Reader) { r.Raw() }} {
			r := NewReader([]byte(text), false)
			take(r)
			r.End()
			if r.Err() == nil {
				t.Errorf("%s %q", how, text)
			}
		}
	}
}

func TestReaderSharesOnlyLongStrings(t *testing.T) {
	long := strings.Repeat("A", aliasFrom)
	data := []byte(`["short","` + long + `"]`)
	r := NewReader(data, true)
	var read []string
	r.Array(func(int) { read = append(read, r.String()) })
	within := func(s string) bool {
		at, from := uintptr(unsafe.Pointer(unsafe.StringData(s))), uintptr(unsafe.Pointer(unsafe.SliceData(data)))
		return at >= from && at < from+uintptr(len(data))
	}
	if within(read[0]) || !within(read[1]) {
		t.Errorf("short shared: %v, long shared: %v", within(read[0]), within(read[1]))
	}
}

func TestBodySplicesWithoutCopying(t *testing.T) {
	long := strings.Repeat("QUJD", spliceFrom)
	var body Body
	body.Buf = append(body.Buf, `{"data":`...)
	body.Splice(long)
	body.Buf = append(body.Buf, `,"short":`...)
	body.Splice("eHg=")
	body.Buf = append(body.Buf, '}')
	want := `{"data":"` + long + `","short":"eHg="}`
	if body.Len() != int64(len(want)) || string(body.Bytes()) != want {
		t.Errorf("length %d, want %d", body.Len(), len(want))
	}
	for range 2 { // a body is read again for every attempt
		var out strings.Builder
		n, err := io.Copy(&out, body.Reader())
		if err != nil || n != body.Len() || out.String() != want {
			t.Errorf("copied %d bytes, %v", n, err)
		}
		all, err := io.ReadAll(struct{ io.Reader }{body.Reader()})
		if err != nil || string(all) != want {
			t.Errorf("read %d bytes, %v", len(all), err)
		}
	}
}

func TestBodyIsFinishedWhenItsReadersAreClosed(t *testing.T) {
	var body Body
	body.Buf = append(body.Buf, `{}`...)
	first, second := body.Reader(), body.Reader()
	finished := 0
	closeReader := func(r *BodyReader) {
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	closeReader(first)
	closeReader(first) // twice counts once
	body.Finish(func() { finished++ })
	if finished != 0 {
		t.Fatal("finished while a reader is open")
	}
	closeReader(second)
	if finished != 1 {
		t.Fatalf("finished %d times", finished)
	}
	if n, err := second.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("a closed reader gave %d bytes, %v", n, err)
	}
	var unread Body
	unread.Finish(func() { finished++ })
	if finished != 2 {
		t.Error("a body nobody reads is finished at once")
	}
}

func FuzzReaderAgreesWithEncodingJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"x",null,true]}`, `"\ud800"`, `[1e400]`, `{"a":{"b":[[]]}}`, "\"\x01\"", `{"":0}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for how, take := range map[string]func(*Reader){"read": read, "skip": (*Reader).Skip, "raw": func(r *Reader) { r.Raw() }} {
			r := NewReader(data, false)
			take(r)
			r.End()
			_, limit := errors.AsType[*FieldError](r.Err())
			if valid := json.Valid(data); valid && r.Err() != nil && !limit {
				t.Errorf("%s: refused valid JSON: %v", how, r.Err())
			} else if !valid && r.Err() == nil {
				t.Errorf("%s: accepted %q", how, data)
			}
		}
	})
}

// read consumes any value through the typed readers.
func read(r *Reader) {
	switch r.Kind() {
	case Object:
		r.Object(func(string) { read(r) })
	case Array:
		r.Array(func(int) { read(r) })
	case String:
		_ = r.String() // only that it reads is tested, here and below
	case Number:
		_ = r.Float()
	case Bool:
		_ = r.Bool()
	case Null:
		r.Null()
	case None:
		r.Skip()
	}
}

func FuzzAppendStringReadsBack(f *testing.F) {
	f.Add("plain")
	f.Add("quote\" slash\\ line\n \x00 \x7f é 😀 long enough for two words")
	f.Fuzz(func(t *testing.T, s string) {
		out := AppendString(nil, s)
		if !json.Valid(out) {
			t.Fatalf("%q is not JSON", out)
		}
		if got := NewReader(out, false).String(); got != s {
			t.Errorf("read back %q, want %q", got, s)
		}
	})
}
