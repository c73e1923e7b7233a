package geminisim_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/geminisim"
)

const (
	keyA  = "AIzaSy-FAKE-a1"
	keyA2 = "AIzaSy-FAKE-a2"
	keyB  = "AQ.FAKE-b1"
)

// fixture is a simulator behind a real server, with two projects: 100 (two keys) and 200 (one AQ. key).
type fixture struct {
	*geminisim.Sim
	t      *testing.T
	server *httptest.Server
	url    string
}

func start(t *testing.T, change ...func(*geminisim.Config)) *fixture {
	t.Helper()
	conf := geminisim.Config{
		Seed: 1,
		Projects: []geminisim.Project{
			{Number: "100", Keys: []geminisim.Key{{Value: keyA}, {Value: keyA2}}},
			{Number: "200", Keys: []geminisim.Key{{Value: keyB}}},
		},
	}
	for _, f := range change {
		f(&conf)
	}
	sim := geminisim.New(conf)
	server := httptest.NewServer(sim)
	t.Cleanup(func() { sim.Close(); server.Close() })
	return &fixture{sim, t, server, server.URL}
}

type answer struct {
	status int
	header http.Header
	body   string
	err    error // of reading the body
}

// do sends a request with the headers "Name: value".
func (f *fixture) do(method, path, body string, headers ...string) answer {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), method, f.url+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Add(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer func() { _ = res.Body.Close() }() // read to its end below
	got, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(got), err}
}

// ask sends a generation request with key A.
func (f *fixture) ask(model, method, body string) answer {
	f.t.Helper()
	return f.do(http.MethodPost, "/v1beta/models/"+model+":"+method, body, "x-goog-api-key: "+keyA)
}

// open is ask for a stream that is to be read bit by bit; the caller closes its body.
func (f *fixture) open(model, method, body string) *http.Response {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.url+"/v1beta/models/"+model+":"+method, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("X-Goog-Api-Key", keyA)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	return res
}

func prompt(text string) string {
	return `{"contents":[{"role":"user","parts":[{"text":"` + text + `"}]}]}`
}

func wantBody(t *testing.T, got answer, status int, parts ...string) {
	t.Helper()
	if got.status != status {
		t.Fatalf("status %d, want %d: %s %v", got.status, status, got.body, got.err)
	}
	for _, part := range parts {
		if !strings.Contains(got.body, part) {
			t.Errorf("body lacks %q:\n%s", part, got.body)
		}
	}
}

func TestNaturalAnswer(t *testing.T) {
	f := start(t)
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", prompt("hello")), 200,
		`"text":"gemini-2.5-flash heard: hello"`, `"finishReason":"STOP"`, `"role":"model"`, `"totalTokenCount"`, `"modelVersion":"gemini-2.5-flash"`)
}

func TestStreamNatural(t *testing.T) {
	f := start(t)
	got := f.ask("gemini-3.8-flash", "streamGenerateContent?alt=sse", prompt("hello"))
	wantBody(t, got, 200, "data: {", "\r\n\r\n", `"thoughtSignature"`, `"finishReason":"STOP"`)
	if bytes.Contains([]byte(got.body), []byte("[DONE]")) {
		t.Error("Gemini sends no [DONE]")
	}
}

func TestScriptOrder(t *testing.T) {
	f := start(t)
	f.Script(geminisim.Target{}, geminisim.Minute429(10*time.Second), geminisim.Day429(), geminisim.Text("at last"))
	for i, want := range []string{"PerMinute", "PerDay", "at last", "heard: hello"} {
		got := f.ask("gemini-2.5-flash", "generateContent", prompt("hello"))
		if !strings.Contains(got.body, want) {
			t.Errorf("call %d lacks %q: %d %s", i, want, got.status, got.body)
		}
	}
}
