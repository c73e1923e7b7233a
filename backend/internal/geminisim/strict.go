package geminisim

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// violation is one fault of a request body, as google.rpc.BadRequest tells it.
type violation struct {
	Field       string `json:"field,omitempty"`
	Description string `json:"description"`
}

// dialect checks bodies against the message descriptions.
type dialect struct {
	messages map[string]map[string]string
	enums    map[string][]string
}

func newDialect() *dialect { return &dialect{messages: messages(), enums: enums()} }

// parse reads a body as the named message. Field names come back in camelCase whichever way they were sent; single
// values of repeated fields come back as lists of one.
func (d *dialect) parse(message string, body []byte) (node, *apiError) {
	if len(body) == 0 {
		body = []byte("{}")
	}
	root, err := parseTree(body)
	if err != nil {
		return root, invalid("Invalid JSON payload received. " + syntaxFault(err))
	}
	if root.kind != objectKind {
		return root, invalid("Invalid JSON payload received. Unexpected token.\nExpected a JSON object.")
	}
	c := checker{dialect: d}
	root = c.message(message, "", root)
	if len(c.faults) == 0 {
		return root, nil
	}
	lines := make([]string, len(c.faults))
	for i, f := range c.faults {
		lines[i] = f.Description
	}
	return root, &apiError{
		Code: http.StatusBadRequest, Status: "INVALID_ARGUMENT", Message: strings.Join(lines, "\n"),
		Details: []any{badRequest{Type: typeBadRequest, Violations: c.faults}},
	}
}

func syntaxFault(err error) string {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	if strings.Contains(err.Error(), "unexpected end") {
		return "Unexpected end of string. Expected a value."
	}
	return "Unexpected token.\n" + err.Error()
}

type checker struct {
	*dialect
	faults []violation
}

func (c *checker) add(path, format string, args ...any) {
	if len(c.faults) < 100 {
		c.faults = append(c.faults, violation{Field: path, Description: fmt.Sprintf(format, args...)})
	}
}

func (c *checker) message(name, path string, n node) node {
	if n.kind != objectKind {
		c.add(path, "Invalid value at '%s' (type.googleapis.com/google.ai.generativelanguage.v1beta.%s), %s", path, name, shortJSON(n))
		return n
	}
	spec := c.messages[name]
	data := "" // the member of Part's one-of seen so far
	for i := range n.fields {
		f := &n.fields[i]
		camel := camelCase(f.name)
		typ, known := spec[camel]
		if !known {
			at := ""
			if path != "" {
				at = " at '" + path + "'"
			}
			c.add(path, "Invalid JSON payload received. Unknown name %q%s: Cannot find field.", f.name, at)
			continue
		}
		if name == "Part" && isPartData(camel) && f.value.kind != nullKind {
			if data != "" {
				c.add(path, "Invalid value at '%s' (oneof), oneof field 'data' is already set. Cannot set '%s'", path, camel)
			}
			data = camel
		}
		f.name = camel
		f.value = c.value(typ, join(path, snakeCase(camel)), f.value)
	}
	return n
}

func isPartData(name string) bool {
	switch name {
	case "text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult",
		"toolCall", "toolResponse":
		return true
	}
	return false
}

func (c *checker) value(typ, path string, n node) node {
	if n.kind == nullKind {
		return n
	}
	if item, ok := strings.CutPrefix(typ, "[]"); ok {
		if n.kind != listKind {
			n = node{kind: listKind, items: []node{n}}
		}
		for i := range n.items {
			n.items[i] = c.value(item, path+"["+strconv.Itoa(i)+"]", n.items[i])
		}
		return n
	}
	if item, ok := strings.CutPrefix(typ, "{}"); ok {
		if n.kind != objectKind {
			c.add(path, "Invalid value at '%s' (Map), Cannot bind a non-object to a map.", path)
			return n
		}
		for i := range n.fields {
			n.fields[i].value = c.value(item, path+"["+strconv.Itoa(i)+"].value", n.fields[i].value)
		}
		return n
	}
	if n.kind == listKind && typ != "value" {
		c.add(path, "Invalid JSON payload received. Unknown name %q: Proto field is not repeating, cannot start list.", lastName(path))
		return n
	}
	if enum, ok := strings.CutPrefix(typ, "enum:"); ok {
		return c.enum(enum, path, n)
	}
	if typ[0] >= 'A' && typ[0] <= 'Z' {
		return c.message(typ, path, n)
	}
	c.scalar(typ, path, n)
	return n
}

