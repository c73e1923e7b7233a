package adminapi

import (
	"net/http"
	"testing"
)

// With the database gone, what lives in memory still answers, and everything else says so.
func TestWithoutDatabase(t *testing.T) {
	s := newServer(t)
	s.importKeys(fakeKey("aaaa"))
	s.post("/user-keys", `{"name":"laptop"}`)
	if system := decodeAs[System](t, s.get("/system"), http.StatusOK); !system.Database.OK || system.Database.Kind != "sqlite" || system.MemoryBytes == 0 || system.UptimeSeconds < 60 ||
		system.Database.SizeBytes == nil || *system.Database.SizeBytes == 0 || len(system.Replicas) != 1 || !system.Replicas[0].Current {
		t.Errorf("system is %+v", system)
	}
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}

	if list := decodeAs[GeminiKeyList](t, s.get("/gemini-keys"), http.StatusOK); list.Total != 1 {
		t.Errorf("Gemini keys are %+v", list)
	}
	decodeAs[GeminiKey](t, s.get("/gemini-keys/1"), http.StatusOK)
	decodeAs[GeminiKey](t, s.post("/gemini-keys/1/wake", ""), http.StatusOK)
	users := decodeAs[UserKeyList](t, s.get("/user-keys"), http.StatusOK)
	if users.Total != 1 || users.Items[0].RequestsToday != nil || users.Items[0].TokensToday != nil || users.Items[0].RequestsTotal != nil {
		t.Errorf("user keys are %+v", users)
	}
	s.get("/settings")
	if system := decodeAs[System](t, s.get("/system"), http.StatusOK); system.Database.OK || system.Database.SizeBytes != nil || system.Replicas != nil {
		t.Errorf("the database is said to be well: %+v", system)
	}
	for _, tt := range []struct{ method, path, body string }{
		{http.MethodGet, "/auth/me", ""},
		{http.MethodGet, "/stats/overview", ""},
		{http.MethodGet, "/stats/timeseries?range=24h", ""},
		{http.MethodGet, "/stats/keys?range=24h", ""},
		{http.MethodGet, "/stats/keys/hours?ids=1", ""},
		{http.MethodGet, "/stats/user-keys?range=24h", ""},
		{http.MethodGet, "/stats/models?range=24h", ""},
		{http.MethodGet, "/audit", ""},
		{http.MethodGet, "/audit.csv", ""},
		{http.MethodGet, "/auth/sessions", ""},
		{http.MethodDelete, "/auth/sessions/1", ""},
		{http.MethodPut, "/models/gemini-3.8-flash", `{"rpm":1,"tpm":1,"rpd":1,"enabled":true}`},
		{http.MethodDelete, "/models/gemini-3.8-flash", ""},
		{http.MethodGet, "/requests", ""},
		{http.MethodGet, "/requests/1", ""},
		{http.MethodGet, "/requests.csv", ""},
		{http.MethodPost, "/auth/login", `{"username":"admin","password":"` + testPassword + `"}`},
		{http.MethodPost, "/auth/refresh", `{"refresh_token":"none"}`},
		{http.MethodPost, "/gemini-keys/import", `{"text":"` + fakeKey("bbbb") + `"}`},
		{http.MethodPatch, "/gemini-keys/1", `{"name":"new"}`},
		{http.MethodDelete, "/gemini-keys/1", ""},
		{http.MethodPost, "/user-keys", `{"name":"new"}`},
		{http.MethodPatch, "/user-keys/1", `{"name":"new"}`},
		{http.MethodPost, "/user-keys/1/rotate", ""},
		{http.MethodDelete, "/user-keys/1", ""},
		{http.MethodPatch, "/settings", `{"queue_wait":1}`},
	} {
		w := s.send(tt.method, tt.path, tt.body)
		if w.Code < http.StatusBadRequest {
			t.Errorf("%s %s answers %d", tt.method, tt.path, w.Code)
			continue
		}
		expectProblem(t, w, http.StatusServiceUnavailable, "database_unavailable")
	}
	if key := decodeAs[GeminiKey](t, s.get("/gemini-keys/1"), http.StatusOK); key.Name == "new" || key.State == "removed" {
		t.Errorf("a change that was not kept is shown: %+v", key)
	}
}
