package adminapi

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
)

// audited gives the newest entry of an action, and fails without one.
func (s *server) audited(action string) AuditEntry {
	s.t.Helper()
	list := decodeAs[AuditList](s.t, s.get("/audit?q="+action), http.StatusOK)
	if i := slices.IndexFunc(list.Items, func(e AuditEntry) bool { return e.Action == action }); i >= 0 {
		return list.Items[i]
	}
	s.t.Fatalf("%s is not in the audit: %+v", action, list.Items)
	return AuditEntry{}
}

func TestChangesAreAudited(t *testing.T) {
	s := newServer(t)
	if e := s.audited("login"); e.Username != "admin" || e.Target != "/auth/login" {
		t.Errorf("the log-in is %+v", e)
	}
	s.importKeys(fakeKey("aaaa"))
	made := decodeAs[NewUserKey](t, s.post("/user-keys", `{"name":"laptop","rpm":5}`), http.StatusCreated)
	s.secrets = append(s.secrets, made.Key)
	for _, tt := range []struct {
		method, path, body    string
		action, before, after string
	}{
		{"", "", "", "importGeminiKeys", "", `{"added":["AIza••••••aaaa"],"count":1}`},
		{http.MethodPatch, "/gemini-keys/1", `{"name":"first","weight":1}`, "updateGeminiKey", `{"name":"key-01"}`, `{"name":"first"}`},
		{http.MethodPatch, "/user-keys/1", `{"rpm":null,"tpm":9}`, "updateUserKey", `{"rpm":5,"tpm":null}`, `{"rpm":null,"tpm":9}`},
		{http.MethodPatch, "/settings", `{"queue_wait":7,"strategy":"adaptive"}`, "updateSettings", `{"queue_wait":10}`, `{"queue_wait":7}`},
		{http.MethodPut, "/models/own", `{"rpm":1,"tpm":null,"rpd":null,"enabled":true}`, "putModel", "", `{"alias":"","enabled":true,"include_thoughts":null,"rpd":null,"rpm":1,"thinking_budget":null,"tpm":null}`},
		{http.MethodPut, "/models/own", `{"rpm":2,"tpm":null,"rpd":null,"enabled":true}`, "putModel", `{"rpm":1}`, `{"rpm":2}`},
		{http.MethodDelete, "/models/own", "", "resetModel", `{"alias":"","enabled":true,"include_thoughts":null,"rpd":null,"rpm":2,"thinking_budget":null,"tpm":null}`, ""},
		{http.MethodPost, "/gemini-keys/1/wake", "", "wakeGeminiKey", "", ""},
	} {
		if tt.method != "" {
			if w := s.send(tt.method, tt.path, tt.body); w.Code >= http.StatusBadRequest {
				t.Fatalf("%s %s answers %d: %s", tt.method, tt.path, w.Code, w.Body)
			}
		}
		e := s.audited(tt.action)
		text := func(raw []byte) string {
			if string(raw) == "null" {
				return ""
			}
			return string(raw)
		}
		if text(e.Before) != tt.before || text(e.After) != tt.after || e.Username != "admin" || e.Address == "" || e.RequestID == "" || tt.path != "" && e.Target != tt.path {
			t.Errorf("%s is %+v from %s to %s", tt.action, e, e.Before, e.After)
		}
	}
	rotated := decodeAs[NewUserKey](t, s.post("/user-keys/1/rotate", ""), http.StatusOK)
	s.secrets = append(s.secrets, rotated.Key)
	s.send(http.MethodPut, "/auth/password", `{"current_password":"`+testPassword+`","new_password":"another one entirely"}`)
	s.secrets = append(s.secrets, "another one entirely")
	for _, action := range []string{"rotateUserKey", "changePassword"} { // with secrets forbidden in every answer
		s.audited(action)
	}
}

func TestWhatChangesNothingIsNotAudited(t *testing.T) {
	s := newServer(t)
	s.importKeys(fakeKey("aaaa"))
	count := func() int { return decodeAs[AuditList](t, s.get("/audit"), http.StatusOK).Total }
	before := count()
	s.get("/settings")
	s.send(http.MethodPatch, "/settings", `{"queue_wait":-1}`)
	s.send(http.MethodPatch, "/gemini-keys/99", `{"name":"x"}`)
	s.post("/gemini-keys/import", fmt.Sprintf(`{"text":%q,"preview":true}`, fakeKey("bbbb")))
	s.post("/gemini-keys/import", `{"text":"no key at all"}`)
	s.post("/gemini-keys/1/check", "")
	s.post("/models/sync", "")
	s.post("/auth/login", `{"username":"admin","password":"wrong"}`)
	token := s.token
	s.token = "forged"
	s.send(http.MethodDelete, "/gemini-keys/1", "")
	s.token = token
	if after := count(); after != before {
		t.Errorf("%d entries more: %+v", after-before, decodeAs[AuditList](t, s.get("/audit"), http.StatusOK).Items)
	}
	expectProblem(t, s.get("/audit?page=0&sort=time"), http.StatusBadRequest, "invalid_input", "page", "sort")
}

// Every operation that may change something has a name in the audit.
func TestEveryRouteHasAnOperation(t *testing.T) {
	ids := operationIDs()
	for _, r := range newRouter(Config{}).Routes() {
		if ids[r.Method+" "+r.Path] == "" {
			t.Errorf("%s %s has no operation id", r.Method, r.Path)
		}
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	s := newServer(t)
	first := s.token
	s.token = ""
	s.login()
	list := decodeAs[OpenSessionList](t, s.get("/auth/sessions"), http.StatusOK)
	if list.Total != 2 || !list.Items[0].Current || list.Items[1].Current || list.Items[1].Address == "" || !list.Items[1].ExpiresAt.After(list.Items[1].StartedAt) {
		t.Fatalf("sessions are %+v", list)
	}
	path := fmt.Sprint("/auth/sessions/", list.Items[1].ID)
	if w := s.send(http.MethodDelete, path, ""); w.Code != http.StatusNoContent {
		t.Fatalf("ending answers %d: %s", w.Code, w.Body)
	}
	s.audited("endSession")
	if list := decodeAs[OpenSessionList](t, s.get("/auth/sessions"), http.StatusOK); list.Total != 1 {
		t.Errorf("sessions are then %+v", list)
	}
	s.token = first
	expectProblem(t, s.get("/auth/me"), http.StatusUnauthorized, "token_expired")
}
