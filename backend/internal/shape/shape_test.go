package shape

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/settings"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// counting is a source of numbers that is none: the same ones, in the same order.
func counting() Random {
	i := -1
	return func(n int) int { i++; return i % n }
}

func text(s string) gemini.Part { return gemini.Part{Text: s} }

func image() gemini.Part {
	return gemini.Part{InlineData: &gemini.Blob{MIMEType: "image/png", Data: "AAAA"}}
}

func user(parts ...gemini.Part) gemini.Content {
	return gemini.Content{Role: gemini.RoleUser, Parts: parts}
}

func model(parts ...gemini.Part) gemini.Content {
	return gemini.Content{Role: gemini.RoleModel, Parts: parts}
}

func called() gemini.Content {
	return model(gemini.Part{FunctionCall: &gemini.FunctionCall{ID: "a", Name: "f"}, ThoughtSignature: "c2ln"})
}

func result() gemini.Content {
	return user(gemini.Part{FunctionResponse: &gemini.FunctionResponse{ID: "a", Name: "f", Response: []byte(`{"output":"ok"}`)}})
}

// requests are what is shaped, made anew for each case.
func requests() map[string]*gemini.Request {
	system := &gemini.Content{Parts: []gemini.Part{text("Be kind.")}}
	tools := []gemini.Tool{{Functions: []gemini.FunctionDeclaration{{Name: "f"}}}}
	return map[string]*gemini.Request{
		"plain":            {Contents: []gemini.Content{user(text("Hello"))}},
		"system":           {SystemInstruction: system, Contents: []gemini.Content{user(text("Hello"))}},
		"several_turns":    {Contents: []gemini.Content{user(text("One")), model(text("Yes?")), user(text("Two"), image(), text("three"))}},
		"media_alone":      {Contents: []gemini.Content{user(image())}},
		"tool_result":      {Tools: tools, Contents: []gemini.Content{user(text("Weather?")), called(), result()}},
		"result_media":     {Tools: tools, Contents: []gemini.Content{user(text("Draw")), called(), result(), user(image())}},
		"after_tools":      {Tools: tools, Contents: []gemini.Content{user(text("Weather?")), called(), result(), model(text("Sunny")), user(text("And then?"))}},
		"begins_with_call": {Contents: []gemini.Content{called(), result(), user(text("Go on"))}},
		"json":             {Contents: []gemini.Content{user(text("List"))}, Generation: gemini.GenerationConfig{ResponseMIMEType: "application/json"}},
		"speech":           {Contents: []gemini.Content{user(text("Read me"))}, Generation: gemini.GenerationConfig{ResponseModalities: []string{"AUDIO"}}},
		"cached":           {CachedContent: "cachedContents/a", Contents: []gemini.Content{user(text("Hello"))}},
		"blank":            {Contents: []gemini.Content{user(text(" \n"))}},
	}
}

// TestGolden shapes every request in every way and compares what goes on the wire with testdata/<way>.json.
func TestGolden(t *testing.T) {
	prompt := func(position string, systemTurn bool) func(*gemini.Request) {
		return func(r *gemini.Request) {
			InjectPrompt(r, &settings.PromptInjection{Enabled: true, Content: "In short.", Position: position}, systemTurn)
		}
	}
	symbols := func(set settings.SymbolInjection, tokens int) func(*gemini.Request) {
		return func(r *gemini.Request) { NewSymbols().Apply(r, &set, tokens, counting()) }
	}
	ways := map[string]func(*gemini.Request){
		"system":            prompt(settings.InSystem, true),
		"system_gemma":      prompt(settings.InSystem, false),
		"user_prefix":       prompt(settings.BeforeMessage, true),
		"user_suffix":       prompt(settings.AfterMessage, true),
		"symbols":           symbols(settings.SymbolInjection{Enabled: true, Strategy: settings.SymbolsSuffix}, 10),
		"symbols_no_tools":  symbols(settings.SymbolInjection{Enabled: true, Strategy: settings.SymbolsPrefix, ExemptTools: true}, 10),
		"symbols_too_short": symbols(settings.SymbolInjection{Enabled: true, Strategy: settings.SymbolsSuffix, MinTokens: 11}, 10),
	}
	for name, shape := range ways {
		t.Run(name, func(t *testing.T) {
			shaped := map[string]json.RawMessage{}
			for name, r := range requests() {
				shape(r)
				shaped[name] = r.Body().Bytes()
			}
			var got bytes.Buffer
			out := json.NewEncoder(&got)
			out.SetEscapeHTML(false)
			out.SetIndent("", "  ")
			if err := out.Encode(shaped); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(want, got.Bytes()) {
				t.Errorf("%s differs (-update rewrites it):\n%s", file, got.Bytes())
			}
		})
	}
}

