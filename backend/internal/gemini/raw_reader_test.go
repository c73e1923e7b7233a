package gemini

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// cut reads a stream to its end and gives its pieces and documents.
func cut(src io.Reader) (pieces, documents []string, err error) {
	r := newRawReader(src)
	for {
		piece, document, err := r.next()
		if errors.Is(err, io.EOF) {
			return pieces, documents, nil
		}
		if err != nil {
			return pieces, documents, err
		}
		pieces = append(pieces, string(piece))
		if document != nil {
			documents = append(documents, string(document))
		}
	}
}

func TestRawReaderCutsAtDocuments(t *testing.T) {
	const a, b = `{"a":1}`, `{"b":"x\"}{\\"}`
	cases := map[string]struct {
		in        string
		pieces    []string
		documents []string
	}{
		"nothing":                       {},
		"an event":                      {"data: " + a + "\r\n\r\n", []string{"data: " + a + "\r\n\r\n"}, []string{a}},
		"two events, LF":                {"data: " + a + "\n\ndata:" + b + "\n\n", []string{"data: " + a + "\n\n", "data:" + b + "\n\n"}, []string{a, b}},
		"an event without its end":      {"data: " + a, []string{"data: " + a}, []string{a}},
		"an event over two lines":       {"data: {\ndata: \"a\":1}\n\n", []string{"data: {\ndata: \"a\":1}\n\n"}, []string{"{\n\"a\":1}"}},
		"comments and other fields":     {": hi\n\nevent: x\nid: 3\ndata: " + a + "\nretry: 4\n\n", []string{": hi\n\nevent: x\nid: 3\ndata: " + a + "\nretry: 4\n\n"}, []string{a}},
		"an array":                      {"[" + a + ",\r\n" + b + "]", []string{"[" + a, ",\r\n" + b, "]"}, []string{a, b}},
		"an array, pretty":              {"[{\n  \"a\": [1, {}]\n}\n,\r\n" + a + "\n]\n", []string{"[{\n  \"a\": [1, {}]\n}", "\n,\r\n" + a, "\n]\n"}, []string{"{\n  \"a\": [1, {}]\n}", a}},
		"an empty array":                {"[]", []string{"[]"}, nil},
		"a bare document between":       {"data: " + a + "\n\n{\n \"error\": {}\n}\ndata: " + b + "\n\n", []string{"data: " + a + "\n\n", "{\n \"error\": {}\n}", "\ndata: " + b + "\n\n"}, []string{a, "{\n \"error\": {}\n}", b}},
		"a bare document at once after": {"data: " + a + "\n" + b, []string{"data: " + a + "\n", b}, []string{a, b}},
		"a page":                        {"<!DOCTYPE html>\n<p>502\n", []string{"<!DOCTYPE html>\n<p>502\n"}, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for how, src := range map[string]io.Reader{"whole": strings.NewReader(tc.in), "byte by byte": iotest.OneByteReader(strings.NewReader(tc.in)), "end with data": iotest.DataErrReader(strings.NewReader(tc.in))} {
				pieces, documents, err := cut(src)
				if err != nil {
					t.Fatalf("%s: %v", how, err)
				}
				if diff := cmp.Diff(tc.pieces, pieces); diff != "" {
					t.Errorf("%s: pieces %s", how, diff)
				}
				if diff := cmp.Diff(tc.documents, documents); diff != "" {
					t.Errorf("%s: documents %s", how, diff)
				}
			}
		})
	}
}

func TestRawReaderTellsACut(t *testing.T) {
	broken := errors.New("broken")
	for in, want := range map[string]error{`[{"a":1},{"b":`: ErrMalformed, `[{"a":"]}`: ErrMalformed} {
		if _, _, err := cut(strings.NewReader(in)); !errors.Is(err, want) {
			t.Errorf("%s: %v", in, err)
		}
	}
	pieces, _, err := cut(io.MultiReader(strings.NewReader("data: {}\n\ndata: {"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || len(pieces) != 1 {
		t.Errorf("%q, %v", pieces, err)
	}
}

// FuzzRawReader checks that no byte is changed or lost, that it does not matter how the bytes arrive, and that what an ordinary reader of
// events finds is found.
func FuzzRawReader(f *testing.F) {
	for _, seed := range []string{
		"data: {\"a\":1}\r\n\r\ndata: {\"b\":2}\r\n\r\n", "[{\"a\":\"\\\"]\"},\r\n{\"b\":[{}]}]", "data: {}\n{\"error\":{}}\n\n", "data: {\ndata: }\n\n",
		"{\"a\"", "]]],,,[[", ":\n\n\ndata:\n\n", "[{\"a\":\"\\", "x\r\ndata: 1",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		pieces, documents, err := cut(bytes.NewReader(in))
		if joined := strings.Join(pieces, ""); err == nil && joined != string(in) || !strings.HasPrefix(string(in), joined) {
			t.Errorf("%q became %q", in, joined)
		}
		bitPieces, bitDocuments, bitErr := cut(iotest.OneByteReader(bytes.NewReader(in)))
		if !cmp.Equal(pieces, bitPieces) || !cmp.Equal(documents, bitDocuments) || (err == nil) != (bitErr == nil) {
			t.Errorf("whole: %q, %q, %v; byte by byte: %q, %q, %v", pieces, documents, err, bitPieces, bitDocuments, bitErr)
		}
	})
}

// FuzzRawReaderReadsEvents writes documents in each form and wants them back.
func FuzzRawReaderReadsEvents(f *testing.F) {
	f.Add("a", "b\"\\\n]}", byte(0))
	f.Add("{", "data: x", byte(1))
	f.Fuzz(func(t *testing.T, a, b string, form byte) {
		var want []string
		var in strings.Builder
		for i, text := range []string{a, b} {
			document, err := json.Marshal(map[string]any{"text": text, "list": []string{text}})
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, string(document))
			switch form % 3 {
			case 0:
				in.WriteString("data: " + string(document) + "\r\n\r\n")
			case 1:
				in.WriteString("data: " + string(document) + "\n\n")
			default:
				in.WriteString([]string{"[", ",\r\n"}[i] + string(document))
			}
		}
		if form%3 == 2 {
			in.WriteString("]")
		}
		_, documents, err := cut(strings.NewReader(in.String()))
		if diff := cmp.Diff(want, documents); diff != "" || err != nil {
			t.Errorf("%s, %v", diff, err)
		}
	})
}
