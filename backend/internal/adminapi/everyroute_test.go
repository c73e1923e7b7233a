package adminapi

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/usage"
)

// These tests are made from the specification, which names every route (a test sees to it): a new route cannot be forgotten.

// route is an operation of the specification.
type route struct {
	operation
	method, path string
}

func everyRoute(t *testing.T) []route {
	t.Helper()
	c := must(theContract())(t)
	var all []route
	for _, path := range slices.Sorted(maps.Keys(c.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(c.Paths[path])) {
			all = append(all, route{c.Paths[path][method], strings.ToUpper(method), path})
		}
	}
	if len(all) < 40 {
		t.Fatalf("only %d routes are found", len(all))
	}
	return all
}

func (r *route) takesJSON() bool { return slices.Contains(r.Consumes, "application/json") }
func (r *route) open() bool      { return len(r.Security) == 0 }

// to gives the route's path for an id or a name.
func (r *route) to(id string) string {
	return strings.NewReplacer("{id}", id, "{name}", "gemini-"+id).Replace(r.path)
}

// body gives a body that is JSON, where the route takes any.
func (r *route) body() string {
	if r.takesJSON() {
		return "{}"
	}
	return ""
}

// bare sends a request with a credential of its own or none; what follows it is as for every answer.
func (s *server) bare(method, path, body, authorization string) *httptest.ResponseRecorder {
	s.t.Helper()
	before := s.token
	s.token = ""
	defer func() { s.token = before }()
	r := s.request(method, path, body)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	return s.do(r)
}

// signed makes an access token as this server does, with another time, key or audience.
func signed(t *testing.T, key, audience string, expires time.Time) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": "gemini-proxy", "aud": audience, "sub": "1", "name": testUsername, "fam": "f", "iat": time.Now().Unix(), "exp": expires.Unix(),
	})
	return must(token.SignedString([]byte(key)))(t)
}

func TestEveryRouteWantsAToken(t *testing.T) {
	s := newServer(t)
	client := decodeAs[NewUserKey](t, s.post("/user-keys", `{"name":"laptop"}`), http.StatusCreated).Key
	const audience = "gemini-proxy/admin"
	soon := time.Now().Add(10 * time.Minute)
	unsigned := must(jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"iss": "gemini-proxy", "aud": audience, "sub": "1", "fam": "f", "iat": time.Now().Unix(),
		"exp": soon.Unix()}).SignedString(jwt.UnsafeAllowNoneSignatureType))(t)
	if w := s.bare(http.MethodGet, "/auth/me", "", "Bearer "+signed(t, testSigner, audience, soon)); w.Code != http.StatusOK {
		t.Fatalf("a good token is refused, so the others prove nothing: %s", w.Body)
	}
	for name, bad := range map[string]struct{ authorization, code string }{
		"no token":         {"", "token_missing"},
		"another scheme":   {"Basic YWRtaW46YWRtaW4=", "token_missing"},
		"no words":         {"Bearer ", "token_missing"},
		"nonsense":         {"Bearer x.y.z", "token_invalid"},
		"a user key":       {"Bearer " + client, "token_invalid"},
		"expired":          {"Bearer " + signed(t, testSigner, audience, time.Now().Add(-time.Second)), "token_expired"},
		"another key":      {"Bearer " + signed(t, strings.Repeat("x", 32), audience, soon), "token_invalid"},
		"another audience": {"Bearer " + signed(t, testSigner, "another", soon), "token_invalid"},
		"unsigned":         {"Bearer " + unsigned, "token_invalid"},
	} {
		for _, r := range everyRoute(t) {
			if r.open() {
				continue
			}
			w := s.bare(r.method, r.to("1"), r.body(), bad.authorization)
			if w.Code != http.StatusUnauthorized || problemOf(t, w).Code != bad.code || w.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s with %s: %d %s", r.ID, name, w.Code, w.Body)
			}
		}
	}
	ended := s.token
	s.login()
	s.send(http.MethodPut, "/auth/password", `{"current_password":"`+testPassword+`","new_password":"another good password"}`)
	s.secrets = append(s.secrets, "another good password")
	for _, r := range everyRoute(t) {
		if w := s.bare(r.method, r.to("1"), r.body(), "Bearer "+ended); !r.open() && problemOf(t, w).Code != "token_expired" {
			t.Errorf("%s with a session that a new password ended: %d %s", r.ID, w.Code, w.Body)
		}
	}
}