func (c *checker) enum(name, path string, n node) node {
	if n.kind == stringKind {
		for _, value := range c.enums[name] {
			if strings.EqualFold(value, n.text) {
				n.text = value
				return n
			}
		}
		if name == "MediaResolution" { // per part the level is written LOW, MEDIUM, HIGH too
			if full := "MEDIA_RESOLUTION_" + strings.ToUpper(n.text); containsFold(c.enums[name], full) {
				n.text = full
				return n
			}
		}
	}
	if n.kind == numberKind {
		if i, err := strconv.Atoi(n.text); err == nil && i >= 0 && i < len(c.enums[name]) {
			return node{kind: stringKind, text: c.enums[name][i]}
		}
	}
	c.add(path, "Invalid value at '%s' (type.googleapis.com/google.ai.generativelanguage.v1beta.%s%s), %s",
		path, enumOwner(name), name, shortJSON(n))
	return n
}

func containsFold(list []string, s string) bool {
	for _, item := range list {
		if strings.EqualFold(item, s) {
			return true
		}
	}
	return false
}

// scalar checks a leaf; numbers may come as strings, as proto JSON allows.
func (c *checker) scalar(typ, path string, n node) {
	ok, name := true, "TYPE_"+strings.ToUpper(typ)
	switch typ {
	case "value":
		return
	case "struct":
		ok, name = n.kind == objectKind, "type.googleapis.com/google.protobuf.Struct"
	case "string":
		ok = n.kind == stringKind
	case "duration":
		ok, name = n.kind == stringKind && strings.HasSuffix(n.text, "s"), "type.googleapis.com/google.protobuf.Duration"
	case "bool":
		ok = n.kind == boolKind
	case "int32", "int64":
		ok = isInteger(n, typ == "int32")
	case "float", "double":
		_, err := strconv.ParseFloat(n.text, 64)
		ok = err == nil && (n.kind == numberKind || n.kind == stringKind)
	case "bytes":
		if n.kind == stringKind && !isBase64(n.text) {
			c.add(path, "Invalid value at '%s' (TYPE_BYTES), Base64 decoding failed for %s", path, shortJSON(n))
			return
		}
		ok = n.kind == stringKind
	}
	if !ok {
		c.add(path, "Invalid value at '%s' (%s), %s", path, name, shortJSON(n))
	}
}

func isInteger(n node, small bool) bool {
	if n.kind != numberKind && n.kind != stringKind {
		return false
	}
	f, err := strconv.ParseFloat(n.text, 64)
	if err != nil || f != math.Trunc(f) {
		return false
	}
	return !small || math.Abs(f) <= math.MaxInt32
}

// isBase64 accepts the standard and the URL alphabet, padded or not, as proto JSON does.
func isBase64(s string) bool {
	s = strings.TrimRight(s, "=")
	if len(s)%4 == 1 {
		return false
	}
	for i := range len(s) {
		ch := s[i]
		switch {
		case ch >= 'a' && ch <= 'z', ch >= 'A' && ch <= 'Z', ch >= '0' && ch <= '9', ch == '+', ch == '/', ch == '-', ch == '_':
		default:
			return false
		}
	}
	return true
}

// decodeBase64 reads what isBase64 accepts.
func decodeBase64(s string) ([]byte, error) {
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	out, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("reading base64: %w", err)
	}
	return out, nil
}

func shortJSON(n node) string {
	var b strings.Builder
	if err := n.write(&b); err != nil {
		return "…"
	}
	if s := b.String(); len(s) <= 200 {
		return s
	}
	return b.String()[:200]
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func lastName(path string) string {
	return path[strings.LastIndexByte(path, '.')+1:]
}

func camelCase(name string) string {
	if strings.IndexByte(name, '_') < 0 {
		return name
	}
	var b strings.Builder
	up := false
	for _, ch := range name {
		switch {
		case ch == '_':
			up = true
		case up && ch >= 'a' && ch <= 'z':
			b.WriteRune(ch - 'a' + 'A')
			up = false
		default:
			b.WriteRune(ch)
			up = false
		}
	}
	return b.String()
}

func snakeCase(name string) string {
	var b strings.Builder
	for _, ch := range name {
		if ch >= 'A' && ch <= 'Z' {
			b.WriteByte('_')
			ch += 'a' - 'A'
		}
		b.WriteRune(ch)
	}
	return b.String()
}
