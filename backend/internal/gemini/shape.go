package gemini

import (
	"fmt"

	"gemini-proxy/backend/internal/jsonio"
)

// DecodeShape reads an answer, or a chunk of one, only as far as judging and counting it takes. Content is looked at and not kept: of a
// candidate with a meaningful part, a single part is given, which stands for all. A part of a kind not known here is meaningful.
// filled reports a field at the top that generateContent's answers do not have and that is not null: embedContent's "embedding".
func DecodeShape(data []byte) (resp *Response, filled bool, err error) {
	return newShaper().shape(data)
}

// shaper reads shapes, one after the other, in the same memory.
type shaper struct {
	decoder

	resp   Response
	stand  []Part // the part that stands for all
	failed bool   // an "error" that is not null was met
	filled bool
}

func newShaper() *shaper {
	return &shaper{decoder: decoder{Reader: jsonio.NewReader(nil, true)}, stand: []Part{{Raw: []byte("{}")}}}
}

// shape is DecodeShape; the response is good until the next call.
func (s *shaper) shape(data []byte) (resp *Response, filled bool, err error) {
	s.resp, s.failed, s.filled = Response{Candidates: s.resp.Candidates[:0]}, false, false
	s.Reset(data)
	if s.Kind() == jsonio.Array { // some faults arrive as an array around the chunk
		s.Array(func(int) { s.answer() })
	} else {
		s.answer()
	}
	s.End()
	if err := s.Err(); err != nil {
		return nil, false, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if s.failed {
		if s.resp.Error = decodeEnvelope(data); s.resp.Error == nil {
			return nil, false, fmt.Errorf("%w: an error of an unknown form", ErrMalformed)
		}
	}
	return &s.resp, s.filled, nil
}

func (s *shaper) answer() {
	s.Object(func(key string) {
		switch key {
		case "candidates":
			s.Array(func(int) {
				s.resp.Candidates = append(s.resp.Candidates, Candidate{})
				s.candidate(&s.resp.Candidates[len(s.resp.Candidates)-1])
			})
		case "promptFeedback":
			s.Object(func(key string) {
				if key == "blockReason" {
					s.resp.BlockReason = s.text()
					return
				}
				s.Skip()
			})
		case "usageMetadata":
			s.resp.HasUsage = true
			s.usage(&s.resp.Usage)
		case "error":
			s.failed = s.something()
		case "modelVersion", "responseId", "modelStatus", "createTime":
			s.Skip()
		default:
			s.filled = s.something() || s.filled
		}
	})
}

// something passes over a value and reports whether it was other than null.
func (s *shaper) something() bool {
	if s.Null() {
		return false
	}
	s.Skip()
	return true
}

func (s *shaper) candidate(c *Candidate) {
	s.Object(func(key string) {
		switch key {
		case "finishReason":
			c.FinishReason = s.text()
		case "content":
			s.Object(func(key string) {
				if key == "parts" {
					s.Array(func(int) { s.part(c) })
					return
				}
				s.Skip()
			})
		default:
			s.Skip()
		}
	})
}

func (s *shaper) part(c *Candidate) {
	meaningful := false
	s.Object(func(key string) {
		switch key {
		case "text":
			meaningful = !s.Null() && s.Word() != "" || meaningful
		case "thought", "thoughtSignature", "partMetadata", "videoMetadata", "mediaResolution":
			s.Skip()
		default:
			meaningful = s.something() || meaningful
		}
	})
	if meaningful {
		c.Content.Parts = s.stand
	}
}
