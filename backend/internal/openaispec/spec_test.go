package openaispec

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func load(t *testing.T) *Spec {
	t.Helper()
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCheckFindsWhatDoesNotFit(t *testing.T) {
	s := load(t)
	const fine = `{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":null},"logprobs":null,"finish_reason":"stop"}]}`
	tests := []struct{ name, schema, from, to, wrong string }{
		{"as it is", Completion, "", "", ""},
		{"more fields", Completion, `"refusal":null`, `"refusal":null,"reasoning_content":"x"`, ""},
		{"a finish reason of another API", Completion, `"stop"`, `"max_tokens"`, "finish_reason"},
		{"no refusal", Completion, `,"refusal":null`, ``, "refusal"},
		{"a time in words", Completion, `"created":1`, `"created":"now"`, "created"},
		{"no JSON", Completion, `{"id"`, `{id`, "not JSON"},
		{"a schema nobody knows", "Nothing", "", "", "no schema"},
		{"another schema", Chunk, "", "", "delta"},
	}
	for _, tt := range tests {
		err := s.Check(tt.schema, []byte(strings.Replace(fine, tt.from, tt.to, 1)))
		if tt.wrong == "" && err != nil || tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestCheckEvents(t *testing.T) {
	s := load(t)
	const (
		chunk = `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":null}],"usage":null}` + "\n\n"
		fault = `data: {"error":{"message":"m","type":"server_error","param":null,"code":null}}` + "\n\n"
		done  = "data: [DONE]\n\n"
		beat  = ": keep-alive\n\n"
	)
	for stream, wrong := range map[string]string{
		chunk + beat + chunk + done: "", chunk + fault: "", beat + chunk + done: "",
		chunk: "does not end", chunk + fault + done: "goes on", chunk + done + chunk: "goes on", "event: x\n" + chunk + done: "one line", `data: {"error":{"code":7}}` + "\n\n": "ErrorResponse",
	} {
		err := s.CheckEvents(Chunk, []byte(stream), true)
		if wrong == "" && err != nil || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)) {
			t.Errorf("%q: %v", stream, err)
		}
	}
}

func TestWatchReports(t *testing.T) {
	s := load(t)
	answers := map[string]struct {
		status     int
		kind, body string
		wrong      bool
	}{
		"/v1/models":               {200, "application/json", `{"object":"list","data":[{"id":"m","object":"model","created":1,"owned_by":"google"}]}`, false},
		"/v1/models/m":             {200, "application/json", `{"id":"m","object":"model"}`, true},
		"/v1/embeddings":           {200, "application/json", `{"object":"list","model":"m","data":[{"index":0,"object":"embedding","embedding":"AAAA"}],"usage":{"prompt_tokens":1,"total_tokens":1}}`, false},
		"/v1/images/generations":   {200, "application/json", `{"created":1,"data":[{"b64_json":7}]}`, true},
		"/v1/chat/completions":     {400, "application/json", `{"error":{"message":"m","type":"t","param":null,"code":400}}`, true},
		"/v1/nothing":              {404, "text/plain", `not found`, true},
		"/v1/audio/transcriptions": {200, "application/json", `{"task":"transcribe","duration":1,"text":"a"}`, true},
		"/v1/audio/speech":         {200, "audio/wav", `RIFF`, false},
		"/v1/files/a/content":      {200, "application/json", `{}`, false},
		"/health":                  {200, "text/plain", `ok`, false},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := answers[r.URL.Path]
		w.Header().Set("Content-Type", a.kind)
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body) // the client's reading shows it
	}))
	defer server.Close()
	for path, a := range answers {
		var found error
		client := &http.Client{Transport: s.Watch(server.Client().Transport, func(err error) { found = err })}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(response.Body); err != nil || string(text) != a.body {
			t.Errorf("%s: %q, %v", path, text, err)
		}
		if err := response.Body.Close(); err != nil {
			t.Error(err)
		}
		if (found != nil) != a.wrong {
			t.Errorf("%s: reported %v", path, found)
		}
	}
}

func TestPlaces(t *testing.T) {
	s := load(t)
	const chat = "CreateChatCompletionRequest"
	if got := s.Properties(chat); len(got) < 35 || !slices.Contains(got, "messages") || !slices.Contains(got, "temperature") {
		t.Errorf("properties %v", got)
	}
	for want, got := range map[string][]string{
		"assistant developer function system tool user": s.Words(chat, "messages", "role"),
		"audio text":                     s.Words(chat, "modalities"),
		"format voice":                   s.Properties(chat, "audio"),
		"description name schema strict": s.Properties(chat, "response_format", "json_schema"),
		"json_object json_schema text":   s.Words(chat, "response_format", "type"),
		"":                               s.Words(chat, "nothing", "there"),
		"embedding":                      s.Words("Embedding", "object"),
	} {
		if strings.Join(got, " ") != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
}
