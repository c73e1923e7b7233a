package jsonio

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

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

// Text reads a string that is only passed on: with an aliasing Reader it may share the input's memory whatever its length, so it must not be kept
// beyond the document.
func (r *Reader) Text() string {
	if !r.want(String) {
		return ""
	}
	return r.quoted(r.alias)
}

// Word reads a string that is only compared: like a key, it may share the input's memory.
func (r *Reader) Word() string {
	if !r.want(String) {
		return ""
	}
	return r.quoted(true)
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
