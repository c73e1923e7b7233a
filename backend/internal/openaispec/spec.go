// Package openaispec holds JSON against the schemas that OpenAI publishes of its API, for tests alone: what a client's typed SDK was generated from is
// what our answers must be. schemas.json names its source and version; extract makes it.
package openaispec

import (
	"bytes"
	_ "embed" // schemas.json
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The schemas of answers, by the names OpenAI gives them.
const (
	Completion    = "CreateChatCompletionResponse"
	Chunk         = "CreateChatCompletionStreamResponse"
	Response      = "Response"
	ResponseEvent = "ResponseStreamEvent"
	Embeddings    = "CreateEmbeddingResponse"
	Images        = "ImagesResponse"
	Transcript    = "CreateTranscriptionResponseJson"
	VerboseScript = "CreateTranscriptionResponseVerboseJson"
	ScriptEvent   = "CreateTranscriptionResponseStreamEvent"
	Models        = "ListModelsResponse"
	Model         = "Model"
	File          = "OpenAIFile"
	Files         = "ListFilesResponse"
	DeletedFile   = "DeleteFileResponse"
	Error         = "ErrorResponse"
)

//go:embed schemas.json
var document []byte

// resource is where the compiler believes the document to be.
const resource = "schemas.json"

// Spec is the schemas, compiled when they are asked for. It is safe for concurrent use.
type Spec struct {
	defs map[string]any

	mu       sync.Mutex // guards what follows
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
}

// loaded is the schemas, read when they are first asked for.
var loaded = sync.OnceValues(read) //nolint:gochecknoglobals // reading and compiling them takes longer than most tests that want them

// Load gives the schemas. Every caller of a program shares them.
func Load() (*Spec, error) { return loaded() }

func read() (*Spec, error) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return nil, fmt.Errorf("read the schemas: %w", err)
	}
	root, ok := parsed.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the schemas are %T", parsed)
	}
	defs, ok := root["$defs"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("$defs is %T", root["$defs"])
	}
	s := &Spec{defs: defs, compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{}}
	s.compiler.DefaultDraft(jsonschema.Draft2020)
	s.compiler.AssertFormat()
	if err := s.compiler.AddResource(resource, parsed); err != nil {
		return nil, fmt.Errorf("add the schemas: %w", err)
	}
	return s, nil
}

// Check holds a JSON document against a schema. The error names every place that does not fit.
func (s *Spec) Check(schema string, text []byte) error {
	compiled, err := s.schema(schema)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("not JSON: %w in %s", err, text)
	}
	if err := compiled.Validate(value); err != nil {
		return fmt.Errorf("no %s: %w in %s", schema, err, shortened(text))
	}
	return nil
}

// CheckEvents holds a stream of server-sent events against a schema: each is one line of data that fits it, or an error, which is then the last; a
// stream without one ends with [DONE] if done says so. Comment lines are passed over.
func (s *Spec) CheckEvents(schema string, stream []byte, done bool) error {
	ended := false
	for event := range strings.SplitSeq(strings.TrimSuffix(string(stream), "\n\n"), "\n\n") {
		if strings.HasPrefix(event, ":") || event == "" {
			continue
		}
		data, isData := strings.CutPrefix(event, "data: ")
		switch {
		case ended:
			return fmt.Errorf("the stream goes on after its end: %q", event)
		case !isData || strings.ContainsAny(data, "\n\r"):
			return fmt.Errorf("an event is not one line of data: %q", event)
		case data == "[DONE]":
			ended = true
			continue
		}
		name := schema
		if strings.HasPrefix(data, `{"error"`) {
			name, ended = Error, true
		}
		if err := s.Check(name, []byte(data)); err != nil {
			return err
		}
	}
	if done && !ended {
		return fmt.Errorf("the stream does not end with [DONE]")
	}
	return nil
}

