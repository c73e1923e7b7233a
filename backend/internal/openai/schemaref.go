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
	root    *node
	targets map[*node]*node  // the schema that each $ref names, by the $ref's value
	anchors map[string]*node // made when the first anchor is asked for
	group   map[*node]int    // schemas with the same number lead to each other
	rings   map[*node]bool
	names   map[*node]string // in $defs, of the rings that were met
	taken   map[string]*node
	order   []*node // of names
}

// maxDescription bounds the descriptions that are put together, in bytes.
const maxDescription = 16 << 10

const refPrefix = "#/$defs/"

// collect finds every reference and which of them are rings.
func (r *refs) collect(root *node) error {
	if r.root = root; !root.refs {
		return nil
	}
	r.targets = map[*node]*node{}
	if err := r.resolveAll(root, nil, false); err != nil {
		return err
	}
	r.group, r.rings, r.names, r.taken = map[*node]int{}, map[*node]bool{}, map[*node]string{}, map[string]*node{}
	walk := ringWalk{refs: r, low: map[*node]int{}, number: map[*node]int{}, waiting: map[*node]bool{}}
	walk.visit(root)
	for _, target := range r.targets {
		walk.visit(target)
	}
	return nil
}

// resolveAll follows every $ref below n, once.
func (r *refs) resolveAll(n *node, at *place, isMap bool) error {
	if ref := refOf(n); ref != nil && !isMap {
		target, err := r.find(ref, at.below("$ref"))
		if err != nil {
			return err
		}
		r.targets[ref] = target
	}
	var fault error
	n.below(isMap, func(key string, child *node, childIsMap bool) {
		if fault == nil {
			fault = r.resolveAll(child, at.below(key), childIsMap)
		}
	})
	return fault
}

// ringWalk is Tarjan's search for the schemas that lead to each other.
type ringWalk struct {
	refs    *refs
	number  map[*node]int // in the order of first visit, from 1
	low     map[*node]int // the first of the open schemas that can be come back to
	waiting map[*node]bool
	stack   []*node
}

func (w *ringWalk) visit(n *node) {
	if w.number[n] != 0 {
		return
	}
	number := len(w.number) + 1
	w.number[n], w.low[n] = number, number
	w.stack, w.waiting[n] = append(w.stack, n), true
	self := false
	w.eachTarget(n, false, func(target *node) {
		self = self || target == n
		w.visit(target)
		if w.waiting[target] {
			w.low[n] = min(w.low[n], w.low[target])
		}
	})
	if w.low[n] != number {
		return
	}
	from := len(w.stack) - 1
	for w.stack[from] != n {
		from--
	}
	for _, member := range w.stack[from:] {
		w.waiting[member] = false
		w.refs.group[member] = number
		w.refs.rings[member] = self || len(w.stack)-from > 1
	}
	w.stack = w.stack[:from]
}

// eachTarget visits the schemas that n refers to; definitions that nothing refers to do not count.
func (w *ringWalk) eachTarget(n *node, isMap bool, visit func(*node)) {
	if ref := refOf(n); ref != nil && !isMap {
		if target := w.refs.targets[ref]; target != nil {
			visit(target)
		}
	}
	n.below(isMap, func(key string, child *node, childIsMap bool) {
		if isMap || key != "$defs" && key != "definitions" {
			w.eachTarget(child, childIsMap, visit)
		}
	})
}

// refOf gives the $ref of a schema, nil when it has none. A property that is named "$ref" holds a schema, not a string.
func refOf(n *node) *node {
	if ref := n.at("$ref"); ref != nil && ref.kind == jsonio.String {
		return ref
	}
	return nil
}

// find follows a reference within the schema: "#", a JSON pointer, or an anchor.
func (r *refs) find(ref *node, at *place) (*node, error) {
	fragment, local := strings.CutPrefix(ref.text, "#")
	switch {
	case !local:
		return nil, fault.Field(at.path(), "%s cannot be followed: only references within the schema can", strconv.Quote(ref.text))
	case fragment == "":
		return r.root, nil
	case fragment[0] != '/':
		if r.anchors == nil {
			r.anchors = map[string]*node{}
			r.gatherAnchors(r.root)
		}
		if target := r.anchors[fragment]; target != nil {
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

// gatherAnchors notes every anchor below n; of two alike the first counts.
func (r *refs) gatherAnchors(n *node) {
	for _, name := range []string{n.word("$anchor"), strings.TrimPrefix(n.word("$id"), "#")} {
		if name != "" && r.anchors[name] == nil {
			r.anchors[name] = n
		}
	}
	for _, v := range n.vals {
		r.gatherAnchors(v)
	}
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
	for i := 2; r.taken[name] != nil; i++ {
		name = base + "_" + strconv.Itoa(i)
	}
	r.names[target], r.taken[name] = name, target
	r.order = append(r.order, target)
	return name
}

// closesRing reports whether a converted schema refers to one that leads back to owner, the schema it is part of.
func (r *refs) closesRing(converted, owner *node, isMap bool) bool {
	if len(r.names) == 0 {
		return false
	}
	if ref := refOf(converted); ref != nil && !isMap {
		target := r.taken[strings.TrimPrefix(ref.text, refPrefix)]
		return target != nil && r.group[target] == r.group[owner]
	}
	found := false
	converted.below(isMap, func(_ string, child *node, childIsMap bool) {
		found = found || r.closesRing(child, owner, childIsMap)
	})
	return found
}

// reference converts a schema with a $ref: to a reference when its target is a ring, else to the target merged with what stands beside it.
func (c *converter) reference(n *node, at *place, depth int) (*node, error) {
	ref := refOf(n)
	if ref == nil {
		return nil, fault.Field(at.below("$ref").path(), "must be a string")
	}
	target, err := c.target(ref, at)
	if err != nil {
		return nil, err
	}
	if !c.refs.rings[target] {
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

// target gives the schema that a $ref names.
func (c *converter) target(ref *node, at *place) (*node, error) {
	if target := c.refs.targets[ref]; target != nil {
		return target, nil
	}
	return c.refs.find(ref, at.below("$ref"))
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
		c.owner = target
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
			target, err := c.target(refOf(each), at)
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
			if twice := out.at(name); twice != nil && twice != value.vals[i] && twice.json() != value.vals[i].json() {
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
		if len(old.text)+len(value.text) > maxDescription || strings.Contains(old.text, value.text) {
			return old
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