func TestEveryRouteRefusesIDsThatAreNone(t *testing.T) {
	s := newServer(t)
	for _, r := range everyRoute(t) {
		if !strings.Contains(r.path, "{id}") {
			continue
		}
		for _, id := range []string{"abc", "0", "-1", "1.5", "99999999999999999999", "%00", "1%20"} {
			if w := s.send(r.method, r.to(id), r.body()); w.Code != http.StatusBadRequest || problemOf(t, w).Field != "id" {
				t.Errorf("%s of %s: %d %s", r.ID, id, w.Code, w.Body)
			}
		}
		if w := s.send(r.method, r.to("987654321"), r.body()); w.Code != http.StatusNotFound {
			t.Errorf("%s of what is not there: %d %s", r.ID, w.Code, w.Body)
		}
	}
}

func TestEveryRouteRefusesBodiesThatAreWrong(t *testing.T) {
	s := newServer(t)
	key := decodeAs[NewUserKey](t, s.post("/user-keys", `{"name":"laptop"}`), http.StatusCreated)
	s.importKeys(fakeKey("a"))
	c := must(theContract())(t)
	huge := `{"x":"` + strings.Repeat("a", 9<<20) + `"}`
	for _, r := range everyRoute(t) {
		path := r.to(fmt.Sprint(key.ID)) // 1, which is the Gemini key's too
		for _, p := range r.Parameters {
			if p.In != "body" {
				continue
			}
			for _, body := range []string{"", "null", "[]", `"x"`, "5", "{", `{"a":1}{`, "\xff\xfe"} {
				r2 := s.request(r.method, path, body)
				r2.Header.Set("Content-Type", "application/json")
				if w := s.do(r2); w.Code != http.StatusBadRequest {
					t.Errorf("%s with the body %q: %d %s", r.ID, body, w.Code, w.Body)
				}
			}
			if w := s.send(r.method, path, huge); w.Code != http.StatusRequestEntityTooLarge {
				t.Errorf("%s with 9 MiB: %d %.200s", r.ID, w.Code, w.Body)
			}
			r2 := s.request(r.method, path, "{}")
			r2.Header.Set("Content-Type", "text/plain")
			if w := s.do(r2); w.Code != http.StatusUnsupportedMediaType {
				t.Errorf("%s with text: %d %s", r.ID, w.Code, w.Body)
			}
			s.tryFields(&r, path, c.resolve(p.Schema))
		}
		if slices.Contains(r.Consumes, "multipart/form-data") {
			if w := s.send(r.method, path, "{}"); w.Code != http.StatusUnsupportedMediaType {
				t.Errorf("%s with JSON: %d %s", r.ID, w.Code, w.Body)
			}
		}
	}
}

// tryFields sends each field of a body with a value of another type, and one that nobody knows.
func (s *server) tryFields(r *route, path string, body schema) {
	s.t.Helper()
	for name, field := range body.Properties {
		value := `{"an":"object"}`
		if kind := must(theContract())(s.t); kind.resolve(field).Type == "object" {
			value = `"text"`
		}
		s.wantField(r, path, fmt.Sprintf(`{%q:%s}`, name, value), name)
	}
	s.wantField(r, path, `{"no_such_field":1}`, "no_such_field")
}

func (s *server) wantField(r *route, path, body, field string) {
	s.t.Helper()
	w := s.send(r.method, path, body)
	named := w.Code == http.StatusBadRequest && slices.ContainsFunc(problemOf(s.t, w).Errors, func(f FieldFault) bool { return f.Field == field })
	if !named {
		s.t.Errorf("%s with %s does not name %s: %d %s", r.ID, body, field, w.Code, w.Body)
	}
}

// resolve follows a schema's references.
func (c *contract) resolve(s schema) schema {
	for s.Ref != "" || len(s.AllOf) == 1 && s.Properties == nil {
		if s.Ref == "" {
			s = s.AllOf[0]
			continue
		}
		s = c.Definitions[strings.TrimPrefix(s.Ref, "#/definitions/")]
	}
	return s
}

func TestEveryRouteRefusesQueriesThatAreWrong(t *testing.T) {
	s := newServer(t)
	s.importKeys(fakeKey("a"))
	s.post("/user-keys", `{"name":"laptop"}`)
	for _, r := range everyRoute(t) {
		for _, p := range r.Parameters {
			if p.In != "query" {
				continue
			}
			var bad []string
			switch {
			case p.Type == "integer":
				bad = []string{"abc", "1.5", "-1", "99999999999999999999"}
			case p.Type == "boolean":
				bad = []string{"perhaps", "2"}
			case p.Format == "date-time":
				bad = []string{"yesterday", "2026-13-01T00:00:00Z", "1"}
			case len(p.Enum) > 0:
				bad = []string{"no such word", "'; DROP TABLE requests; --"}
			case p.Name == "tz":
				bad = []string{"Mars/Olympus", "../../etc/passwd", "Local"}
			case p.MaxLength != nil:
				bad = []string{strings.Repeat("x", *p.MaxLength+1)}
			}
			for _, value := range bad {
				query := url.Values{"range": {"24h"}}
				query.Set(p.Name, value)
				w := s.send(r.method, r.to("1")+"?"+query.Encode(), r.body())
				if w.Code != http.StatusBadRequest || problemOf(t, w).Field != p.Name {
					t.Errorf("%s with %s=%.40s: %d %s", r.ID, p.Name, value, w.Code, w.Body)
				}
			}
		}
	}
}

