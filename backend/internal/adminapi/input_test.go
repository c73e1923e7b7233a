package adminapi

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
)

// bodies gives the definition of the body of every route that takes one.
func bodies(t *testing.T) map[string]string {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				In     string `json:"in"`
				Schema struct {
					Ref string `json:"$ref"`
				} `json:"schema"`
			} `json:"parameters"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(spec, &doc); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for path, operations := range doc.Paths {
		for method, op := range operations {
			for _, p := range op.Parameters {
				if p.In == "body" {
					found[strings.ToUpper(method)+" "+path] = strings.TrimPrefix(p.Schema.Ref, "#/definitions/")
				}
			}
		}
	}
	if len(found) < 9 {
		t.Fatalf("only %d routes take a body", len(found))
	}
	return found
}

func TestEveryBodyIsReadStrictly(t *testing.T) {
	s := newServer(t)
	definitions := readSpec(t).Definitions
	for route, definition := range bodies(t) {
		t.Run(route, func(t *testing.T) {
			method, path, _ := strings.Cut(route, " ")
			path = strings.ReplaceAll(path, "{id}", "1")
			fields := slices.Sorted(maps.Keys(definitions[definition].Properties))
			if len(fields) == 0 {
				t.Fatalf("%s has no fields", definition)
			}
			wrong := make([]string, len(fields))
			for i, field := range fields {
				wrong[i] = `"` + field + `":[{}]`
			}
			expectProblem(t, s.send(method, path, "{"+strings.Join(wrong, ",")+"}"), http.StatusBadRequest, "invalid_input", fields...)

			unknown := problemOf(t, s.send(method, path, `{"surprise":1}`))
			if unknown.Status != http.StatusBadRequest || !slices.ContainsFunc(unknown.Errors, func(f FieldFault) bool { return f.Field == "surprise" }) {
				t.Errorf("an unknown field gives %+v", unknown)
			}
			for _, body := range []string{"{", "[]", "null", "1", `{} {}`, "\x00", " "} {
				if p := problemOf(t, s.send(method, path, body)); p.Status != http.StatusBadRequest || p.Code != "invalid_input" {
					t.Errorf("%q gives %d %s", body, p.Status, p.Code)
				}
			}
			expectProblem(t, s.send(method, path, ""), http.StatusUnsupportedMediaType, "unsupported_media_type")
			plain := s.request(method, path, "{}")
			plain.Header.Set("Content-Type", "text/plain")
			expectProblem(t, s.do(plain), http.StatusUnsupportedMediaType, "unsupported_media_type")

			large := problemOf(t, s.send(method, path, `{"text":"`+strings.Repeat("a", importBodyLimit)+`"}`))
			if large.Status != http.StatusRequestEntityTooLarge || large.Code != "body_too_large" || !strings.Contains(large.Detail, " MiB") {
				t.Errorf("a large body gives %+v", large)
			}
		})
	}
}

func TestEveryIDIsChecked(t *testing.T) {
	s := newServer(t)
	known := bodies(t)
	for _, route := range routes() {
		method, path, _ := strings.Cut(route, " ")
		if !strings.Contains(path, "{id}") {
			continue
		}
		body := ""
		if _, takes := known[route]; takes {
			body = "{}"
		}
		for _, id := range []string{"x", "0", "-1", "1.5", "99999999999999999999", "1e3", "%20"} {
			w := s.send(method, strings.ReplaceAll(path, "{id}", id), body)
			if p := problemOf(t, w); p.Status != http.StatusBadRequest || p.Field != "id" {
				t.Errorf("%s with id %s: %d %q", route, id, p.Status, p.Field)
			}
		}
		expectProblem(t, s.send(method, strings.ReplaceAll(path, "{id}", "424242"), body), http.StatusNotFound, "not_found")
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	s := newServer(t)
	for _, path := range []string{"", "/", "/nothing", "/gemini-keys/", "/gemini-keys/1/nothing", "/auth", "/%2e%2e/health", "//settings"} {
		expectProblem(t, s.get(path), http.StatusNotFound, "not_found")
	}
	w := s.send(http.MethodDelete, "/settings", "")
	expectProblem(t, w, http.StatusMethodNotAllowed, "method_not_allowed")
	if allow := w.Header().Get("Allow"); !strings.Contains(allow, "GET") || !strings.Contains(allow, "PATCH") {
		t.Errorf("Allow is %q", allow)
	}
	s.token = ""
	expectProblem(t, s.get("/nothing"), http.StatusNotFound, "not_found")
}

func TestListsNameWhatIsWrong(t *testing.T) {
	s := newServer(t)
	tests := []struct {
		query  string
		fields []string
	}{
		{"?page=0", []string{"page"}},
		{"?page=-1&page_size=0", []string{"page", "page_size"}},
		{"?page=x&page_size=201&sort=secret&q=" + strings.Repeat("a", 201), []string{"page", "page_size", "q", "sort"}},
		{"?sort=--name", []string{"sort"}},
		{"?sort=name,id", []string{"sort"}},
		{"?page=99999999999999999999", []string{"page"}},
		{"?page=", []string{"page"}},
	}
	for _, path := range []string{"/gemini-keys", "/user-keys"} {
		for _, tt := range tests {
			expectProblem(t, s.get(path+tt.query), http.StatusBadRequest, "invalid_input", tt.fields...)
		}
	}
	expectProblem(t, s.get("/gemini-keys?state=asleep"), http.StatusBadRequest, "invalid_input", "state")
	for _, path := range []string{"/user-keys?tz=", "/stats/overview?tz=", "/stats/timeseries?range=1h&tz="} {
		for _, zone := range []string{"Mars/Olympus", "Local", "../../etc/passwd", "%00"} {
			expectProblem(t, s.get(path+zone), http.StatusBadRequest, "invalid_input", "tz")
		}
	}
	for _, span := range []string{"", "1d", "-1h", "24h%20"} {
		expectProblem(t, s.get("/stats/timeseries?range="+span), http.StatusBadRequest, "invalid_input", "range")
	}
	for query, field := range map[string]string{
		"user_key_id=0": "user_key_id", "user_key_id=x": "user_key_id", "gemini_key_id=-1": "gemini_key_id", "model=a&user_key_id=1": "user_key_id",
		"user_key_id=1&gemini_key_id=1": "gemini_key_id", "model=" + strings.Repeat("m", 300): "model",
	} {
		expectProblem(t, s.get("/stats/timeseries?range=24h&"+query), http.StatusBadRequest, "invalid_input", field)
	}
}

// bare gives the API's engine with one handler of the test's own behind its middleware.
func bare(h handler) *gin.Engine {
	e := newRouter(Config{Log: slog.New(slog.DiscardHandler)})
	a := &api{Config: Config{Log: slog.New(slog.DiscardHandler)}}
	e.GET("/probe", a.limitTime(requestLimit), a.handle(h))
	return e
}

func TestPanicsAreProblems(t *testing.T) {
	w := httptest.NewRecorder()
	bare(func(*gin.Context) error { panic("AIzaSy-FAKE-in-a-panic") }).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/probe", nil))
	expectProblem(t, w, http.StatusInternalServerError, "internal")
	if strings.Contains(w.Body.String(), "FAKE") {
		t.Errorf("the panic is shown: %s", w.Body)
	}
}

func TestCausesAreNotShown(t *testing.T) {
	w := httptest.NewRecorder()
	bare(func(*gin.Context) error { return io.ErrUnexpectedEOF }).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/probe", nil))
	expectProblem(t, w, http.StatusInternalServerError, "internal")
	if strings.Contains(w.Body.String(), "EOF") {
		t.Errorf("the cause is shown: %s", w.Body)
	}
}

func TestRequestsAreLimitedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		w := httptest.NewRecorder()
		e := bare(func(c *gin.Context) error {
			<-c.Request.Context().Done()
			return context.Cause(c.Request.Context())
		})
		e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/probe", nil))
		expectProblem(t, w, http.StatusGatewayTimeout, "timeout")
		if took := time.Since(began); took != requestLimit {
			t.Errorf("took %s", took)
		}
	})
}

func TestRequestIDFromOutsideIsKept(t *testing.T) {
	e := gin.New()
	e.Use(func(c *gin.Context) { c.Header("X-Request-Id", "from-outside") })
	Register(&e.RouterGroup, Config{Log: slog.New(slog.DiscardHandler)})
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, Prefix+"/nothing", nil))
	if p := problemOf(t, w); p.RequestID != "from-outside" || len(w.Header().Values("X-Request-Id")) != 1 {
		t.Errorf("request id is %q, header %v", p.RequestID, w.Header().Values("X-Request-Id"))
	}
}
