package geminisim_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
)

func TestModels(t *testing.T) {
	f := start(t)
	names, token := map[string]bool{}, ""
	for range 20 {
		got := f.do("GET", "/v1beta/models?pageSize=7&pageToken="+token, "", "x-goog-api-key: "+keyA)
		var out struct {
			Models []struct {
				Name    string   `json:"name"`
				Methods []string `json:"supportedGenerationMethods"`
				Input   int      `json:"inputTokenLimit"`
			} `json:"models"`
			Next string `json:"nextPageToken"`
		}
		if err := json.Unmarshal([]byte(got.body), &out); err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Models {
			if names[m.Name] || len(m.Methods) == 0 || m.Input == 0 {
				t.Errorf("model %+v", m)
			}
			names[m.Name] = true
		}
		if token = out.Next; token == "" {
			break
		}
	}
	if len(names) < 30 || !names["models/gemini-4-neon"] {
		t.Errorf("%d models", len(names))
	}
	get := func(path string) answer { return f.do("GET", path, "", "x-goog-api-key: "+keyA) }
	wantBody(t, get("/v1beta/models/gemini-3.8-flash"), 200, `"name":"models/gemini-3.8-flash"`, `"outputTokenLimit":65536`, `"thinking":true`)
	wantBody(t, get("/v1beta/models/no-such"), 404, "NOT_FOUND")
	wantBody(t, get("/v1beta/models/a%20b"), 400, `* GetModelRequest.name: unexpected model name format\n`, "INVALID_ARGUMENT")
	wantBody(t, get("/v1beta/models?pageToken=!"), 400, "Invalid page token.")
	wantBody(t, get("/v1beta/models?pageSize=x"), 400, "page_size")
}

func TestCountTokens(t *testing.T) {
	f := start(t)
	body := prompt(strings.Repeat("abcd", 25))
	wantBody(t, f.ask("gemini-2.5-flash", "countTokens", body), 200, `"totalTokens":25`)
	wantBody(t, f.ask("gemini-2.5-flash", "countTokens", `{"generateContentRequest":{"model":"models/gemini-2.5-flash","systemInstruction":{"parts":[{"text":"abcd"}]},`+body[1:]+`}`), 200, `"totalTokens":26`)
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", body), 200, `"promptTokenCount":25`)
	wantBody(t, f.ask("gemini-2.5-flash", "countTokens", `{}`), 400, "contents is not specified")
	wantBody(t, f.ask("gemini-2.5-flash", "countTokens", `{"generateContentRequest":`+body+`,`+body[1:]), 400, "cannot both be set")
	if n := f.Counters("100")["gemini-2.5-flash"].Total; n != 1 {
		t.Errorf("%d requests counted, want the generation alone", n)
	}
}

func TestEmbeddings(t *testing.T) {
	f := start(t)
	one := `{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_QUERY"}`
	var single struct {
		Embedding struct {
			Values []float64 `json:"values"`
		} `json:"embedding"`
	}
	got := f.ask("gemini-embedding-001", "embedContent", one)
	wantBody(t, got, 200)
	if err := json.Unmarshal([]byte(got.body), &single); err != nil {
		t.Fatal(err)
	}
	if n := norm(single.Embedding.Values); len(single.Embedding.Values) != 3072 || math.Abs(n-1) > 1e-3 {
		t.Errorf("%d values of length %v", len(single.Embedding.Values), n)
	}
	got = f.ask("gemini-embedding-2", "batchEmbedContents", `{"requests":[{"model":"models/gemini-embedding-2","content":{"parts":[{"text":"a"}]},"outputDimensionality":8}]}`)
	wantBody(t, got, 200, `"usageMetadata"`)
	var batch struct {
		Embeddings []struct {
			Values []float64 `json:"values"`
		} `json:"embeddings"`
	}
	if err := json.Unmarshal([]byte(got.body), &batch); err != nil {
		t.Fatal(err)
	}
	if v := batch.Embeddings[0].Values; len(v) != 8 || math.Abs(norm(v)-1) < 0.01 {
		t.Errorf("shortened vectors are not normalised: %v", v)
	}
	many := strings.TrimSuffix(strings.Repeat(one+",", 101), ",")
	wantBody(t, f.ask("gemini-embedding-001", "batchEmbedContents", `{"requests":[`+many+`]}`), 400, "at most 100 requests")
	wantBody(t, f.ask("gemini-embedding-001", "batchEmbedContents", `{"requests":[{"content":{"parts":[{"text":"a"}]}}]}`), 400, "BatchEmbedContentsRequest.requests[0].model: model is required")
	wantBody(t, f.ask("gemini-embedding-001", "embedContent", `{"content":{"parts":[{"text":"a"}]},"outputDimensionality":9999}`), 400, "output_dimensionality")
	wantBody(t, f.ask("gemini-embedding-001", "embedContent", `{"content":{"parts":[{"text":"`+strings.Repeat("abcd", 2049)+`"}]}}`), 400, "The input token count (2049) exceeds")
	wantBody(t, f.ask("gemini-2.5-flash", "embedContent", one), 404, "not supported for embedContent")
}

