package openai

import (
	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
)

// Options is what ToGemini is given beside the request: the model, and what the request refers to but does not carry.
type Options struct {
	Model      string                     // Gemini's name, as BareModel gives it
	Links      map[string]gemini.Blob     // fetched media by URL; a link not in it is passed on for Gemini to fetch
	Files      map[string]gemini.FileData // our files by id
	Signatures map[string]string          // thought signatures by tool-call id
}

// ToGemini gives the request as Gemini takes it. Its error is a *fault.Error: Invalid with the field that the model cannot take, or
// NotFound with code "file_not_found" for a file that is not in o.Files. It changes neither r nor o, so that it may be called again for
// another model.
func ToGemini(r *ChatRequest, o Options) (*gemini.Request, error) {
	f := FamilyOf(o.Model)
	if err := r.checkFamily(&f, o.Model); err != nil {
		return nil, err
	}
	t := turns{request: r, options: &o, family: &f}
	if err := t.build(); err != nil {
		return nil, err
	}
	out := &gemini.Request{
		Contents:          t.contents,
		SystemInstruction: t.system,
		SafetySettings:    r.safety,
		CachedContent:     r.cachedContent,
		ServiceTier:       r.serviceTier,
	}
	var err error
	if out.Tools, out.ToolConfig, err = r.geminiTools(); err != nil {
		return nil, err
	}
	if out.Generation, err = r.generation(&f); err != nil {
		return nil, err
	}
	return out, nil
}

// FanOut gives how many upstream calls answer the request: 1 when the model gives all n choices in one answer, else n. Of several
// answers each is one choice; see Merge and Chunker.NextOf.
func (r *ChatRequest) FanOut(model string) int {
	if f := FamilyOf(model); f.Candidates {
		return 1
	}
	return r.sampling.n
}

// checkFamily refuses what this model cannot do and what cannot be left out in silence.
func (r *ChatRequest) checkFamily(f *Family, model string) error {
	switch {
	case r.sampling.logprobs && !f.Logprobs:
		return fault.Field("logprobs", "%s gives no log probabilities", model)
	case r.answer.json && !f.JSONWithTools && len(r.tools.functions) > 0 && r.tools.choice.mode != gemini.ModeNone:
		return fault.Field("response_format", "%s gives no JSON output while tools are offered: Gemini 3 and later do", model)
	case r.cachedContent != "" && !f.Caching:
		return fault.Field("extra_body.google.cached_content", "%s takes no explicit cache", model)
	}
	return nil
}

func (r *ChatRequest) generation(f *Family) (gemini.GenerationConfig, error) {
	s := &r.sampling
	g := gemini.GenerationConfig{
		StopSequences:    s.stop,
		Seed:             s.seed,
		MaxOutputTokens:  s.maxTokens,
		ResponseLogprobs: s.logprobs,
		Logprobs:         s.topLogprobs,
		Thinking:         r.thinking.config(f),
		Image:            r.answer.resizing,
	}
	if s.maxCompletionTokens > 0 {
		g.MaxOutputTokens = s.maxCompletionTokens
	}
	if f.Sampling {
		g.Temperature, g.TopP, g.TopK = s.temperature, s.topP, s.topK
	}
	if f.Penalties {
		g.PresencePenalty, g.FrequencyPenalty = s.presence, s.frequency
	}
	if f.Candidates && s.n > 1 {
		g.CandidateCount = s.n
	}
	r.answer.modalities(&g, f)
	if !r.answer.json {
		return g, nil
	}
	g.ResponseMIMEType = "application/json"
	if r.answer.schema != nil {
		schema, err := convertSchema(r.answer.schema, true)
		if err != nil {
			return g, under("response_format.json_schema.schema", err)
		}
		g.ResponseJSONSchema = schema
	}
	return g, nil
}

func (a *answer) modalities(g *gemini.GenerationConfig, f *Family) {
	switch {
	case a.audio || f.Speaks:
		g.ResponseModalities = []string{"AUDIO"} // a speech model gives nothing beside it
		if a.voice != "" {
			g.Speech = &gemini.SpeechConfig{Voice: a.voice}
		}
	case a.image:
		g.ResponseModalities = []string{"TEXT", "IMAGE"}
	}
}

func (r *ChatRequest) geminiTools() ([]gemini.Tool, *gemini.ToolConfig, error) {
	t := &r.tools
	var list []gemini.Tool
	if len(t.functions) > 0 {
		declared := make([]gemini.FunctionDeclaration, len(t.functions))
		for i := range t.functions {
			fn := &t.functions[i]
			schema, err := parametersOf(fn.parameters)
			if err != nil {
				return nil, nil, under(fn.path(i)+".parameters", err)
			}
			declared[i] = gemini.FunctionDeclaration{Name: r.names.toGemini(fn.name), Description: fn.description, ParametersJSONSchema: schema}
		}
		list = append(list, gemini.Tool{Functions: declared})
	}
	if t.search {
		list = append(list, gemini.Tool{Raw: []byte(`{"googleSearch":{}}`)})
	}
	if t.urls {
		list = append(list, gemini.Tool{Raw: []byte(`{"urlContext":{}}`)})
	}
	if t.code {
		list = append(list, gemini.Tool{Raw: []byte(`{"codeExecution":{}}`)})
	}
	return list, r.toolConfig(), nil
}

// toolConfig gives nil where Gemini's default, AUTO, is what is asked for.
func (r *ChatRequest) toolConfig() *gemini.ToolConfig {
	t := &r.tools
	if len(t.functions) == 0 {
		return nil
	}
	mode := t.choice.mode
	if mode == "" || mode == gemini.ModeAuto {
		if !t.anyStrict() {
			return nil
		}
		mode = gemini.ModeValidated
	}
	c := &gemini.ToolConfig{Mode: mode}
	for _, name := range t.choice.allowed {
		c.AllowedFunctionNames = append(c.AllowedFunctionNames, r.names.toGemini(name))
	}
	return c
}

func (t *tools) anyStrict() bool {
	for i := range t.functions {
		if t.functions[i].strict {
			return true
		}
	}
	return false
}
