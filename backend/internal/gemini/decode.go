package gemini

import (
	"errors"
	"fmt"
	"strings"

	"gemini-proxy/backend/internal/jsonio"
)

// ErrMalformed is an answer that is not what the API sends: broken JSON, or values of the wrong kind.
var ErrMalformed = errors.New("malformed answer from Gemini")

// DecodeResponse reads an answer or a stream's chunk. It keeps nothing of data. An {"error": …} inside a 200 becomes
// Response.Error; unknown fields are passed over.
func DecodeResponse(data []byte) (*Response, error) {
	d := decoder{Reader: jsonio.NewReader(data, false)}
	resp := &Response{}
	if err := d.decode(data, resp); err != nil {
		return nil, err
	}
	return resp, nil
}

// decode reads a document into an empty response.
func (d *decoder) decode(data []byte, resp *Response) error {
	d.fault = false
	if d.Kind() == jsonio.Array { // some faults arrive as an array around the chunk
		d.Array(func(int) { d.response(resp) })
	} else {
		d.response(resp)
	}
	d.End()
	if err := d.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if d.fault {
		resp.Error = decodeEnvelope(data)
		if resp.Error == nil {
			return fmt.Errorf("%w: an error of an unknown form", ErrMalformed)
		}
	}
	return nil
}

// decodeAgain reads another chunk of a stream into the memory of the last, whose strings alone remain good.
func (d *decoder) decodeAgain(data []byte, resp *Response) error {
	candidates := resp.Candidates[:cap(resp.Candidates)]
	d.version, d.id = resp.ModelVersion, resp.ResponseID
	*resp = Response{Candidates: candidates[:0]}
	d.Reset(data)
	return d.decode(data, resp)
}

type decoder struct {
	*jsonio.Reader
	fault       bool   // an "error" key was met
	version, id string // of the chunk before: they are the same in all of a stream
}

func (d *decoder) response(resp *Response) {
	d.Object(func(key string) {
		switch key {
		case "candidates":
			d.Array(func(int) {
				d.candidate(resp.nextCandidate())
			})
		case "promptFeedback":
			d.Object(func(key string) {
				if key == "blockReason" {
					resp.BlockReason = d.text()
					return
				}
				d.Skip()
			})
		case "usageMetadata":
			resp.HasUsage = true
			d.usage(&resp.Usage)
		case "modelVersion":
			resp.ModelVersion = d.like(d.version)
		case "responseId":
			resp.ResponseID = d.like(d.id)
		case "error":
			d.fault = true
			d.Skip()
		default:
			d.Skip()
		}
	})
}

// nextCandidate adds an empty candidate, with the memory for parts of one that stood there before.
func (r *Response) nextCandidate() *Candidate {
	n := len(r.Candidates)
	if n == cap(r.Candidates) {
		r.Candidates = append(r.Candidates, Candidate{})
		return &r.Candidates[n]
	}
	r.Candidates = r.Candidates[:n+1]
	c := &r.Candidates[n]
	*c = Candidate{Content: Content{Parts: c.Content.Parts[:0]}}
	return c
}

// like reads a string that is probably the one given, or nothing from a null.
func (d *decoder) like(last string) string {
	if d.Null() {
		return ""
	}
	return d.StringLike(last)
}

// text reads a string, or nothing from a null.
func (d *decoder) text() string {
	if d.Null() {
		return ""
	}
	return d.String()
}

func (d *decoder) count() int {
	if d.Kind() == jsonio.String { // an int64 is a string in proto JSON
		n := 0
		for _, c := range d.String() {
			if c < '0' || c > '9' || n > 1<<50 {
				return 0
			}
			n = n*10 + int(c-'0')
		}
		return n
	}
	if d.Null() {
		return 0
	}
	return int(d.Int())
}

