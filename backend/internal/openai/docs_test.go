package openai_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/openai"
)

const (
	docs       = "../../../docs/api.md"
	chatSchema = "CreateChatCompletionRequest" // OpenAI's
)

// table gives the rows of the table in docs/api.md whose first heading is this, as cells without their back-quotes.
func table(t *testing.T, heading string) [][]string {
	t.Helper()
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "| "+heading+" |")
	if !found {
		t.Fatalf("no table %q", heading)
	}
	var rows [][]string
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		if len(rows) > 0 && line == "" {
			break
		}
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(line, "|"), " | ") {
			cells = append(cells, strings.Trim(strings.TrimSpace(cell), "`"))
		}
		rows = append(rows, cells)
	}
	if len(rows) < 5 {
		t.Fatalf("table %q has %d rows", heading, len(rows))
	}
	return rows
}

// oddValues are of every kind: whatever a field must be, one of them is not it.
func oddValues() []string { return []string{`true`, `1.5`, `"\u0000odd"`, `[[[]]]`, `{"odd":[]}`} }

// withField gives a request with a value at a path: "a.b.c".
func withField(path, value string) string {
	keys := strings.Split(path, ".")
	for i := len(keys) - 1; i > 0; i-- {
		value = `{"` + keys[i] + `":` + value + `}`
	}
	if keys[0] == "model" || keys[0] == "messages" {
		return strings.Replace(`{"model":"gemini-3.5-flash","messages":[{"role":"user","content":"Hi"}]}`, `{`, `{"`+keys[0]+`":`+value+`,`, 1)
	}
	return body(`"` + keys[0] + `":` + value)
}

func TestDocumentedRequestFields(t *testing.T) {
	baseline, _ := translate(t, body(`"n":1`))
	for _, row := range table(t, "field") {
		path, status := row[0], row[1]
		t.Run(path, func(t *testing.T) {
			switch status {
			case "supported":
				for _, value := range oddValues() {
					if _, err := openai.ParseChat([]byte(withField(path, value))); strings.HasPrefix(errorField(err), path) {
						return
					}
				}
				t.Error("no value of it is refused: the code does not read it")
			case "ignored":
				for _, value := range oddValues() {
					text := withField(path, value)
					if strings.HasPrefix(path, "response_format.") {
						text = strings.Replace(text, `"response_format":{`, `"response_format":{"type":"text",`, 1)
					}
					if got, err := translate(t, text); err != nil || got != baseline {
						t.Errorf("%s: %v, %s", value, err, got)
					}
				}
			default:
				t.Errorf("status %q", status)
			}
		})
	}
}

// TestEveryFieldIsDocumented holds the table against the fields that OpenAI publishes, those inside a field among them, and against what the code
// reads.
func TestEveryFieldIsDocumented(t *testing.T) {
	spec := published(t)
	documented, whole := map[string]bool{}, map[string]bool{}
	for _, row := range table(t, "field") {
		name, _, _ := strings.Cut(row[0], ".")
		documented[name], whole[row[0]] = true, true
	}
	theirs := spec.Properties(chatSchema)
	if len(theirs) < 35 {
		t.Fatalf("OpenAI publishes %d fields: %v", len(theirs), theirs)
	}
	for _, name := range theirs {
		if !documented[name] {
			t.Errorf("OpenAI's field %s is not documented", name)
		}
	}
	for _, path := range [][]string{{"stream_options"}, {"response_format"}, {"response_format", "json_schema"}, {"audio"}} {
		inside := spec.Properties(chatSchema, path...)
		if len(inside) == 0 {
			t.Errorf("nothing is published inside %v", path)
		}
		for _, name := range inside {
			if field := strings.Join(append(path, name), "."); !whole[field] && field != "response_format.json_schema" {
				t.Errorf("OpenAI's field %s is not documented", field)
			}
		}
	}
	for _, name := range fieldsRead(t) {
		if !documented[name] {
			t.Errorf("the code reads %s, which is not documented", name)
		}
	}
}

