package openai

import (
	"strconv"

	"gemini-proxy/backend/internal/jsonio"
)

// node is a JSON value that keeps the order of its keys, as schemas need it: Gemini writes properties in the order they are declared.
type node struct {
	kind jsonio.Kind
	text string   // of a string its value; of a number or boolean its literal
	keys []string // of an object, beside vals
	vals []*node  // of an object or array
	refs bool     // of a whole schema: "$ref" is a key somewhere in it
}

const (
	maxSchemaNodes = 10_000 // of one schema as written, and again as converted
	maxSchemaDepth = 60
	maxSchemaBytes = 2 << 20 // of text, as converted
)

// schemaReader reads one schema: it gathers keys and values on stacks, so that each object takes no more memory than it needs.
type schemaReader struct {
	*parser
	budget int
	keys   []string
	vals   []*node
	spare  []node
	refs   bool
}

// schema reads a JSON Schema; null gives nil.
func (p *parser) schema() *node {
	if p.Null() {
		return nil
	}
	r := schemaReader{parser: p, budget: maxSchemaNodes}
	n := r.node(0)
	if n.refs = r.refs; p.Err() == nil && n.kind != jsonio.Object && n.kind != jsonio.Bool {
		p.Fail("must be a JSON Schema: an object, not %s", n.kind.Name())
	}
	return n
}

func (r *schemaReader) node(depth int) *node {
	const slab = 32
	if len(r.spare) == 0 {
		r.spare = make([]node, slab)
	}
	n := &r.spare[0]
	r.spare = r.spare[1:]
	n.kind = r.Kind()
	if r.budget--; r.budget < 0 {
		r.Fail("the schema is too large: at most %d values", maxSchemaNodes)
		return n
	}
	if depth > maxSchemaDepth {
		r.Fail("the schema nests deeper than %d levels", maxSchemaDepth)
		return n
	}
	switch n.kind {
	case jsonio.Object:
		r.object(n, depth)
	case jsonio.Array:
		from := len(r.vals)
		r.Array(func(int) {
			value := r.node(depth + 1)
			r.vals = append(r.vals, value)
		})
		n.vals = append([]*node(nil), r.vals[from:]...)
		r.vals = r.vals[:from]
	case jsonio.String:
		n.text = r.String()
	default:
		n.text = string(r.Raw())
	}
	return n
}

// object reads an object; of a key that comes twice the last value counts.
func (r *schemaReader) object(n *node, depth int) {
	fromKey, fromVal := len(r.keys), len(r.vals)
	r.Object(func(key string) {
		r.refs = r.refs || key == "$ref"
		value := r.node(depth + 1)
		for i, k := range r.keys[fromKey:] {
			if k == key {
				r.vals[fromVal+i] = value
				return
			}
		}
		r.keys, r.vals = append(r.keys, key), append(r.vals, value)
	})
	n.keys = append([]string(nil), r.keys[fromKey:]...)
	n.vals = append([]*node(nil), r.vals[fromVal:]...)
	r.keys, r.vals = r.keys[:fromKey], r.vals[:fromVal]
}

// describe gives a schema a description, if it is an object that has none.
func (n *node) describe(description string) {
	if description == "" || n == nil || n.kind != jsonio.Object || n.at("description") != nil {
		return
	}
	n.keys = append(n.keys, "description")
	n.vals = append(n.vals, &node{kind: jsonio.String, text: description})
}

// at gives the value of a key, nil when there is none.
func (n *node) at(key string) *node {
	if n == nil || n.kind != jsonio.Object {
		return nil
	}
	for i, k := range n.keys {
		if k == key {
			return n.vals[i]
		}
	}
	return nil
}

// set gives a key its value, in its old place when it has one.
func (n *node) set(key string, value *node) {
	for i, k := range n.keys {
		if k == key {
			n.vals[i] = value
			return
		}
	}
	n.keys, n.vals = append(n.keys, key), append(n.vals, value)
}

