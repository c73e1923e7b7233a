package gemini

import "gemini-proxy/backend/internal/jsonio"

// Body writes the request as it goes on the wire. Long base64 data is referred to, not copied, so it must not change while the
// body is in use.
func (r *Request) Body() *jsonio.Body { return r.BodyIn(make([]byte, 0, r.BodySize())) }

// BodyIn is Body in memory of the caller's, which is used as far as it goes and is the body's until that is finished.
func (r *Request) BodyIn(memory []byte) *jsonio.Body {
	e := &encoder{}
	e.body.Buf = memory[:0]
	e.object(func() {
		e.key("contents")
		e.contents(r.Contents)
		if r.SystemInstruction != nil {
			e.key("systemInstruction")
			e.content(r.SystemInstruction)
		}
		e.tools(r.Tools)
		if r.ToolConfig != nil {
			e.key("toolConfig")
			e.toolConfig(r.ToolConfig)
		}
		if len(r.SafetySettings) > 0 {
			e.key("safetySettings")
			e.array(len(r.SafetySettings), func(i int) {
				e.object(func() {
					e.str("category", r.SafetySettings[i].Category)
					e.str("threshold", r.SafetySettings[i].Threshold)
				})
			})
		}
		e.generation(&r.Generation)
		e.optional("cachedContent", r.CachedContent)
		e.optional("serviceTier", r.ServiceTier)
		e.optional("continuationToken", r.ContinuationToken)
	})
	return &e.body
}

// BodySize guesses the length of the body in bytes without its spliced data, so that it is built without growing.
func (r *Request) BodySize() int {
	n := 512
	for i := range r.Contents {
		n += 32
		for j := range r.Contents[i].Parts {
			p := &r.Contents[i].Parts[j]
			n += 64 + len(p.Text) + len(p.Text)/16 + len(p.ThoughtSignature)
			if p.FunctionCall != nil {
				n += len(p.FunctionCall.Args)
			}
			if p.FunctionResponse != nil {
				n += len(p.FunctionResponse.Response)
			}
		}
	}
	for i := range r.Tools {
		for j := range r.Tools[i].Functions {
			n += 64 + len(r.Tools[i].Functions[j].Description) + len(r.Tools[i].Functions[j].ParametersJSONSchema)
		}
	}
	return n + len(r.Generation.ResponseJSONSchema)
}

// encoder writes JSON objects; comma says whether the next key or item needs one before it.
type encoder struct {
	body  jsonio.Body
	comma bool
}

func (e *encoder) put(s string) { e.body.Buf = append(e.body.Buf, s...) }

func (e *encoder) separate() {
	if e.comma {
		e.body.Buf = append(e.body.Buf, ',')
	}
	e.comma = false
}

func (e *encoder) object(fields func()) {
	e.separate()
	e.body.Buf = append(e.body.Buf, '{')
	fields()
	e.body.Buf = append(e.body.Buf, '}')
	e.comma = true
}

func (e *encoder) array(n int, item func(i int)) {
	e.separate()
	e.body.Buf = append(e.body.Buf, '[')
	for i := range n {
		item(i)
	}
	e.body.Buf = append(e.body.Buf, ']')
	e.comma = true
}

// key writes a name of our own, which needs no escape.
func (e *encoder) key(name string) {
	e.separate()
	e.body.Buf = append(append(append(e.body.Buf, '"'), name...), '"', ':')
}

func (e *encoder) value(s string) {
	e.separate()
	e.body.Buf = jsonio.AppendString(e.body.Buf, s)
	e.comma = true
}

func (e *encoder) str(name, s string) {
	e.key(name)
	e.value(s)
}

func (e *encoder) optional(name, s string) {
	if s != "" {
		e.str(name, s)
	}
}

func (e *encoder) raw(name string, json []byte) {
	if len(json) == 0 {
		return
	}
	e.key(name)
	e.body.Buf = append(e.body.Buf, json...)
	e.comma = true
}

func (e *encoder) integer(name string, n int) {
	e.key(name)
	e.body.Buf = jsonio.AppendInt(e.body.Buf, n)
	e.comma = true
}

func (e *encoder) float(name string, f *float64) {
	if f == nil {
		return
	}
	e.key(name)
	e.body.Buf = jsonio.AppendFloat(e.body.Buf, *f)
	e.comma = true
}

func (e *encoder) yes(name string, b bool) {
	if !b {
		return
	}
	e.key(name)
	e.put("true")
	e.comma = true
}

func (e *encoder) strings(name string, list []string) {
	if len(list) == 0 {
		return
	}
	e.key(name)
	e.array(len(list), func(i int) { e.value(list[i]) })
}

func (e *encoder) contents(list []Content) {
	e.array(len(list), func(i int) { e.content(&list[i]) })
}

func (e *encoder) content(c *Content) {
	e.object(func() {
		e.optional("role", c.Role)
		e.key("parts")
		e.array(len(c.Parts), func(i int) { e.part(&c.Parts[i]) })
	})
}

