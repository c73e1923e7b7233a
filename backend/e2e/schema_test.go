package e2e

import (
	"encoding/json"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/shared"

	"gemini-proxy/backend/e2e/stack"
)

// recipe is what an answer is parsed into.
type recipe struct {
	Title   string   `json:"title"`
	Minutes int      `json:"minutes"`
	Vegan   bool     `json:"vegan"`
	Level   string   `json:"level"`
	Note    *string  `json:"note"`
	Steps   []step   `json:"steps"`
	Tags    []string `json:"tags"`
}

type step struct {
	Text string `json:"text"`
}

// recipeSchema is a schema as clients make them from a struct: with definitions, references and a field that may be null.
const recipeSchema = `{
  "$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "additionalProperties": false,
  "required": ["title", "minutes", "vegan", "level", "note", "steps", "tags"],
  "properties": {
    "title": {"type": "string", "minLength": 1},
    "minutes": {"type": "integer", "minimum": 1, "maximum": 600},
    "vegan": {"type": "boolean"},
    "level": {"enum": ["easy", "hard"]},
    "note": {"type": ["string", "null"]},
    "steps": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}},
    "tags": {"type": "array", "items": {"type": "string"}}
  },
  "$defs": {"step": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}, "additionalProperties": false}}
}`

func TestSchema(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	for _, model := range []string{flash, flash25, lite, "gemini-4-argon"} {
		for _, streamed := range []bool{false, true} {
			params := ask(model, "A recipe for pancakes")
			params.ResponseFormat = openai.ChatCompletionNewParamsResponseFormatUnion{OfJSONSchema: &shared.ResponseFormatJSONSchemaParam{
				JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: "recipe", Strict: openai.Bool(true), Schema: json.RawMessage(recipeSchema)},
			}}
			var got recipe
			if err := json.Unmarshal([]byte(say(t, client, params, streamed).Content), &got); err != nil {
				t.Fatalf("%s, streamed %v: the answer is no recipe: %v", model, streamed, err)
			}
			if got.Title == "" || got.Minutes < 1 || got.Minutes > 600 || got.Level != "easy" && got.Level != "hard" || len(got.Steps) == 0 {
				t.Errorf("%s, streamed %v: the recipe does not keep to its schema: %+v", model, streamed, got)
			}
		}
	}
}

func TestJSONObject(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	params := ask(flash, "Any JSON.")
	params.ResponseFormat = openai.ChatCompletionNewParamsResponseFormatUnion{OfJSONObject: &shared.ResponseFormatJSONObjectParam{}}
	var got map[string]any
	if err := json.Unmarshal([]byte(content(chat(t, client, params))), &got); err != nil || len(got) == 0 {
		t.Errorf("the answer is no JSON object: %v", err)
	}
}
