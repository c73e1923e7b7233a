package geminiapi

import (
	"bytes"
	"errors"
	"strings"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/jsonio"
)

// mention is a place in a request's body that names something a project or this server holds.
type mention struct {
	from, to int    // of the JSON string, with its quotes
	part     [2]int // of the member of a part that names a file by the string, from its key to its end; zero where there is none
	field    string // "contents[0].parts[1].fileData.fileUri"
	name     string // "cachedContents/abc"; of a file whatever was written
	kind     string // of a file: the type the client gave it
	file     bool
	maybe    bool // it may as well be a word of another meaning, or a thing of Google's own: what is not held is passed on as it is
}

// body is what the gateway needs to know of a request's body.
type body struct {
	mentions        []mention
	models          []mention // every "model" that is a string, in the order of the body, without "models/"
	model, agent    string    // of an interaction or a cached content: at the top; without "models/"
	streams, stores bool      // of an interaction
	texts           int       // of batchEmbedContents
}

// mayMention reports whether a body for a model's content can name something held, looking at its short strings alone. One that is written with
// escapes may be anything.
func mayMention(text []byte) bool {
	for {
		from := bytes.IndexByte(text, '"')
		if from < 0 {
			return false
		}
		text = text[from+1:]
		end := endOfString(text)
		if end < 0 {
			return false
		}
		if end <= longestWord && mentions(text[:end]) {
			return true
		}
		text = text[end+1:]
	}
}

// longestWord is the longest that a name of a field is, each of its letters written as an escape.
const longestWord = 6 * len("fileSearchStoreNames")

// mentions reports whether a string may be the name of a field that names something held.
func mentions(name []byte) bool {
	for _, word := range []string{"ached", "ileData", "ile_data", "ileSearch", "ile_search", `\u00`} {
		if bytes.Contains(name, []byte(word)) {
			return true
		}
	}
	return false
}

// endOfString gives the place of the quote that ends a string, or -1.
func endOfString(text []byte) int {
	for at := 0; ; at++ {
		quote := bytes.IndexByte(text[at:], '"')
		if quote < 0 {
			return -1
		}
		at += quote
		slashes := 0
		for slashes < at && text[at-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return at
		}
	}
}

// readBody reads what of a body the gateway must know. The error is a fault.
func readBody(text []byte) (*body, error) {
	b := &reading{Reader: jsonio.NewReader(text, false), body: body{stores: true}}
	b.Object(func(key string) { b.top(key) })
	b.End()
	if err := b.Err(); err != nil {
		f := fault.Wrap(fault.Invalid, err, "%s", err.Error()).WithCode("invalid_json")
		if wrong, ok := errors.AsType[*jsonio.FieldError](err); ok {
			f.Field, f.Message = wrong.Field, wrong.What
		}
		return nil, f
	}
	return &b.body, nil
}

// reading is a body on its way through.
type reading struct {
	*jsonio.Reader
	body
}

// top reads a field of the document itself.
func (b *reading) top(key string) {
	switch key {
	case "model":
		if b.Kind() == jsonio.String {
			b.field(key)
			b.model = b.models[len(b.models)-1].name
			return
		}
	case "agent":
		if b.Kind() == jsonio.String {
			b.mention("agents/", true)
			b.agent = strings.TrimPrefix(b.mentions[len(b.mentions)-1].name, "agents/")
			return
		}
	case "stream", "store":
		if b.Kind() == jsonio.Bool {
			if value := b.Bool(); key == "stream" {
				b.streams = value
			} else {
				b.stores = value
			}
			return
		}
	case "requests":
		if b.Kind() == jsonio.Array {
			b.Array(func(i int) {
				b.texts = i + 1
				b.value()
			})
			return
		}
	}
	b.field(key)
}

// field reads a field anywhere. What a client's own program means by a name, in a function's arguments or a schema, is not looked at.
func (b *reading) field(key string) {
	switch key {
	case "args", "arguments", "response", "result", "parameters", "parametersJsonSchema", "parameters_json_schema", "responseSchema", "response_schema",
		"responseJsonSchema", "response_json_schema", "responseFormat", "response_format", "schema", "labels", "inlineData", "inline_data":
		b.Pass()
		return
	case "model":
		if b.Kind() == jsonio.String {
			m := mention{from: b.Pos(), field: b.Path()}
			m.name = strings.TrimPrefix(b.String(), "models/")
			m.to = b.Pos()
			b.models = append(b.models, m)
			return
		}
	case "cachedContent", "cached_content":
		if b.Kind() == jsonio.String {
			b.mention("cachedContents/", false)
			return
		}
	case "previousInteractionId", "previous_interaction_id":
		if b.Kind() == jsonio.String {
			b.mention("interactions/", false)
			return
		}
	case "environment", "environmentId", "environment_id", "baseEnvironment", "base_environment":
		if b.Kind() == jsonio.String {
			b.mention("environments/", true)
			return
		}
	case "baseAgent", "base_agent":
		if b.Kind() == jsonio.String {
			b.mention("agents/", true)
			return
		}
	case "fileSearchStoreNames", "file_search_store_names":
		if b.Kind() == jsonio.Array {
			b.Array(func(int) { b.mention("fileSearchStores/", false) })
			return
		}
	case "fileData", "file_data":
		if b.Kind() == jsonio.Object {
			b.fileData(b.KeyPos())
			return
		}
	case "fileUri", "file_uri", "fileName", "file_name", "uri":
		if b.Kind() == jsonio.String {
			b.mention("", true)
			b.mentions[len(b.mentions)-1].file = true
			return
		}
	}
	b.value()
}

// fileData reads the member of a part that names a file, whose key began at a place.
func (b *reading) fileData(from int) {
	before := len(b.mentions)
	kind := ""
	b.Object(func(key string) {
		if (key == "mimeType" || key == "mime_type") && b.Kind() == jsonio.String {
			kind = b.String()
			return
		}
		b.field(key)
	})
	if len(b.mentions) == before+1 {
		b.mentions[before].part, b.mentions[before].kind = [2]int{from, b.Pos()}, kind
	}
}

// value reads a value whose own name means nothing.
func (b *reading) value() {
	switch b.Kind() {
	case jsonio.Object:
		b.Object(func(key string) { b.field(key) })
	case jsonio.Array:
		b.Array(func(int) { b.value() })
	case jsonio.None, jsonio.Null, jsonio.Bool, jsonio.Number, jsonio.String:
		b.Pass()
	}
}

// mention notes the string that is next; its name gets a prefix where it was written without.
func (b *reading) mention(prefix string, maybe bool) {
	b.Kind() // passes over white space
	m := mention{from: b.Pos(), field: b.Path(), maybe: maybe}
	m.name = b.String()
	m.to = b.Pos()
	if !strings.HasPrefix(m.name, prefix) {
		m.name = prefix + m.name
	}
	b.mentions = append(b.mentions, m)
}

// edit is a change in a body: another string, or the place of a file of ours.
type edit struct {
	from, to int
	value    string
	file     jsonio.Place // the file that fills the place; its ID is 0 when the value does
}

// edited writes a text with the edits, which are in order, into a body; all else of it goes byte for byte, and is not copied.
func edited(out *jsonio.Body, text []byte, edits []edit) {
	if len(edits) == 0 {
		if out != nil {
			out.Buf = text
		}
		return
	}
	at := 0
	for _, e := range edits {
		out.Refer(text[at:e.from])
		if at = e.to; e.file.ID != 0 {
			out.HoleFor(e.file)
			continue
		}
		out.Buf = jsonio.AppendString(out.Buf, e.value)
	}
	out.Refer(text[at:])
}
