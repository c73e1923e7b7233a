package geminisim

// countNode counts a request's tokens: a quarter of the characters of its texts and calls, and a flat price per
// medium. The real tokenizer differs; equal requests count equally, here and in countTokens.
func countNode(n node) int {
	c := counter{}
	c.content(n.get("systemInstruction"))
	for _, one := range n.get("contents").items {
		c.content(one)
	}
	if tools := n.get("tools"); tools.kind == listKind && len(tools.items) > 0 {
		c.chars += treeSize(tools)
	}
	return (c.chars+3)/4 + c.flat
}

const (
	imageTokens = 258
	mediaTokens = 512
)

type counter struct{ chars, flat int }

func (c *counter) content(n node) {
	for _, p := range n.get("parts").items {
		c.chars += len(p.get("text").text)
		for _, name := range []string{"functionCall", "functionResponse", "executableCode", "codeExecutionResult"} {
			if v := p.get(name); v.kind == objectKind {
				c.chars += treeSize(v)
			}
		}
		for _, name := range []string{"inlineData", "fileData"} {
			if v := p.get(name); v.kind == objectKind {
				c.flat += mediumTokens(v.get("mimeType").text)
			}
		}
	}
}

func mediumTokens(mime string) int {
	if len(mime) > 6 && mime[:6] == "image/" {
		return imageTokens
	}
	return mediaTokens
}

func treeSize(n node) int {
	size := len(n.text)
	for _, item := range n.items {
		size += treeSize(item)
	}
	for _, f := range n.fields {
		size += len(f.name) + treeSize(f.value)
	}
	return size
}

func countPart(p part) int {
	switch {
	case p.Text != nil:
		return countText(*p.Text)
	case p.FunctionCall != nil:
		return countText(p.FunctionCall.Name) + countText(string(p.FunctionCall.Args))
	case p.InlineData != nil && p.InlineData.MimeType == "image/png":
		return 1290
	case p.InlineData != nil:
		return len(p.InlineData.Data)/1920 + 1 // 25 tokens a second
	}
	return 0
}

func countText(s string) int { return (len(s) + 3) / 4 }

// countTokens serves :countTokens; {contents} and {generateContentRequest} are exclusive.
func (c *call) countTokens() *apiError {
	root, e := c.sim.dialect.parse("CountTokensRequest", c.body)
	if e != nil {
		return e
	}
	inner := root.get("generateContentRequest")
	switch {
	case inner.kind == objectKind && root.has("contents"):
		return invalid("* CountTokensRequest.contents: contents and generate_content_request cannot both be set\n")
	case inner.kind != objectKind:
		inner = root
	}
	if len(inner.get("contents").items) == 0 {
		return invalid("* CountTokensRequest.contents: contents is not specified\n")
	}
	req := &request{root: inner, contents: inner.get("contents").items}
	if e := c.checkContents(req); e != nil {
		return e
	}
	if e := c.checkFiles(req.contents); e != nil {
		return e
	}
	if handled, e := c.scripted(); handled {
		return e
	}
	n := countNode(inner)
	return c.writeJSON(tokenCount{Total: n, Details: []ModalityCount{{Modality: "TEXT", Tokens: n}}})
}

type tokenCount struct {
	Total   int             `json:"totalTokens"`
	Details []ModalityCount `json:"promptTokensDetails,omitempty"`
}
