package openai

import (
	"strings"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
)

// ChatRequest is a decoded chat completion request. Long strings in it share the memory of the body it was parsed from.
type ChatRequest struct {
	Model        string // as the client wrote it; BareModel gives Gemini's name
	Stream       bool
	IncludeUsage bool // stream_options.include_usage: end the stream with a chunk that counts the tokens

	messages      []message
	sampling      sampling
	tools         tools
	answer        answer
	thinking      thinking
	cachedContent string
	serviceTier   string // "flex", "priority", or empty
	safety        []gemini.SafetySetting
	names         names
}

// sampling is how the tokens of an answer are chosen and counted; a nil pointer was not given.
type sampling struct {
	temperature, topP, topK *float64
	presence, frequency     *float64
	seed                    *int32
	n                       int // at least 1
	maxTokens               int // 0 is no limit
	maxCompletionTokens     int // wins over maxTokens
	stop                    []string
	logprobs                bool
	topLogprobs             *int
}

// answer is the form the answer shall have.
type answer struct {
	json     bool  // response_format json_object or json_schema
	schema   *node // of json_schema; nil when not given
	audio    bool  // modalities names audio
	image    bool  // modalities names image
	voice    string
	format   string // of audio: "wav" or "pcm16"
	resizing *gemini.ImageConfig
}

// thinking is what the request says of the model's thinking, by effort or by Google's own thinking_config, never both.
type thinking struct {
	effort  string // "none" … "max"; empty when not given
	budget  *int
	level   string
	include bool
	asked   bool   // whether to include was said, but not by a thinking_config
	field   string // where thinking_config was found, empty when it was not
}

const (
	maxMessages = 10_000

	bytesPerMessage = 256 // about; for making room
	maxStops        = 5   // Gemini's limit; OpenAI's is 4
	maxChoices      = 8   // Gemini's limit of candidateCount
	maxTopLog       = 20
	maxCount        = 1<<31 - 1
)

// ParseChat decodes the body of POST /v1/chat/completions. Its error is a *fault.Error of kind Invalid that names the field at fault
// ("messages[2].content[0].image_url.url"), or the byte where the JSON breaks. Strings of 256 bytes and more share body's memory, which
// must then never change.
func ParseChat(body []byte) (*ChatRequest, error) {
	p := newParser(body)
	r := &ChatRequest{}
	r.sampling.n = 1
	p.Object(func(key string) {
		switch {
		case p.basics(r, key), p.samplingField(&r.sampling, key), p.toolField(&r.tools, key), p.answerField(r, key):
		default:
			p.Skip()
		}
	})
	p.End()
	if err := p.fault(); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	return r, nil
}

func (p *parser) basics(r *ChatRequest, key string) bool {
	switch key {
	case "model":
		if r.Model = p.String(); len(r.Model) > maxModelName {
			p.Fail("must be the name of a model, 1 to %d bytes", maxModelName)
		}
	case "messages":
		r.messages = make([]message, 0, min(len(p.body)/bytesPerMessage+1, 256))
		p.Array(func(i int) {
			if i >= maxMessages {
				p.Fail("there may be at most %d messages", maxMessages)
				return
			}
			r.messages = append(r.messages, p.message())
		})
	case "stream":
		r.Stream = p.flag()
	case "stream_options":
		p.Object(func(key string) {
			if key == "include_usage" {
				r.IncludeUsage = p.flag()
				return
			}
			p.Skip()
		})
	case "service_tier":
		r.serviceTier = p.tier()
	case "extra_body":
		p.Object(func(key string) {
			if key == "google" {
				p.google(r)
				return
			}
			p.Skip()
		})
	case "google":
		p.google(r)
	case "thinking_config":
		p.thinkingConfig(&r.thinking)
	case "reasoning_effort":
		r.thinking.effort = p.oneOf("none", "minimal", "low", "medium", "high", "xhigh", "max")
	default:
		return false
	}
	return true
}

func (p *parser) samplingField(s *sampling, key string) bool {
	switch key {
	case "temperature":
		s.temperature = p.number(0, 2)
	case "top_p":
		s.topP = p.number(0, 1)
	case "top_k":
		s.topK = p.number(1, 1000)
	case "presence_penalty":
		s.presence = p.number(-2, 2)
	case "frequency_penalty":
		s.frequency = p.number(-2, 2)
	case "seed":
		if !p.Null() {
			seed := fold(p.Int())
			s.seed = &seed
		}
	case "n":
		if n := p.count(1, maxChoices); n != nil {
			s.n = *n
		}
	case "max_tokens":
		s.maxTokens = p.limit()
	case "max_completion_tokens":
		s.maxCompletionTokens = p.limit()
	case "stop":
		s.stop = p.stops()
	case "logprobs":
		s.logprobs = p.flag()
	case "top_logprobs":
		s.topLogprobs = p.count(0, maxTopLog)
	default:
		return false
	}
	return true
}