func TestOffChangesNothing(t *testing.T) {
	for name, r := range requests() {
		before := string(r.Body().Bytes())
		InjectPrompt(r, &settings.PromptInjection{Content: "x", Position: settings.InSystem}, true)
		InjectPrompt(r, &settings.PromptInjection{Enabled: true, Content: " \n", Position: settings.InSystem}, true)
		NewSymbols().Apply(r, &settings.SymbolInjection{Strategy: settings.SymbolsAuto}, 100, counting())
		if after := string(r.Body().Bytes()); after != before {
			t.Errorf("%s: %s", name, after)
		}
	}
}

func TestThinking(t *testing.T) {
	for _, test := range []struct {
		set     settings.Thinking
		budget  int // -1 is none
		include bool
	}{
		{settings.Thinking{Enabled: true, Budget: -1}, -1, false},
		{settings.Thinking{Enabled: true, Budget: -1, IncludeThoughts: true}, -1, true},
		{settings.Thinking{Enabled: true, Budget: 500}, 500, false},
		{settings.Thinking{Enabled: true}, 0, false},
		{settings.Thinking{Budget: 500, IncludeThoughts: true}, 0, false},
	} {
		budget, include := Thinking(test.set)
		got := -1
		if budget != nil {
			got = *budget
		}
		if got != test.budget || include != test.include {
			t.Errorf("%+v: %d, %v", test.set, got, include)
		}
	}
}

func TestThinkingOfAModel(t *testing.T) {
	budget := func(n int64) *int64 { return &n }
	yes, no := true, false
	all := settings.Thinking{Enabled: true, Budget: 500, IncludeThoughts: true}
	for _, test := range []struct {
		set     settings.Thinking
		budget  *int64
		include *bool
		want    settings.Thinking
	}{
		{all, nil, nil, all},
		{all, budget(0), nil, settings.Thinking{Enabled: true, IncludeThoughts: true}},
		{all, nil, &no, settings.Thinking{Enabled: true, Budget: 500}},
		{settings.Thinking{}, budget(-1), &yes, settings.Thinking{Enabled: true, Budget: -1, IncludeThoughts: true}},
	} {
		if got := ThinkingOf(test.set, test.budget, test.include); got != test.want {
			t.Errorf("%+v", got)
		}
	}
}

func TestAsksStream(t *testing.T) {
	for _, client := range []bool{false, true} {
		if AsksStream(settings.StreamAuto, client) != client || !AsksStream(settings.StreamOn, client) || AsksStream(settings.StreamOff, client) {
			t.Errorf("a client that asks for a stream: %v", client)
		}
	}
}

func TestDecorate(t *testing.T) {
	strategies := []string{
		settings.SymbolsAuto, settings.SymbolsPrefix, settings.SymbolsSuffix, settings.SymbolsWrap, settings.SymbolsInvisible, settings.SymbolsMixed,
	}
	for _, strategy := range strategies {
		got := Decorate("Why?", strategy, counting())
		if !strings.Contains(got, "Why?") || got == "Why?" {
			t.Errorf("%s: %q", strategy, got)
		}
		if invisible := strings.ContainsAny(got, invisibleSymbols); invisible != (strategy == settings.SymbolsInvisible || strategy == settings.SymbolsMixed) {
			t.Errorf("%s: %q", strategy, got)
		}
		if strategy == settings.SymbolsInvisible && strings.ContainsAny(got, visibleSymbols) {
			t.Errorf("%s: %q", strategy, got)
		}
	}
}

func TestRepeatedPromptsVary(t *testing.T) {
	s := NewSymbols()
	random := counting()
	last := ""
	for range 50 {
		got := s.Vary("again and again", settings.SymbolsAuto, random)
		if got == last {
			t.Fatalf("%q twice", got)
		}
		last = got
	}
	if got := s.Vary("  ", settings.SymbolsAuto, random); got != "  " {
		t.Errorf("%q", got)
	}
	for range 20 {
		s.Vary("stuck", settings.SymbolsSuffix, func(int) int { return 0 }) // no source at all must not hang
	}
}

func TestPromptsSeenAreBounded(t *testing.T) {
	s := NewSymbols()
	random := counting()
	for i := range 2*maxPrompts + 10 {
		s.Vary(strings.Repeat("x", i%7)+string(rune('a'+i%20))+strings.Repeat("y", i/20), settings.SymbolsSuffix, random)
	}
	if len(s.sent) > maxPrompts || len(s.order) > maxPrompts {
		t.Errorf("%d and %d are kept", len(s.sent), len(s.order))
	}
	for _, prompt := range s.order {
		if _, known := s.sent[prompt]; !known {
			t.Fatal("the ring and the map differ")
		}
	}
}
