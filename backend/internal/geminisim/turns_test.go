package geminisim_test

import (
	"strings"
	"testing"

	"gemini-proxy/backend/internal/geminisim"
)

// conversation writes contents from a short form: "u" user text, "m" model text, "c" a model turn with a call, "C" with
// two parallel calls, "r" one function response, "R" two; "s" is c with the signature, "S" is C with it on the first call,
// "x" is C with it on the second.
func conversation(turns, sig string) string {
	call := `{"functionCall":{"name":"f","args":{}}}`
	signed := `{"functionCall":{"name":"f","args":{}},"thoughtSignature":"` + sig + `"}`
	response := `{"functionResponse":{"name":"f","response":{"output":1}}}`
	var contents []string
	add := func(role, parts string) { contents = append(contents, `{"role":"`+role+`","parts":[`+parts+`]}`) }
	for _, turn := range turns {
		switch turn {
		case 'u':
			add("user", `{"text":"hi"}`)
		case 'm':
			add("model", `{"text":"ok"}`)
		case 'c':
			add("model", call)
		case 'C':
			add("model", call+","+call)
		case 's':
			add("model", signed)
		case 'S':
			add("model", signed+","+call)
		case 'x':
			add("model", call+","+signed)
		case 'r':
			add("user", response)
		case 'R':
			add("user", response+","+response)
		}
	}
	return `{"contents":[` + strings.Join(contents, ",") + `]}`
}

func TestFunctionTurns(t *testing.T) {
	const (
		callOrder     = "Please ensure that function call turn comes immediately after a user turn or after a function response turn."
		responseOrder = "Please ensure that function response turn comes immediately after a function call turn."
		count         = "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn."
	)
	f := start(t)
	for turns, want := range map[string]string{
		"ucr": "", "uCR": "", "ucrcr": "", "ucrmu": "", "ucrCR": "", "umu": "", "ucmr": "", "uCmR": "", "ucmrcr": "",
		"cr": callOrder, "umcr": callOrder, "uccRr": callOrder,
		"ur": responseOrder, "umr": responseOrder,
		"uCr": count, "ucR": count, "ucu": count, "uCrr": count, "uCmr": count, "ucmu": count,
	} {
		t.Run(turns, func(t *testing.T) {
			got := f.ask("gemini-2.5-flash", "generateContent", conversation(turns, ""))
			if want == "" {
				wantBody(t, got, 200)
				return
			}
			wantBody(t, got, 400, want)
		})
	}
}

func TestThoughtSignatures(t *testing.T) {
	mint := func(f *fixture, key string) string {
		f.Script(geminisim.Target{}, geminisim.Calls(geminisim.Call{Name: "f"}))
		got := f.do("POST", "/v1beta/models/gemini-3.8-flash:generateContent", prompt("hi"), "x-goog-api-key: "+key)
		_, sig, found := strings.Cut(got.body, `"thoughtSignature":"`)
		if !found {
			t.Fatal(got.body)
		}
		sig, _, _ = strings.Cut(sig, `"`)
		return sig
	}
	f := start(t)
	good := mint(f, keyA)
	const missing = "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing " +
		"thought_signature may lead to degraded model performance. Additional data, function call `default_api:f` , position 2. Please refer to " +
		"https://ai.google.dev/gemini-api/docs/thought-signatures for more details."
	for _, c := range []struct{ name, model, turns, sig, want string }{
		{"missing", "gemini-3.8-flash", "ucr", "", missing},
		{"missing on 4", "gemini-4-neon", "ucr", "", missing},
		{"not asked of 2.5", "gemini-2.5-flash", "ucr", "", ""},
		{"good", "gemini-3.8-flash", "usr", good, ""},
		{"parallel, on the first", "gemini-3.8-flash", "uSR", good, ""},
		{"parallel, on the second", "gemini-3.8-flash", "uxR", good, missing},
		{"a later step", "gemini-3.8-flash", "usrcr", good, "position 4"},
		{"an older turn", "gemini-3.8-flash", "ucrmu", "", ""},
		{"skip", "gemini-3.8-flash", "usr", "skip_thought_signature_validator", ""},
		{"skip, encoded", "gemini-3.8-flash", "usr", "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=", ""},
		{"the other skip", "gemini-3.8-flash", "usr", "context_engineering_is_the_way_to_go", ""},
		{"foreign", "gemini-3.8-flash", "usr", "AAAA", "Invalid thought signature."},
		{"corrupted", "gemini-3.8-flash", "usr", good[:len(good)-4] + "AAAA", "Corrupted thought signature."},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := f.ask(c.model, "generateContent", conversation(c.turns, c.sig))
			if c.want == "" {
				wantBody(t, got, 200)
				return
			}
			wantBody(t, got, 400, c.want)
		})
	}
	ask := func(f *fixture, sig string) answer {
		return f.ask("gemini-3.8-flash", "generateContent", conversation("usr", sig))
	}
	wantBody(t, ask(f, mint(f, keyB)), 200)
	strict := start(t, func(c *geminisim.Config) { c.SignaturesPerProject = true })
	wantBody(t, ask(strict, mint(strict, keyA2)), 200)
	wantBody(t, ask(strict, mint(strict, keyB)), 400, "Corrupted thought signature.")
}
