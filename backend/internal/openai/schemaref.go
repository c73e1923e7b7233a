package openai

import (
	"strconv"
	"strings"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/jsonio"
)

// refs is what is known of the references of one schema. A schema that comes back to itself is a ring: it stays a reference into $defs.
// Every other one is put in where it is referred to, since Gemini reads nothing beside a $ref.
type refs struct {
	root  *node
	all   map[*node]bool   // every schema that is referred to; true when it comes back to itself
	names map[*node]string // in $defs, of the rings that were met
	order []*node          // of names
}

const refPrefix = "#/$defs/"

// collect finds every reference and which of them are rings.
func (r *refs) collect(root *node) error {
	if r.root = root; !root.refs {
		return nil
	}
	targets := map[*node]bool{}
	if err := r.targets(root, nil, false, targets); err != nil || len(targets) == 0 {
		return err
	}
	r.all, r.names = make(map[*node]bool, len(targets)), map[*node]string{}
	for target := range targets {
		seen := map[*node]bool{}
		r.reach(target, false, seen)
		r.all[target] = seen[target]
	}
	return nil
}

// targets adds every schema below n that a $ref names.
func (r *refs) targets(n *node, at *place, isMap bool, found map[*node]bool) error {
	if ref := refOf(n); ref != nil && !isMap {
		target, err := r.resolve(ref, at.below("$ref"))
		if err != nil {
			return err
		}
		found[target] = true
	}
	var fault error
	n.below(isMap, func(key string, child *node, childIsMap bool) {
		if fault == nil {
			fault = r.targets(child, at.below(key), childIsMap, found)
		}
	})
	return fault
}

// refOf gives the $ref of a schema, nil when it has none. A property that is named "$ref" holds a schema, not a string.
func refOf(n *node) *node {
	if ref := n.at("$ref"); ref != nil && ref.kind == jsonio.String {
		return ref
	}
	return nil
}

// reach adds the schemas that n refers to, directly or through others; definitions that nothing refers to do not count.
func (r *refs) reach(n *node, isMap bool, seen map[*node]bool) {
	if ref := refOf(n); ref != nil && !isMap {
		if target, err := r.resolve(ref, nil); err == nil && !seen[target] {
			seen[target] = true
			r.reach(target, false, seen)
		}
	}
	n.below(isMap, func(key string, child *node, childIsMap bool) {
		if isMap || key != "$defs" && key != "definitions" {
			r.reach(child, childIsMap, seen)
		}
	})
}

// resolve follows a reference within the schema: "#", a JSON pointer, or an anchor.
func (r *refs) resolve(ref *node, at *place) (*node, error) {
	fragment, local := strings.CutPrefix(ref.text, "#")
	switch {
	case !local:
		return nil, fault.Field(at.path(), "%s cannot be followed: only references within the schema can", strconv.Quote(ref.text))
	case fragment == "":
		return r.root, nil
	case fragment[0] != '/':
		if target := anchored(r.root, fragment, 0); target != nil {
			return target, nil
		}
		return nil, fault.Field(at.path(), "nothing in the schema has the anchor %s", strconv.Quote(fragment))
	}
	found := r.root
	for step := range strings.SplitSeq(fragment[1:], "/") {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(percentDecoded(step))
		var next *node
		if found.kind == jsonio.Object {
			next = found.at(step)
		} else if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(found.vals) {
			next = found.vals[i]
		}
		if found = next; found == nil {
			return nil, fault.Field(at.path(), "%s names nothing in the schema", strconv.Quote(ref.text))
		}
	}
	if found.kind != jsonio.Object && found.kind != jsonio.Bool {
		return nil, fault.Field(at.path(), "%s is not a schema", strconv.Quote(ref.text))
	}
	return found, nil
}

// percentDecoded undoes the escapes of a URL's fragment; a malformed one is kept.
func percentDecoded(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(v))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

func anchored(n *node, name string, depth int) *node {
	if n.word("$anchor") == name || n.word("$id") == "#"+name {
		return n
	}
	if depth > maxSchemaDepth {
		return nil
	}
	for _, v := range n.vals {
		if found := anchored(v, name, depth+1); found != nil {
			return found
		}
	}
	return nil
}

// name gives the name of a ring in $defs, the same for every reference to it.
func (r *refs) name(target *node, ref string) string {
	if name, known := r.names[target]; known {
		return name
	}
	name := sanitise(ref[strings.LastIndexByte(ref, '/')+1:])
	if target == r.root {
		name = "root"
	}
	base := name
	for i := 2; r.nameTaken(name); i++ {
		name = base + "_" + strconv.Itoa(i)
	}
	r.names[target] = name
	r.order = append(r.order, target)
	return name
}

func (r *refs) nameTaken(name string) bool {
	for _, taken := range r.names {
		if taken == name {
			return true
		}
	}
	return false
}

// closesRing reports whether a converted schema refers to a ring. A reference that merely leads into one counts as well: from outside
// the two look alike, and leaving a property optional loses less than a refused request.
func (r *refs) closesRing(converted *node, isMap bool) bool {
	if len(r.names) == 0 {
		return false
	}
	if refOf(converted) != nil && !isMap {
		return true
	}
	found := false
	converted.below(isMap, func(_ string, child *node, childIsMap bool) {
		found = found || r.closesRing(child, childIsMap)
	})
	return found
}

