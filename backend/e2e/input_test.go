package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/e2e/stack"
)

// apiError is an error as OpenAI's API words it. All four fields are there; two may be null.
type apiError struct {
	Message *string `json:"message"`
	Type    *string `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
}

// readError reads an answer that must be an error in OpenAI's form.
func readError(t *testing.T, response *http.Response) apiError {
	t.Helper()
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var envelope map[string]json.RawMessage
	var fields map[string]json.RawMessage
	var fault apiError
	if err := json.Unmarshal(text, &envelope); err != nil || len(envelope) != 1 {
		t.Fatalf("%s is answered with %s", response.Status, text)
	}
	if err := json.Unmarshal(envelope["error"], &fields); err != nil || len(fields) != 4 {
		t.Fatalf("%s is answered with %s", response.Status, text)
	}
	if err := json.Unmarshal(envelope["error"], &fault); err != nil || fault.Message == nil || *fault.Message == "" || fault.Type == nil {
		t.Fatalf("%s is answered with %s", response.Status, text)
	}
	if kind := response.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		t.Errorf("%s is answered as %s", response.Status, kind)
	}
	return fault
}

// text gives what a field says, or "null".
func text(field *string) string {
	if field == nil {
		return "null"
	}
	return *field
}

const validMessages = `"messages":[{"role":"user","content":"Hello"}]`

// badBodies are bodies that no model should see, with the field at fault and words that the message must have.
func badBodies() map[string]struct{ body, field, words string } {
	return map[string]struct{ body, field, words string }{
		"empty body":           {``, "null", ""},
		"no JSON":              {`hello`, "null", ""},
		"malformed":            {`{"model":"` + flash + `","messages":[}`, "null", ""},
		"cut":                  {`{"model":"` + flash + `","messages":[{"role":"user","con`, "null", ""},
		"trailing garbage":     {`{"model":"` + flash + `",` + validMessages + `} {}`, "null", ""},
		"an array":             {`[]`, "null", ""},
		"null":                 {`null`, "", ""},
		"no model":             {`{` + validMessages + `}`, "model", ""},
		"model of no name":     {`{"model":"",` + validMessages + `}`, "model", ""},
		"model is a number":    {`{"model":4,` + validMessages + `}`, "model", "string"},
		"no messages":          {`{"model":"` + flash + `"}`, "messages", ""},
		"empty messages":       {`{"model":"` + flash + `","messages":[]}`, "messages", ""},
		"messages is a string": {`{"model":"` + flash + `","messages":"Hello"}`, "messages", "array"},
		"message is a string":  {`{"model":"` + flash + `","messages":["Hello"]}`, "messages[0]", "object"},
		"unknown role":         {`{"model":"` + flash + `","messages":[{"role":"wizard","content":"Hello"}]}`, "messages[0].role", "developer"},
		"no role":              {`{"model":"` + flash + `","messages":[{"content":"Hello"}]}`, "messages[0].role", ""},
		"content is a number":  {`{"model":"` + flash + `","messages":[{"role":"user","content":7}]}`, "messages[0].content", ""},
		"unknown part":         {`{"model":"` + flash + `","messages":[{"role":"user","content":[{"type":"smell"}]}]}`, "messages[0].content[0].type", "smell"},
		"stream is a string":   {`{"model":"` + flash + `","stream":"yes",` + validMessages + `}`, "stream", "boolean"},
		"temperature is text":  {`{"model":"` + flash + `","temperature":"hot",` + validMessages + `}`, "temperature", "number"},
		"max_tokens is below":  {`{"model":"` + flash + `","max_tokens":-1,` + validMessages + `}`, "max_tokens", ""},
		"n is a fraction":      {`{"model":"` + flash + `","n":1.5,` + validMessages + `}`, "n", "whole number"},
		"tools is an object":   {`{"model":"` + flash + `","tools":{},` + validMessages + `}`, "tools", "array"},
		"tool of no name":      {`{"model":"` + flash + `","tools":[{"type":"function","function":{}}],` + validMessages + `}`, "tools[0].function.name", ""},
		"arguments are no JSON": {`{"model":"` + flash + `","messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"a","type":"function",` +
			`"function":{"name":"f","arguments":"{"}}]},{"role":"tool","tool_call_id":"a","content":"b"}]}`, "messages[1].tool_calls[0].function.arguments", ""},
		"unknown format":        {`{"model":"` + flash + `","response_format":{"type":"yaml"},` + validMessages + `}`, "response_format.type", "json_schema"},
		"unknown effort":        {`{"model":"` + flash + `","reasoning_effort":"sweat",` + validMessages + `}`, "reasoning_effort", "minimal"},
		"text is not UTF-8":     {"{\"model\":\"" + flash + "\",\"messages\":[{\"role\":\"user\",\"content\":\"\xff\xfe\"}]}", "", ""},
		"nested beyond measure": {`{"model":"` + flash + `","messages":` + strings.Repeat("[", 100_000), "", ""},
	}
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	for name, bad := range badBodies() {
		t.Run(name, func(t *testing.T) {
			response := post(t, s, bad.body)
			if name == "text is not UTF-8" && response.StatusCode == http.StatusOK {
				response.Body.Close()
				return // mending the text is as good as refusing it
			}
			fault := readError(t, response)
			if response.StatusCode != http.StatusBadRequest {
				t.Errorf("the status is %s, want 400", response.Status)
			}
			if got := text(fault.Param); bad.field != "" && got != bad.field {
				t.Errorf("the field is %s, want %s; the message is %q", got, bad.field, text(fault.Message))
			}
			if !strings.Contains(*fault.Message, bad.words) {
				t.Errorf("the message %q does not say %q", *fault.Message, bad.words)
			}
			if field := lastName(bad.field); field != "null" && !strings.Contains(*fault.Message, field) {
				t.Errorf("the message %q does not name the field %s: SDKs show the message alone", *fault.Message, field)
			}
			if *fault.Type != "invalid_request_error" {
				t.Errorf("the type is %s", *fault.Type)
			}
		})
	}
	for _, call := range s.Sim.Generations(t) {
		if !strings.Contains(call.Body, "�") {
			t.Errorf("Gemini was asked: %s", call.Body)
		}
	}
	if counts := s.Admin.Overview(t).Today; counts.Failures > 0 {
		t.Errorf("the console counts %d failures: what the client got wrong is none of ours", counts.Failures)
	}
}

// lastName gives the last name in a field's path: role for messages[0].role.
func lastName(path string) string {
	path, _, _ = strings.Cut(path[strings.LastIndexByte(path, '.')+1:], "[")
	return path
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	const limit = 64 << 20
	for name, test := range map[string]struct {
		length, announced int64
		expect            string
	}{
		"announced, and asked first": {limit + 1, limit + 1, "100-continue"},
		"announced":                  {limit + 1, limit + 1, ""}, // as every SDK does it
		"in pieces":                  {limit + 1, -1, ""},
		"in pieces, far too large":   {limit + 16<<20, -1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			body := &endless{left: test.length}
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/v1/chat/completions", io.NopCloser(body))
			if err != nil {
				t.Fatal(err)
			}
			request.ContentLength = test.announced
			if test.expect != "" {
				request.Header.Set("Expect", test.expect)
			}
			response := s.Do(t, request)
			fault := readError(t, response)
			if response.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(*fault.Message, "64 MiB") {
				t.Errorf("%s: %s", response.Status, *fault.Message)
			}
		})
	}
	chat(t, newClient(s), ask(flash, freeText))
}

// endless gives the same letter over and over.
type endless struct{ left int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), e.left))
	for i := range p[:n] {
		p[i] = 'a'
	}
	e.left -= int64(n)
	return n, nil
}

