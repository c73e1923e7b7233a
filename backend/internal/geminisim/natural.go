package geminisim

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	ponder    = 16 // tokens a thinking model spends on a natural answer
	maxEcho   = 2000
	maxPieces = 8
)

// natural makes the answer of a request that no script decides. It depends on the request alone.
func (c *call) natural(req *request) *reply {
	switch c.model.makes {
	case makesImages:
		return c.paint(req)
	case makesSpeech:
		words := len(strings.Fields(req.lastText()))
		return &reply{chunks: []chunk{{part{InlineData: speech(c.model.wav, speechRate/20*max(1, min(words, 200)))}}}}
	case makesText, makesVectors, makesImagen, makesTranscripts, makesVideo:
	}
	responses := req.lastResponses()
	if len(responses) == 0 {
		if fn, ok := req.chosenFunction(); ok {
			return c.think(req, callFunction(fn))
		}
	}
	var text string
	switch {
	case req.structured():
		text = req.instance()
	case len(responses) > 0:
		text = tell(responses)
	default:
		text = c.echo(req)
	}
	r := &reply{}
	if len(req.root.get("tools").items) > 0 && req.searches() {
		r.grounding = grounded(req.lastText())
	}
	text, r.finish = req.bounded(text, c.spends(req))
	if n, ok := req.conf.number("candidateCount"); ok {
		r.copies = int(n) - 1
	}
	if req.conf.get("responseLogprobs").isTrue() {
		r.logprobs = scored(text)
	}
	if r.finish == "MAX_TOKENS" && text == "" {
		r.shape = noParts // thinking swallowed it all
		return c.think(req, r)
	}
	for _, piece := range pieces(text) {
		r.chunks = append(r.chunks, chunk{textPart(piece)})
	}
	return c.think(req, r)
}

// think adds the thoughts of a model that thinks.
func (c *call) think(req *request, r *reply) *reply {
	spent := c.spends(req)
	if spent == 0 {
		return r
	}
	if most, ok := req.conf.number("maxOutputTokens"); ok {
		spent = min(spent, int(most))
	}
	r.thoughts = spent
	if req.conf.at("thinkingConfig", "includeThoughts").isTrue() && r.shape == wholeShape {
		summary := "**Considering the request**\n\nThe user wrote " + strconv.Itoa(len(req.lastText())) + " bytes."
		r.thoughts = max(0, spent-countText(summary))
		p := textPart(summary)
		p.Thought = true
		r.chunks = append([]chunk{{p}}, r.chunks...)
	}
	return r
}

// spends is how many tokens the model thinks.
func (c *call) spends(req *request) int {
	conf := req.conf.get("thinkingConfig")
	budget, has := conf.number("thinkingBudget")
	switch level := conf.get("thinkingLevel").text; {
	case has && budget == 0, level == "MINIMAL":
		return 0
	case has, level != "", c.model.thinking.byDefault:
		return ponder
	}
	return 0
}

func (c *call) echo(req *request) string {
	text := req.lastText()
	if len(text) > maxEcho {
		cut := maxEcho
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut] + "…"
	}
	answer := c.model.answersAs + " heard: " + text
	if len(req.contents) > 0 {
		for _, p := range req.contents[len(req.contents)-1].get("parts").items {
			if data := p.get("inlineData"); data.kind == objectKind {
				answer += fmt.Sprintf(" [%s, %d bytes]", data.get("mimeType").text, rawLength(data.get("data").text))
			}
			if data := p.get("fileData"); data.kind == objectKind {
				answer += " [file " + data.get("fileUri").text + "]"
			}
		}
	}
	return answer
}

func rawLength(b64 string) int { return len(strings.TrimRight(b64, "=")) * 3 / 4 }

// lastResponses are the function responses of the last content.
func (r *request) lastResponses() []node {
	var out []node
	if len(r.contents) > 0 {
		for _, p := range r.contents[len(r.contents)-1].get("parts").items {
			if fn := p.get("functionResponse"); fn.kind == objectKind {
				out = append(out, fn)
			}
		}
	}
	return out
}

func tell(responses []node) string {
	said := make([]string, len(responses))
	for i, fn := range responses {
		said[i] = fn.get("name").text + " returned " + shortJSON(fn.get("response"))
	}
	return strings.Join(said, "; ") + "."
}

