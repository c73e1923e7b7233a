package gemini

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gemini-proxy/backend/internal/jsonio"
)

func TestBodyWritesEveryField(t *testing.T) {
	half, two, minus, seed := 0.5, 2, -1, int32(-7)
	req := Request{
		Contents: []Content{
			{Role: RoleUser, Parts: []Part{
				{Text: "say \"hi\"\n"},
				{InlineData: &Blob{MIMEType: "image/png", Data: "QUJD"}, MediaResolution: "MEDIA_RESOLUTION_LOW"},
				{FileData: &FileData{MIMEType: "video/mp4", FileURI: "https://example.invalid/v.mp4"}, VideoMetadata: []byte(`{"fps":1}`)},
			}},
			{Role: RoleModel, Parts: []Part{
				{Text: "hm", Thought: true},
				{FunctionCall: &FunctionCall{ID: "c1", Name: "f", Args: []byte(`{"x":1}`)}, ThoughtSignature: "c2ln"},
				{Raw: []byte(`{"executableCode":{"code":"1"}}`)},
			}},
			{Role: RoleUser, Parts: []Part{{FunctionResponse: &FunctionResponse{ID: "c1", Name: "f", Response: []byte(`{"output":2}`), Parts: []Blob{{MIMEType: "image/png", Data: "QQ=="}}}}}},
		},
		SystemInstruction: &Content{Parts: []Part{{Text: ""}}},
		Tools:             []Tool{{Functions: []FunctionDeclaration{{Name: "f", Description: "d", ParametersJSONSchema: []byte(`{"type":"object"}`)}, {Name: "g"}}}, {Raw: []byte(`{"googleSearch":{}}`)}},
		ToolConfig:        &ToolConfig{Mode: ModeAny, AllowedFunctionNames: []string{"f"}},
		SafetySettings:    []SafetySetting{{Category: "C", Threshold: "T"}},
		Generation: GenerationConfig{
			Temperature: &half, TopP: &half, TopK: &half, CandidateCount: 2, MaxOutputTokens: 9, StopSequences: []string{"a", "b"}, Seed: &seed,
			PresencePenalty: &half, FrequencyPenalty: &half, ResponseLogprobs: true, Logprobs: &two, ResponseMIMEType: "application/json",
			ResponseJSONSchema: []byte(`{"type":"string"}`), ResponseModalities: []string{"TEXT"}, MediaResolution: "MEDIA_RESOLUTION_HIGH",
			Thinking: &ThinkingConfig{IncludeThoughts: true, Budget: &minus}, Image: &ImageConfig{AspectRatio: "1:1", ImageSize: "1K"},
			Speech: &SpeechConfig{Voice: "Kore", LanguageCode: "en", Speakers: []SpeakerVoice{{Speaker: "A", Voice: "Puck"}}},
		},
		CachedContent: "cachedContents/x", ServiceTier: "flex", ContinuationToken: "dG9r",
	}
	want := `{"contents":[
		{"role":"user","parts":[{"text":"say \"hi\"\n"},{"inlineData":{"mimeType":"image/png","data":"QUJD"},"mediaResolution":{"level":"MEDIA_RESOLUTION_LOW"}},
			{"fileData":{"mimeType":"video/mp4","fileUri":"https://example.invalid/v.mp4"},"videoMetadata":{"fps":1}}]},
		{"role":"model","parts":[{"text":"hm","thought":true},{"functionCall":{"id":"c1","name":"f","args":{"x":1}},"thoughtSignature":"c2ln"},{"executableCode":{"code":"1"}}]},
		{"role":"user","parts":[{"functionResponse":{"id":"c1","name":"f","response":{"output":2},"parts":[{"inlineData":{"mimeType":"image/png","data":"QQ=="}}]}}]}],
		"systemInstruction":{"parts":[{"text":""}]},
		"tools":[{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object"}},{"name":"g"}]},{"googleSearch":{}}],
		"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},
		"safetySettings":[{"category":"C","threshold":"T"}],
		"generationConfig":{"temperature":0.5,"topP":0.5,"topK":0.5,"candidateCount":2,"maxOutputTokens":9,"stopSequences":["a","b"],"seed":-7,
			"presencePenalty":0.5,"frequencyPenalty":0.5,"responseLogprobs":true,"logprobs":2,"responseMimeType":"application/json","responseJsonSchema":{"type":"string"},
			"responseModalities":["TEXT"],"mediaResolution":"MEDIA_RESOLUTION_HIGH","thinkingConfig":{"includeThoughts":true,"thinkingBudget":-1},
			"speechConfig":{"voiceConfig":{"prebuiltVoiceConfig":{"voiceName":"Kore"}},"languageCode":"en","multiSpeakerVoiceConfig":{"speakerVoiceConfigs":[{"speaker":"A","voiceConfig":{"prebuiltVoiceConfig":{"voiceName":"Puck"}}}]}},
			"imageConfig":{"aspectRatio":"1:1","imageSize":"1K"}},
		"cachedContent":"cachedContents/x","serviceTier":"flex","continuationToken":"dG9r"}`
	same(t, want, req.Body().Bytes())
	same(t, `{"contents":[{"role":"user","parts":[{"text":"x"}]}]}`, (&Request{Contents: []Content{{Role: RoleUser, Parts: []Part{{Text: "x"}}}}}).Body().Bytes())
	same(t, `{"contents":[],"serviceTier":"flex"}`, (&Request{ServiceTier: "flex"}).Body().Bytes())
}