func (p *parser) answerField(r *ChatRequest, key string) bool {
	switch key {
	case "response_format":
		p.responseFormat(&r.answer)
	case "modalities":
		p.Array(func(int) {
			switch p.oneOf("text", "audio", "image") {
			case "audio":
				r.answer.audio = true
			case "image":
				r.answer.image = true
			}
		})
	case "audio":
		p.Object(func(key string) {
			switch key {
			case "voice":
				r.answer.voice = Voice(p.voice())
			case "format":
				r.answer.format = p.audioFormat()
			default:
				p.Skip()
			}
		})
	case "image_config":
		r.answer.resizing = p.imageConfig()
	case "web_search_options":
		if !p.Null() {
			p.Object(func(string) { p.Skip() })
			r.tools.search = true
		}
	default:
		return false
	}
	return true
}

// fold brings OpenAI's 64-bit seed into Gemini's 32 bits; a seed that fits is kept.
func fold(n int64) int32 {
	if n == int64(int32(n)) { //nolint:gosec // the comparison is what checks the range
		return int32(n) //nolint:gosec // checked by the comparison
	}
	return int32(uint32(n) ^ uint32(n>>32)) //nolint:gosec // folding is meant to lose bits
}

func (p *parser) stops() []string {
	if p.Null() {
		return nil
	}
	if p.Kind() == jsonio.String {
		if s := p.String(); s != "" {
			return []string{s}
		}
		return nil
	}
	var stops []string
	p.Array(func(int) {
		if s := p.String(); s != "" {
			stops = append(stops, s)
		}
	})
	if len(stops) > maxStops {
		p.Fail("may hold at most %d sequences", maxStops)
	}
	return stops
}

func (p *parser) tier() string {
	if p.Null() {
		return ""
	}
	switch tier := p.oneOf("auto", "default", "standard", "scale", "flex", "priority", "fast"); tier {
	case "flex":
		return tier
	case "priority", "fast": // two words of OpenAI's for one thing
		return "priority"
	}
	return ""
}

func (p *parser) responseFormat(a *answer) {
	if p.Null() {
		return
	}
	kind, description := "", ""
	p.Object(func(key string) {
		switch key {
		case "type":
			kind = p.oneOf("text", "json_object", "json_schema")
		case "json_schema":
			p.Object(func(key string) {
				switch key {
				case "schema":
					a.schema = p.schema()
				case "description":
					description = p.text()
				default:
					p.Skip()
				}
			})
		case "schema": // as the Responses API writes it
			a.schema = p.schema()
		case "description":
			description = p.text()
		default:
			p.Skip()
		}
	})
	if kind == "" {
		p.refuse("type", "is required: text, json_object or json_schema")
	}
	a.json = kind != "text"
	if kind != "json_schema" {
		a.schema = nil
	}
	a.schema.describe(description)
}

// google reads Google's own extension of the request, extra_body.google.
func (p *parser) google(r *ChatRequest) {
	p.Object(func(key string) {
		switch key {
		case "thinking_config", "thinkingConfig":
			p.thinkingConfig(&r.thinking)
		case "cached_content", "cachedContent":
			if r.cachedContent = p.text(); r.cachedContent != "" && !strings.HasPrefix(r.cachedContent, "cachedContents/") {
				p.Fail(`must have the form "cachedContents/…"`)
			}
		case "safety_settings", "safetySettings":
			p.Array(func(int) { r.safety = append(r.safety, p.safetySetting()) })
		case "image_config", "imageConfig":
			r.answer.resizing = p.imageConfig()
		default:
			p.Skip()
		}
	})
}

func (p *parser) thinkingConfig(t *thinking) {
	if p.Null() {
		return
	}
	t.field = p.Path()
	p.Object(func(key string) {
		switch key {
		case "thinking_budget", "thinkingBudget":
			t.budget = p.count(-1, maxCount)
		case "thinking_level", "thinkingLevel":
			if level := strings.ToLower(p.text()); level != "" {
				if rank(level) < 0 {
					p.Fail("must be minimal, low, medium, high or xhigh")
				}
				t.level = level
			}
		case "include_thoughts", "includeThoughts":
			t.include = p.flag()
		default:
			p.Skip()
		}
	})
	if t.budget != nil && t.level != "" {
		p.refuse("thinking_level", "goes with no thinking_budget: give one of them")
	}
}

func (p *parser) safetySetting() gemini.SafetySetting {
	var s gemini.SafetySetting
	p.Object(func(key string) {
		switch key {
		case "category":
			s.Category = p.String()
		case "threshold":
			s.Threshold = p.String()
		default:
			p.Skip()
		}
	})
	return s
}

func (p *parser) imageConfig() *gemini.ImageConfig {
	if p.Null() {
		return nil
	}
	c := &gemini.ImageConfig{}
	p.Object(func(key string) {
		switch key {
		case "aspect_ratio", "aspectRatio":
			c.AspectRatio = p.text()
		case "image_size", "imageSize":
			c.ImageSize = p.text()
		default:
			p.Skip()
		}
	})
	return c
}
