package openai

import (
	"strings"
	"unicode/utf8"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
)

// tools is what the model may call and how.
type tools struct {
	functions []function
	choice    choice
	search    bool // web_search_options, a search tool, or the "-search" suffix
	urls      bool // Google's urlContext
	code      bool // Google's codeExecution
	legacy    bool // the deprecated functions and function_call
	single    bool // parallel_tool_calls is false
}

// function is one function tool.
type function struct {
	name        string
	description string
	parameters  *node // nil when it takes none
	strict      bool
	legacy      bool
	flat        bool // written as the Responses API does, beside its type
}

// choice is tool_choice in all its forms. allowed holds the client's names.
type choice struct {
	mode    string // gemini's mode; empty when not given
	allowed []string
	field   string
	legacy  bool
}

const maxFunctions = 512

func (p *parser) toolField(t *tools, key string) bool {
	switch key {
	case "tools":
		p.Array(func(int) { p.tool(t) })
	case "functions":
		p.Array(func(int) {
			t.legacy = true
			t.functions = append(t.functions, p.declaration(true))
		})
	case "tool_choice":
		t.choice = p.choice()
	case "function_call":
		if choice := p.choice(); choice.mode != "" {
			choice.legacy = true
			t.choice = choice
		}
	case "parallel_tool_calls":
		if !p.Null() {
			t.single = !p.Bool()
		}
	default:
		return false
	}
	return true
}

func (p *parser) tool(t *tools) {
	if len(t.functions) >= maxFunctions {
		p.Fail("there may be at most %d tools", maxFunctions)
		return
	}
	kind := ""
	var f function
	p.Object(func(key string) {
		switch key {
		case "type":
			kind = p.String()
		case "function":
			f = p.declaration(false)
		default:
			p.Skip()
		}
	})
	if kind == "function" {
		if f.name == "" {
			p.refuse("function", "is required")
		}
		t.functions = append(t.functions, f)
		return
	}
	p.hostedTool(t, kind)
}

// hostedTool takes a tool of Google's own, or refuses one of another kind.
func (p *parser) hostedTool(t *tools, kind string) {
	switch kind {
	case "google_search", "web_search", "web_search_preview", "web_search_2025_08_26", "web_search_preview_2025_03_11":
		t.search = true
	case "url_context":
		t.urls = true
	case "code_execution", "code_interpreter":
		t.code = true
	case "":
		p.refuse("type", "is required: function")
	case "custom":
		p.refuse("type", "custom tools are not supported: Gemini has function tools alone")
	default:
		p.refuse("type", "must be function, google_search, url_context or code_execution")
	}
}

func (p *parser) declaration(legacy bool) function {
	f := function{legacy: legacy}
	p.Object(func(key string) { p.functionField(&f, key) })
	if f.name == "" {
		p.refuse("name", "is required")
	}
	return f
}

func (p *parser) functionField(f *function, key string) {
	switch key {
	case "name":
		f.name = p.String()
	case "description":
		f.description = p.text()
	case "parameters":
		f.parameters = p.schema()
	case "strict":
		f.strict = p.flag()
	default:
		p.Skip()
	}
}

// choice reads tool_choice or function_call.
func (p *parser) choice() choice {
	c := choice{field: p.Path()}
	switch p.Kind() {
	case jsonio.Null:
		p.Null()
	case jsonio.String:
		c.mode = modeOf(p.oneOf("none", "auto", "required", "any"))
	default:
		p.choiceObject(&c)
	}
	return c
}

func modeOf(choice string) string {
	switch choice {
	case "none":
		return gemini.ModeNone
	case "required", "any":
		return gemini.ModeAny
	}
	return gemini.ModeAuto
}

