package adminapi

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"gemini-proxy/backend/internal/audit"
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

func TestAuditIsNarrowedAndExported(t *testing.T) {
	s := newServer(t)
	s.importKeys(fakeKey("aaaa"))
	s.send(http.MethodPatch, "/settings", `{"queue_wait":7}`)
	s.send(http.MethodPatch, "/gemini-keys/1", `{"name":"=1+1"}`)
	s.post("/cleanup/run", "")
	for query, want := range map[string][]string{
		"kind=sign":                            {"login"},
		"kind=settings":                        {"updateSettings"},
		"kind=keys&q=update":                   {"updateGeminiKey"},
		"kind=users":                           {},
		"kind=files":                           {},
		"kind=models&q=admin":                  {},
		"from=2100-01-01T00:00:00Z":            {},
		"to=2100-01-01T00:00:00Z&kind=backups": {},
	} {
		list := decodeAs[AuditList](t, s.get("/audit?"+query), http.StatusOK)
		got := []string{}
		for _, e := range list.Items {
			got = append(got, e.Action)
		}
		if !slices.Equal(got, want) || list.Total != len(want) {
			t.Errorf("%s finds %v, want %v", query, got, want)
		}
	}
	w := s.get("/audit.csv?kind=keys")
	rows, err := csv.NewReader(w.Body).ReadAll()
	if err != nil || w.Header().Get("Content-Disposition") != `attachment; filename="audit.csv"` {
		t.Fatalf("the table is not whole: %v %v", err, w.Header())
	}
	total := decodeAs[AuditList](t, s.get("/audit?kind=keys"), http.StatusOK).Total
	if len(rows) != total+1 || !slices.ContainsFunc(rows, func(row []string) bool { return row[4] == "updateGeminiKey" && row[7] == `{"name":"=1+1"}` }) {
		t.Errorf("%d entries are in the table as %v", total, rows)
	}
	expectProblem(t, s.get("/audit?page=0&kind=none&from=yesterday"), http.StatusBadRequest, "invalid_input", "page", "kind", "from")
	expectProblem(t, s.get("/audit.csv?kind=none"), http.StatusBadRequest, "invalid_input", "kind")
}

// A table has all pages.
func TestAuditIsExportedWhole(t *testing.T) {
	s := newServer(t)
	for i := range exportPage + 5 {
		if err := s.store.AddAudit(t.Context(), audit.Entry{Time: time.Now(), Username: "@admin", Action: "updateSettings", Target: "/settings", RequestID: fmt.Sprint("r", i)}); err != nil {
			t.Fatal(err)
		}
	}
	rows := must(csv.NewReader(s.get("/audit.csv?kind=settings").Body).ReadAll())(t)
	if len(rows) != exportPage+6 || rows[1][8] != fmt.Sprint("r", exportPage+4) || rows[exportPage+5][8] != "r0" || rows[1][2] != "'@admin" {
		t.Errorf("%d rows, from %v to %v", len(rows), rows[1], rows[len(rows)-1])
	}
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
