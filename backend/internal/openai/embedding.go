package openai

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
)

// The limits of an embeddings request.
const (
	maxInputs     = 2048 // OpenAI's
	maxDimensions = 3072 // Gemini's
	maxTaskType   = 64
)

// EmbeddingRequest is a decoded request for embeddings. Long strings in it share the memory of the body it was parsed from.
type EmbeddingRequest struct {
	Model string // as the client wrote it; BareModel gives Gemini's name

	texts      []string
	dimensions int // 0 is the model's own
	taskType   string
	base64     bool
}

// ParseEmbedding decodes the body of POST /v1/embeddings. Its errors are those of ParseChat; body must not change while the request is in
// use.
func ParseEmbedding(body []byte) (*EmbeddingRequest, error) {
	p := newParser(body)
	r := &EmbeddingRequest{}
	p.Object(func(key string) { p.embeddingField(r, key) })
	p.End()
	if err := p.fault(); err != nil {
		return nil, err
	}
	if len(r.texts) == 0 {
		return nil, fault.Field("input", "is required: a string or an array of up to %d", maxInputs)
	}
	return r, checkModel(r.Model)
}

// maxModelName bounds a model's name, in bytes. It also keeps the name from sharing the body's memory, which its record outlives.
const maxModelName = 200

func checkModel(name string) error {
	switch {
	case name == "":
		return fault.Field("model", "is required")
	case len(name) > maxModelName:
		return fault.Field("model", "must be the name of a model, 1 to %d bytes", maxModelName)
	}
	return nil
}

func (p *parser) embeddingField(r *EmbeddingRequest, key string) {
	switch key {
	case "model":
		r.Model = p.String()
	case "input":
		r.texts = p.inputs()
	case "dimensions", "output_dimensionality":
		if n := p.count(1, maxDimensions); n != nil {
			r.dimensions = *n
		}
	case "encoding_format":
		r.base64 = p.oneOf("float", "base64") == "base64"
	case "task_type":
		if r.taskType = p.text(); !isTaskType(r.taskType) {
			p.Fail("must be a word of Gemini's in capitals, such as RETRIEVAL_QUERY")
		}
	default:
		p.Skip()
	}
}

// inputs reads a string or an array of strings. OpenAI also takes tokens; those are of its own vocabulary, and mean nothing to Gemini.
func (p *parser) inputs() []string {
	const onlyText = "must be text: arrays of tokens are of OpenAI's vocabulary, which Gemini does not know"
	if p.Kind() != jsonio.Array {
		return []string{p.input()}
	}
	var texts []string
	p.Array(func(i int) {
		switch {
		case i >= maxInputs:
			p.Fail("there may be at most %d inputs", maxInputs)
		case p.Kind() == jsonio.Array, p.Kind() == jsonio.Number:
			p.Fail(onlyText)
		default:
			texts = append(texts, p.input())
		}
	})
	return texts
}

func (p *parser) input() string {
	text := p.String()
	if text == "" {
		p.Fail("must not be empty")
	}
	return text
}

func isTaskType(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'A' || c > 'Z') && c != '_' {
			return false
		}
	}
	return len(s) <= maxTaskType
}

// EmbeddingBatch is a part of a request's texts, as many as one upstream call takes.
type EmbeddingBatch struct {
	Request gemini.EmbedRequest
	Tokens  int // estimated
}

// Batches gives the upstream calls that the request takes for a model by Gemini's name, in the order of its texts.
func (r *EmbeddingRequest) Batches(model string) []EmbeddingBatch {
	batches := make([]EmbeddingBatch, 0, (len(r.texts)+gemini.MaxEmbeddings-1)/gemini.MaxEmbeddings)
	for from := 0; from < len(r.texts); from += gemini.MaxEmbeddings {
		texts := r.texts[from:min(len(r.texts), from+gemini.MaxEmbeddings)]
		b := EmbeddingBatch{Request: gemini.EmbedRequest{Model: model, Texts: texts, TaskType: r.taskType, Dimensions: r.dimensions}}
		for _, text := range texts {
			b.Tokens += textTokens(text)
		}
		batches = append(batches, b)
	}
	return batches
}

