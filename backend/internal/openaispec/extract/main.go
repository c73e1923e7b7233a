// Command extract writes the part of OpenAI's API description that the tests hold this server against: the named schemas and all they refer to,
// as JSON Schema, without descriptions and examples.
//
//	go run ./internal/openaispec/extract COMMIT < openapi.json > internal/openaispec/schemas.json
//
// openapi.json is that of github.com/openai/openai-openapi at COMMIT.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// wanted are the schemas by which a request or an answer of a surface that we serve is known, and the form of every error.
const wanted = `
	CreateChatCompletionRequest CreateChatCompletionResponse CreateChatCompletionStreamResponse
	CreateResponse Response ResponseStreamEvent
	CreateEmbeddingRequest CreateEmbeddingResponse
	CreateImageRequest CreateImageEditRequest ImagesResponse
	CreateSpeechRequest
	CreateTranscriptionRequest CreateTranscriptionResponseJson CreateTranscriptionResponseVerboseJson CreateTranscriptionResponseStreamEvent
	CreateTranslationRequest CreateTranslationResponseJson CreateTranslationResponseVerboseJson
	ListModelsResponse Model
	OpenAIFile ListFilesResponse DeleteFileResponse
	ErrorResponse`

const refPrefix = "#/components/schemas/"

// description is an OpenAPI 3.1 document, as far as it is read.
type description struct {
	OpenAPI    string `json:"openapi"`
	Info       struct{ Version string }
	Components struct{ Schemas map[string]any }
}

// extract is what is written.
type extract struct {
	Schema  string         `json:"$schema"`
	Comment string         `json:"$comment"`
	Defs    map[string]any `json:"$defs"`
}

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string, from io.Reader, to io.Writer) error {
	if len(args) != 1 {
		return errors.New("name the commit of the description")
	}
	var d description
	if err := json.NewDecoder(from).Decode(&d); err != nil {
		return fmt.Errorf("read the description: %w", err)
	}
	if !strings.HasPrefix(d.OpenAPI, "3.1.") {
		return fmt.Errorf("OpenAPI %s: only the schemas of 3.1 are JSON Schema", d.OpenAPI)
	}
	out := extract{
		Schema: "https://json-schema.org/draft/2020-12/schema",
		Comment: "Extracted from openapi.json of github.com/openai/openai-openapi (MIT), commit " + args[0] + ", API version " + d.Info.Version +
			", by internal/openaispec/extract. Do not edit.",
		Defs: map[string]any{},
	}
	todo := strings.Fields(wanted)
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if out.Defs[name] != nil {
			continue
		}
		schema, known := d.Components.Schemas[name]
		if !known {
			return fmt.Errorf("the description has no schema %s", name)
		}
		var refers []string
		out.Defs[name], refers = reduce(schema, false)
		todo = append(todo, refers...)
	}
	text, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		return fmt.Errorf("write the schemas: %w", err)
	}
	_, err = to.Write(append(text, '\n'))
	return err
}

// reduce gives a schema without what only readers need, and the names of those it refers to. names says that the keys of an object are names of
// properties and not keywords.
func reduce(v any, names bool) (reduced any, refers []string) {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			var more []string
			list[i], more = reduce(v[i], false)
			refers = append(refers, more...)
		}
		return list, refers
	case map[string]any:
		object := map[string]any{}
		for key, value := range v {
			if !names && spoken(key) {
				continue
			}
			if ref, isText := value.(string); key == "$ref" && isText && !names {
				name := strings.TrimPrefix(ref, refPrefix)
				object[key], refers = "#/$defs/"+name, append(refers, name)
				continue
			}
			var more []string
			object[key], more = reduce(value, key == "properties" && !names)
			refers = append(refers, more...)
		}
		if v["nullable"] == true && !names { // OpenAPI 3.0's word, which 3.1 no longer has
			return map[string]any{"anyOf": []any{object, map[string]any{"type": "null"}}}, refers
		}
		return object, refers
	default:
		return v, nil
	}
}

// spoken reports a keyword that holds no instance to anything.
func spoken(key string) bool {
	switch key {
	case "description", "title", "example", "examples", "default", "deprecated", "nullable", "discriminator", "externalDocs",
		"$recursiveAnchor", "$recursiveRef": // of an older draft, in the filters of file search, which is not served
		return true
	}
	return strings.HasPrefix(key, "x-")
}
