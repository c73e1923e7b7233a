package openai

import (
	"errors"
	"strings"
	"unsafe"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/jsonio"
)

// parser reads a request. Its own error is one that names a field below the value being read, such as one that is missing.
type parser struct {
	*jsonio.Reader
	body []byte
	err  *fault.Error
}

func newParser(body []byte) *parser {
	return &parser{Reader: jsonio.NewReader(body, true), body: body}
}

// isVerbatim reports whether s is a stretch of the body itself, which the reader gives for long strings without escapes. Such a string holds no
// quote and no backslash, for those would have ended or escaped it.
func (p *parser) isVerbatim(s string) bool {
	if len(p.body) == 0 || s == "" {
		return false
	}
	from := uintptr(unsafe.Pointer(unsafe.SliceData(p.body))) //nolint:gosec // addresses are compared, nothing is read through them
	at := uintptr(unsafe.Pointer(unsafe.StringData(s)))       //nolint:gosec // addresses are compared, nothing is read through them
	return at >= from && at+uintptr(len(s)) <= from+uintptr(len(p.body))
}

// refuse records a fault of a field below the value being read, and stops the reading.
func (p *parser) refuse(below, format string, args ...any) {
	if p.err == nil && p.Err() == nil {
		p.err = fault.Field(join(p.Path(), below), format, args...)
		p.Fail("%s", p.err.Message)
	}
}

func join(path, below string) string {
	if path == "" || below == "" {
		return path + below
	}
	return path + "." + below
}

// fault gives the first fault met as one that may be shown, or nil.
func (p *parser) fault() error {
	if p.err != nil {
		return p.err
	}
	err := p.Err()
	if err == nil {
		return nil
	}
	if field, ok := errors.AsType[*jsonio.FieldError](err); ok {
		return fault.Field(field.Field, "%s", field.What)
	}
	return fault.Wrap(fault.Invalid, err, "%s", err.Error())
}

// text reads a string; null counts as empty.
func (p *parser) text() string {
	if p.Null() {
		return ""
	}
	return p.String()
}

// prose reads a string that goes into the translated request and nowhere else; null counts as empty.
func (p *parser) prose() string {
	if p.Null() {
		return ""
	}
	return p.Text()
}

// flag reads a boolean; null counts as false.
func (p *parser) flag() bool {
	return !p.Null() && p.Bool()
}

// number reads a number between two bounds; null gives nil.
func (p *parser) number(low, high float64) *float64 {
	if p.Null() {
		return nil
	}
	f := p.Float()
	if f < low || f > high {
		p.Fail("must be between %g and %g", low, high)
	}
	return &f
}

// count reads a whole number between two bounds; null gives nil.
func (p *parser) count(low, high int64) *int {
	if p.Null() {
		return nil
	}
	n := p.Int()
	if n < low || n > high {
		p.Fail("must be between %d and %d", low, high)
	}
	count := int(n)
	return &count
}

// limit reads a positive number; null counts as none, 0.
func (p *parser) limit() int {
	if n := p.count(1, maxCount); n != nil {
		return *n
	}
	return 0
}

// oneOf reads a string that must be one of the words; null counts as empty.
func (p *parser) oneOf(words ...string) string {
	if p.Null() {
		return ""
	}
	word := p.Word()
	for _, w := range words {
		if w == word {
			return w
		}
	}
	p.Fail("must be one of %s", strings.Join(words, ", "))
	return ""
}