// EmbeddingList is the answer to a request for embeddings.
type EmbeddingList struct {
	Model        string      // the name the client asked with
	Vectors      [][]float32 // in the order of the inputs
	Base64       bool        // vectors as base64 of little-endian float32, not as numbers
	PromptTokens int
}

// List gives the answer from those of the batches, in their order, whose vectors it scales to length one where they are not: Gemini's are
// only at full width. Where Gemini does not count the tokens, the estimate stands for them.
func (r *EmbeddingRequest) List(batches []EmbeddingBatch, answers []*gemini.Embeddings) *EmbeddingList {
	list := &EmbeddingList{Model: r.Model, Base64: r.base64, Vectors: make([][]float32, 0, len(r.texts))}
	for i, answer := range answers {
		for _, vector := range answer.Vectors {
			normalise(vector)
			list.Vectors = append(list.Vectors, vector)
		}
		if answer.HasUsage && answer.Usage.Prompt > 0 {
			list.PromptTokens += answer.Usage.Prompt
		} else {
			list.PromptTokens += batches[i].Tokens
		}
	}
	return list
}

// nearlyOne is how far a squared length may be from 1 to count as that: what rounding to float32 leaves over.
const nearlyOne = 1e-3

func normalise(vector []float32) {
	var square float64
	for _, v := range vector {
		square += float64(v) * float64(v)
	}
	if square == 0 || math.Abs(square-1) < nearlyOne || math.IsInf(square, 0) || math.IsNaN(square) {
		return
	}
	length := math.Sqrt(square)
	for i, v := range vector {
		vector[i] = float32(float64(v) / length)
	}
}

// AppendHead writes what comes before the vectors. The answer is AppendHead, AppendVector for each, AppendTail: two thousand vectors as
// text need not be in memory at once.
func (l *EmbeddingList) AppendHead(dst []byte) []byte {
	return append(dst, `{"object":"list","data":[`...)
}

// AppendVector writes the i-th vector.
func (l *EmbeddingList) AppendVector(dst []byte, i int) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	dst = strconv.AppendInt(append(dst, `{"object":"embedding","index":`...), int64(i), 10)
	dst = append(dst, `,"embedding":`...)
	if l.Base64 {
		dst = appendFloats64(append(dst, '"'), l.Vectors[i])
		return append(dst, `"}`...)
	}
	dst = append(dst, '[')
	for j, v := range l.Vectors[i] {
		if j > 0 {
			dst = append(dst, ',')
		}
		dst = appendFloat32(dst, v)
	}
	return append(dst, `]}`...)
}

// AppendTail writes what comes after the vectors.
func (l *EmbeddingList) AppendTail(dst []byte) []byte {
	dst = jsonio.AppendString(append(dst, `],"model":`...), l.Model)
	dst = jsonio.AppendInt(append(dst, `,"usage":{"prompt_tokens":`...), l.PromptTokens)
	dst = jsonio.AppendInt(append(dst, `,"total_tokens":`...), l.PromptTokens)
	return append(dst, `}}`...)
}

// appendFloat32 writes the shortest number that reads back the same; what JSON cannot hold becomes 0.
func appendFloat32(dst []byte, f float32) []byte {
	if f64 := float64(f); math.IsNaN(f64) || math.IsInf(f64, 0) {
		return append(dst, '0')
	}
	return strconv.AppendFloat(dst, float64(f), 'g', -1, 32)
}

// appendFloats64 writes the base64 of the numbers as little-endian float32.
func appendFloats64(dst []byte, vector []float32) []byte {
	raw := make([]byte, 0, 4*len(vector))
	for _, v := range vector {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return base64.StdEncoding.AppendEncode(dst, raw)
}
