package adminapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// schema is what the tests read of a JSON schema in the specification.
type schema struct {
	Ref        string            `json:"$ref"`
	AllOf      []schema          `json:"allOf"`
	Type       string            `json:"type"`
	Format     string            `json:"format"`
	Enum       []any             `json:"enum"`
	Minimum    *float64          `json:"minimum"`
	Maximum    *float64          `json:"maximum"`
	Nullable   bool              `json:"x-nullable"`
	Required   []string          `json:"required"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
}

// operation is what the tests read of one.
type operation struct {
	ID         string                `json:"operationId"`
	Consumes   []string              `json:"consumes"`
	Security   []map[string][]string `json:"security"`
	Parameters []struct {
		Name      string   `json:"name"`
		In        string   `json:"in"`
		Type      string   `json:"type"`
		Format    string   `json:"format"`
		Enum      []string `json:"enum"`
		MaxLength *int     `json:"maxLength"`
		Schema    schema   `json:"schema"`
	} `json:"parameters"`
	Responses map[string]struct {
		Schema *schema `json:"schema"`
	} `json:"responses"`
}

// contract is the specification as the tests hold answers against it.
type contract struct {
	Paths       map[string]map[string]operation `json:"paths"`
	Definitions map[string]schema               `json:"definitions"`
}

//nolint:gochecknoglobals // read once for all tests
var theContract = sync.OnceValues(func() (c contract, err error) {
	err = json.Unmarshal(spec, &c)
	return c, err
})

// find gives the operation of a request; nil when there is none.
func (c *contract) find(method, path string) *operation {
	path = strings.TrimPrefix(path, Prefix)
	if operations, ok := c.Paths[path]; ok { // before a path with parameters that fits it too
		if op, ok := operations[strings.ToLower(method)]; ok {
			return &op
		}
	}
	for pattern, operations := range c.Paths {
		if op, ok := operations[strings.ToLower(method)]; ok && fits(pattern, path) {
			return &op
		}
	}
	return nil
}

func fits(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i, part := range want {
		if part != got[i] && !strings.HasPrefix(part, "{") {
			return false
		}
	}
	return true
}

// checkContract holds an answer against the specification: its status is listed there, and its body is as it says, without a field more.
func checkContract(t testing.TB, r *http.Request, w *httptest.ResponseRecorder) {
	t.Helper()
	c := must(theContract())(t)
	op := c.find(r.Method, r.URL.Path)
	if op == nil {
		return // no path or method of ours
	}
	answer, listed := op.Responses[strconv.Itoa(w.Code)]
	if !listed {
		t.Errorf("%s answers %d, which the spec does not list: %.300s", op.ID, w.Code, w.Body)
		return
	}
	if answer.Schema == nil || !strings.HasSuffix(w.Header().Get("Content-Type"), "json") && !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		if answer.Schema == nil && w.Body.Len() > 0 {
			t.Errorf("%s answers %d with a body, which the spec says has none", op.ID, w.Code)
		}
		return
	}
	var body any
	decoder := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	decoder.UseNumber()
	if err := decoder.Decode(&body); err != nil {
		t.Errorf("%s answers no JSON: %v", op.ID, err)
		return
	}
	for _, complaint := range c.check(answer.Schema, body, "") {
		t.Errorf("%s answers %d: %s", op.ID, w.Code, complaint)
	}
}

// check gives what is wrong with a value at a path.
func (c *contract) check(s *schema, v any, at string) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, at+" "+fmt.Sprintf(format, args...)) }
	nullable := s.Nullable
	for s.Ref != "" || len(s.AllOf) == 1 && s.Properties == nil {
		if s.Ref == "" {
			s = &s.AllOf[0]
			continue
		}
		next, ok := c.Definitions[strings.TrimPrefix(s.Ref, "#/definitions/")]
		if !ok {
			say("has no definition %s", s.Ref)
			return wrong
		}
		s = &next
		nullable = nullable || s.Nullable
	}
	if v == nil {
		if !nullable {
			say("is null")
		}
		return wrong
	}
	switch s.Type {
	case "object":
		return append(wrong, c.checkObject(s, v, at)...)
	case "array":
		list, ok := v.([]any)
		if !ok {
			say("is no list")
		}
		for i, item := range list {
			wrong = append(wrong, c.check(s.Items, item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case "string":
		text, ok := v.(string)
		if !ok {
			say("is no text")
		}
		if _, err := time.Parse(time.RFC3339Nano, text); s.Format == "date-time" && (err != nil || !strings.HasSuffix(text, "Z")) {
			say("is no time in UTC: %q", text)
		}
		if len(s.Enum) > 0 && !slices.Contains(s.Enum, any(text)) {
			say("is %q, none of %v", text, s.Enum)
		}
	case "integer", "number":
		number, ok := v.(json.Number)
		f, err := number.Float64()
		if !ok || err != nil || s.Type == "integer" && f != math.Trunc(f) {
			say("is no %s: %v", s.Type, v)
		}
		if s.Minimum != nil && f < *s.Minimum || s.Maximum != nil && f > *s.Maximum {
			say("is out of its range: %v", v)
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			say("is neither true nor false")
		}
	}
	return wrong
}

func (c *contract) checkObject(s *schema, v any, at string) (wrong []string) {
	fields, ok := v.(map[string]any)
	if !ok {
		return []string{at + " is no object"}
	}
	for _, name := range s.Required {
		if _, ok := fields[name]; !ok {
			wrong = append(wrong, at+"."+name+" is missing")
		}
	}
	if s.Properties == nil { // any object, or a map
		return wrong
	}
	for name, value := range fields {
		property, known := s.Properties[name]
		if !known {
			wrong = append(wrong, at+"."+name+" is not in the spec")
			continue
		}
		wrong = append(wrong, c.check(&property, value, at+"."+name)...)
	}
	return wrong
}

func TestContractIsHeldAgainstAnswers(t *testing.T) {
	c := contract{Definitions: map[string]schema{"Thing": {Type: "object", Required: []string{"id"}, Properties: map[string]schema{
		"id": {Type: "integer"}, "name": {Type: "string", Nullable: true, Enum: []any{"a"}}, "at": {Type: "string", Format: "date-time"},
		"list": {Type: "array", Items: &schema{Type: "boolean"}},
	}}}}
	for body, complaints := range map[string]int{
		`{"id":1,"name":"a","at":"2026-11-23T02:48:17Z","list":[true]}`: 0, `{"id":1,"name":null}`: 0,
		`{}`: 1, `{"id":1.5}`: 1, `{"id":"1"}`: 1, `{"id":null}`: 1, `{"id":1,"name":"b"}`: 1, `{"id":1,"more":1}`: 1, `[]`: 1,
		`{"id":1,"at":"2026-11-23T02:48:17+01:00"}`: 1, `{"id":1,"list":[1,2]}`: 2, `{"id":1,"list":{}}`: 1,
	} {
		var v any
		decoder := json.NewDecoder(strings.NewReader(body))
		decoder.UseNumber()
		if err := decoder.Decode(&v); err != nil {
			t.Fatal(err)
		}
		if wrong := c.check(&schema{Ref: "#/definitions/Thing"}, v, ""); len(wrong) != complaints {
			t.Errorf("%s: %v", body, wrong)
		}
	}
	if fits("/user-keys/{id}", "/user-keys/7/rotate") || fits("/user-keys/{id}", "/models/7") || !fits("/user-keys/{id}/rotate", "/user-keys/7/rotate") {
		t.Error("paths do not fit as they should")
	}
}