// CheckResponseEvents holds a stream of the Responses API against its schema: each event is named by its type and counted, and the last is that of the
// whole response, or an error, if done says that the stream was read to its end. Comment lines are passed over.
func (s *Spec) CheckResponseEvents(stream []byte, done bool) error {
	ended, count := false, 0
	for event := range strings.SplitSeq(strings.TrimSuffix(string(stream), "\n\n"), "\n\n") {
		if strings.HasPrefix(event, ":") || event == "" {
			continue
		}
		first, data, _ := strings.Cut(event, "\ndata: ")
		name, named := strings.CutPrefix(first, "event: ")
		switch {
		case ended:
			return fmt.Errorf("the stream goes on after its end: %q", event)
		case !named || strings.ContainsAny(data, "\n\r"):
			return fmt.Errorf("an event is not its name and one line of data: %q", event)
		case !strings.HasPrefix(data, fmt.Sprintf(`{"type":%q,"sequence_number":%d,`, name, count)):
			return fmt.Errorf("event %d is not of the type %s: %s", count, name, data)
		}
		schema := s.eventSchema(name)
		if schema == "" {
			return fmt.Errorf("OpenAI publishes no event of the type %s", name)
		}
		if err := s.Check(schema, []byte(data)); err != nil {
			return err
		}
		count++
		ended = name == "response.completed" || name == "response.incomplete" || name == "error"
	}
	if done && !ended {
		return fmt.Errorf("the stream has no end")
	}
	return nil
}

// eventSchema gives the one of the schemas that an event may be which is for its type: what does not fit is then told in few words.
func (s *Spec) eventSchema(kind string) string {
	found := ""
	union, _ := s.defs[ResponseEvent].(map[string]any)
	for _, keyword := range []string{"anyOf", "oneOf"} {
		list, _ := union[keyword].([]any)
		for _, each := range list {
			member, _ := each.(map[string]any)
			ref, _ := member["$ref"].(string)
			if name := strings.TrimPrefix(ref, "#/$defs/"); slices.Contains(s.Words(name, "type"), kind) {
				found = name
			}
		}
	}
	return found
}

// Properties gives the names of the properties that a schema knows, or that stand at a path of properties below it, in order. All that a schema may
// be counts, and for a list its items.
func (s *Spec) Properties(schema string, path ...string) []string {
	found := map[string]bool{}
	s.at(s.defs[schema], path, func(object map[string]any) {
		if properties, ok := object["properties"].(map[string]any); ok {
			for name := range properties {
				found[name] = true
			}
		}
	})
	return slices.Sorted(maps.Keys(found))
}

// Words gives the words that may stand at a path of properties below a schema, or for the schema itself, in order.
func (s *Spec) Words(schema string, path ...string) []string {
	found := map[string]bool{}
	s.at(s.defs[schema], path, func(object map[string]any) {
		words, _ := object["enum"].([]any)
		if one, ok := object["const"]; ok {
			words = append(words, one)
		}
		for _, word := range words {
			if text, ok := word.(string); ok {
				found[text] = true
			}
		}
	})
	return slices.Sorted(maps.Keys(found))
}

// at visits the schemas at a path below v.
func (s *Spec) at(v any, path []string, visit func(map[string]any)) {
	s.members(v, func(object map[string]any) {
		if len(path) == 0 {
			visit(object)
			return
		}
		if properties, ok := object["properties"].(map[string]any); ok {
			s.at(properties[path[0]], path[1:], visit)
		}
	})
}

// members visits a schema and those it is made of.
func (s *Spec) members(v any, visit func(map[string]any)) {
	object, ok := v.(map[string]any)
	if !ok {
		return
	}
	visit(object)
	if ref, ok := object["$ref"].(string); ok {
		s.members(s.defs[strings.TrimPrefix(ref, "#/$defs/")], visit)
	}
	s.members(object["items"], visit)
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		if list, ok := object[keyword].([]any); ok {
			for _, each := range list {
				s.members(each, visit)
			}
		}
	}
}

func (s *Spec) schema(name string) (*jsonschema.Schema, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.compiled[name]; known != nil {
		return known, nil
	}
	if s.defs[name] == nil {
		return nil, fmt.Errorf("there is no schema %s", name)
	}
	compiled, err := s.compiler.Compile(resource + "#/$defs/" + name)
	if err != nil {
		return nil, fmt.Errorf("compile the schema %s: %w", name, err)
	}
	s.compiled[name] = compiled
	return compiled, nil
}

// shortened keeps a long document's ends.
func shortened(text []byte) string {
	const ends = 1000
	if len(text) <= 2*ends {
		return string(text)
	}
	return string(text[:ends]) + " … " + string(text[len(text)-ends:])
}
