package gemini

import (
	"context"
	"fmt"
	"net/url"

	"gemini-proxy/backend/internal/jsonio"
)

// MaxEmbeddings is how many texts one batchEmbedContents takes (Google's SDKs, November 2026). Each counts as a request of its own against
// the project's requests a minute.
const MaxEmbeddings = 100

// EmbedRequest is the body of batchEmbedContents: texts to be embedded alike.
type EmbedRequest struct {
	Model      string // without "models/"
	Texts      []string
	TaskType   string // "RETRIEVAL_QUERY" …; empty leaves it to the model
	Dimensions int    // the width of each vector; 0 is the model's own
}

// Embeddings is the answer of batchEmbedContents.
type Embeddings struct {
	Vectors  [][]float32 // one for each text, in order
	Usage    Usage
	HasUsage bool   // gemini-embedding-001 does not count
	Error    *Error // an error inside a 200
}

// Body writes the request as it goes on the wire.
func (r *EmbedRequest) Body() *jsonio.Body {
	e := &encoder{}
	size := 64
	for _, text := range r.Texts {
		size += 160 + len(text) + len(text)/16
	}
	e.body.Buf = make([]byte, 0, size)
	e.object(func() {
		e.key("requests")
		e.array(len(r.Texts), func(i int) {
			e.object(func() {
				e.str("model", "models/"+r.Model)
				e.key("content")
				e.object(func() {
					e.key("parts")
					e.array(1, func(int) { e.object(func() { e.str("text", r.Texts[i]) }) })
				})
				e.optional("taskType", r.TaskType)
				if r.Dimensions > 0 {
					e.key("outputDimensionality")
					e.body.Buf = jsonio.AppendInt(e.body.Buf, r.Dimensions)
					e.comma = true
				}
			})
		})
	})
	return &e.body
}

// BatchEmbed asks for embeddings; body is that of an EmbedRequest. The errors are those of Generate.
func (c *Client) BatchEmbed(ctx context.Context, key Secret, model string, body *jsonio.Body) (*Embeddings, error) {
	answer, err := c.call(ctx, key, "/models/"+url.PathEscape(model)+":batchEmbedContents", body)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	data, err := readAll(answer)
	if err != nil {
		return nil, transportError(ctx, err)
	}
	return DecodeEmbeddings(data)
}

// DecodeEmbeddings reads an answer of batchEmbedContents. It keeps nothing of data.
func DecodeEmbeddings(data []byte) (*Embeddings, error) {
	d := decoder{Reader: jsonio.NewReader(data, false)}
	out := &Embeddings{}
	d.Object(func(key string) {
		switch key {
		case "embeddings":
			width := 0
			d.Array(func(int) {
				vector := d.vector(width)
				width = len(vector)
				out.Vectors = append(out.Vectors, vector)
			})
		case "usageMetadata":
			out.HasUsage = true
			d.usage(&out.Usage)
		case "error":
			d.fault = true
			d.Skip()
		default:
			d.Skip()
		}
	})
	d.End()
	if err := d.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if d.fault {
		if out.Error = decodeEnvelope(data); out.Error == nil {
			return nil, fmt.Errorf("%w: an error of an unknown form", ErrMalformed)
		}
	}
	return out, nil
}

// vector reads one embedding, which is probably as wide as the last.
func (d *decoder) vector(width int) []float32 {
	values := make([]float32, 0, width)
	d.Object(func(key string) {
		if key != "values" {
			d.Skip()
			return
		}
		d.Array(func(int) { values = append(values, float32(d.Float())) })
	})
	return values
}
