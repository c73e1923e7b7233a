// Package jsonio reads and writes JSON by hand, for the request path alone: no reflection, errors that name the field at fault, and
// long strings that can be passed on without being copied. Everything off that path uses encoding/json.
package jsonio

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Kind is the sort of the next JSON value.
type Kind byte

// The kinds of JSON values; None stands for the end of the input or for something that begins no value.
const (
	None Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// Name gives the kind as an error message says it: "an object", "a string".
func (k Kind) Name() string {
	switch k {
	case Null:
		return "null"
	case Bool:
		return "a boolean"
	case Number:
		return "a number"
	case String:
		return "a string"
	case Array:
		return "an array"
	case Object:
		return "an object"
	case None:
	}
	return "nothing"
}

// MaxDepth is how deep objects and arrays may nest; deeper input is refused.
const MaxDepth = 200

// aliasFrom is the length in bytes from which an aliasing Reader returns a string that shares the input's memory.
// Shorter strings are always copied, so a name taken from a body never keeps the body alive.
const aliasFrom = 256

// Reader walks one JSON document held in memory. The first error sticks: every later read gives a zero value, so a decoder
// checks Err once, at its end.
type Reader struct {
	data  []byte
	pos   int
	alias bool
	path  []step
	key   int // where the key of the value being read begins
	err   error
}

// step is one part of the path to the value being read: a key, or an index when key is empty.
type step struct {
	key   string
	index int
}

// NewReader reads data. With alias, strings of 256 bytes and more share data's memory, which must then never change.
func NewReader(data []byte, alias bool) *Reader {
	return &Reader{data: data, alias: alias, path: make([]step, 0, 12)}
}

// Reset begins another document, with the memory of the last.
func (r *Reader) Reset(data []byte) {
	r.data, r.pos, r.path, r.err = data, 0, r.path[:0], nil
}

// SyntaxError is input that is not JSON.
type SyntaxError struct {
	Offset int    // the byte where it was noticed
	What   string // what was expected or found
}

// Error words the fault with its place.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("invalid JSON at byte %d: %s", e.Offset, e.What)
}

// FieldError is JSON whose value at Field is not what it must be.
type FieldError struct {
	Field string // "messages[2].content[0].type"; empty for the document itself
	What  string
}

// Error words the fault with its field.
func (e *FieldError) Error() string {
	if e.Field == "" {
		return e.What
	}
	return e.Field + ": " + e.What
}

// Pos gives the byte the reader stands at: after Kind the first of the next value, after a value the one that follows it.
func (r *Reader) Pos() int { return r.pos }

// KeyPos gives the byte at which the key begins whose value is next: good until something is read.
func (r *Reader) KeyPos() int { return r.key }

// Err gives the first fault met: a *SyntaxError or a *FieldError, or nil.
func (r *Reader) Err() error { return r.err }

// Fail records that the value at the current path is not acceptable.
func (r *Reader) Fail(format string, args ...any) {
	if r.err == nil {
		r.err = &FieldError{Field: r.Path(), What: fmt.Sprintf(format, args...)}
	}
}

// Path gives the path to the value being read, as a client would write it.
func (r *Reader) Path() string {
	var b strings.Builder
	for _, s := range r.path {
		if s.key == "" {
			b.WriteByte('[')
			b.WriteString(strconv.Itoa(s.index))
			b.WriteByte(']')
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s.key)
	}
	return b.String()
}

// End checks that nothing but white space is left.
func (r *Reader) End() {
	if r.space(); r.err == nil && r.pos < len(r.data) {
		r.syntax("text after the end of the document")
	}
}

// Kind looks at the next value without reading it.
func (r *Reader) Kind() Kind {
	if r.space(); r.err != nil || r.pos >= len(r.data) {
		return None
	}
	switch c := r.data[r.pos]; {
	case c == '"':
		return String
	case c == '{':
		return Object
	case c == '[':
		return Array
	case c == 't' || c == 'f':
		return Bool
	case c == 'n':
		return Null
	case c == '-' || c >= '0' && c <= '9':
		return Number
	}
	return None
}

// Null reads a null if one is next, and reports whether it was.
func (r *Reader) Null() bool {
	if r.Kind() != Null {
		return false
	}
	return r.word("null")
}

// Object reads an object, calling field for every key; field must read exactly one value. A null counts as empty.
// The key may share the input's memory: a caller that keeps it beyond the document clones it.
func (r *Reader) Object(field func(key string)) {
	if r.Null() || !r.open(Object) {
		return
	}
	if r.peek() == '}' {
		r.pos++
		return
	}
	for r.err == nil {
		if r.peek() != '"' {
			r.syntax("expected a key")
			return
		}
		at := r.pos
		key := r.quoted(true)
		if r.peek() != ':' {
			r.syntax("expected ':' after a key")
			return
		}
		r.pos++
		if !r.enter(step{key: key}) {
			return
		}
		r.key = at
		field(key)
		r.leave()
		if !r.more('}') {
			return
		}
	}
}