// TestEveryFormIsDocumented holds the tables of forms against the kinds that OpenAI publishes: each has an example there.
func TestEveryFormIsDocumented(t *testing.T) {
	spec := published(t)
	for _, form := range []struct {
		heading string
		path    []string
		example string
	}{
		{"message", []string{"messages", "role"}, `{"role":"%s"`},
		{"part", []string{"messages", "content", "type"}, `{"type":"%s"`},
		{"tool", []string{"tools", "type"}, `{"type":"%s"`},
		{"tool_choice", []string{"tool_choice", "type"}, `{"type":"%s"`},
		{"tool_choice", []string{"tool_choice"}, `"%s"`},
	} {
		kinds := spec.Words(chatSchema, form.path...)
		if len(kinds) < 2 {
			t.Errorf("OpenAI publishes %v for %v", kinds, form.path)
		}
		for _, kind := range kinds {
			example := fmt.Sprintf(form.example, kind)
			if !slices.ContainsFunc(table(t, form.heading), func(row []string) bool { return strings.Contains(row[0], example) }) {
				t.Errorf("the table of each %s has no %s", form.heading, example)
			}
		}
	}
}

// TestEveryWordIsTaken: each word that OpenAI publishes for a field is taken, but those documented as refused.
func TestEveryWordIsTaken(t *testing.T) {
	spec := published(t)
	const speaking = `{"model":"gemini-3.8-flash-tts","messages":[{"role":"user","content":"Hi"}],`
	for _, field := range []struct {
		path    []string
		refused string
		request string
	}{
		{[]string{"service_tier"}, "", body(`"service_tier":"%s"`)},
		{[]string{"reasoning_effort"}, "", body(`"reasoning_effort":"%s"`)},
		{[]string{"verbosity"}, "", body(`"verbosity":"%s"`)},
		{[]string{"prompt_cache_retention"}, "", body(`"prompt_cache_retention":"%s"`)},
		{[]string{"function_call"}, "", body(`"functions":[{"name":"f"}],"function_call":"%s"`)},
		{[]string{"tool_choice"}, "", body(oneTool + `,"tool_choice":"%s"`)},
		{[]string{"response_format", "type"}, "", body(`"response_format":{"type":"%s","json_schema":{"name":"a","schema":{}}}`)},
		{[]string{"modalities"}, "", speaking + `"modalities":["%s"]}`},
		{[]string{"audio", "voice"}, "", speaking + `"modalities":["audio"],"audio":{"voice":"%s","format":"wav"}}`},
		{[]string{"audio", "format"}, "aac flac mp3 opus", speaking + `"modalities":["audio"],"audio":{"voice":"alloy","format":"%s"}}`},
		{[]string{"messages", "content", "image_url", "detail"}, "", with(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"%s"}}]}`)},
		{[]string{"messages", "content", "input_audio", "format"}, "", with(`{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"%s"}}]}`)},
	} {
		words := spec.Words(chatSchema, field.path...)
		if len(words) < 2 {
			t.Errorf("OpenAI publishes %v for %v", words, field.path)
		}
		for _, word := range words {
			_, err := translate(t, fmt.Sprintf(field.request, word))
			if refused := slices.Contains(strings.Fields(field.refused), word); refused != (err != nil) {
				t.Errorf("%v %q: %v", field.path, word, err)
			}
		}
	}
}

// fieldsRead gives the names in the outermost switches of the functions that read a request's fields.
func fieldsRead(t *testing.T) []string {
	t.Helper()
	readers := map[string]string{"basics": "request.go", "samplingField": "request.go", "answerField": "request.go", "toolField": "tool.go"}
	var names []string
	for function, file := range readers {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		before := len(names)
		for _, declared := range parsed.Decls {
			if f, ok := declared.(*ast.FuncDecl); ok && f.Name.Name == function {
				names = append(names, outerCases(t, f)...)
			}
		}
		if len(names) == before {
			t.Errorf("%s reads no field", function)
		}
	}
	return names
}

func outerCases(t *testing.T, f *ast.FuncDecl) []string {
	t.Helper()
	var names []string
	for _, statement := range f.Body.List {
		outer, ok := statement.(*ast.SwitchStmt)
		if !ok {
			continue
		}
		for _, clause := range outer.Body.List {
			cases, ok := clause.(*ast.CaseClause)
			if !ok {
				t.Fatalf("a switch with %T in it", clause)
			}
			for _, value := range cases.List {
				literal, ok := value.(*ast.BasicLit)
				if !ok {
					t.Fatalf("a case of %T", value)
				}
				name, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				names = append(names, name)
			}
		}
	}
	return names
}

// TestDocumentedForms tries every example of a message, part, tool and choice.
func TestDocumentedForms(t *testing.T) {
	const (
		hi   = `{"role":"user","content":"Hi"}`
		call = `{"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]}`
	)
	forms := []struct {
		heading string
		request func(example string) string
	}{
		{"message", func(example string) string { return with(hi + `,` + call + `,` + example + `,` + hi) }},
		{"part", func(example string) string { return with(`{"role":"user","content":[` + example + `]}`) }},
		{"tool", func(example string) string { return body(`"tools":[` + example + `]`) }},
		{"tool_choice", func(example string) string { return body(oneTool + `,"tool_choice":` + example) }},
	}
	for _, form := range forms {
		for _, row := range table(t, form.heading) {
			t.Run(form.heading+" "+row[0], func(t *testing.T) {
				_, err := translate(t, form.request(row[0]))
				if refused := err != nil; refused != (row[1] == "refused") {
					t.Errorf("documented as %s: %v", row[1], err)
				}
			})
		}
	}
}

