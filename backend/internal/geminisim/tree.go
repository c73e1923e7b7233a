package geminisim

import (
	"encoding/json"
	"fmt"
	"strings"
)

type kind uint8

const (
	nullKind kind = iota
	boolKind
	numberKind
	stringKind
	listKind
	objectKind
)

// node is a JSON value that keeps the order of its fields, so that complaints come in the order of the request.
type node struct {
	kind   kind
	text   string // the decoded string, or the literal of a number or boolean
	items  []node
	fields []field
}

type field struct {
	name  string
	value node
}

// get returns the named field, or null.
func (n node) get(name string) node {
	for i := range n.fields {
		if n.fields[i].name == name {
			return n.fields[i].value
		}
	}
	return node{}
}

// has says that the field is there and not null.
func (n node) has(name string) bool { return n.get(name).kind != nullKind }

// at follows a path of fields.
func (n node) at(path ...string) node {
	for _, name := range path {
		n = n.get(name)
	}
	return n
}

func (n node) isTrue() bool { return n.kind == boolKind && n.text == "true" }

// MarshalJSON writes the value back in the order it came.
func (n node) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	if err := n.write(&b); err != nil {
		return nil, fmt.Errorf("encoding a JSON tree: %w", err)
	}
	return []byte(b.String()), nil
}

func (n node) write(b *strings.Builder) error {
	switch n.kind {
	case nullKind:
		b.WriteString("null")
	case boolKind, numberKind:
		b.WriteString(n.text)
	case stringKind:
		return writeString(b, n.text)
	case listKind:
		b.WriteByte('[')
		for i, item := range n.items {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := item.write(b); err != nil {
				return err
			}
		}
		b.WriteByte(']')
	case objectKind:
		b.WriteByte('{')
		for i, f := range n.fields {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := writeString(b, f.name); err != nil {
				return err
			}
			b.WriteByte(':')
			if err := f.value.write(b); err != nil {
				return err
			}
		}
		b.WriteByte('}')
	}
	return nil
}

func writeString(b *strings.Builder, s string) error {
	quoted, err := json.Marshal(s)
	if err != nil {
		return err
	}
	b.Write(quoted)
	return nil
}

// parseTree reads one JSON value. It checks the whole text first, so that the walk below may trust it.
func parseTree(body []byte) (node, error) {
	if !json.Valid(body) {
		var v json.RawMessage
		if err := json.Unmarshal(body, &v); err != nil {
			return node{}, fmt.Errorf("reading JSON: %w", err)
		}
	}
	w := walker{text: string(body)}
	return w.value()
}

type walker struct {
	text string
	at   int
}

func (w *walker) skip() byte {
	for w.text[w.at] == ' ' || w.text[w.at] == '\n' || w.text[w.at] == '\r' || w.text[w.at] == '\t' {
		w.at++
	}
	return w.text[w.at]
}

func (w *walker) value() (node, error) {
	switch w.skip() {
	case '{':
		return w.object()
	case '[':
		return w.list()
	case '"':
		s, err := w.str()
		return node{kind: stringKind, text: s}, err
	case 'n':
		w.at += len("null")
		return node{}, nil
	case 't':
		w.at += len("true")
		return node{kind: boolKind, text: "true"}, nil
	case 'f':
		w.at += len("false")
		return node{kind: boolKind, text: "false"}, nil
	}
	start := w.at
	for w.at < len(w.text) && strings.IndexByte("+-.0123456789eE", w.text[w.at]) >= 0 {
		w.at++
	}
	return node{kind: numberKind, text: w.text[start:w.at]}, nil
}

func (w *walker) object() (node, error) {
	n := node{kind: objectKind}
	w.at++
	for w.skip() != '}' {
		if w.text[w.at] == ',' {
			w.at++
			w.skip()
		}
		name, err := w.str()
		if err != nil {
			return n, err
		}
		w.skip()
		w.at++ // the colon
		value, err := w.value()
		if err != nil {
			return n, err
		}
		n.fields = append(n.fields, field{name, value})
	}
	w.at++
	return n, nil
}

func (w *walker) list() (node, error) {
	n := node{kind: listKind}
	w.at++
	for w.skip() != ']' {
		if w.text[w.at] == ',' {
			w.at++
		}
		item, err := w.value()
		if err != nil {
			return n, err
		}
		n.items = append(n.items, item)
	}
	w.at++
	return n, nil
}

// str reads a string without copying it unless it holds an escape.
func (w *walker) str() (string, error) {
	start := w.at
	w.at++
	rest := w.text[w.at:]
	end := strings.IndexByte(rest, '"')
	if strings.IndexByte(rest[:end], '\\') < 0 {
		w.at += end + 1
		return rest[:end], nil
	}
	for w.text[w.at] != '"' {
		if w.text[w.at] == '\\' {
			w.at++
		}
		w.at++
	}
	w.at++
	var s string
	if err := json.Unmarshal([]byte(w.text[start:w.at]), &s); err != nil {
		return "", fmt.Errorf("reading a JSON string: %w", err)
	}
	return s, nil
}