// reference converts a schema with a $ref: to a reference when its target is a ring, else to the target merged with what stands beside it.
func (c *converter) reference(n *node, at *place, depth int) (*node, error) {
	ref := refOf(n)
	if ref == nil {
		return nil, fault.Field(at.below("$ref").path(), "must be a string")
	}
	target, err := c.refs.resolve(ref, at.below("$ref"))
	if err != nil {
		return nil, err
	}
	if !c.refs.all[target] {
		if c.budget -= target.width(); c.budget < 0 {
			return nil, fault.Field(at.path(), "the schema is too large once its references are followed")
		}
		merged := object()
		merged.mergeIn(target)
		merged.mergeIn(without(n, "$ref"))
		return c.schema(merged, at, depth+1)
	}
	link := object()
	link.add("$ref", stringNode(refPrefix+c.refs.name(target, ref.text)))
	description := n.word("description")
	if description == "" && !n.isTrue("nullable") {
		return link, nil
	}
	options := array(link)
	if n.isTrue("nullable") {
		null := object()
		null.add("type", stringNode("null"))
		options.vals = append(options.vals, null)
	}
	out := object()
	out.add("anyOf", options)
	if description != "" {
		out.add("description", stringNode(description))
	}
	return out, nil
}

// definitions converts the rings that were met into $defs of the root; converting one may meet others.
func (c *converter) definitions(out *node) error {
	if len(c.refs.order) == 0 {
		return nil
	}
	defs := object()
	var at *place
	for i := 0; i < len(c.refs.order); i++ {
		target := c.refs.order[i]
		name := c.refs.names[target]
		converted, err := c.schema(target, at.property("$defs", name), 1)
		if err != nil {
			return err
		}
		defs.add(name, converted)
	}
	out.add("$defs", defs)
	return nil
}

// merge gives one schema that says what n and all of its allOf say.
func (c *converter) merge(n *node, at *place, depth int) (*node, error) {
	out := object()
	for i, each := range n.at("allOf").vals {
		at := at.item("allOf", i)
		for hops := 0; refOf(each) != nil; hops++ {
			target, err := c.refs.resolve(refOf(each), at.below("$ref"))
			if err != nil {
				return nil, err
			}
			if hops > maxSchemaDepth || depth > maxSchemaDepth {
				return nil, fault.Field(at.path(), "comes back to itself: a schema cannot be part of all of itself")
			}
			flat := object()
			flat.mergeIn(target)
			flat.mergeIn(without(each, "$ref"))
			each = flat
		}
		if each.kind == jsonio.Bool {
			continue
		}
		if each.kind != jsonio.Object {
			return nil, fault.Field(at.path(), "must be a schema: an object, not %s", each.kind.Name())
		}
		if c.budget -= each.width(); c.budget < 0 {
			return nil, fault.Field(at.path(), "the schema is too large once it is merged")
		}
		out.mergeIn(each)
	}
	out.mergeIn(without(n, "allOf"))
	return out, nil
}

// width counts what merging the schema has to look at.
func (n *node) width() int {
	width := len(n.vals)
	for _, v := range n.vals {
		width += len(v.vals)
	}
	return width
}

// without gives n with a key left out.
func without(n *node, key string) *node {
	out := &node{kind: jsonio.Object}
	for i, k := range n.keys {
		if k != key {
			out.add(k, n.vals[i])
		}
	}
	return out
}

// mergeIn adds what from says to n: properties and definitions are joined, required and allOf lists added up, enums and types cut to what
// both allow, descriptions put one after the other; of two other values the later one counts. Neither from nor its values change.
func (n *node) mergeIn(from *node) {
	for i, key := range from.keys {
		value, old := from.vals[i], n.at(key)
		if old == nil {
			n.add(key, value)
			continue
		}
		n.set(key, mergedValue(key, old, value))
	}
}

func mergedValue(key string, old, value *node) *node {
	switch key {
	case "properties", "$defs", "definitions", "patternProperties":
		out := object()
		for i, name := range old.keys {
			out.add(name, old.vals[i])
		}
		for i, name := range value.keys {
			if twice := out.at(name); twice != nil && twice.json() != value.vals[i].json() {
				both := object()
				both.add("allOf", array(twice, value.vals[i]))
				out.set(name, both)
				continue
			}
			out.set(name, value.vals[i])
		}
		return out
	case "required", "allOf":
		out := array(old.vals...)
		for _, v := range value.vals {
			if !holds(old, v) {
				out.vals = append(out.vals[:len(out.vals):len(out.vals)], v)
			}
		}
		return out
	case "enum", "type":
		return common(old, value)
	case "description":
		if old.text == value.text {
			return value
		}
		return stringNode(old.text + "\n" + value.text)
	case "minimum", "minItems", "minLength", "maximum", "maxItems", "maxLength":
		return tighter(key, old, value)
	}
	return value
}

func holds(list, value *node) bool {
	for _, v := range list.vals {
		if v.kind != value.kind {
			continue
		}
		if v.kind != jsonio.Object && v.kind != jsonio.Array {
			if v.text == value.text {
				return true
			}
			continue
		}
		if v.json() == value.json() {
			return true
		}
	}
	return false
}

// common gives what two lists (or single values) have in common; the second when they have nothing.
func common(a, b *node) *node {
	listed := func(n *node) *node {
		if n.kind == jsonio.Array {
			return n
		}
		return array(n)
	}
	out := array()
	for _, v := range listed(a).vals {
		if holds(listed(b), v) {
			out.vals = append(out.vals, v)
		}
	}
	if len(out.vals) == 0 {
		return b
	}
	if len(out.vals) == 1 && b.kind != jsonio.Array {
		return out.vals[0]
	}
	return out
}

func tighter(key string, a, b *node) *node {
	x, errX := strconv.ParseFloat(a.text, 64)
	y, errY := strconv.ParseFloat(b.text, 64)
	if errX != nil || errY != nil || (x > y) == strings.HasPrefix(key, "max") {
		return b
	}
	return a
}
