package openai_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/openai"
	"gemini-proxy/backend/internal/openaispec"
)

// seeds gives the golden files of a name.
func seeds(f *testing.F, name string) [][]byte {
	f.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "*", name))
	if err != nil || len(paths) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	var all [][]byte
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, text)
	}
	return all
}

// FuzzChat: whatever comes in, it is refused with a fault of the caller's, or what goes out is JSON.
func FuzzChat(f *testing.F) {
	for _, seed := range seeds(f, "request.openai.json") {
		f.Add(seed, "gemini-3.5-flash")
	}
	f.Add([]byte(`{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA\"}"}}]}]}`), "gemini-2.5-pro")
	f.Fuzz(func(t *testing.T, body []byte, model string) {
		r, err := openai.ParseChat(body)
		if err != nil {
			checkFault(t, err)
			return
		}
		if !json.Valid(body) && !hasControl(body) {
			t.Error("accepted what is not JSON")
		}
		r.Links()
		r.FileIDs()
		r.CallIDs()
		if n := r.FanOut(model); n < 1 || n > 8 {
			t.Errorf("asked %d times", n)
		}
		g, err := openai.ToGemini(r, openai.Options{Model: model})
		if err != nil {
			checkFault(t, err)
			return
		}
		if openai.EstimateTokens(g) < 1 {
			t.Error("no tokens")
		}
		checkRequest(t, g)
		if out := g.Body().Bytes(); !json.Valid(out) && !hasControl(body) {
			t.Errorf("sends what is not JSON: %s", out)
		}
	})
}

// hasControl reports whether there is a control character, which JSON forbids inside strings and the reader lets through.
func hasControl(body []byte) bool {
	return bytes.ContainsFunc(body, func(c rune) bool { return c < 0x20 })
}

func checkFault(t *testing.T, err error) {
	t.Helper()
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Kind != fault.Invalid && e.Kind != fault.NotFound || e.Message == "" {
		t.Errorf("refused with %v", err)
	}
	if out := openai.AppendError(nil, fault.Of(err)); !json.Valid(out) {
		t.Errorf("the refusal is not JSON: %s", out)
	}
}

// checkRequest holds a request against what Gemini insists on.
func checkRequest(t *testing.T, g *gemini.Request) {
	t.Helper()
	if len(g.Contents) == 0 {
		t.Error("no contents")
	}
	open := 0
	for i := range g.Contents {
		calls, results := 0, 0
		for j := range g.Contents[i].Parts {
			if g.Contents[i].Parts[j].FunctionCall != nil {
				calls++
			}
			if g.Contents[i].Parts[j].FunctionResponse != nil {
				results++
			}
		}
		if len(g.Contents[i].Parts) == 0 {
			t.Errorf("turn %d is empty", i)
		}
		if results != open {
			t.Errorf("turn %d has %d results for %d calls", i, results, open)
		}
		open = calls
	}
	if open > 0 {
		t.Errorf("%d calls have no results", open)
	}
}

