package jsonio

import (
	"bytes"
	"math"
	"strconv"
	"unsafe"
)

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