func norm(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	return math.Sqrt(sum)
}

func TestPredict(t *testing.T) {
	f := start(t)
	got := f.ask("imagen-4.0-generate-001", "predict", `{"instances":[{"prompt":"cat"}],"parameters":{"sampleCount":2}}`)
	wantBody(t, got, 200, `"predictions":[{"bytesBase64Encoded":"iVBOR`)
	if n := strings.Count(got.body, "image/png"); n != 2 {
		t.Errorf("%d pictures", n)
	}
	wantBody(t, f.ask("imagen-4.0-generate-001", "predict", `{}`), 400, "a prompt is required")
}

func TestInteractions(t *testing.T) {
	f := start(t)
	post := func(body string) answer { return f.do("POST", "/v1beta/interactions", body, "x-goog-api-key: "+keyA) }
	wantBody(t, post(`{"model":"gemini-3.8-flash","input":"hello"}`), 200, `"status":"completed"`, `"text":"gemini-3.8-flash heard: hello"`)
	wantBody(t, post(`{"model":"nope","input":"hello"}`), 404, "models/nope is not found")
	wantBody(t, f.do("GET", "/v1beta/interactions/x", "", "x-goog-api-key: "+keyA), 404, "Requested entity was not found.")
}

func TestCaches(t *testing.T) {
	f := start(t, frozen(noon))
	call := func(method, path, body, key string) answer { return f.do(method, path, body, "x-goog-api-key: "+key) }
	create := `{"model":"models/gemini-2.5-flash","contents":[{"role":"user","parts":[{"text":"` + strings.Repeat("abcd", 50) + `"}]}],"ttl":"300s","displayName":"d"}`
	got := call("POST", "/v1beta/cachedContents", create, keyA)
	wantBody(t, got, 200, `"model":"models/gemini-2.5-flash"`, `"usageMetadata":{"totalTokenCount":50}`, `"expireTime":"2026-06-01T19:05:00.000000Z"`)
	var made struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal([]byte(got.body), &made); err != nil {
		t.Fatal(err)
	}
	use := `{"cachedContent":"` + made.Name + `",` + prompt("abcd")[1:]
	if g := f.generate("gemini-2.5-flash", use); g.Usage.Cached != 50 || g.Usage.Prompt != 51 {
		t.Errorf("usage %+v", g.Usage)
	}
	wantBody(t, call("POST", "/v1beta/models/gemini-2.5-flash:generateContent", use, keyB), 403, "CachedContent not found (or permission denied)")
	wantBody(t, call("POST", "/v1beta/models/gemini-2.5-flash-lite:generateContent", use, keyA), 400, "has to be the same.")
	wantBody(t, call("GET", "/v1beta/cachedContents", "", keyA2), 200, made.Name)
	wantBody(t, call("PATCH", "/v1beta/"+made.Name, `{"ttl":"3600s"}`, keyA), 200, `"expireTime":"2026-06-01T20:00:00.000000Z"`)
	f.Advance(59 * time.Minute)
	wantBody(t, call("GET", "/v1beta/"+made.Name, "", keyA), 200)
	f.Advance(time.Minute)
	wantBody(t, call("GET", "/v1beta/"+made.Name, "", keyA), 403)
	wantBody(t, call("POST", "/v1beta/cachedContents", strings.Replace(create, "2.5-flash", "4-argon", 1), keyA), 404, "createCachedContent")
	wantBody(t, call("POST", "/v1beta/cachedContents", strings.Replace(create, "300s", "0s", 1), keyA), 400, "ttl")
	got = call("POST", "/v1beta/cachedContents", create, keyA)
	if err := json.Unmarshal([]byte(got.body), &made); err != nil {
		t.Fatal(err)
	}
	wantBody(t, call("DELETE", "/v1beta/"+made.Name, "", keyA), 200, "{}")
	wantBody(t, call("DELETE", "/v1beta/"+made.Name, "", keyA), 403)
}