// TestEveryRouteAnswers goes every route's good way once, on a server that has something of everything. What it answers is held against the
// specification, and looked through for secrets.
func TestEveryRouteAnswers(t *testing.T) {
	s := newServer(t)
	s.importKeys(fakeKey("a"), fakeKey("b"), fakeKey("c"))
	client := decodeAs[NewUserKey](t, s.post("/user-keys", `{"name":"laptop","rpm":5}`), http.StatusCreated)
	s.saveEvents(usage.Event{RequestID: "r1", Time: time.Now(), UserKeyID: client.ID, API: "chat", Model: "gemini-3.8-flash", Status: 200, Outcome: "ok",
		Total: time.Second, FirstByte: time.Second / 2, Attempts: []usage.Attempt{{KeyID: 1, Verdict: "ok"}}})
	s.send(http.MethodDelete, "/gemini-keys/3", "")
	file := must(s.config.Files.Create(t.Context(), client.ID, files.Meta{DisplayName: "note.txt", Purpose: "user_data", Size: -1}, strings.NewReader("text")))(t)
	other := must(s.config.Auth.Login(t.Context(), auth.LoginRequest{Username: testUsername, Password: testPassword}))(t)
	s.secrets = append(s.secrets, other.Refresh)
	session := decodeAs[OpenSessionList](t, s.get("/auth/sessions"), http.StatusOK).Items[0].ID

	bodies := map[string]string{
		"login":              fmt.Sprintf(`{"username":%q,"password":%q}`, testUsername, testPassword),
		"refresh":            fmt.Sprintf(`{"refresh_token":%q}`, other.Refresh),
		"logout":             `{"refresh_token":"FAKE"}`,
		"changePassword":     fmt.Sprintf(`{"current_password":%q,"new_password":%q}`, testPassword, testPassword+"!"),
		"makeBackup":         `{"passphrase":"a passphrase for tests"}`,
		"changeGeminiKeys":   `{"ids":[2],"action":"weight","weight":2}`,
		"importGeminiKeys":   fmt.Sprintf(`{"text":%q}`, fakeKey("d")),
		"updateGeminiKey":    `{"note":"x"}`,
		"putModel":           `{"rpm":1,"tpm":null,"rpd":null,"enabled":true}`,
		"updateSettings":     `{"queue_wait":5}`,
		"trySymbolInjection": `{"text":"hello"}`,
		"createUserKey":      `{"name":"another"}`,
		"updateUserKey":      `{"note":"x"}`,
	}
	ids := map[string]string{"restoreGeminiKey": "3", "endSession": fmt.Sprint(session), "getFile": fmt.Sprint(file.ID), "deleteFile": fmt.Sprint(file.ID)}
	last := []string{"removeGeminiKey", "deleteUserKey", "deleteFile", "resetModel", "endSession", "changePassword"} // end what the others need

	routes := everyRoute(t)
	slices.SortStableFunc(routes, func(a, b route) int { return slices.Index(last, a.ID) - slices.Index(last, b.ID) })
	for _, r := range routes {
		id := ids[r.ID]
		if id == "" {
			id = "1"
		}
		body, given := bodies[r.ID]
		if r.takesJSON() && !given {
			t.Errorf("%s: give it a good body in this test", r.ID)
			continue
		}
		path := r.to(id)
		if r.method == http.MethodGet && strings.HasPrefix(path, "/stats/") {
			path += "?range=24h&ids=1"
		}
		w := s.answer(&r, path, body)
		if w.Code >= http.StatusMultipleChoices && !(r.ID == "pingKeepAlive" && w.Code == http.StatusConflict) { // it has no public address here
			t.Errorf("%s: %d %s", r.ID, w.Code, w.Body)
		}
		if r.ID == "createUserKey" || r.ID == "rotateUserKey" {
			s.secrets = append(s.secrets, decodeAs[NewUserKey](t, w, w.Code).Key) // from now on it may not be shown
		}
	}
}

// answer asks, with a form or for a moment where a route wants that.
func (s *server) answer(r *route, path, body string) *httptest.ResponseRecorder {
	s.t.Helper()
	switch r.ID {
	case "restoreBackup":
		return s.form(field{"passphrase", backupPhrase}, field{"file", string(s.backup(true))}, field{"preview", "true"})
	case "events": // a stream without end
		request := s.request(r.method, path, "")
		ctx, leave := context.WithCancel(request.Context())
		leave()
		return s.do(request.WithContext(ctx))
	}
	return s.send(r.method, path, body)
}
