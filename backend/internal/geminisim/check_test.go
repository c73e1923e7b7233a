package geminisim_test

import (
	"strings"
	"testing"

	"gemini-proxy/backend/internal/geminisim"
)

// with is a request of one user text and the generationConfig.
func with(conf string) string {
	return `{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{` + conf + `}}`
}

func TestSemanticRefusals(t *testing.T) {
	thinking := func(conf string) string { return with(`"thinkingConfig":{` + conf + `}`) }
	tool := func(declaration, rest string) string {
		return `{"contents":[{"parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[` + declaration + `]}]` + rest + `}`
	}
	cases := []struct{ name, model, body, want string }{
		{"no contents", "gemini-2.5-flash", `{}`, `* GenerateContentRequest.contents: contents is not specified\n`},
		{"role", "gemini-2.5-flash", `{"contents":[{"role":"assistant","parts":[{"text":"x"}]}]}`, "Please use a valid role: user, model."},
		{"no parts", "gemini-2.5-flash", `{"contents":[{"role":"user"}]}`, "contents[0].parts: contents.parts must not be empty."},
		{"empty part", "gemini-2.5-flash", `{"contents":[{"parts":[{"thoughtSignature":"abcd"}]}]}`, "required oneof field 'data' must have one initialized field"},
		{"nameless call", "gemini-2.5-flash", `{"contents":[{"parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"args":{}}}]}]}`, "function_call.name: Name cannot be empty."},
		{"MIME type", "gemini-2.5-flash", `{"contents":[{"parts":[{"inlineData":{"data":"AAAA"}}]}]}`, "mime_type: must not be empty."},
		{"file link", "gemini-2.5-flash", `{"contents":[{"parts":[{"fileData":{"fileUri":"ftp://x"}}]}]}`, "Invalid or unsupported file uri: ftp://x"},
		{"candidates on 3.x", "gemini-3.8-flash", with(`"candidateCount":2`), "Multiple candidates is not enabled for this model"},
		{"penalty", "gemini-2.5-flash", with(`"frequencyPenalty":0.5`), "Penalty is not enabled for models/gemini-2.5-flash"},
		{"logprobs", "gemini-2.5-pro", with(`"responseLogprobs":true`), "Logprobs is not enabled for models/gemini-2.5-pro"},
		{"temperature", "gemini-2.5-flash", with(`"temperature":3`), "temperature must be in the range [0.0, 2.0]."},
		{"stop sequences", "gemini-2.5-flash", with(`"stopSequences":["1","2","3","4","5","6"]`), "stop_sequences"},
		{"budget too big", "gemini-2.5-flash", thinking(`"thinkingBudget":52428`), "The thinking budget (52428) is invalid."},
		{"budget 0 on pro", "gemini-2.5-pro", thinking(`"thinkingBudget":0`), "Budget 0 is invalid. This model only works in thinking mode."},
		{"budget and level", "gemini-3-flash-preview", thinking(`"thinkingBudget":100,"thinkingLevel":"LOW"`), "You can only set only one of thinking budget and thinking level."},
		{"level on 2.5", "gemini-2.5-flash", thinking(`"thinkingLevel":"low"`), "Thinking level is not supported for this model."},
		{"minimal on 3.8", "gemini-3.8-flash", thinking(`"thinkingLevel":"minimal"`), "Thinking level MINIMAL is not supported for this model."},
		{"xhigh on argon", "gemini-4-argon", thinking(`"thinkingLevel":"XHIGH"`), "Thinking level XHIGH is not supported"},
		{"budget on 4", "gemini-4-hydrogen", thinking(`"thinkingBudget":100`), "Thinking budget is not supported for this model."},
		{"medium on gemma", "gemma-4-31b-it", thinking(`"thinkingLevel":"MEDIUM"`), "Thinking level MEDIUM is not supported"},
		{"both schemas", "gemini-2.5-flash", with(`"responseMimeType":"application/json","responseSchema":{"type":"STRING"},"responseJsonSchema":{}`), "cannot both be set"},
		{"schema without JSON", "gemini-2.5-flash", with(`"responseSchema":{"type":"STRING"}`), "response_mime_type"},
		{"MIME of the answer", "gemini-2.5-flash", with(`"responseMimeType":"image/png"`), "allowed mimetypes are `text/plain`"},
		{"JSON with tools on 2.5", "gemini-2.5-flash", tool(`{"name":"f"}`, `,"generationConfig":{"responseMimeType":"application/json"}`), "Function calling with a response mime type: 'application/json' is unsupported"},
		{"image from a text model", "gemini-2.5-flash", with(`"responseModalities":["TEXT","IMAGE"]`), "The requested combination of response modalities (TEXT, IMAGE) is not supported by the model. models/gemini-2.5-flash accepts"},
		{"text from TTS", "gemini-3.8-flash-tts", with(``), "accepts the following combination of response modalities:\\n* AUDIO\\n"},
		{"two voices", "gemini-3.8-flash-tts", with(`"responseModalities":["AUDIO"],"speechConfig":{"voiceConfig":{},"multiSpeakerVoiceConfig":{}}`), "cannot both be set"},
		{"function name", "gemini-2.5-flash", tool(`{"name":"bad name"}`, ""), "Invalid function name."},
		{"same function twice", "gemini-2.5-flash", tool(`{"name":"f"},{"name":"f"}`, ""), "Duplicate function declaration found: f"},
		{"array without items", "gemini-2.5-flash", tool(`{"name":"f","parameters":{"type":"OBJECT","properties":{"a":{"type":"ARRAY"}}}}`, ""), "tools[0].function_declarations[0].parameters.properties[a].items: missing field."},
		{"required unknown", "gemini-2.5-flash", tool(`{"name":"f","parameters":{"type":"OBJECT","properties":{"a":{"type":"STRING"}},"required":["b"]}}`, ""), "parameters.required[0]: property is not defined"},
		{"ANY without functions", "gemini-2.5-flash", `{"contents":[{"parts":[{"text":"hi"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY"}}}`, "Function calling config is set without function_declarations."},
		{"allowed with AUTO", "gemini-2.5-flash", tool(`{"name":"f"}`, `,"toolConfig":{"functionCallingConfig":{"mode":"AUTO","allowedFunctionNames":["f"]}}`), "allowed_function_names"},
		{"prefill on 3.6", "gemini-3.6-flash", `{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]}]}`, "Requests ending with a model turn are not supported."},
		{"prefill on 3.5 lite", "gemini-3.5-flash-lite", `{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]}]}`, "Requests ending with a model turn are not supported."},
		{"caching on 4", "gemini-4-argon", `{"contents":[{"parts":[{"text":"a"}]}],"cachedContent":"cachedContents/x"}`, "Explicit caching is not supported"},
		{"no such cache", "gemini-2.5-flash", `{"contents":[{"parts":[{"text":"a"}]}],"cachedContent":"cachedContents/x"}`, "CachedContent not found (or permission denied)"},
		{"too many tokens", "gemini-3.8-flash-tts", `{"contents":[{"parts":[{"text":"` + strings.Repeat("abcd", 9000) + `"}]}],"generationConfig":{"responseModalities":["AUDIO"]}}`, "The input token count (9000) exceeds the maximum number of tokens allowed (8192)."},
		{"bad continuation token", "gemini-4-argon", `{"contents":[{"parts":[{"text":"a"}]}],"continuationToken":"AAAA"}`, "Invalid continuation token."},
	}
	f := start(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := f.ask(c.model, "generateContent", c.body)
			if got.status != 400 && got.status != 403 {
				t.Fatalf("status %d: %s", got.status, got.body)
			}
			if !strings.Contains(got.body, c.want) {
				t.Errorf("lacks %q:\n%s", c.want, got.body)
			}
		})
	}
	accepted := []struct{ name, model, body string }{
		{"candidates on 2.5", "gemini-2.5-flash", with(`"candidateCount":2`)},
		{"dynamic budget", "gemini-2.5-pro", thinking(`"thinkingBudget":-1`)},
		{"budget off", "gemini-2.5-flash-lite", thinking(`"thinkingBudget":0`)},
		{"xhigh on neon", "gemini-4-neon", thinking(`"thinkingLevel":"xhigh"`)},
		{"prefill on 2.5", "gemini-2.5-flash", `{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]}]}`},
		{"sampling on 4", "gemini-4-neon", with(`"temperature":0.1,"topP":0.5,"topK":3`)},
		{"JSON with tools on 3.x", "gemini-3.8-flash", tool(`{"name":"f"}`, `,"generationConfig":{"responseMimeType":"application/json"}`)},
		{"a link", "gemini-2.5-flash", `{"contents":[{"parts":[{"fileData":{"fileUri":"https://example.com/a.png","mimeType":"image/png"}}]}]}`},
	}
	for _, c := range accepted {
		t.Run(c.name, func(t *testing.T) { wantBody(t, f.ask(c.model, "generateContent", c.body), 200) })
	}
}

func TestInlineLimit(t *testing.T) {
	f := start(t, func(c *geminisim.Config) { c.InlineLimit = 1000 })
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", prompt(strings.Repeat("x", 1000))), 400, "Request payload size exceeds the limit: 1000 bytes.")
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", prompt("x")), 200)
}

func TestNewUsers(t *testing.T) {
	f := start(t, func(c *geminisim.Config) { c.Projects[0].NewUser = true })
	wantBody(t, f.ask("gemini-2.5-pro", "generateContent", prompt("x")), 404, "models/gemini-2.5-pro is no longer available to new users.")
	wantBody(t, f.do("POST", "/v1beta/models/gemini-2.5-pro:generateContent", prompt("x"), "x-goog-api-key: "+keyB), 200)
}

func TestLocationBlocked(t *testing.T) {
	f := start(t)
	f.SetLocationBlocked(true)
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", prompt("x")), 400, "User location is not supported for the API use.", "FAILED_PRECONDITION")
	f.SetLocationBlocked(false)
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", prompt("x")), 200)
}
