package geminisim

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
)

// FuzzTree: whatever is JSON reads as encoding/json reads it, and nothing else is read.
func FuzzTree(f *testing.F) {
	for _, seed := range []string{`{"a":[1,-2.5e3,"\u00e9\"",null,true,{}],"":""}`, ` [ ] `, `"\\"`, `{"a":1,"a":2}`, `{`, "\"\xff\"", `1`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := parseTree(body)
		if (err == nil) != json.Valid(body) {
			t.Fatalf("error %v", err)
		}
		if err != nil {
			return
		}
		back, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		var got, want any
		if json.Unmarshal(body, &want) != nil { // a number beyond float64
			return
		}
		if err := json.Unmarshal(back, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q came back as %q: %v", body, back, err)
		}
	})
}

// FuzzRequest: no body makes a generation panic or answer anything but JSON.
func FuzzRequest(f *testing.F) {
	sim := New(Config{Projects: []Project{{Number: "1", Keys: []Key{{Value: "AIzaSy-FAKE"}}}}})
	for _, seed := range []string{
		`{"contents":[{"role":"user","parts":[{"text":"hi"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]}],"generationConfig":{"maxOutputTokens":3,"stopSequences":["a"]}}`,
		`{"contents":[{"parts":[{"text":"f"}]}],"tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{"$ref":"#/$defs/a","$defs":{"a":{"type":"array","minItems":9,"items":{"$ref":"#/$defs/a"}}}}}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY"}}}`,
		`{"contents":{"parts":{"text":"x"}},"generation_config":{"response_mime_type":"application/json","response_schema":{"type":"ARRAY","items":{"type":"STRING","minLength":"5"}},"thinking_config":{"thinking_level":"LOW"}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if strings.Contains(string(body), "[[sim") {
			t.Skip("a directive may hang or break the connection")
		}
		r := httptest.NewRequest(http.MethodPost, "/v1beta/models/gemini-3.8-flash:generateContent", strings.NewReader(string(body)))
		r.Header.Set("X-Goog-Api-Key", "AIzaSy-FAKE")
		w := httptest.NewRecorder()
		sim.ServeHTTP(w, r)
		if !json.Valid(w.Body.Bytes()) || w.Code != 200 && w.Code != 400 && w.Code != 403 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