func (p *parser) choiceObject(c *choice) {
	kind, name, mode := "", "", ""
	var allowed []string
	p.Object(func(key string) {
		switch key {
		case "type":
			kind = p.oneOf("function", "allowed_tools", "custom", "auto", "none", "required", "any")
		case "name":
			name = p.String()
		case "mode":
			mode = p.oneOf("auto", "required")
		case "tools":
			allowed = p.toolNames()
		case "function":
			name = p.named()
		case "allowed_tools":
			p.Object(func(key string) {
				switch key {
				case "mode":
					mode = p.oneOf("auto", "required")
				case "tools":
					allowed = p.toolNames()
				default:
					p.Skip()
				}
			})
		default:
			p.Skip()
		}
	})
	switch kind {
	case "custom":
		p.refuse("type", "custom tools are not supported: Gemini has function tools alone")
	case "allowed_tools":
		if len(allowed) == 0 {
			p.refuse("allowed_tools.tools", "must name at least one function")
		}
		c.allowed, c.mode = allowed, gemini.ModeValidated // AUTO takes no list; VALIDATED is AUTO held to the schemas
		if mode == "required" {
			c.mode = gemini.ModeAny
		}
	case "auto", "none", "required", "any":
		c.mode = modeOf(kind)
	default:
		if name == "" {
			p.refuse("function.name", "is required")
		}
		c.allowed, c.mode = []string{name}, gemini.ModeAny
	}
}

// toolNames reads [{"type":"function","function":{"name":…}}], or the flat {"type":"function","name":…}.
func (p *parser) toolNames() []string {
	var names []string
	p.Array(func(int) {
		name := ""
		p.Object(func(key string) {
			switch key {
			case "name":
				name = p.String()
			case "function":
				name = p.named()
			default:
				p.Skip()
			}
		})
		if name == "" {
			p.refuse("function.name", "is required")
		}
		names = append(names, name)
	})
	return names
}

// named reads {"name": …}.
func (p *parser) named() string {
	name := ""
	p.Object(func(key string) {
		if key == "name" {
			name = p.String()
			return
		}
		p.Skip()
	})
	return name
}

// names brings the client's function names into the form Gemini takes, and back. Both maps are nil while every name is fine as it is.
type names struct {
	gemini map[string]string // by the client's name
	client map[string]string // by Gemini's name
}

const maxName = 64 // newer models take 128

// nameFits reports whether Gemini takes the name: it begins with a letter or '_', goes on with [A-Za-z0-9_.:-], and has at most 64
// characters.
func nameFits(name string) bool {
	if name == "" || len(name) > maxName || !(isLetter(name[0]) || name[0] == '_') {
		return false
	}
	for i := range len(name) {
		if !inName(name[i]) {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func inName(c byte) bool {
	return isLetter(c) || c >= '0' && c <= '9' || c == '_' || c == '.' || c == ':' || c == '-'
}

// add makes room for a name. The names that fit must have been added first, so that no other is mapped onto one of them.
func (n *names) add(name string, taken map[string]bool) {
	if _, known := n.gemini[name]; known || nameFits(name) {
		return
	}
	base := sanitise(name)
	fit := base
	for i := 2; taken[fit]; i++ {
		tail := "_" + string(jsonio.AppendInt(nil, int64(i)))
		fit = base[:min(len(base), maxName-len(tail))] + tail
	}
	taken[fit] = true
	if n.gemini == nil {
		n.gemini, n.client = map[string]string{}, map[string]string{}
	}
	n.gemini[name], n.client[fit] = fit, name
}

// toGemini gives the name Gemini is told.
func (n *names) toGemini(name string) string {
	if fit, mapped := n.gemini[name]; mapped {
		return fit
	}
	return name
}

func sanitise(name string) string {
	var b strings.Builder
	for _, c := range name {
		if b.Len() == maxName {
			break
		}
		if c < utf8.RuneSelf && inName(byte(c)) { //nolint:gosec // checked to be one byte
			b.WriteRune(c)
		} else {
			b.WriteByte('_')
		}
	}
	fit := b.String()
	if fit == "" || !isLetter(fit[0]) && fit[0] != '_' {
		fit = "_" + fit
	}
	return fit[:min(len(fit), maxName)]
}
