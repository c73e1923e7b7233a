package gemini

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func documents(t *testing.T, src io.Reader) ([]string, error) {
	t.Helper()
	r := newEventReader(src)
	var all []string
	for {
		data, err := r.next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, string(data))
	}
}

func TestEventReaderCutsWhateverGeminiSends(t *testing.T) {
	pretty := "{\n  \"error\": {\n    \"code\": 503,\n    \"message\": \"data: not an event\"\n  }\n}"
	cases := map[string]struct {
		in   string
		want []string
	}{
		"lf":                          {"data: {\"a\":1}\n\ndata: {\"a\":2}\n\n", []string{`{"a":1}`, `{"a":2}`}},
		"crlf":                        {"data: {\"a\":1}\r\n\r\ndata: {\"a\":2}\r\n\r\n", []string{`{"a":1}`, `{"a":2}`}},
		"cr":                          {"data: {\"a\":1}\r\rdata: {\"a\":2}\r\r", []string{`{"a":1}`, `{"a":2}`}},
		"no space after the colon":    {"data:{\"a\":1}\n\n", []string{`{"a":1}`}},
		"comments and other fields":   {": hello\n\nevent: x\nid: 7\nretry: 10\ndata: {}\n\n", []string{`{}`}},
		"data over several lines":     {"data: {\"a\":\ndata: 1}\n\n", []string{"{\"a\":\n1}"}},
		"no blank line at the end":    {"data: {\"a\":1}\n\ndata: {\"a\":2}", []string{`{"a":1}`, `{"a":2}`}},
		"bare error after events":     {"data: {\"a\":1}\r\n\r\n" + pretty + "\n", []string{`{"a":1}`, pretty}},
		"bare error instead":          {pretty, []string{pretty}},
		"bare error between":          {pretty + "\ndata: {\"a\":1}\n\n", []string{pretty, `{"a":1}`}},
		"an array of documents":       {"[{\"a\":1}\n,\r\n{\"a\":2}\n]\n", []string{`{"a":1}`, `{"a":2}`}},
		"a pretty array":              {"[\n{\n  \"a\": [\n    1\n  ]\n}\n,\n{\n  \"a\": 2\n}\n]\n", []string{"{\n\"a\": [\n1\n]\n}", "{\n\"a\": 2\n}"}},
		"an array on one line":        {`[{"error":{"code":400}}]`, []string{`{"error":{"code":400}}`}},
		"nothing":                     {"", nil},
		"only a comment":              {": ping\n\n", nil},
		"more blank lines than asked": {"\n\n\ndata: {}\n\n\n\n", []string{`{}`}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			readers := map[string]io.Reader{
				"whole":     strings.NewReader(tc.in),
				"by byte":   iotest.OneByteReader(strings.NewReader(tc.in)),
				"data+EOF":  iotest.DataErrReader(strings.NewReader(tc.in)),
				"by halves": iotest.HalfReader(strings.NewReader(tc.in)),
			}
			for how, src := range readers {
				got, err := documents(t, src)
				if err != nil {
					t.Fatalf("%s: %v", how, err)
				}
				trim := cmp.Transformer("trim", func(s string) string { return strings.ReplaceAll(s, "  ", "") })
				if diff := cmp.Diff(tc.want, got, trim); diff != "" {
					t.Errorf("%s: %s", how, diff)
				}
			}
		})
	}
}

func TestEventReaderTakesVeryLongLines(t *testing.T) {
	long := `{"data":"` + strings.Repeat("QUJD", 1<<20) + `"}`
	got, err := documents(t, iotest.HalfReader(strings.NewReader("data: "+long+"\r\n\r\ndata: {}\r\n\r\n")))
	if err != nil || len(got) != 2 || got[0] != long {
		t.Fatalf("%d documents, %v", len(got), err)
	}
}

func TestEventReaderRefusesAnEndlessEvent(t *testing.T) {
	endless := io.MultiReader(strings.NewReader("data: "), iotest.HalfReader(zeroes{}))
	if _, err := documents(t, endless); !errors.Is(err, errEventTooLong) {
		t.Errorf("got %v", err)
	}
}

// zeroes never ends.
type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

func TestEventReaderTellsACutFromAnEnd(t *testing.T) {
	if got, err := documents(t, iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("data: {}\n\n")))); err == nil {
		t.Errorf("a cut stream ended well after %q", got)
	}
	if _, err := documents(t, strings.NewReader("{\n  \"error\": {\n")); !errors.Is(err, ErrMalformed) {
		t.Errorf("half a bare document: %v", err)
	}
}

func TestEventReaderKnowsWhatIsReady(t *testing.T) {
	r := newEventReader(strings.NewReader("data: {}\r\n\r\ndata: {}\r\n\r\n"))
	for i, want := range []bool{true, false} {
		if _, err := r.next(); err != nil {
			t.Fatal(err)
		}
		if r.ready() != want {
			t.Errorf("after event %d ready is %v", i+1, !want)
		}
	}
}

func FuzzEventReader(f *testing.F) {
	for _, seed := range []string{"data: {}\r\n\r\n", "{\n\"error\":{}\n}", "[{\"a\":1}\n,{}]", ":\n\n", "data\n\n", "data: \xff\r\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		whole, wholeErr := documents(t, strings.NewReader(string(in)))
		bytewise, byteErr := documents(t, iotest.OneByteReader(strings.NewReader(string(in))))
		if diff := cmp.Diff(whole, bytewise); diff != "" || (wholeErr == nil) != (byteErr == nil) {
			t.Errorf("depends on how it arrives: %v, %v\n%s", wholeErr, byteErr, diff)
		}
	})
}
