package geminisim

import (
	"strconv"
	"strings"
)

const (
	maxDepth  = 8
	maxValues = 2000 // in one instance
	maxLength = 10_000
)

// instance makes the smallest value that is valid for a schema, JSON Schema or the API's own. A string's pattern is
// not honoured.
func instance(schema node) node {
	return (&maker{root: schema}).make(schema, 0)
}

type maker struct {
	root node
	made int
}

func (m *maker) make(s node, depth int) node {
	m.made++
	if s.kind != objectKind || depth > maxDepth || m.made > maxValues {
		return node{}
	}
	if ref := s.get("$ref").text; ref != "" {
		return m.make(m.resolve(ref), depth+1)
	}
	for _, name := range []string{"anyOf", "oneOf"} {
		if options := s.get(name).items; len(options) > 0 {
			return m.make(options[0], depth+1)
		}
	}
	if options := s.get("enum").items; len(options) > 0 {
		return options[0]
	}
	if fixed := s.get("const"); fixed.kind != nullKind {
		return fixed
	}
	switch schemaType(s) {
	case "object":
		return m.object(s, depth)
	case "array":
		return m.array(s, depth)
	case "string":
		return text(s)
	case "integer":
		return number(s, true)
	case "number":
		return number(s, false)
	case "boolean":
		return node{kind: boolKind, text: "true"}
	case "null":
		return node{}
	}
	return node{kind: stringKind, text: "simulated"}
}

// schemaType is the type in lower case: the first that is not null, or what the other keywords imply.
func schemaType(s node) string {
	t := s.get("type")
	for _, item := range t.items {
		if item.text != "null" {
			return strings.ToLower(item.text)
		}
	}
	switch {
	case t.text != "":
		return strings.ToLower(t.text)
	case len(t.items) > 0:
		return "null"
	case s.has("properties"):
		return "object"
	case s.has("items"), s.has("prefixItems"):
		return "array"
	}
	return ""
}

// resolve follows "#", "#/$defs/Name" and longer pointers.
func (m *maker) resolve(ref string) node {
	at := m.root
	for _, step := range strings.Split(strings.TrimPrefix(strings.TrimPrefix(ref, "#"), "/"), "/") {
		if step != "" {
			at = at.get(strings.NewReplacer("~1", "/", "~0", "~").Replace(step))
		}
	}
	return at
}

// object fills every property, but the optional ones only near the top, so that cycles end.
func (m *maker) object(s node, depth int) node {
	out := node{kind: objectKind}
	required := map[string]bool{}
	for _, name := range s.get("required").items {
		required[name.text] = true
	}
	for _, f := range s.get("properties").fields {
		if required[f.name] || depth < 2 {
			out.fields = append(out.fields, field{f.name, m.make(f.value, depth+1)})
		}
	}
	return out
}

func (m *maker) array(s node, depth int) node {
	out := node{kind: listKind}
	for _, item := range s.get("prefixItems").items {
		out.items = append(out.items, m.make(item, depth+1))
	}
	least, _ := s.number("minItems")
	want := int(min(max(least, 1), 100))
	if most, ok := s.number("maxItems"); ok {
		want = min(want, int(most))
	}
	if depth > maxDepth/2 {
		want = int(min(least, 100))
	}
	for len(out.items) < want && s.has("items") {
		out.items = append(out.items, m.make(s.get("items"), depth+1))
	}
	return out
}

func text(s node) node {
	value := "simulated"
	switch s.get("format").text {
	case "date-time":
		value = "2026-01-02T03:04:05Z"
	case "date":
		value = "2026-01-02"
	case "time":
		value = "03:04:05Z"
	case "email":
		value = "someone@example.com"
	case "uri", "url":
		value = "https://example.com/"
	case "uuid":
		value = "00000000-0000-4000-8000-000000000000"
	}
	if least, ok := s.number("minLength"); ok && len(value) < int(least) {
		value += strings.Repeat("x", max(0, min(int(least), maxLength)-len(value)))
	}
	if most, ok := s.number("maxLength"); ok && most >= 0 && len(value) > int(most) {
		value = value[:int(most)]
	}
	return node{kind: stringKind, text: value}
}

func number(s node, whole bool) node {
	step, stepped := s.number("multipleOf")
	value := 1.0
	if stepped && step > 0 {
		value = step
	}
	if least, ok := s.number("minimum"); ok && value < least {
		value = least
	}
	if least, ok := s.number("exclusiveMinimum"); ok && value <= least {
		value = least + 1
	}
	if most, ok := s.number("maximum"); ok && value > most {
		value = most
	}
	if most, ok := s.number("exclusiveMaximum"); ok && value >= most {
		value = most - 1
	}
	if whole {
		return node{kind: numberKind, text: strconv.FormatInt(int64(value), 10)}
	}
	return node{kind: numberKind, text: strconv.FormatFloat(value, 'f', -1, 64)}
}
