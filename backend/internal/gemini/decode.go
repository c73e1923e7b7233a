package gemini

import (
	"errors"
	"fmt"

	"gemini-proxy/backend/internal/jsonio"
)

// ErrMalformed is an answer that is not what the API sends: broken JSON, or values of the wrong kind.
var ErrMalformed = errors.New("malformed answer from Gemini")

// DecodeResponse reads an answer or a stream's chunk. It keeps nothing of data. An {"error": …} inside a 200 becomes
// Response.Error; unknown fields are passed over.
func DecodeResponse(data []byte) (*Response, error) {
	d := decoder{Reader: jsonio.NewReader(data, false)}
	resp := &Response{}
	if d.Kind() == jsonio.Array { // some faults arrive as an array around the chunk
		d.Array(func(int) { d.response(resp) })
	} else {
		d.response(resp)
	}
	d.End()
	if err := d.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if d.fault {
		resp.Error = decodeEnvelope(data)
		if resp.Error == nil {
			return nil, fmt.Errorf("%w: an error of an unknown form", ErrMalformed)
		}
	}
	return resp, nil
}

type decoder struct {
	*jsonio.Reader
	fault bool // an "error" key was met
}

func (d *decoder) response(resp *Response) {
	d.Object(func(key string) {
		switch key {
		case "candidates":
			d.Array(func(int) {
				resp.Candidates = append(resp.Candidates, Candidate{})
				d.candidate(&resp.Candidates[len(resp.Candidates)-1])
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
			resp.ModelVersion = d.text()
		case "responseId":
			resp.ResponseID = d.text()
		case "error":
			d.fault = true
			d.Skip()
		default:
			d.Skip()
		}
	})
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
			c.Role = role(d.text())
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
	return s
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
				modality = d.text()
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
