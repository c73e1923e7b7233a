package geminisim_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"image/png"
	"strings"
	"testing"
)

type generated struct {
	Candidates []struct {
		Content struct {
			Parts []struct {
				Text         string `json:"text"`
				Thought      bool   `json:"thought"`
				FunctionCall *struct {
					Name string         `json:"name"`
					Args map[string]any `json:"args"`
				} `json:"functionCall"`
				InlineData *struct {
					MimeType string `json:"mimeType"`
					Data     string `json:"data"`
				} `json:"inlineData"`
			} `json:"parts"`
		} `json:"content"`
		FinishReason string `json:"finishReason"`
		Index        int    `json:"index"`
		Logprobs     any    `json:"logprobsResult"`
		Grounding    any    `json:"groundingMetadata"`
	} `json:"candidates"`
	Usage struct {
		Prompt     int `json:"promptTokenCount"`
		Candidates int `json:"candidatesTokenCount"`
		Thoughts   int `json:"thoughtsTokenCount"`
		Cached     int `json:"cachedContentTokenCount"`
		Total      int `json:"totalTokenCount"`
	} `json:"usageMetadata"`
}

func (f *fixture) generate(model, body string) generated {
	f.t.Helper()
	got := f.ask(model, "generateContent", body)
	wantBody(f.t, got, 200)
	var out generated
	if err := json.Unmarshal([]byte(got.body), &out); err != nil {
		f.t.Fatal(err)
	}
	if out.Usage.Total != out.Usage.Prompt+out.Usage.Candidates+out.Usage.Thoughts {
		f.t.Errorf("usage does not add up: %+v", out.Usage)
	}
	return out
}

func (g generated) text() string { return g.Candidates[0].Content.Parts[0].Text }

const weather = `"tools":[{"functionDeclarations":[{"name":"get_weather","parametersJsonSchema":{"type":"object","properties":{"city":{"type":"string","enum":["Oslo","Rome"]},"days":{"type":"integer","minimum":2}},"required":["city"]}},{"name":"other"}]}]`

func TestNaturalCalls(t *testing.T) {
	f := start(t)
	body := func(text, mode string) string {
		return `{"contents":[{"role":"user","parts":[{"text":"` + text + `"}]}],` + weather + `,"toolConfig":{"functionCallingConfig":` + mode + `}}`
	}
	for _, c := range []struct{ name, body, want string }{
		{"ANY", body("hi", `{"mode":"ANY"}`), "get_weather"},
		{"ANY, restricted", body("hi", `{"mode":"ANY","allowedFunctionNames":["other"]}`), "other"},
		{"named in the prompt", body("please use get_weather", `{}`), "get_weather"},
		{"NONE", body("please use get_weather", `{"mode":"NONE"}`), ""},
		{"AUTO, nothing asked", body("hi", `{"mode":"AUTO"}`), ""},
		{"directive", body(`[[sim call other {\"a\":[[1]]}]]`, `{}`), "other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			call := f.generate("gemini-3.8-flash", c.body).Candidates[0].Content.Parts[0].FunctionCall
			switch {
			case c.want == "" && call != nil:
				t.Errorf("called %s", call.Name)
			case c.want != "" && (call == nil || call.Name != c.want):
				t.Errorf("call %+v, want %s", call, c.want)
			case c.want == "get_weather" && (call.Args["city"] != "Oslo" || call.Args["days"] != 2.0):
				t.Errorf("arguments %v do not fit the schema", call.Args)
			}
		})
	}
	g := f.generate("gemini-2.5-flash", `{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"get_weather","args":{}}}]},
 {"role":"user","parts":[{"functionResponse":{"name":"get_weather","response":{"output":"sunny"}}}]}],`+weather+`,"toolConfig":{"functionCallingConfig":{"mode":"ANY"}}}`)
	if g.text() != `get_weather returned {"output":"sunny"}.` {
		t.Errorf("after the result: %+v", g)
	}
	if g := f.generate("gemini-2.5-flash", prompt(`[[sim call a]][[sim call b {}]]`)); len(g.Candidates[0].Content.Parts) != 2 {
		t.Errorf("two call directives: %+v", g)
	}
}

