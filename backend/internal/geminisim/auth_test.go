package geminisim_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// wantJSON compares bodies as JSON, so that neither order of fields nor space matters.
func wantJSON(t *testing.T, got, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, got)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("the wanted text is not JSON: %v", err)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

const (
	errorInfoType = `"@type":"type.googleapis.com/google.rpc.ErrorInfo"`
	localizedType = `"@type":"type.googleapis.com/google.rpc.LocalizedMessage","locale":"en-US"`
	streamMethod  = "google.ai.generativelanguage.v1beta.GenerativeService.StreamGenerateContent"
)

func invalidKey(message string) string {
	return `{"error":{"code":400,"message":"` + message + `","status":"INVALID_ARGUMENT","details":[
 {` + errorInfoType + `,"reason":"API_KEY_INVALID","domain":"googleapis.com","metadata":{"service":"generativelanguage.googleapis.com"}},
 {` + localizedType + `,"message":"` + message + `"}]}}`
}

func forbidden(message string) string {
	return `{"error":{"code":403,"message":"` + message + `","status":"PERMISSION_DENIED"}}`
}

func badToken(method string) string {
	return `{"error":{"code":401,"message":"Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other ` +
		`valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.","status":"UNAUTHENTICATED",
 "details":[{` + errorInfoType + `,"reason":"ACCESS_TOKEN_TYPE_UNSUPPORTED","domain":"googleapis.com",
 "metadata":{"method":"` + method + `","service":"generativelanguage.googleapis.com"}}]}}`
}

func TestKeyStates(t *testing.T) {
	const suspended = "Permission denied: Consumer 'api_key:" + keyA + "' has been suspended."
	const blocked = "Requests to this API generativelanguage.googleapis.com method " + streamMethod + " are blocked."
	cases := []struct {
		state  string
		status int
		body   string
	}{
		{"invalid", 400, invalidKey("API key not valid. Please pass a valid API key.")},
		{"expired", 400, invalidKey("API key expired. Please renew the API key.")},
		{"deleted", 400, invalidKey("API Key not found. Please pass a valid API key.")},
		{"leaked", 403, forbidden("Your API key was reported as leaked. Please use another API key.")},
		{"suspended", 403, `{"error":{"code":403,"message":"` + suspended + `","status":"PERMISSION_DENIED","details":[{` + errorInfoType + `,
 "reason":"CONSUMER_SUSPENDED","domain":"googleapis.com","metadata":{"consumer":"projects/100","service":"generativelanguage.googleapis.com",
 "containerInfo":"api_key:` + keyA + `"}},{` + localizedType + `,"message":"` + suspended + `"}]}}`},
		{"blocked", 403, `{"error":{"code":403,"message":"` + blocked + `","status":"PERMISSION_DENIED","details":[{` + errorInfoType + `,
 "reason":"API_KEY_SERVICE_BLOCKED","domain":"googleapis.com","metadata":{"consumer":"projects/100","service":"generativelanguage.googleapis.com",
 "apiName":"generativelanguage.googleapis.com","methodName":"` + streamMethod + `"}},{` + localizedType + `,"message":"` + blocked + `"}]}}`},
	}
	for _, c := range cases {
		t.Run(c.state, func(t *testing.T) {
			f := start(t)
			if err := f.SetKeyState(keyA, c.state); err != nil {
				t.Fatal(err)
			}
			got := f.ask("gemini-2.5-flash", "streamGenerateContent?alt=sse", prompt("hi"))
			wantBody(t, got, c.status)
			wantJSON(t, got.body, c.body)
			if ct := got.header.Get("Content-Type"); ct != "application/json; charset=UTF-8" {
				t.Errorf("content type %q", ct)
			}
			if !strings.HasPrefix(got.body, "{\n  \"error\": {\n    \"code\": ") {
				t.Errorf("not indented by two spaces, code first:\n%s", got.body)
			}
		})
	}
	t.Run("disabled", func(t *testing.T) {
		f := start(t)
		if err := f.SetKeyState(keyA, "disabled"); err != nil {
			t.Fatal(err)
		}
		wantBody(t, f.ask("gemini-2.5-flash", "generateContent", prompt("hi")), 403, `"SERVICE_DISABLED"`, "has not been used in project 100 before")
	})
	t.Run("banned", func(t *testing.T) {
		f := start(t)
		if err := f.SetBanned("100", true); err != nil {
			t.Fatal(err)
		}
		got := f.ask("gemini-2.5-flash", "generateContent", prompt("hi"))
		wantJSON(t, got.body, forbidden("Your project has been denied access. Please contact support."))
	})
}

func TestCredentials(t *testing.T) {
	const unregistered = "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of " +
		"API consumer identity to call this API."
	const multiple = `{"error":{"code":400,"message":"Multiple authentication credentials received. Please pass only one.","status":"INVALID_ARGUMENT"}}`
	path := "/v1beta/models/gemini-2.5-flash:generateContent"
	method := strings.Replace(streamMethod, "StreamGenerate", "Generate", 1)
	cases := []struct {
		name, path string
		headers    []string
		status     int
		body       string
	}{
		{"header", path, []string{"x-goog-api-key: " + keyA}, 200, ""},
		{"AQ. key in the header", path, []string{"x-goog-api-key: " + keyB}, 200, ""},
		{"query", path + "?key=" + keyA, nil, 200, ""},
		{"none", path, nil, 403, forbidden(unregistered)},
		{"header and query", path + "?key=" + keyA, []string{"x-goog-api-key: " + keyA}, 400, multiple},
		{"header and bearer", path, []string{"x-goog-api-key: " + keyA, "Authorization: Bearer sk-client"}, 400, multiple},
		{"bearer on a native path", path, []string{"Authorization: Bearer " + keyA}, 401, badToken(method)},
		{"unknown key", path, []string{"x-goog-api-key: AIzaSy-FAKE-no"}, 400, invalidKey("API key not valid. Please pass a valid API key.")},
		{"unknown AQ. key", path, []string{"x-goog-api-key: AQ.FAKE-no"}, 401, badToken(method)},
		{"openai without a key", "/v1beta/openai/chat/completions", nil, 403, "[" + forbidden(unregistered) + "]"},
		{"openai with two", "/v1beta/openai/chat/completions", []string{"x-goog-api-key: " + keyA, "Authorization: Bearer " + keyA}, 400, "[" + multiple + "]"},
		{"array stream", "/v1beta/models/gemini-2.5-flash:streamGenerateContent", nil, 403, "[" + forbidden(unregistered) + "]"},
	}
	f := start(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := f.do(http.MethodPost, c.path, prompt("hi"), c.headers...)
			wantBody(t, got, c.status)
			if c.body != "" {
				wantJSON(t, got.body, c.body)
			}
		})
	}
	got := f.do(http.MethodPost, "/v1beta/openai/responses", "{}", "Authorization: Bearer "+keyA)
	if got.status != 404 || got.body != "" {
		t.Errorf("openai/responses: %d %q, want an empty 404", got.status, got.body)
	}
}

func TestUnknownPaths(t *testing.T) {
	f := start(t)
	wantBody(t, f.do(http.MethodGet, "/nowhere", ""), 404, "<html")
	wantBody(t, f.ask("gemini-2.5-flash", "generateNonsense", "{}"), 404, `"NOT_FOUND"`)
	wantBody(t, f.ask("no-such-model", "generateContent", prompt("hi")), 404,
		"models/no-such-model is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.")
	wantBody(t, f.ask("gemini-embedding-001", "generateContent", prompt("hi")), 404, "not supported for generateContent")
}