// FuzzSchema: a schema is refused or becomes one that holds keywords of Gemini's subset alone, and converting it again changes nothing.
func FuzzSchema(f *testing.F) {
	for _, seed := range []string{
		`{}`, `true`, `{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}`,
		`{"$ref":"#/$defs/N","$defs":{"N":{"type":"object","properties":{"n":{"$ref":"#/$defs/N"},"v":{"const":1}},"required":["n","v"]}}}`,
		`{"allOf":[{"$ref":"#/$defs/A"},{"properties":{"b":{"enum":[1,"x",null]}}}],"$defs":{"A":{"properties":{"b":{"type":["string","integer"]}}}}}`,
		`{"anyOf":[{"$ref":"#"},{"type":"null"}]}`, `{"properties":{"properties":{"$ref":"#/properties/properties"}}}`,
		`{"items":[{"type":"string"}],"additionalItems":false,"patternProperties":{"^a":{},"b":false}}`,
		`{"type":["OBJECT","null"],"nullable":true,"exclusiveMinimum":true,"minimum":3,"not":{},"default":{"a":[1]}}`,
		`{"allOf":[{"allOf":[{"$ref":"#/allOf/0"}]}]}`, `{"$ref":"#a","items":{"$anchor":"a","type":"integer","exclusiveMaximum":5}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, schema []byte) {
		if !json.Valid(schema) {
			return
		}
		out, ok := schemaOf(t, schema)
		if !ok {
			return
		}
		var tree any
		if err := json.Unmarshal(out, &tree); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		checkSchema(t, tree, "")
	})
}

// schemaOf converts a schema by way of a request.
func schemaOf(t *testing.T, schema []byte) ([]byte, bool) {
	t.Helper()
	r, err := openai.ParseChat([]byte(body(`"response_format":{"type":"json_schema","json_schema":{"schema":` + string(schema) + `}}`)))
	if err != nil {
		checkFault(t, err)
		return nil, false
	}
	g, err := openai.ToGemini(r, openai.Options{Model: "gemini-3.5-flash"})
	if err != nil {
		checkFault(t, err)
		return nil, false
	}
	return g.Generation.ResponseJSONSchema, len(g.Generation.ResponseJSONSchema) > 0
}

func checkSchema(t *testing.T, value any, path string) {
	t.Helper()
	schema, ok := value.(map[string]any)
	if !ok {
		t.Errorf("%s is no schema: %v", path, value)
		return
	}
	for key, v := range schema {
		at := path + "." + key
		switch key {
		case "type", "format", "title", "description", "enum", "minItems", "maxItems", "minimum", "maximum", "required", "propertyOrdering":
		case "$ref":
			if name, _ := v.(string); !strings.HasPrefix(name, "#/$defs/") || len(schema) > 1 && path != "" {
				t.Errorf("%s: %v beside %d keys", at, v, len(schema)-1)
			}
		case "items":
			checkSchema(t, v, at)
		case "additionalProperties":
			if _, flag := v.(bool); !flag {
				checkSchema(t, v, at)
			}
		case "prefixItems", "anyOf":
			list, ok := v.([]any)
			if !ok {
				t.Errorf("%s is no list: %v", at, v)
			}
			for _, each := range list {
				checkSchema(t, each, at)
			}
		case "properties", "$defs":
			named, ok := v.(map[string]any)
			if !ok {
				t.Errorf("%s holds no schemas by name: %v", at, v)
			}
			for name, each := range named {
				checkSchema(t, each, at+"."+name)
			}
		default:
			t.Errorf("%s is not in the subset", at)
		}
	}
}

// FuzzChunker: whatever Gemini streams, every event is one line of JSON as OpenAI publishes it, and the parts of the stream make the text of
// the whole.
func FuzzChunker(f *testing.F) {
	spec := published(f)
	for _, seed := range seeds(f, "stream.gemini.jsonl") {
		f.Add(seed, true, false)
	}
	f.Fuzz(func(t *testing.T, lines []byte, search, single bool) {
		c := openai.NewChunker(openai.Reply{ID: "chatcmpl-1", Model: "m", Search: search, SingleCall: single}, true)
		var out []byte
		said := map[int]string{}
		for line := range bytes.Lines(lines) {
			if !json.Valid(line) {
				continue // how broken lines are read is tested where they are read
			}
			chunk, err := gemini.DecodeResponse(line)
			if err != nil || chunk.Error != nil {
				continue
			}
			if bytes.Contains(line, []byte("xecut")) {
				continue // code is worded anew
			}
			collect(chunk, said)
			out = c.Next(out, chunk)
		}
		out = c.End(out)
		if err := spec.CheckEvents(openaispec.Chunk, out, true); err != nil {
			t.Error(err)
		}
		heard := listen(t, out)
		if !utf8.Valid(lines) {
			return // each reader replaces broken bytes in its own way
		}
		for index, text := range said {
			if heard[index] != text {
				t.Errorf("choice %d: said %q, heard %q", index, text, heard[index])
			}
		}
	})
}

func collect(chunk *gemini.Response, said map[int]string) {
	for i := range chunk.Candidates {
		candidate := &chunk.Candidates[i]
		for j := range candidate.Content.Parts {
			p := &candidate.Content.Parts[j]
			if p.IsText() && !p.Thought && candidate.Index >= 0 && candidate.Index < 64 {
				said[candidate.Index] += p.Text
			}
		}
	}
}

// listen reads a stream as a client does and gives the text of each choice.
func listen(t *testing.T, events []byte) map[int]string {
	t.Helper()
	heard := map[int]string{}
	text, ended := strings.CutSuffix(string(events), "data: [DONE]\n\n")
	if !ended {
		t.Fatal("no [DONE]")
	}
	for event := range strings.SplitSeq(strings.TrimSuffix(text, "\n\n"), "\n\n") {
		var chunk struct {
			Choices []struct {
				Index int
				Delta struct{ Content string }
			}
		}
		data, _ := strings.CutPrefix(event, "data: ")
		if err := json.Unmarshal([]byte(data), &chunk); err != nil {
			t.Fatalf("%v in %q", err, event)
		}
		for _, choice := range chunk.Choices {
			heard[choice.Index] += choice.Delta.Content
		}
	}
	return heard
}