// chosenFunction picks the function to call: with mode ANY the first allowed, else one that the prompt names.
func (r *request) chosenFunction() (node, bool) {
	calling := r.root.at("toolConfig", "functionCallingConfig")
	allowed := map[string]bool{}
	for _, name := range calling.get("allowedFunctionNames").items {
		allowed[name.text] = true
	}
	mode, text := calling.get("mode").text, r.lastText()
	if mode == "NONE" {
		return node{}, false
	}
	for _, fn := range r.declarations() {
		name := fn.get("name").text
		if len(allowed) > 0 && !allowed[name] {
			continue
		}
		if mode == "ANY" || strings.Contains(text, name) {
			return fn, true
		}
	}
	return node{}, false
}

func callFunction(fn node) *reply {
	schema := fn.get("parametersJsonSchema")
	if schema.kind != objectKind {
		schema = fn.get("parameters")
	}
	args := instance(schema)
	if args.kind != objectKind {
		args = node{kind: objectKind}
	}
	encoded, err := json.Marshal(args)
	if err != nil {
		encoded = []byte("{}")
	}
	return &reply{chunks: []chunk{{part{FunctionCall: &callPart{Name: fn.get("name").text, Args: encoded}}}}}
}

func (r *request) searches() bool {
	for _, tool := range r.root.get("tools").items {
		if tool.has("googleSearch") {
			return true
		}
	}
	return false
}

func grounded(query string) *grounding {
	g := &grounding{Queries: []string{firstLine(query)}}
	one := groundingChunk{}
	one.Web.URI, one.Web.Title = "https://example.com/", "example.com"
	g.Chunks = append(g.Chunks, one)
	return g
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// structured says that the answer must be JSON or a value of an enum.
func (r *request) structured() bool {
	return mode(r.conf.get("responseMimeType").text) == "structured" || r.formatSchema().kind == objectKind
}

func (r *request) formatSchema() node {
	for _, f := range r.conf.get("responseFormat").items {
		if text := f.get("text"); text.kind == objectKind {
			if schema := text.get("schema"); schema.kind == objectKind {
				return schema
			}
			return node{kind: objectKind}
		}
	}
	return node{}
}

func (r *request) instance() string {
	schema := r.conf.get("responseJsonSchema")
	if schema.kind != objectKind {
		schema = r.conf.get("responseSchema")
	}
	if format := r.formatSchema(); format.kind == objectKind {
		schema = format
	}
	value := instance(schema)
	if r.conf.get("responseMimeType").text == "text/x.enum" {
		return value.text
	}
	if schema.kind != objectKind {
		return `{"answer":"simulated"}`
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return "{}"
	}
	return string(encoded)
}

// bounded applies stop sequences and maxOutputTokens, which includes what was thought.
func (r *request) bounded(text string, thought int) (kept, finish string) {
	for _, stop := range r.conf.get("stopSequences").items {
		if stop.text != "" {
			text, _, _ = strings.Cut(text, stop.text)
		}
	}
	most, ok := r.conf.number("maxOutputTokens")
	if !ok || thought+countText(text) <= int(most) {
		return text, ""
	}
	cut := max(0, (int(most)-thought)*4)
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut], "MAX_TOKENS"
}

// pieces cuts a text at spaces into a few stream events.
func pieces(text string) []string {
	var out []string
	size := max(12, len(text)/maxPieces+1)
	for len(text) > size {
		cut := strings.IndexByte(text[size:], ' ')
		if cut < 0 {
			break
		}
		out = append(out, text[:size+cut])
		text = text[size+cut:]
	}
	if text != "" || len(out) == 0 {
		out = append(out, text)
	}
	return out
}

func numberedWords(n int) []string {
	out := make([]string, max(0, min(n, 1_000_000)))
	for i := range out {
		out[i] = "word" + strconv.Itoa(i+1) + " "
	}
	return out
}

// paint is the natural answer of an image model.
func (c *call) paint(req *request) *reply {
	h := fnv.New32a()
	_, _ = h.Write([]byte(req.lastText())) // never fails
	r := &reply{}
	if wants := req.modalities(); len(wants) != 1 {
		r.chunks = append(r.chunks, chunk{textPart("Here is your picture.")})
	}
	r.chunks = append(r.chunks, chunk{part{InlineData: &blob{MimeType: "image/png", Data: tinyPNG(h.Sum32())}}})
	return r
}

const logprobValue = -0.25

// scored gives every word the same log probability.
func scored(text string) *logprobs {
	out := &logprobs{Chosen: []logprob{}}
	for _, word := range strings.SplitAfter(text, " ") {
		one := logprob{Token: word, Value: logprobValue}
		out.Chosen = append(out.Chosen, one)
		out.Top = append(out.Top, topLogprob{[]logprob{one}})
	}
	return out
}