func TestStructuredAnswers(t *testing.T) {
	f := start(t)
	cases := map[string]struct{ schema, want string }{
		"responseSchema":     {`"responseSchema":{"type":"OBJECT","properties":{"a":{"type":"STRING","enum":["x","y"]},"b":{"type":"ARRAY","minItems":"2","items":{"type":"NUMBER"}},"c":{"type":"BOOLEAN"}}}`, `{"a":"x","b":[1,1],"c":true}`},
		"refs":               {`"responseJsonSchema":{"$ref":"#/$defs/P","$defs":{"P":{"type":"object","properties":{"n":{"type":["null","integer"]},"d":{"type":"string","format":"date"}}}}}`, `{"n":1,"d":"2026-01-02"}`},
		"a cycle":            {`"responseJsonSchema":{"type":"object","properties":{"next":{"$ref":"#"}}}`, `{"next":{}}`},
		"anyOf":              {`"responseJsonSchema":{"anyOf":[{"type":"null"},{"type":"string"}]}`, `null`},
		"bounds":             {`"responseJsonSchema":{"type":"array","items":{"type":"integer","minimum":5,"multipleOf":5},"minItems":3}`, `[5,5,5]`},
		"prefixItems":        {`"responseJsonSchema":{"type":"array","prefixItems":[{"type":"string"},{"type":"boolean"}]}`, `["simulated",true]`},
		"string lengths":     {`"responseJsonSchema":{"type":"array","items":{"type":"string","maxLength":3}}`, `["sim"]`},
		"no schema":          {`"temperature":1`, `{"answer":"simulated"}`},
		"format, not schema": {`"responseJsonSchema":{"type":"string","format":"email"}`, `"someone@example.com"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			wantJSON(t, f.generate("gemini-2.5-flash", with(`"responseMimeType":"application/json",`+c.schema)).text(), c.want)
		})
	}
	wantJSON(t, f.generate("gemini-3.8-flash", with(`"responseFormat":[{"text":{"mimeType":"application/json","schema":{"type":"object","properties":{"a":{"type":"integer"}}}}}]`)).text(), `{"a":1}`)
	if got := f.generate("gemini-2.5-flash", with(`"responseMimeType":"text/x.enum","responseSchema":{"type":"STRING","enum":["red","blue"]}`)).text(); got != "red" {
		t.Errorf("enum answer %q", got)
	}
}

func TestThinking(t *testing.T) {
	f := start(t)
	if g := f.generate("gemini-2.5-flash", with(`"thinkingConfig":{"includeThoughts":true}`)); !g.Candidates[0].Content.Parts[0].Thought || g.Usage.Thoughts == 0 {
		t.Errorf("no thoughts: %+v", g)
	}
	if g := f.generate("gemini-2.5-flash", with(`"thinkingConfig":{"thinkingBudget":0,"includeThoughts":true}`)); g.Candidates[0].Content.Parts[0].Thought || g.Usage.Thoughts != 0 {
		t.Errorf("thoughts with budget 0: %+v", g)
	}
	if g := f.generate("gemini-2.5-flash", with(`"maxOutputTokens":10`)); g.Candidates[0].FinishReason != "MAX_TOKENS" || len(g.Candidates[0].Content.Parts) != 0 || g.Usage.Candidates != 0 {
		t.Errorf("a small limit is not swallowed by thinking: %+v", g)
	}
	if g := f.generate("gemini-2.5-flash", with(`"maxOutputTokens":3,"thinkingConfig":{"thinkingBudget":0}`)); g.Candidates[0].FinishReason != "MAX_TOKENS" || g.text() != "gemini-2.5-f" {
		t.Errorf("limit without thinking: %+v", g)
	}
	if g := f.generate("gemini-2.5-flash", with(`"stopSequences":["heard"]`)); g.text() != "gemini-2.5-flash " {
		t.Errorf("stop sequence: %q", g.text())
	}
}

func TestExtras(t *testing.T) {
	f := start(t)
	if g := f.generate("gemini-2.5-flash", with(`"candidateCount":3`)); len(g.Candidates) != 3 || g.Candidates[2].Index != 2 {
		t.Errorf("candidates: %+v", g)
	}
	if g := f.generate("gemini-2.5-flash", with(`"responseLogprobs":true,"logprobs":1`)); g.Candidates[0].Logprobs == nil {
		t.Errorf("no logprobs: %+v", g)
	}
	if g := f.generate("gemini-2.5-flash", `{"contents":[{"parts":[{"text":"news"}]}],"tools":[{"googleSearch":{}}]}`); g.Candidates[0].Grounding == nil {
		t.Errorf("no grounding: %+v", g)
	}
	if g := f.generate("gemini-flash-latest", prompt("x")); !strings.HasPrefix(g.text(), "gemini-3.8-flash heard") {
		t.Errorf("alias: %q", g.text())
	}
	if g := f.generate("gemini-2.5-flash", `{"contents":[{"parts":[{"text":"see"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]}]}`); !strings.HasSuffix(g.text(), "see [image/png, 3 bytes]") || g.Usage.Prompt < 258 {
		t.Errorf("image in the prompt: %+v", g)
	}
}

func TestMediaAnswers(t *testing.T) {
	f := start(t)
	raw := func(g generated, i int) (mime string, data []byte) {
		blob := g.Candidates[0].Content.Parts[i].InlineData
		data, err := base64.StdEncoding.DecodeString(blob.Data)
		if err != nil {
			t.Fatal(err)
		}
		return blob.MimeType, data
	}
	_, picture := raw(f.generate("gemini-3.1-flash-image", prompt("a cat")), 1)
	if _, err := png.Decode(bytes.NewReader(picture)); err != nil {
		t.Error(err)
	}
	if g := f.generate("gemini-3.1-flash-image", with(`"responseModalities":["IMAGE"],"imageConfig":{"aspectRatio":"1:1"}`)); len(g.Candidates[0].Content.Parts) != 1 {
		t.Errorf("image alone: %+v", g)
	}
	const voice = `"responseModalities":["AUDIO"],"speechConfig":{"voiceConfig":{"prebuiltVoiceConfig":{"voiceName":"Kore"}}}`
	mime, pcm := raw(f.generate("gemini-3.1-flash-tts-preview", with(voice)), 0)
	if mime != "audio/L16;codec=pcm;rate=24000" || len(pcm) == 0 || len(pcm)%2 != 0 {
		t.Errorf("%s, %d bytes", mime, len(pcm))
	}
	mime, wav := raw(f.generate("gemini-3.8-flash-tts", with(voice)), 0)
	if mime != "audio/wav" || string(wav[:4]) != "RIFF" || int(binary.LittleEndian.Uint32(wav[40:])) != len(wav)-44 || int(binary.LittleEndian.Uint32(wav[4:])) != len(wav)-8 {
		t.Errorf("%s, header %q", mime, wav[:44])
	}
}

func TestDirectives(t *testing.T) {
	f := start(t)
	for text, want := range map[string]string{
		"[[sim text exactly this]]":                            `"text":"exactly this"`,
		"[[sim words 2]]":                                      `"text":"word1 word2 "`,
		"x [[sim thought hm]] y [[sim text so]]":               `{"text":"hm","thought":true},{"text":"so"}`,
		"[[sim finish SAFETY]]":                                `"finishReason":"SAFETY"`,
		"[[sim blocked OTHER]]":                                `"blockReason":"OTHER"`,
		"[[sim status 503]]":                                   `"UNAVAILABLE"`,
		"[[sim minute_429 7s]]":                                `"retryDelay": "7s"`,
		"[[sim dead_key expired]]":                             "API key expired",
		"[[sim image]]":                                        "image/png",
		"[[sim delay 1ms]] [[sim text late]]":                  `"text":"late"`,
		"[[sim nonsense]]":                                     `unknown step \"nonsense\"`,
		"[[sim text open":                                      "no closing ]]",
		`[[sim {\"do\":\"chunks\",\"chunks\":[\"a]]\"]}]]`:     `"text":"a]]"`,
		`[[sim {\"do\":\"text\",\"text\":\"t\",\"wrong\":1}]]`: "unknown field",
	} {
		t.Run(text, func(t *testing.T) {
			if got := f.ask("gemini-2.5-flash", "generateContent", prompt(text)); !strings.Contains(got.body, want) {
				t.Errorf("lacks %q: %s", want, got.body)
			}
		})
	}
	got := f.do("POST", "/v1beta/models/gemini-2.5-flash:generateContent", prompt("x"), "x-goog-api-key: "+keyA, `X-Sim-Step: {"do":"text","text":"by header"}`)
	wantBody(t, got, 200, "by header")
}