// Array reads an array, calling item for every element; item must read exactly one value. A null counts as empty.
func (r *Reader) Array(item func(i int)) {
	if r.Null() || !r.open(Array) {
		return
	}
	if r.peek() == ']' {
		r.pos++
		return
	}
	for i := 0; r.err == nil; i++ {
		if !r.enter(step{index: i}) {
			return
		}
		item(i)
		r.leave()
		if !r.more(']') {
			return
		}
	}
}

// String reads a string.
func (r *Reader) String() string {
	if !r.want(String) {
		return ""
	}
	return r.rawString()
}

// Bool reads a boolean.
func (r *Reader) Bool() bool {
	if !r.want(Bool) {
		return false
	}
	if r.data[r.pos] == 't' {
		return r.word("true")
	}
	r.word("false")
	return false
}

// Skip reads one value and drops it.
func (r *Reader) Skip() { r.value() }

// Pass passes over one value as Skip does, but looks only at where its strings end and its brackets close: for what another reader will check.
func (r *Reader) Pass() {
	r.space()
	r.skip()
}

// Raw reads one value and gives its bytes, which are checked to be JSON and are the caller's own copy.
func (r *Reader) Raw() []byte { return bytes.Clone(r.value()) }

// value passes over one value and gives its bytes within the input.
func (r *Reader) value() []byte {
	r.space()
	from := r.pos
	r.skip()
	if r.err != nil {
		return nil
	}
	raw := r.data[from:r.pos]
	if c := raw[0]; (c == '{' || c == '[' || c == '"' && len(raw) <= controlled) && !json.Valid(raw) {
		r.pos = from
		r.syntax("malformed value")
		return nil
	}
	return raw
}

func (r *Reader) syntax(what string) {
	if r.err != nil {
		return
	}
	if r.pos >= len(r.data) {
		what = "it ends too early"
	}
	r.err = &SyntaxError{Offset: r.pos, What: what}
}

func (r *Reader) enter(s step) bool {
	if len(r.path) >= MaxDepth {
		r.Fail("nests deeper than %d levels", MaxDepth)
		return false
	}
	r.path = append(r.path, s)
	return true
}

func (r *Reader) leave() {
	if r.err == nil { // an error keeps the path it was met at
		r.path = r.path[:len(r.path)-1]
	}
}

func (r *Reader) space() {
	for r.pos < len(r.data) {
		switch r.data[r.pos] {
		case ' ', '\n', '\t', '\r':
			r.pos++
		default:
			return
		}
	}
}

func (r *Reader) peek() byte {
	r.space()
	if r.err != nil || r.pos >= len(r.data) {
		return 0
	}
	return r.data[r.pos]
}

func (r *Reader) open(k Kind) bool {
	if !r.want(k) {
		return false
	}
	r.pos++
	return true
}

func (r *Reader) want(k Kind) bool {
	switch got := r.Kind(); {
	case r.err != nil:
		return false
	case got == k:
		return true
	case got == None:
		r.syntax("expected " + k.Name())
	default:
		r.Fail("must be %s, not %s", k.Name(), got.Name())
	}
	return false
}

func (r *Reader) more(end byte) bool {
	switch r.peek() {
	case ',':
		r.pos++
		return true
	case end:
		r.pos++
	default:
		r.syntax("expected ',' or '" + string(end) + "'")
	}
	return false
}

func (r *Reader) word(w string) bool {
	if len(r.data)-r.pos < len(w) || string(r.data[r.pos:r.pos+len(w)]) != w {
		r.syntax("expected " + w)
		return false
	}
	r.pos += len(w)
	return true
}

// skip passes over one value without recursion, checking only that strings end and brackets balance.
func (r *Reader) skip() {
	depth := 0
	for {
		switch r.peek() {
		case '{', '[':
			if depth++; depth+len(r.path) > MaxDepth {
				r.Fail("nests deeper than %d levels", MaxDepth)
				return
			}
			r.pos++
			continue
		case '}', ']':
			if depth == 0 {
				r.syntax("expected a value")
				return
			}
			depth--
			r.pos++
		case ',', ':':
			if depth == 0 {
				r.syntax("expected a value")
				return
			}
			r.pos++
			continue
		case '"':
			end := closingQuote(r.data[r.pos+1:])
			if end < 0 {
				r.pos = len(r.data)
				r.syntax("unterminated string")
				return
			}
			r.pos += end + 2
		case 't':
			r.word("true")
		case 'f':
			r.word("false")
		case 'n':
			r.word("null")
		case 0:
			r.syntax("expected a value")
		default:
			r.number()
		}
		if r.err != nil || depth == 0 {
			return
		}
	}
}
