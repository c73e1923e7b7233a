package geminisim

import (
	"fmt"
	"hash/fnv"
	"math"
	"strconv"
	"strings"
)

const (
	maxBatch          = 100
	defaultDimensions = 3072
)

type embedding struct {
	Values []float32 `json:"values"`
}

// embed serves embedContent and batchEmbedContents.
func (c *call) embed() *apiError {
	if c.route.method == "embedContent" {
		root, e := c.sim.dialect.parse("EmbedContentRequest", c.body)
		if e != nil {
			return e
		}
		vectors, e := c.embedAll([]node{root}, "EmbedContentRequest", false)
		if vectors == nil {
			return e
		}
		out := struct {
			Embedding embedding `json:"embedding"`
			Usage     *Usage    `json:"usageMetadata,omitempty"`
		}{vectors[0], c.embedUsage()}
		return c.writeJSON(out)
	}
	root, e := c.sim.dialect.parse("BatchEmbedContentsRequest", c.body)
	if e != nil {
		return e
	}
	items := root.get("requests").items
	switch {
	case len(items) == 0:
		return invalid("* BatchEmbedContentsRequest.requests: requests is not specified\n")
	case len(items) > maxBatch:
		return invalid("* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch\n")
	}
	vectors, e := c.embedAll(items, "BatchEmbedContentsRequest.requests", true)
	if vectors == nil {
		return e
	}
	return c.writeJSON(struct {
		Embeddings []embedding `json:"embeddings"`
		Usage      *Usage      `json:"usageMetadata,omitempty"`
	}{vectors, c.embedUsage()})
}

func (c *call) embedUsage() *Usage {
	if c.model.Name == "gemini-embedding-001" {
		return nil
	}
	return &Usage{Prompt: c.tokens, Total: c.tokens}
}

// embedAll checks, counts and embeds the items; nil vectors mean that the call has been answered or must be with e.
func (c *call) embedAll(items []node, at string, batch bool) ([]embedding, *apiError) {
	for i, item := range items {
		where := at
		if batch {
			where += "[" + strconv.Itoa(i) + "]"
		}
		if e := c.checkEmbed(item, where, batch); e != nil {
			return nil, e
		}
	}
	if handled, e := c.scripted(); handled {
		return nil, e
	}
	if e := c.charge(len(items)); e != nil {
		return nil, e
	}
	out := make([]embedding, len(items))
	for i, item := range items {
		n, ok := item.number("outputDimensionality")
		if !ok {
			n = defaultDimensions
		}
		out[i] = embedding{Values: vector(contentText(item.get("content")), int(n))}
	}
	return out, nil
}

func (c *call) checkEmbed(item node, at string, batch bool) *apiError {
	name := item.get("model").text
	switch {
	case batch && name == "":
		return invalid("* " + at + ".model: model is required\n")
	case name != "" && strings.TrimPrefix(name, "models/") != c.route.model:
		return invalid("* " + at + ".model: unexpected model name format or a model that is not that of the URL\n")
	case len(item.at("content", "parts").items) == 0:
		return invalid("* " + at + ".content: content is required\n")
	}
	if n, ok := item.number("outputDimensionality"); ok && (n < 1 || n > defaultDimensions) {
		return invalid(fmt.Sprintf("* %s.output_dimensionality: must be in the range [1, %d]\n", at, defaultDimensions))
	}
	used := countText(contentText(item.get("content")))
	if used > c.model.InputTokens {
		return invalid(fmt.Sprintf("The input token count (%d) exceeds the maximum number of tokens allowed (%d).", used, c.model.InputTokens))
	}
	c.tokens += used
	return nil
}

func contentText(n node) string {
	var b strings.Builder
	for _, p := range n.get("parts").items {
		b.WriteString(p.get("text").text)
	}
	return b.String()
}

// vector is a direction that depends on the text alone. As in the real API only the full width has length one.
func vector(text string, n int) []float32 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // never fails
	seed := h.Sum64() | 1
	out := make([]float32, n)
	var sum float64
	for i := range out {
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
		v := float64(seed>>11)/(1<<53)*2 - 1
		out[i] = float32(v)
		sum += v * v
	}
	scale := float32(1 / math.Sqrt(sum))
	if n < defaultDimensions {
		scale *= 0.8
	}
	for i := range out {
		out[i] *= scale
	}
	return out
}
