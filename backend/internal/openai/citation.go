package openai

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"gemini-proxy/backend/internal/jsonio"
)

// Annotation is a citation of the web: which characters of the answer rest on which page.
type Annotation struct {
	Start, End int // characters of the content
	URL, Title string
}

// grounding is groundingMetadata, as far as it cites. Its offsets are bytes of the answer.
type grounding struct {
	Chunks []struct {
		Web struct {
			URI   string `json:"uri"`
			Title string `json:"title"`
		} `json:"web"`
	} `json:"groundingChunks"`
	Supports []struct {
		Segment struct {
			Start int `json:"startIndex"`
			End   int `json:"endIndex"`
		} `json:"segment"`
		Chunks []int `json:"groundingChunkIndices"`
	} `json:"groundingSupports"`
}

// citations is citationMetadata; the field's name differs between Google's APIs.
type citations struct {
	Sources   []citation `json:"citationSources"`
	Citations []citation `json:"citations"`
}

type citation struct {
	Start int    `json:"startIndex"`
	End   int    `json:"endIndex"`
	URI   string `json:"uri"`
	Title string `json:"title"`
}

// annotationsOf gives the citations of an answer's text. Metadata of a form that is not known cites nothing.
func annotationsOf(groundingJSON, citationsJSON []byte, text string) []Annotation {
	var list []Annotation
	var g grounding
	if len(groundingJSON) > 0 && json.Unmarshal(groundingJSON, &g) == nil {
		list = g.annotations(text)
	}
	var c citations
	if len(citationsJSON) > 0 && json.Unmarshal(citationsJSON, &c) == nil {
		for _, each := range append(c.Sources, c.Citations...) {
			if each.URI != "" {
				list = append(list, Annotation{Start: charsIn(text, each.Start), End: charsIn(text, each.End), URL: each.URI, Title: each.Title})
			}
		}
	}
	return list
}

func (g *grounding) annotations(text string) []Annotation {
	var list []Annotation
	for _, support := range g.Supports {
		for _, i := range support.Chunks {
			if i < 0 || i >= len(g.Chunks) || g.Chunks[i].Web.URI == "" {
				continue
			}
			list = append(list, Annotation{
				Start: charsIn(text, support.Segment.Start),
				End:   charsIn(text, support.Segment.End),
				URL:   g.Chunks[i].Web.URI,
				Title: g.Chunks[i].Web.Title,
			})
		}
	}
	if len(g.Supports) > 0 {
		return list
	}
	for _, chunk := range g.Chunks { // sources of the whole answer
		if chunk.Web.URI != "" {
			list = append(list, Annotation{End: utf8.RuneCountInString(text), URL: chunk.Web.URI, Title: chunk.Web.Title})
		}
	}
	return list
}

// charsIn counts the characters in the first n bytes of text. Bytes that are not part of text count as one character each.
func charsIn(text string, n int) int {
	if n <= 0 {
		return 0
	}
	if n > len(text) {
		return utf8.RuneCountInString(text) + n - len(text)
	}
	return utf8.RuneCountInString(text[:n])
}

func appendAnnotations(dst []byte, list []Annotation) []byte {
	dst = append(dst, '[')
	for i := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonio.AppendInt(append(dst, `{"type":"url_citation","url_citation":{"start_index":`...), int64(list[i].Start))
		dst = jsonio.AppendInt(append(dst, `,"end_index":`...), int64(list[i].End))
		dst = jsonio.AppendString(append(dst, `,"url":`...), list[i].URL)
		dst = jsonio.AppendString(append(dst, `,"title":`...), list[i].Title)
		dst = append(dst, `}}`...)
	}
	return append(dst, ']')
}

// rawText gives what a part of Google's code tool says, as Markdown; "" for a part of another kind.
func rawText(part []byte) string {
	var p struct {
		Code struct {
			Language string `json:"language"`
			Code     string `json:"code"`
		} `json:"executableCode"`
		Result struct {
			Output string `json:"output"`
		} `json:"codeExecutionResult"`
	}
	if json.Unmarshal(part, &p) != nil {
		return ""
	}
	switch {
	case p.Code.Code != "":
		language := "python"
		if p.Code.Language != "PYTHON" && p.Code.Language != "" {
			language = ""
		}
		return "\n```" + language + "\n" + p.Code.Code + "\n```\n"
	case p.Result.Output != "":
		return "\n```\n" + strings.TrimRight(p.Result.Output, "\n") + "\n```\n"
	}
	return ""
}