// add gives a key its value at the end; the key must be new.
func (n *node) add(key string, value *node) {
	n.keys, n.vals = append(n.keys, key), append(n.vals, value)
}

// word gives the string at a key, or "".
func (n *node) word(key string) string {
	if v := n.at(key); v != nil && v.kind == jsonio.String {
		return v.text
	}
	return ""
}

// isTrue reports whether the key holds true.
func (n *node) isTrue(key string) bool {
	v := n.at(key)
	return v != nil && v.kind == jsonio.Bool && v.text == "true"
}

// whole gives the key's value when it is a number without a fraction.
func (n *node) whole() (int64, bool) {
	if n == nil || n.kind != jsonio.Number {
		return 0, false
	}
	v, err := strconv.ParseInt(n.text, 10, 64)
	return v, err == nil
}

// below visits the schemas right below n. A map of names (properties, $defs …) holds schemas by name: there no key is a keyword. Values
// that are data (enum, default …) are passed over.
func (n *node) below(isMap bool, visit func(key string, child *node, childIsMap bool)) {
	for i, v := range n.vals {
		key := "[" + strconv.Itoa(i) + "]"
		if n.kind == jsonio.Object {
			key = n.keys[i]
		}
		if !isMap && isLiteral(key) {
			continue
		}
		visit(key, v, !isMap && isNameMap(key))
	}
}

// isLiteral reports whether a keyword's value is data and not a schema.
func isLiteral(key string) bool {
	switch key {
	case "enum", "const", "default", "examples", "example", "required":
		return true
	}
	return false
}

// isNameMap reports whether a keyword's value holds schemas by name.
func isNameMap(key string) bool {
	switch key {
	case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas":
		return true
	}
	return false
}

const usualKeys = 4 // of a converted schema

// object gives an empty object with room for the usual keys, in one piece of memory.
func object() *node {
	o := &struct {
		node
		keys [usualKeys]string
		vals [usualKeys]*node
	}{}
	o.node = node{kind: jsonio.Object, keys: o.keys[:0], vals: o.vals[:0]}
	return &o.node
}
func array(vals ...*node) *node    { return &node{kind: jsonio.Array, vals: vals} }
func stringNode(text string) *node { return &node{kind: jsonio.String, text: text} }
func wholeNode(v int64) *node      { return &node{kind: jsonio.Number, text: strconv.FormatInt(v, 10)} }

// appendJSON writes the value.
func (n *node) appendJSON(dst []byte) []byte {
	switch n.kind {
	case jsonio.Object:
		dst = append(dst, '{')
		for i, key := range n.keys {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(jsonio.AppendString(dst, key), ':')
			dst = n.vals[i].appendJSON(dst)
		}
		return append(dst, '}')
	case jsonio.Array:
		dst = append(dst, '[')
		for i, v := range n.vals {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = v.appendJSON(dst)
		}
		return append(dst, ']')
	case jsonio.String:
		return jsonio.AppendString(dst, n.text)
	default:
		return append(dst, n.text...)
	}
}

func (n *node) json() string { return string(n.appendJSON(nil)) }

// place is where in a schema something stands. It is a chain and not a text, since it is told only when something is wrong.
type place struct {
	up    *place
	key   string
	name  string // below key: a property's name
	index int    // below key, when it is a list: from 1; 0 is none
}

func (p *place) below(key string) *place { return &place{up: p, key: key} }

func (p *place) property(key, name string) *place { return &place{up: p, key: key, name: name} }

func (p *place) item(key string, i int) *place { return &place{up: p, key: key, index: i + 1} }

// path words the place as a field: "properties.a.anyOf[1]".
func (p *place) path() string {
	if p == nil {
		return ""
	}
	path := join(join(p.up.path(), p.key), p.name)
	if p.index > 0 {
		path += "[" + strconv.Itoa(p.index-1) + "]"
	}
	return path
}
