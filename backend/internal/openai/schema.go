package openai

import (
	"strings"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/jsonio"
)

// converter turns one JSON Schema of any draft into the subset Gemini reads in its *JsonSchema fields: $defs, $ref, $anchor, $id, type,
// format, title, description, enum, items, prefixItems, minItems, maxItems, minimum, maximum, anyOf, properties, additionalProperties,
// required and propertyOrdering (Google's SDKs, GenerationConfig.responseJsonSchema). What has no place in the subset but means
// something to a reader of the schema goes into the description; the rest is dropped.
type converter struct {
	root    *node
	ordered bool // write propertyOrdering: the answer's properties shall come in this order
	refs    refs
	owner   *node // the whole schema or the definition that is being converted
	budget  int   // schemas that may still be converted
	bytes   int   // of text that may still be written
}

// convertSchema converts a whole schema. Its error is a *fault.Error whose field is relative to the schema.
func convertSchema(root *node, ordered bool) ([]byte, error) {
	c := &converter{root: root, ordered: ordered, budget: maxSchemaNodes, bytes: maxSchemaBytes}
	if root.kind == jsonio.Bool {
		return []byte(`{}`), nil
	}
	if err := c.refs.collect(root); err != nil {
		return nil, err
	}
	c.owner = c.unwrapped(root)
	out, err := c.schema(c.owner, nil, 0)
	if err != nil {
		return nil, err
	}
	if err := c.definitions(out); err != nil {
		return nil, err
	}
	const usual = 512 // bytes
	return out.appendJSON(make([]byte, 0, usual)), nil
}

// unwrapped gives the schema that a root which is only a reference stands for, so that the type of the whole is written at its root.
func (c *converter) unwrapped(root *node) *node {
	n := root
	for range maxSchemaDepth {
		ref := refOf(n)
		if ref == nil {
			return n
		}
		target := c.refs.targets[ref]
		if target == nil || !c.refs.rings[target] {
			return n
		}
		n = target
	}
	return root
}

// parametersOf converts the parameters of a function, which must describe an object; nil when it takes none.
func parametersOf(parameters *node) ([]byte, error) {
	if parameters == nil || parameters.kind == jsonio.Bool {
		return nil, nil
	}
	if kind := parameters.word("type"); kind != "" && !strings.EqualFold(kind, "object") {
		return nil, fault.Field("type", "must be object: a function's arguments are named")
	}
	if len(parameters.keys) == 0 {
		return nil, nil
	}
	if properties := parameters.at("properties"); properties != nil && len(properties.keys) == 0 && plainObject(parameters) {
		return nil, nil
	}
	return convertSchema(parameters, false)
}

// plainObject reports whether an object schema says nothing of its properties but that it has none.
func plainObject(n *node) bool {
	for i, key := range n.keys {
		switch key {
		case "type", "properties", "required", "additionalProperties", "$schema", "title", "$id":
			if key == "additionalProperties" && n.vals[i].kind != jsonio.Bool {
				return false
			}
		default:
			return false
		}
	}
	return !n.isTrue("additionalProperties")
}

// under puts a field before that of a fault from within a schema.
func under(field string, err error) error {
	f := *fault.Of(err)
	if f.Field == "" {
		f.Field = field
	} else {
		f.Field = join(field, f.Field)
	}
	return &f
}

// schema converts one schema at a path; depth counts the schemas around it.
func (c *converter) schema(n *node, at *place, depth int) (*node, error) {
	if c.budget--; c.budget < 0 {
		return nil, fault.Field(at.path(), "the schema is too large once its references are followed: at most %d schemas", maxSchemaNodes)
	}
	if depth > maxSchemaDepth {
		return nil, fault.Field(at.path(), "the schema nests deeper than %d levels", maxSchemaDepth)
	}
	if n.kind == jsonio.Bool {
		return object(), nil
	}
	if n.kind != jsonio.Object {
		return nil, fault.Field(at.path(), "must be a schema: an object, not %s", n.kind.Name())
	}
	if n.at("$ref") != nil {
		return c.reference(n, at, depth)
	}
	if all := n.at("allOf"); all != nil && all.kind == jsonio.Array {
		merged, err := c.merge(n, at, depth)
		if err != nil {
			return nil, err
		}
		return c.schema(merged, at, depth+1)
	}
	return c.plain(n, at, depth)
}

// plain converts a schema that has neither $ref nor allOf.
func (c *converter) plain(n *node, at *place, depth int) (*node, error) {
	out := object()
	types := typesOf(n)
	notes := describe(n, types)
	types.write(out)
	if format := n.word("format"); format != "" {
		out.add("format", stringNode(format))
	}
	notes = setValues(n, out, notes)
	setBounds(n, out, types)
	if err := c.setItems(n, out, at, depth); err != nil {
		return nil, err
	}
	if err := c.setProperties(n, out, at, depth); err != nil {
		return nil, err
	}
	if err := c.setUnions(n, out, types, at, depth); err != nil {
		return nil, err
	}
	if title := n.word("title"); title != "" {
		out.add("title", stringNode(title))
	}
	if text := joinNotes(n.word("description"), notes); text != "" {
		out.add("description", stringNode(text))
	}
	if c.bytes -= out.ownBytes(); c.bytes < 0 {
		return nil, fault.Field(at.path(), "the schema is too large once its references are followed: at most %d bytes", maxSchemaBytes)
	}
	return out, nil
}

