// Package jsonio reads and writes JSON by hand, for the request path alone: no reflection, errors that name the field at fault, and
// long strings that can be passed on without being copied. Everything off that path uses encoding/json.
package jsonio

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
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
		key := r.quoted(true)
		if r.peek() != ':' {
			r.syntax("expected ':' after a key")
			return
		}
		r.pos++
		if !r.enter(step{key: key}) {
			return
		}
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

// StringLike reads a string that is probably the one given, as in every chunk of a stream, and then costs no memory.
func (r *Reader) StringLike(last string) string {
	if !r.want(String) {
		return ""
	}
	if rest := r.data[r.pos+1:]; len(rest) > len(last) && rest[len(last)] == '"' && string(rest[:len(last)]) == last && !strings.ContainsAny(last, `\"`) {
		r.pos += len(last) + 2
		return last
	}
	return r.rawString()
}

// Word reads a string that is only compared: like a key, it may share the input's memory.
func (r *Reader) Word() string {
	if !r.want(String) {
		return ""
	}
	return r.quoted(true)
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

// Float reads a number.
func (r *Reader) Float() float64 {
	text := r.number()
	if r.err != nil {
		return 0
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		r.Fail("must be a number within the range of a double")
		return 0
	}
	return f
}

// Int reads a whole number; "1.0" and "1e3" count as whole.
func (r *Reader) Int() int64 {
	if n, ok := r.digits(); ok {
		return n
	}
	text := r.number()
	if r.err != nil {
		return 0
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		r.Fail("must be a whole number")
		return 0
	}
	return int64(f)
}

// Skip reads one value and drops it.
func (r *Reader) Skip() { r.value() }

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

// digits reads a plain, small, whole number, the usual kind, and leaves any other as it stands.
func (r *Reader) digits() (n int64, ok bool) {
	const most = 18 // digits that cannot overflow
	r.space()
	at := r.pos
	for at < len(r.data) && at-r.pos < most && r.data[at] >= '0' && r.data[at] <= '9' {
		n = n*10 + int64(r.data[at]-'0')
		at++
	}
	if at == r.pos || r.data[r.pos] == '0' && at > r.pos+1 || r.err != nil {
		return 0, false
	}
	if at < len(r.data) && r.data[at] != ',' && r.data[at] != '}' && r.data[at] != ']' && r.data[at] > ' ' {
		return 0, false
	}
	r.pos = at
	return n, true
}

func (r *Reader) number() string {
	if !r.want(Number) {
		return ""
	}
	from := r.pos
	for r.pos < len(r.data) {
		c := r.data[r.pos]
		if c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' && (c < '0' || c > '9') {
			break
		}
		r.pos++
	}
	text := r.data[from:r.pos]
	if !isNumber(text) {
		r.pos = from
		r.syntax("malformed number")
		return ""
	}
	return unsafe.String(unsafe.SliceData(text), len(text)) // looked at before the next value is read, and not kept
}

// isNumber reports whether text is a number as JSON writes it: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
func isNumber(text []byte) bool {
	text = bytes.TrimPrefix(text, []byte("-"))
	whole := leadingDigits(text)
	if whole == 0 || whole > 1 && text[0] == '0' {
		return false
	}
	text = text[whole:]
	if len(text) > 0 && text[0] == '.' {
		fraction := leadingDigits(text[1:])
		if fraction == 0 {
			return false
		}
		text = text[1+fraction:]
	}
	if len(text) > 0 && (text[0] == 'e' || text[0] == 'E') {
		text = text[1:]
		if len(text) > 0 && (text[0] == '+' || text[0] == '-') {
			text = text[1:]
		}
		exponent := leadingDigits(text)
		return exponent > 0 && exponent == len(text)
	}
	return len(text) == 0
}

func leadingDigits(text []byte) int {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}

// rawString reads a string whose opening quote is next.
func (r *Reader) rawString() string { return r.quoted(false) }

func (r *Reader) quoted(key bool) string {
	from := r.pos + 1
	end := closingQuote(r.data[from:])
	if end < 0 {
		r.pos = len(r.data)
		r.syntax("unterminated string")
		return ""
	}
	body := r.data[from : from+end]
	r.pos = from + end + 1
	if len(body) <= controlled && hasControl(body) {
		r.pos = from
		r.syntax("a control character in a string must be escaped")
		return ""
	}
	if bytes.IndexByte(body, '\\') >= 0 {
		s, ok := unescape(body)
		if !ok {
			r.pos = from
			r.syntax("malformed escape in a string")
		}
		return s
	}
	if key || r.alias && len(body) >= aliasFrom {
		return unsafe.String(unsafe.SliceData(body), len(body)) // a key lives as long as its callback; else NewReader's caller promised
	}
	return string(body)
}

// controlled is up to what length, in bytes, strings are searched for raw control characters, which JSON forbids. What is longer is text,
// which is escaped again when it is written, or base64, of which nothing is looked at.
const controlled = 64 << 10

// hasControl reports whether a byte is below the space, looking at eight at a time.
func hasControl(body []byte) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; len(body) >= 8; body = body[8:] {
		if w := binary.LittleEndian.Uint64(body); (w-ones*0x20)&^w&highs != 0 {
			return true
		}
	}
	for _, c := range body {
		if c < 0x20 {
			return true
		}
	}
	return false
}

// closingQuote finds the first quote that no backslash escapes, or gives -1.
func closingQuote(data []byte) int {
	for at := 0; ; {
		quote := bytes.IndexByte(data[at:], '"')
		if quote < 0 {
			return -1
		}
		at += quote
		slashes := 0
		for i := at - 1; i >= 0 && data[i] == '\\'; i-- {
			slashes++
		}
		if slashes%2 == 0 {
			return at
		}
		at++
	}
}

func unescape(body []byte) (string, bool) {
	out := make([]byte, 0, len(body))
	for i := 0; i < len(body); {
		if body[i] != '\\' {
			next := bytes.IndexByte(body[i:], '\\')
			if next < 0 {
				next = len(body) - i
			}
			out = append(out, body[i:i+next]...)
			i += next
			continue
		}
		if i+1 >= len(body) {
			return "", false
		}
		c := body[i+1]
		i += 2
		switch c {
		case '"', '\\', '/':
			out = append(out, c)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			char, used, ok := unicodeEscape(body[i:])
			if !ok {
				return "", false
			}
			out = utf8.AppendRune(out, char)
			i += used
		default:
			return "", false
		}
	}
	return unsafe.String(unsafe.SliceData(out), len(out)), true // out is ours and never written again
}

// unicodeEscape reads what follows "\u"; a pair of surrogates is one character, a lone one becomes U+FFFD.
func unicodeEscape(body []byte) (char rune, used int, ok bool) {
	first, ok := hex4(body)
	if !ok {
		return 0, 0, false
	}
	if !utf16.IsSurrogate(first) {
		return first, 4, true
	}
	if len(body) >= 10 && body[4] == '\\' && body[5] == 'u' {
		if second, ok := hex4(body[6:]); ok {
			if char := utf16.DecodeRune(first, second); char != utf8.RuneError {
				return char, 10, true
			}
		}
	}
	return utf8.RuneError, 4, true
}

func hex4(body []byte) (rune, bool) {
	if len(body) < 4 {
		return 0, false
	}
	var n rune
	for _, c := range body[:4] {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			n = n<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			n = n<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return n, true
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
