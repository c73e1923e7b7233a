package openai

import (
	"strconv"
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
	budget  int
}

// convertSchema converts a whole schema. Its error is a *fault.Error whose field is relative to the schema.
func convertSchema(root *node, ordered bool) ([]byte, error) {
	c := &converter{root: root, ordered: ordered, budget: maxSchemaNodes}
	if root.kind == jsonio.Bool {
		return []byte(`{}`), nil
	}
	if err := c.refs.collect(root); err != nil {
		return nil, err
	}
	out, err := c.schema(c.unwrapped(root), "", 0)
	if err != nil {
		return nil, err
	}
	if err := c.definitions(out); err != nil {
		return nil, err
	}
	return out.appendJSON(nil), nil
}

// unwrapped gives the schema that a root which is only a reference stands for, so that the type of the whole is written at its root.
func (c *converter) unwrapped(root *node) *node {
	n := root
	for range maxSchemaDepth {
		ref := refOf(n)
		if ref == nil {
			return n
		}
		target, err := c.refs.resolve(ref, "")
		if err != nil || !c.refs.all[target] {
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
func (c *converter) schema(n *node, path string, depth int) (*node, error) {
	if c.budget--; c.budget < 0 {
		return nil, fault.Field(path, "the schema is too large once its references are followed: at most %d schemas", maxSchemaNodes)
	}
	if depth > maxSchemaDepth {
		return nil, fault.Field(path, "the schema nests deeper than %d levels", maxSchemaDepth)
	}
	if n.kind == jsonio.Bool {
		return object(), nil
	}
	if n.kind != jsonio.Object {
		return nil, fault.Field(path, "must be a schema: an object, not %s", n.kind.Name())
	}
	if n.at("$ref") != nil {
		return c.reference(n, path, depth)
	}
	if all := n.at("allOf"); all != nil && all.kind == jsonio.Array {
		merged, err := c.merge(n, path, depth)
		if err != nil {
			return nil, err
		}
		return c.schema(merged, path, depth+1)
	}
	return c.plain(n, path, depth)
}

// plain converts a schema that has neither $ref nor allOf.
func (c *converter) plain(n *node, path string, depth int) (*node, error) {
	out := object()
	notes := describe(n)
	c.setType(n, out)
	setFormat(n, out)
	notes = setValues(n, out, notes)
	setBounds(n, out)
	if err := c.setItems(n, out, path, depth); err != nil {
		return nil, err
	}
	if err := c.setProperties(n, out, path, depth); err != nil {
		return nil, err
	}
	if err := c.setUnions(n, out, path, depth); err != nil {
		return nil, err
	}
	if title := n.word("title"); title != "" {
		out.add("title", stringNode(title))
	}
	if text := joinNotes(n.word("description"), notes); text != "" {
		out.add("description", stringNode(text))
	}
	return out, nil
}

// setType writes the type, lower case, with "null" beside it where null is allowed. Several other types become anyOf, by setUnions.
func (c *converter) setType(n, out *node) {
	types, null := typesOf(n)
	switch {
	case len(types) == 0 && null:
		out.add("type", stringNode("null"))
	case len(types) == 1 && null:
		out.add("type", array(stringNode(types[0]), stringNode("null")))
	case len(types) == 1:
		out.add("type", stringNode(types[0]))
	}
}

// typesOf gives the types a schema allows but null, in order, and whether it allows null. A type that is not written is inferred from
// the keywords that only make sense for one.
func typesOf(n *node) (types []string, null bool) {
	null = n.isTrue("nullable")
	written := n.at("type")
	switch {
	case written == nil:
	case written.kind == jsonio.String:
		types = append(types, strings.ToLower(written.text))
	case written.kind == jsonio.Array:
		for _, t := range written.vals {
			types = append(types, strings.ToLower(t.text))
		}
	}
	kept := types[:0]
	for _, t := range types {
		switch t {
		case "null":
			null = true
		case "string", "number", "integer", "boolean", "array", "object":
			kept = append(kept, t)
		}
	}
	if len(kept) == 0 && written == nil {
		if t := inferred(n); t != "" {
			kept = append(kept, t)
		}
	}
	return kept, null && (len(kept) > 0 || written != nil)
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
		t := ""
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

func setFormat(n, out *node) {
	if format := n.word("format"); format != "" {
		out.add("format", stringNode(format))
	}
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
func allowsNull(n *node) bool {
	_, null := typesOf(n)
	if values := n.at("enum"); values != nil {
		for _, v := range values.vals {
			null = null || v.kind == jsonio.Null
		}
	}
	return null
}

// setBounds writes the bounds Gemini reads. An exclusive bound of whole numbers becomes the next inclusive one.
func setBounds(n, out *node) {
	for _, key := range []string{"minimum", "maximum", "minItems", "maxItems"} {
		if v := n.at(key); v != nil && v.kind == jsonio.Number {
			out.add(key, v)
		}
	}
	if !isInteger(n) {
		return
	}
	if v, ok := exclusive(n, "exclusiveMinimum", "minimum"); ok {
		out.set("minimum", wholeNode(v+1))
	}
	if v, ok := exclusive(n, "exclusiveMaximum", "maximum"); ok {
		out.set("maximum", wholeNode(v-1))
	}
}

func isInteger(n *node) bool {
	types, _ := typesOf(n)
	return len(types) == 1 && types[0] == "integer"
}

// exclusive gives an exclusive bound of whole numbers, in the form of draft 6 and later (a number) or of draft 4 (true beside the bound).
func exclusive(n *node, key, plain string) (int64, bool) {
	if n.isTrue(key) {
		return n.at(plain).whole()
	}
	return n.at(key).whole()
}

func (c *converter) setItems(n, out *node, path string, depth int) error {
	prefix, rest := n.at("prefixItems"), n.at("items")
	if rest != nil && rest.kind == jsonio.Array { // a tuple, before draft 2020-12
		prefix, rest = rest, n.at("additionalItems")
	}
	if prefix != nil && prefix.kind == jsonio.Array && len(prefix.vals) > 0 {
		list := array()
		for i, item := range prefix.vals {
			converted, err := c.schema(item, join(path, "prefixItems["+strconv.Itoa(i)+"]"), depth+1)
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
	items, err := c.schema(rest, join(path, "items"), depth+1)
	if err != nil {
		return err
	}
	out.add("items", items)
	return nil
}

func (c *converter) setProperties(n, out *node, path string, depth int) error {
	properties := n.at("properties")
	if properties != nil && properties.kind == jsonio.Object {
		if err := c.addProperties(n, properties, out, path, depth); err != nil {
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
		converted, err := c.schema(extra, join(path, "additionalProperties"), depth+1)
		if err != nil {
			return err
		}
		out.add("additionalProperties", converted)
	}
	return nil
}

func (c *converter) addProperties(n, properties, out *node, path string, depth int) error {
	list, order := object(), array()
	for i, name := range properties.keys {
		property := properties.vals[i]
		if property.kind == jsonio.Bool && property.text == "false" {
			continue // a property that may not be there
		}
		converted, err := c.schema(property, join(path, "properties."+name), depth+1)
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
		if property := list.at(name.text); property != nil && name.kind == jsonio.String && !c.refs.closesRing(property, false) {
			kept.vals = append(kept.vals, name)
		}
	}
	return kept
}

// setUnions writes anyOf: from anyOf, oneOf, or several types.
func (c *converter) setUnions(n, out *node, path string, depth int) error {
	for _, key := range []string{"anyOf", "oneOf"} {
		union := n.at(key)
		if union == nil || union.kind != jsonio.Array || len(union.vals) == 0 {
			continue
		}
		list := array()
		for i, option := range union.vals {
			converted, err := c.schema(option, join(path, key+"["+strconv.Itoa(i)+"]"), depth+1)
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
	splitTypes(n, out)
	return nil
}

// splitTypes turns a schema of several types, or of values that may also be null, into anyOf with one option each, which keeps the
// keywords that concern its type: an enum is of one type, and says nothing of null.
func splitTypes(n, out *node) {
	types, _ := typesOf(n)
	values := out.at("enum")
	if values != nil && len(types) == 0 {
		types = typesOfValues(values.vals)
	}
	null := allowsNull(n)
	if len(types) < 2 && (values == nil || !null) {
		return
	}
	list := array()
	for _, t := range types {
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

// describe says in words what the subset has no keyword for.
func describe(n *node) []string {
	var notes []string
	note := func(label string, v *node) { notes = append(notes, label+": "+v.json()+".") }
	for i, key := range n.keys {
		v := n.vals[i]
		switch key {
		case "pattern":
			if v.kind == jsonio.String {
				notes = append(notes, "Must match the regular expression "+v.text+" .")
			}
		case "minLength":
			note("Minimum length", v)
		case "maxLength":
			note("Maximum length", v)
		case "exclusiveMinimum", "exclusiveMaximum":
			if v.kind == jsonio.Number && !isInteger(n) {
				note(map[string]string{"exclusiveMinimum": "Greater than", "exclusiveMaximum": "Less than"}[key], v)
			} else if v.text == "true" && !isInteger(n) {
				notes = append(notes, map[string]string{"exclusiveMinimum": "The minimum", "exclusiveMaximum": "The maximum"}[key]+" itself is not allowed.")
			}
		case "multipleOf":
			note("A multiple of", v)
		case "uniqueItems":
			if v.text == "true" {
				notes = append(notes, "The items are all different.")
			}
		case "contains":
			note("At least one item matches", v)
		case "minProperties":
			note("Minimum number of properties", v)
		case "maxProperties":
			note("Maximum number of properties", v)
		case "propertyNames":
			note("Property names match", v)
		case "patternProperties":
			note("Properties by the pattern of their name", v)
		case "dependentRequired", "dependencies", "dependentSchemas":
			note("Properties that ask for others", v)
		case "not":
			note("Must not match", v)
		case "if":
			note("If it matches", v)
		case "then":
			note("then", v)
		case "else":
			note("else", v)
		case "default":
			note("Default", v)
		case "examples", "example":
			note("Example", v)
		}
	}
	return notes
}

// joinNotes puts notes after a description.
func joinNotes(description string, notes []string) string {
	if len(notes) == 0 {
		return description
	}
	text := strings.Join(notes, " ")
	if description == "" {
		return text
	}
	return strings.TrimRight(description, " \n") + "\n" + text
}