func (d *decoder) candidate(c *Candidate) {
	d.Object(func(key string) {
		switch key {
		case "index":
			c.Index = d.count()
		case "content":
			d.content(&c.Content)
		case "finishReason":
			c.FinishReason = d.text()
		case "finishMessage":
			c.FinishMessage = d.text()
		case "continuationToken":
			c.ContinuationToken = d.text()
		case "groundingMetadata":
			c.Grounding = d.Raw()
		case "citationMetadata":
			c.Citations = d.Raw()
		case "urlContextMetadata":
			c.URLContext = d.Raw()
		case "logprobsResult":
			c.Logprobs = d.Raw()
		default:
			d.Skip()
		}
	})
}

func (d *decoder) content(c *Content) {
	d.Object(func(key string) {
		switch key {
		case "role":
			if !d.Null() {
				c.Role = role(d.Word())
			}
		case "parts":
			d.Array(func(int) {
				c.Parts = append(c.Parts, Part{})
				d.part(&c.Parts[len(c.Parts)-1])
			})
		default:
			d.Skip()
		}
	})
}

// role gives the constant for the two usual roles, so that chunks do not each hold a string of their own.
func role(s string) string {
	switch s {
	case RoleModel:
		return RoleModel
	case RoleUser:
		return RoleUser
	}
	return strings.Clone(s)
}

func (d *decoder) part(p *Part) {
	d.Object(func(key string) {
		switch key {
		case "text":
			p.Text = d.text()
		case "thought":
			if !d.Null() {
				p.Thought = d.Bool()
			}
		case "thoughtSignature":
			p.ThoughtSignature = d.text()
		case "inlineData":
			p.InlineData = &Blob{}
			d.Object(func(key string) {
				switch key {
				case "mimeType":
					p.InlineData.MIMEType = d.text()
				case "data":
					p.InlineData.Data = d.text()
				default:
					d.Skip()
				}
			})
		case "fileData":
			p.FileData = &FileData{}
			d.Object(func(key string) {
				switch key {
				case "mimeType":
					p.FileData.MIMEType = d.text()
				case "fileUri":
					p.FileData.FileURI = d.text()
				default:
					d.Skip()
				}
			})
		case "functionCall":
			p.FunctionCall = &FunctionCall{}
			d.functionCall(p.FunctionCall)
		case "executableCode", "codeExecutionResult", "toolCall", "toolResponse":
			value := d.Raw()
			p.Raw = append(append(append([]byte(`{"`), key...), `":`...), value...)
			p.Raw = append(p.Raw, '}')
		default:
			d.Skip()
		}
	})
}

func (d *decoder) functionCall(f *FunctionCall) {
	d.Object(func(key string) {
		switch key {
		case "id":
			f.ID = d.text()
		case "name":
			f.Name = d.text()
		case "args":
			if !d.Null() {
				f.Args = d.Raw()
			}
		default:
			d.Skip()
		}
	})
}

func (d *decoder) usage(u *Usage) {
	d.Object(func(key string) {
		switch key {
		case "promptTokenCount":
			u.Prompt = d.count()
		case "cachedContentTokenCount":
			u.Cached = d.count()
		case "candidatesTokenCount":
			u.Candidates = d.count()
		case "thoughtsTokenCount":
			u.Thoughts = d.count()
		case "toolUsePromptTokenCount":
			u.ToolUsePrompt = d.count()
		case "totalTokenCount":
			u.Total = d.count()
		case "promptTokensDetails":
			d.modalities(&u.PromptBy)
		case "candidatesTokensDetails":
			d.modalities(&u.CandidatesBy)
		case "cacheTokensDetails":
			d.modalities(&u.CachedBy)
		case "serviceTier":
			u.ServiceTier = d.text()
		default:
			d.Skip()
		}
	})
}

func (d *decoder) modalities(m *Modalities) {
	d.Array(func(int) {
		var modality string
		var n int
		d.Object(func(key string) {
			switch key {
			case "modality":
				if !d.Null() {
					modality = d.Word()
				}
			case "tokenCount":
				n = d.count()
			default:
				d.Skip()
			}
		})
		switch modality {
		case "TEXT":
			m.Text += n
		case "IMAGE":
			m.Image += n
		case "AUDIO":
			m.Audio += n
		case "VIDEO":
			m.Video += n
		case "DOCUMENT":
			m.Document += n
		}
	})
}