// ownBytes counts the text of a converted schema without the schemas inside it.
func (n *node) ownBytes() int {
	size := 0
	for i, key := range n.keys {
		v := n.vals[i]
		size += len(v.text)
		switch key {
		case "enum", "required", "propertyOrdering":
			for _, each := range v.vals {
				size += len(each.text)
			}
		case "properties":
			for _, name := range v.keys {
				size += len(name)
			}
		}
	}
	return size
}

// setBounds writes the bounds Gemini reads. An exclusive bound of whole numbers becomes the next inclusive one.
func setBounds(n, out *node, types types) {
	for _, key := range []string{"minimum", "maximum", "minItems", "maxItems"} {
		if v := n.at(key); v != nil && v.kind == jsonio.Number {
			out.add(key, v)
		}
	}
	if !types.integer() {
		return
	}
	if v, ok := exclusive(n, "exclusiveMinimum", "minimum"); ok {
		out.set("minimum", wholeNode(v+1))
	}
	if v, ok := exclusive(n, "exclusiveMaximum", "maximum"); ok {
		out.set("maximum", wholeNode(v-1))
	}
}

// exclusive gives an exclusive bound of whole numbers, in the form of draft 6 and later (a number) or of draft 4 (true beside the bound).
func exclusive(n *node, key, plain string) (int64, bool) {
	if n.isTrue(key) {
		return n.at(plain).whole()
	}
	return n.at(key).whole()
}

func (c *converter) setItems(n, out *node, at *place, depth int) error {
	prefix, rest := n.at("prefixItems"), n.at("items")
	if rest != nil && rest.kind == jsonio.Array { // a tuple, before draft 2020-12
		prefix, rest = rest, n.at("additionalItems")
	}
	if prefix != nil && prefix.kind == jsonio.Array && len(prefix.vals) > 0 {
		list := array()
		for i, item := range prefix.vals {
			converted, err := c.schema(item, at.item("prefixItems", i), depth+1)
			if err != nil {
				return err
			}
			list.vals = append(list.vals, converted)
		}
		out.add("prefixItems", list)
		if rest != nil && rest.kind == jsonio.Bool && rest.text == "false" && n.at("maxItems") == nil {
			out.add("maxItems", wholeNode(int64(len(list.vals))))
		}
	}
	if rest == nil || rest.kind == jsonio.Bool {
		return nil
	}
	items, err := c.schema(rest, at.below("items"), depth+1)
	if err != nil {
		return err
	}
	out.add("items", items)
	return nil
}

func (c *converter) setProperties(n, out *node, at *place, depth int) error {
	properties := n.at("properties")
	if properties != nil && properties.kind == jsonio.Object {
		if err := c.addProperties(n, properties, out, at, depth); err != nil {
			return err
		}
	}
	extra := n.at("additionalProperties")
	if patterns := n.at("patternProperties"); extra == nil && patterns != nil && len(patterns.vals) > 0 {
		extra = patterns.vals[0]
		if len(patterns.vals) > 1 {
			extra = object()
			extra.add("anyOf", array(patterns.vals...))
		}
	}
	switch {
	case extra == nil:
	case extra.kind == jsonio.Bool:
		out.add("additionalProperties", extra)
	default:
		converted, err := c.schema(extra, at.below("additionalProperties"), depth+1)
		if err != nil {
			return err
		}
		out.add("additionalProperties", converted)
	}
	return nil
}

func (c *converter) addProperties(n, properties, out *node, at *place, depth int) error {
	list, order := object(), array()
	for i, name := range properties.keys {
		property := properties.vals[i]
		if property.kind == jsonio.Bool && property.text == "false" {
			continue // a property that may not be there
		}
		converted, err := c.schema(property, at.property("properties", name), depth+1)
		if err != nil {
			return err
		}
		list.add(name, converted)
		order.vals = append(order.vals, stringNode(name))
	}
	out.add("properties", list)
	if required := c.required(n, list); len(required.vals) > 0 {
		out.add("required", required)
	}
	if c.ordered && len(order.vals) > 1 {
		if given := n.at("propertyOrdering"); given != nil && given.kind == jsonio.Array {
			order = given
		}
		out.add("propertyOrdering", order)
	}
	return nil
}

// required gives the required properties that are declared. One through which the schema comes back to itself is left out: Gemini allows
// a ring only where it can end.
func (c *converter) required(n, list *node) *node {
	kept := array()
	written := n.at("required")
	if written == nil || written.kind != jsonio.Array {
		return kept
	}
	for _, name := range written.vals {
		if property := list.at(name.text); property != nil && name.kind == jsonio.String && !c.refs.closesRing(property, c.owner, false) {
			kept.vals = append(kept.vals, name)
		}
	}
	return kept
}

// setUnions writes anyOf: from anyOf, oneOf, or several types.
func (c *converter) setUnions(n, out *node, types types, at *place, depth int) error {
	for _, key := range []string{"anyOf", "oneOf"} {
		union := n.at(key)
		if union == nil || union.kind != jsonio.Array || len(union.vals) == 0 {
			continue
		}
		list := array()
		for i, option := range union.vals {
			converted, err := c.schema(option, at.item(key, i), depth+1)
			if err != nil {
				return err
			}
			list.vals = append(list.vals, converted)
		}
		if n.isTrue("nullable") && n.at("type") == nil {
			null := object()
			null.add("type", stringNode("null"))
			list.vals = append(list.vals, null)
		}
		out.add("anyOf", list)
		return nil
	}
	splitTypes(n, out, types)
	return nil
}