func same(t *testing.T, want string, got []byte) {
	t.Helper()
	var w, g any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(got, &g); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if diff := cmp.Diff(w, g); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeResponseReadsEveryField(t *testing.T) {
	got, err := DecodeResponse([]byte(`{"candidates":[{"content":{"role":"model","parts":[{"text":"a","thought":true},{"text":"","thoughtSignature":"c2ln"},
		{"functionCall":{"id":"c","name":"f","args":{"x":[1]}}},{"inlineData":{"mimeType":"image/png","data":"QUJD"}},{"executableCode":{"code":"1","language":"PYTHON"}},{"unknown":1}]},
		"finishReason":"STOP","finishMessage":"m","safetyRatings":[{"category":"x"}],"groundingMetadata":{"g":1},"citationMetadata":{"c":1},"urlContextMetadata":{"u":1},"logprobsResult":{"l":1},"continuationToken":"dA=="},
		{"index":1,"content":{}}],
		"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":3,"candidatesTokenCount":4,"thoughtsTokenCount":5,"toolUsePromptTokenCount":1,"totalTokenCount":"20",
		"promptTokensDetails":[{"modality":"TEXT","tokenCount":8},{"modality":"IMAGE","tokenCount":2}],"trafficType":"x"},"modelVersion":"gemini-x","responseId":"r1","modelStatus":{"a":[]}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := &Response{
		Candidates: []Candidate{{
			Content: Content{Role: "model", Parts: []Part{
				{Text: "a", Thought: true}, {ThoughtSignature: "c2ln"}, {FunctionCall: &FunctionCall{ID: "c", Name: "f", Args: []byte(`{"x":[1]}`)}},
				{InlineData: &Blob{MIMEType: "image/png", Data: "QUJD"}}, {Raw: []byte(`{"executableCode":{"code":"1","language":"PYTHON"}}`)}, {},
			}},
			FinishReason: "STOP", FinishMessage: "m", ContinuationToken: "dA==",
			Grounding: []byte(`{"g":1}`), Citations: []byte(`{"c":1}`), URLContext: []byte(`{"u":1}`), Logprobs: []byte(`{"l":1}`),
		}, {Index: 1}},
		BlockReason: "SAFETY", HasUsage: true, ModelVersion: "gemini-x", ResponseID: "r1",
		Usage: Usage{Prompt: 10, Cached: 3, Candidates: 4, Thoughts: 5, ToolUsePrompt: 1, Total: 20, PromptBy: Modalities{Text: 8, Image: 2}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeResponseFindsErrorsInA200(t *testing.T) {
	for _, body := range []string{`{"error":{"code":503,"message":"high demand","status":"UNAVAILABLE"}}`, `[{"error":{"code":503,"message":"high demand","status":"UNAVAILABLE"}}]`} {
		got, err := DecodeResponse([]byte(body))
		if err != nil || got.Error == nil || got.Error.StatusCode != 503 || !got.Error.Transient() {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
	for _, body := range []string{`{"error":"x"}`, `{"candidates":[{"content":7}]}`, `{"candidates"`, ``, `null x`} {
		if _, err := DecodeResponse([]byte(body)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestMeaningful(t *testing.T) {
	for body, want := range map[string]bool{
		`{}`: false,
		`{"candidates":[{"content":{"role":"model"}}]}`:                                            false,
		`{"candidates":[{"content":{"parts":[{"text":""}]}}]}`:                                     false,
		`{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}`:                                    true,
		`{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]}}]}`:                   true,
		`{"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"a/b","data":"QQ=="}}]}}]}`: true,
		`{"usageMetadata":{"promptTokenCount":1}}`:                                                 false,
	} {
		got, err := DecodeResponse([]byte(body))
		if err != nil || got.Meaningful() != want {
			t.Errorf("%s: %v, %v", body, !want, err)
		}
	}
}

