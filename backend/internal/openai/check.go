package openai

import (
	"strconv"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
)

// check holds the request against what only the whole of it can show, and settles the names of its functions.
func (r *ChatRequest) check() error {
	t := &r.tools
	switch {
	case r.Model == "":
		return fault.Field("model", "is required")
	case len(r.messages) == 0:
		return fault.Field("messages", "is required: at least one message")
	case r.sampling.topLogprobs != nil && !r.sampling.logprobs:
		return fault.Field("top_logprobs", "asks for logprobs to be true")
	case r.thinking.effort != "" && r.thinking.field != "":
		return fault.Field("reasoning_effort", "goes with no thinking_config (here %s): give one of them", r.thinking.field)
	case r.Stream && r.answer.audio && r.answer.format == formatWAV:
		return fault.Field("audio.format", "a stream carries pcm16 alone: a WAV file names its length at its start")
	case t.legacy && len(t.functions) > 0 && !t.functions[0].legacy, !t.legacy && t.choice.legacy && len(t.functions) > 0:
		return fault.Field("functions", "and function_call are the old form of tools and tool_choice: give one form alone")
	case len(t.functions) > 0 && t.google():
		return fault.Field("tools", "functions and Google's own tools (search, url_context, code_execution) cannot be offered together")
	}
	if isSearch(r.Model) {
		t.search = true
	}
	if len(t.functions) > 0 && t.google() {
		return fault.Field("model", "the -search suffix cannot go with function tools")
	}
	if err := r.checkChoice(); err != nil {
		return err
	}
	return r.settleNames()
}

func (t *tools) google() bool { return t.search || t.urls || t.code }

func (r *ChatRequest) checkChoice() error {
	c := &r.tools.choice
	for _, name := range c.allowed {
		if !r.tools.has(name) {
			return fault.Field(c.field, "names the function %s, which is not among the tools", strconv.Quote(name))
		}
	}
	if c.mode == gemini.ModeAny && len(r.tools.functions) == 0 {
		return fault.Field(c.field, "asks for a tool call, but there are no tools")
	}
	return nil
}

func (t *tools) has(name string) bool {
	for i := range t.functions {
		if t.functions[i].name == name {
			return true
		}
	}
	return false
}

// settleNames maps the names that Gemini would not take, those of the tools first and then those that only the history knows.
func (r *ChatRequest) settleNames() error {
	if len(r.tools.functions) == 0 && !r.callsAnything() {
		return nil
	}
	taken := make(map[string]bool, len(r.tools.functions))
	for i := range r.tools.functions {
		f := &r.tools.functions[i]
		if taken[f.name] {
			return fault.Field(f.path(i)+".name", "%s is declared twice", strconv.Quote(f.name))
		}
		taken[f.name] = true
	}
	for i := range r.tools.functions {
		r.names.add(r.tools.functions[i].name, taken)
	}
	for i := range r.messages {
		for j := range r.messages[i].calls {
			r.names.add(r.messages[i].calls[j].name, taken)
		}
	}
	return nil
}

func (r *ChatRequest) callsAnything() bool {
	for i := range r.messages {
		if len(r.messages[i].calls) > 0 {
			return true
		}
	}
	return false
}

// path gives the place of the i-th function in the request. Google's own tools are never mixed with functions, so i is its index.
func (f *function) path(i int) string {
	switch {
	case f.legacy:
		return "functions[" + strconv.Itoa(i) + "]"
	case f.flat:
		return "tools[" + strconv.Itoa(i) + "]"
	}
	return "tools[" + strconv.Itoa(i) + "].function"
}
