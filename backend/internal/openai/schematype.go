package openai

import (
	"strings"

	"gemini-proxy/backend/internal/jsonio"
)

// types is the types a schema allows, in the order it names them.
type types struct {
	list  [6]string // there are no more kinds, null apart
	count int
	null  bool
}

func (t *types) kinds() []string { return t.list[:t.count] }

func (t *types) integer() bool { return t.count == 1 && t.list[0] == "integer" }

// allow adds a type; what is no type of JSON Schema is passed over.
func (t *types) allow(kind string) {
	switch kind = strings.ToLower(kind); kind {
	case "null":
		t.null = true
	case "string", "number", "integer", "boolean", "array", "object":
		for _, known := range t.kinds() {
			if known == kind {
				return
			}
		}
		t.list[t.count] = kind
		t.count++
	}
}

// write puts the type into a converted schema, with "null" beside it where null is allowed. Several types become anyOf, by splitTypes.
func (t *types) write(out *node) {
	switch {
	case t.count == 0 && t.null:
		out.add("type", stringNode("null"))
	case t.count == 1 && t.null:
		out.add("type", array(stringNode(t.list[0]), stringNode("null")))
	case t.count == 1:
		out.add("type", stringNode(t.list[0]))
	}
}

// typesOf gives the types a schema allows. A type that is not written is inferred from the keywords that only make sense for one.
func typesOf(n *node) types {
	var t types
	written := n.at("type")
	switch {
	case written == nil:
		if kind := inferred(n); kind != "" {
			t.allow(kind)
			t.null = n.isTrue("nullable")
		}
		return t
	case written.kind == jsonio.String:
		t.allow(written.text)
	case written.kind == jsonio.Array:
		for _, kind := range written.vals {
			t.allow(kind.text)
		}
	}
	t.null = t.null || n.isTrue("nullable")
	return t
}

func inferred(n *node) string {
	switch {
	case n.at("properties") != nil, n.at("patternProperties") != nil:
		return "object"
	case n.at("items") != nil, n.at("prefixItems") != nil:
		return "array"
	case n.at("const") != nil:
		return typeOfValues([]*node{n.at("const")})
	case n.at("enum") != nil:
		return typeOfValues(n.at("enum").vals)
	}
	return ""
}

// typeOfValues gives the type that all the values have, null left out, or "".
func typeOfValues(values []*node) string {
	found := ""
	for _, v := range values {
		var t string
		switch v.kind {
		case jsonio.String:
			t = "string"
		case jsonio.Bool:
			t = "boolean"
		case jsonio.Number:
			t = "number"
			if _, whole := v.whole(); whole {
				t = "integer"
			}
		case jsonio.Null:
			continue
		default:
			return ""
		}
		switch {
		case found == "" || found == t:
			found = t
		case found == "integer" && t == "number", found == "number" && t == "integer":
			found = "number"
		default:
			return ""
		}
	}
	return found
}

// setValues writes enum and const as enum where Gemini reads it, which is for strings and numbers; other values are described.
func setValues(n, out *node, notes []string) []string {
	values := n.at("enum")
	if value := n.at("const"); value != nil {
		values = array(value)
	}
	if values == nil || values.kind != jsonio.Array {
		return notes
	}
	kept := array()
	for _, v := range values.vals {
		switch v.kind {
		case jsonio.String, jsonio.Number:
			kept.vals = append(kept.vals, v)
		case jsonio.Null:
		default:
			return append(notes, "One of: "+values.json()+".")
		}
	}
	switch {
	case len(kept.vals) > 0:
		out.add("enum", kept)
	case len(values.vals) > 0:
		out.set("type", stringNode("null")) // null is all there is
	}
	return notes
}

// allowsNull reports whether the schema allows null, by its type or by its values.
func allowsNull(n *node, types types) bool {
	null := types.null
	if values := n.at("enum"); values != nil {
		for _, v := range values.vals {
			null = null || v.kind == jsonio.Null
		}
	}
	return null
}

// splitTypes turns a schema of several types, or of values that may also be null, into anyOf with one option each, which keeps the
// keywords that concern its type: an enum is of one type, and says nothing of null.
func splitTypes(n, out *node, types types) {
	values := out.at("enum")
	kinds := types.kinds()
	if values != nil && len(kinds) == 0 {
		kinds = typesOfValues(values.vals)
	}
	null := allowsNull(n, types)
	if len(kinds) < 2 && (values == nil || !null) {
		return
	}
	list := array()
	for _, t := range kinds {
		if option := optionOf(out, t); option != nil {
			list.vals = append(list.vals, option)
		}
	}
	if null {
		option := object()
		option.add("type", stringNode("null"))
		list.vals = append(list.vals, option)
	}
	*out = node{kind: jsonio.Object}
	out.add("anyOf", list)
}

// optionOf gives the part of a schema that concerns one type, nil when none of its values has that type.
func optionOf(out *node, kind string) *node {
	option := object()
	option.add("type", stringNode(kind))
	for i, key := range out.keys {
		if key != "enum" {
			if concerns(key, kind) {
				option.add(key, out.vals[i])
			}
			continue
		}
		values := array()
		for _, v := range out.vals[i].vals {
			if t := typeOfValues([]*node{v}); t == kind || t == "integer" && kind == "number" {
				values.vals = append(values.vals, v)
			}
		}
		if len(values.vals) == 0 {
			return nil
		}
		option.add(key, values)
	}
	return option
}

// typesOfValues gives the types that the values have, strings before numbers.
func typesOfValues(values []*node) []string {
	var texts, numbers []*node
	for _, v := range values {
		if v.kind == jsonio.String {
			texts = append(texts, v)
		} else {
			numbers = append(numbers, v)
		}
	}
	var types []string
	if len(texts) > 0 {
		types = append(types, "string")
	}
	if t := typeOfValues(numbers); t != "" {
		types = append(types, t)
	}
	return types
}

func concerns(key, kind string) bool {
	switch key {
	case "format":
		return kind == "string" || kind == "number" || kind == "integer"
	case "minimum", "maximum":
		return kind == "number" || kind == "integer"
	case "items", "prefixItems", "minItems", "maxItems":
		return kind == "array"
	case "properties", "required", "additionalProperties", "propertyOrdering":
		return kind == "object"
	}
	return false
}