func TestStreamChunksAreDecodedAfresh(t *testing.T) {
	d := decoder{Reader: jsonio.NewReader(nil, false)}
	var resp Response
	var kept []string
	for _, chunk := range []string{
		`{"candidates":[{"content":{"parts":[{"text":"one","thoughtSignature":"c2ln"},{"functionCall":{"name":"f"}}],"role":"model"},"finishReason":"STOP"},{"index":1}],"usageMetadata":{"totalTokenCount":5},"modelVersion":"m1","responseId":"r"}`,
		`{"candidates":[{"content":{"parts":[{"text":"two"}]}}],"modelVersion":"m1","responseId":"r"}`,
		`{"modelVersion":"m2"}`,
		`{"candidates":[{"content":{"role":"model"}},{"index":1,"content":{"parts":[{},{"text":"three"}]}}]}`,
	} {
		if err := d.decodeAgain([]byte(chunk), &resp); err != nil {
			t.Fatal(err)
		}
		fresh, err := DecodeResponse([]byte(chunk))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(fresh, &resp, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s:\n%s", chunk, diff)
		}
		kept = append(kept, resp.ModelVersion, resp.ResponseID)
	}
	if diff := cmp.Diff([]string{"m1", "r", "m1", "r", "m2", "", "", ""}, kept); diff != "" {
		t.Error(diff)
	}
}

func TestCanBeModel(t *testing.T) {
	for name, want := range map[string]bool{
		"gemini-3.8-flash": true, "gemma-4-31b-it": true, "tunedModels/mine-1": true, "a_b": true,
		"": false, "..": false, "../x": false, "a/../b": false, "a//b": false, "/a": false, "a/": false, "a:b": false, "a?b": false, "a#b": false,
		"a b": false, "a%2e": false, "模型": false, "a\nb": false, strings.Repeat("a", 201): false,
	} {
		if CanBeModel(name) != want {
			t.Errorf("%.40q: %v", name, !want)
		}
	}
}

func BenchmarkDecodeChunk(b *testing.B) {
	chunk := []byte(`{"candidates": [{"content": {"parts": [{"text": "A sentence of a dozen words, as a chunk of a stream carries it."}],"role": "model"},"index": 0}],"usageMetadata": {"promptTokenCount": 2304,"candidatesTokenCount": 17,"totalTokenCount": 2321,"promptTokensDetails": [{"modality": "TEXT","tokenCount": 2304}]},"modelVersion": "gemini-3.8-flash","responseId": "Il0taoSYJ5Cez7"}`)
	b.SetBytes(int64(len(chunk)))
	b.ReportAllocs()
	d := decoder{Reader: jsonio.NewReader(nil, false)}
	var resp Response
	for b.Loop() {
		if err := d.decodeAgain(chunk, &resp); err != nil {
			b.Fatal(err)
		}
	}
}