func TestDocumentedEfforts(t *testing.T) {
	efforts := strings.Fields("none minimal low medium high xhigh max")
	for _, row := range table(t, "model") {
		for i, effort := range efforts {
			r := parse(t, body(`"reasoning_effort":"`+effort+`"`))
			g, err := openai.ToGemini(r, openai.Options{Model: row[0]})
			if err != nil {
				t.Fatal(err)
			}
			got := "–"
			if thinking := g.Generation.Thinking; thinking != nil {
				if got = thinking.Level; thinking.Budget != nil {
					got += strconv.Itoa(*thinking.Budget)
				}
			}
			if got != row[i+1] {
				t.Errorf("%s, %s: documented %s, sent %s", row[0], effort, row[i+1], got)
			}
		}
	}
}

func TestDocumentedFinishReasons(t *testing.T) {
	for _, row := range table(t, "Gemini's finish reason") {
		answer := &gemini.Response{Candidates: []gemini.Candidate{{FinishReason: row[0], Content: gemini.Content{Parts: []gemini.Part{{Text: "x"}}}}}}
		if got := openai.FromGemini(answer, openai.Reply{}).Choices[0].FinishReason; got != row[1] {
			t.Errorf("%s: documented %s, is %s", row[0], row[1], got)
		}
	}
}

// translate gives the upstream body of a request for its own model.
func translate(t *testing.T, text string) (string, error) {
	t.Helper()
	if !json.Valid([]byte(text)) {
		return "", fmt.Errorf("the test's own request is not JSON: %s", text)
	}
	r, err := openai.ParseChat([]byte(text))
	if err != nil {
		return "", err
	}
	o := openai.Options{Model: openai.BareModel(r.Model), Files: map[string]gemini.FileData{"file-1": {MIMEType: "application/pdf", FileURI: "gemini-proxy:file-1"}}}
	g, err := openai.ToGemini(r, o)
	if err != nil {
		return "", err
	}
	return string(g.Body().Bytes()), nil
}