// TestCutBody announces more than it sends.
func TestCutBody(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	response := speak(t, s, "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer "+s.UserKey+
		"\r\nContent-Length: 1000\r\n\r\n{\"model\":")
	fault := readError(t, response)
	if response.StatusCode != http.StatusBadRequest || text(fault.Code) != "incomplete_body" {
		t.Errorf("%s with code %s: %s", response.Status, text(fault.Code), *fault.Message)
	}
}

// speak sends bytes as they are, says that no more will come, and reads the answer.
func speak(t *testing.T, s *stack.Stack, bytes string) *http.Response {
	t.Helper()
	var dialer net.Dialer
	connection, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(connection, bytes); err != nil {
		t.Fatal(err)
	}
	if half, ok := connection.(*net.TCPConn); ok {
		if err := half.CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatalf("reading the answer: %v", err)
	}
	return response
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	body := `{"model":"` + flash + `",` + validMessages + `}`
	for name, test := range map[string]struct {
		header, value, query string
		status               int
	}{
		"none":           {"", "", "", http.StatusUnauthorized},
		"no scheme":      {"Authorization", s.UserKey, "", 0}, // decided by the server: it may be lenient
		"basic":          {"Authorization", "Basic dXNlcjpwYXNz", "", http.StatusUnauthorized},
		"empty bearer":   {"Authorization", "Bearer ", "", http.StatusUnauthorized},
		"bearer":         {"Authorization", "Bearer " + s.UserKey, "", http.StatusOK},
		"small letters":  {"Authorization", "bearer " + s.UserKey, "", http.StatusOK},
		"x-goog-api-key": {"X-Goog-Api-Key", s.UserKey, "", http.StatusOK},
		"x-api-key":      {"X-Api-Key", s.UserKey, "", http.StatusOK},
		"query":          {"", "", "?key=" + s.UserKey, http.StatusOK},
		"wrong query":    {"", "", "?key=sk-wrong", http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/v1/chat/completions"+test.query, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if test.header != "" {
				request.Header.Set(test.header, test.value)
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode == http.StatusOK {
				response.Body.Close()
			} else if fault := readError(t, response); text(fault.Code) != "invalid_api_key" {
				t.Errorf("the code is %s", text(fault.Code))
			}
			if test.status != 0 && response.StatusCode != test.status {
				t.Errorf("the status is %s, want %d", response.Status, test.status)
			}
		})
	}
	wantClean(t, s, s.Sim.Generations(t))
}

func TestWrongPlace(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	for _, test := range []struct {
		method, path string
		status       int
	}{
		{http.MethodGet, "/v1/chat/completions", http.StatusMethodNotAllowed},
		{http.MethodDelete, "/v1/models", http.StatusMethodNotAllowed},
		{http.MethodPost, "/v1/nowhere", http.StatusNotFound},
		{http.MethodPost, "/v1/chat/completions/more", http.StatusNotFound},
		{http.MethodPost, "/v1/completions", http.StatusNotFound},
	} {
		t.Run(fmt.Sprintf("%s %s", test.method, test.path), func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), test.method, s.URL+test.path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			response := s.Do(t, request)
			fault := readError(t, response)
			if response.StatusCode != test.status || !strings.Contains(*fault.Message, test.path) {
				t.Errorf("%s: %s", response.Status, *fault.Message)
			}
			if test.status == http.StatusMethodNotAllowed && response.Header.Get("Allow") == "" {
				t.Error("405 without Allow")
			}
		})
	}
}