func (e *encoder) part(p *Part) {
	if p.Raw != nil {
		e.separate()
		e.body.Buf = append(e.body.Buf, p.Raw...)
		e.comma = true
		return
	}
	e.object(func() {
		switch {
		case p.InlineData != nil:
			e.key("inlineData")
			e.blob(p.InlineData)
		case p.FileData != nil && p.FileData.Held != 0:
			e.separate()
			e.body.Hole(p.FileData.Held)
			e.comma = true
		case p.FileData != nil:
			e.key("fileData")
			e.object(func() {
				e.optional("mimeType", p.FileData.MIMEType)
				e.str("fileUri", p.FileData.FileURI)
			})
		case p.FunctionCall != nil:
			e.key("functionCall")
			e.object(func() {
				e.optional("id", p.FunctionCall.ID)
				e.str("name", p.FunctionCall.Name)
				e.raw("args", p.FunctionCall.Args)
			})
		case p.FunctionResponse != nil:
			e.key("functionResponse")
			e.functionResponse(p.FunctionResponse)
		default:
			e.str("text", p.Text)
		}
		e.yes("thought", p.Thought)
		e.optional("thoughtSignature", p.ThoughtSignature)
		e.raw("videoMetadata", p.VideoMetadata)
		if p.MediaResolution != "" {
			e.key("mediaResolution")
			e.object(func() { e.str("level", p.MediaResolution) })
		}
	})
}

func (e *encoder) blob(b *Blob) {
	e.object(func() {
		e.str("mimeType", b.MIMEType)
		e.key("data")
		e.body.Splice(b.Data)
		e.comma = true
	})
}

func (e *encoder) functionResponse(f *FunctionResponse) {
	e.object(func() {
		e.optional("id", f.ID)
		e.str("name", f.Name)
		e.raw("response", f.Response)
		if len(f.Parts) > 0 {
			e.key("parts")
			e.array(len(f.Parts), func(i int) {
				e.object(func() {
					e.key("inlineData")
					e.blob(&f.Parts[i])
				})
			})
		}
	})
}

func (e *encoder) tools(tools []Tool) {
	if len(tools) == 0 {
		return
	}
	e.key("tools")
	e.array(len(tools), func(i int) {
		if tools[i].Raw != nil {
			e.separate()
			e.body.Buf = append(e.body.Buf, tools[i].Raw...)
			e.comma = true
			return
		}
		e.object(func() {
			e.key("functionDeclarations")
			e.array(len(tools[i].Functions), func(j int) {
				f := &tools[i].Functions[j]
				e.object(func() {
					e.str("name", f.Name)
					e.optional("description", f.Description)
					e.raw("parametersJsonSchema", f.ParametersJSONSchema)
				})
			})
		})
	})
}

func (e *encoder) toolConfig(c *ToolConfig) {
	e.object(func() {
		e.key("functionCallingConfig")
		e.object(func() {
			e.str("mode", c.Mode)
			e.strings("allowedFunctionNames", c.AllowedFunctionNames)
		})
	})
}

// generation writes generationConfig, or nothing when every field is at its zero.
func (e *encoder) generation(g *GenerationConfig) {
	length, comma := len(e.body.Buf), e.comma
	e.key("generationConfig")
	opened := len(e.body.Buf) + 1
	e.object(func() {
		e.float("temperature", g.Temperature)
		e.float("topP", g.TopP)
		e.float("topK", g.TopK)
		if g.CandidateCount > 0 {
			e.integer("candidateCount", g.CandidateCount)
		}
		if g.MaxOutputTokens > 0 {
			e.integer("maxOutputTokens", g.MaxOutputTokens)
		}
		e.strings("stopSequences", g.StopSequences)
		if g.Seed != nil {
			e.integer("seed", int(*g.Seed))
		}
		e.float("presencePenalty", g.PresencePenalty)
		e.float("frequencyPenalty", g.FrequencyPenalty)
		e.yes("responseLogprobs", g.ResponseLogprobs)
		if g.Logprobs != nil {
			e.integer("logprobs", *g.Logprobs)
		}
		e.optional("responseMimeType", g.ResponseMIMEType)
		e.raw("responseJsonSchema", g.ResponseJSONSchema)
		e.strings("responseModalities", g.ResponseModalities)
		e.optional("mediaResolution", g.MediaResolution)
		e.thinking(g.Thinking)
		e.speech(g.Speech)
		if g.Image != nil {
			e.key("imageConfig")
			e.object(func() {
				e.optional("aspectRatio", g.Image.AspectRatio)
				e.optional("imageSize", g.Image.ImageSize)
			})
		}
	})
	if len(e.body.Buf) == opened+1 { // nothing between the braces
		e.body.Buf, e.comma = e.body.Buf[:length], comma
	}
}

func (e *encoder) thinking(t *ThinkingConfig) {
	if t == nil {
		return
	}
	e.key("thinkingConfig")
	e.object(func() {
		e.yes("includeThoughts", t.IncludeThoughts)
		if t.Budget != nil {
			e.integer("thinkingBudget", *t.Budget)
		}
		e.optional("thinkingLevel", t.Level)
	})
}

func (e *encoder) speech(s *SpeechConfig) {
	if s == nil {
		return
	}
	voice := func(name string) {
		e.key("voiceConfig")
		e.object(func() {
			e.key("prebuiltVoiceConfig")
			e.object(func() { e.str("voiceName", name) })
		})
	}
	e.key("speechConfig")
	e.object(func() {
		if s.Voice != "" {
			voice(s.Voice)
		}
		e.optional("languageCode", s.LanguageCode)
		if len(s.Speakers) > 0 {
			e.key("multiSpeakerVoiceConfig")
			e.object(func() {
				e.key("speakerVoiceConfigs")
				e.array(len(s.Speakers), func(i int) {
					e.object(func() {
						e.str("speaker", s.Speakers[i].Speaker)
						voice(s.Speakers[i].Voice)
					})
				})
			})
		}
	})
}
