package adminapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// sendIf sends a change that rests on a version.
func (s *server) sendIf(method, path, body, version string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := s.request(method, path, body)
	r.Header.Set("If-Match", version)
	return s.do(r)
}

// Of two operators who read the same and both save, one wins and the other is told, whatever it is they save.
func TestTwoOperatorsDoNotOverwriteEachOther(t *testing.T) {
	s := newServer(t)
	key := fmt.Sprint("/gemini-keys/", s.importKeys(fakeKey("a"))[0])
	made := decodeAs[NewUserKey](t, s.post("/user-keys", `{"name":"laptop"}`), http.StatusCreated)
	userKey, model := fmt.Sprint("/user-keys/", made.ID), "/models/gemini-x"
	settings := s.get("/settings").Header().Get("ETag")
	for name, tt := range map[string]struct{ method, path, version, body string }{
		"a Gemini key": {http.MethodPatch, key, s.get(key).Header().Get("ETag"), `{"note":"%d"}`},
		"a user key":   {http.MethodPatch, userKey, `"` + made.Version + `"`, `{"note":"%d"}`},
		"a model":      {http.MethodPut, model, `"` + modelVersion(nil) + `"`, `{"rpm":%d,"tpm":null,"rpd":null,"enabled":true}`},
		"the settings": {http.MethodPatch, "/settings", settings, `{"check_delay":%d}`},
	} {
		answers := make(chan *httptest.ResponseRecorder, 2)
		var both sync.WaitGroup
		for i := range cap(answers) {
			both.Go(func() { answers <- s.sendIf(tt.method, tt.path, fmt.Sprintf(tt.body, 11+i), tt.version) })
		}
		both.Wait()
		first, second := <-answers, <-answers
		if first.Code != http.StatusOK {
			first, second = second, first
		}
		if first.Code != http.StatusOK {
			t.Fatalf("%s: nobody won: %s, %s", name, first.Body, second.Body)
		}
		expectProblem(t, second, http.StatusPreconditionFailed, "version_conflict")
		// The winner goes on with the version it was given; the other reads again. Without a version the last word holds.
		version := first.Header().Get("ETag")
		if version == "" || version == tt.version {
			t.Errorf("%s: after %s comes %q", name, tt.version, version)
		}
		if w := s.sendIf(tt.method, tt.path, fmt.Sprintf(tt.body, 20), version); w.Code != http.StatusOK {
			t.Errorf("%s: the winner's next change: %s", name, w.Body)
		}
		if w := s.send(tt.method, tt.path, fmt.Sprintf(tt.body, 21)); w.Code != http.StatusOK {
			t.Errorf("%s: without a version: %s", name, w.Body)
		}
		expectProblem(t, s.sendIf(tt.method, tt.path, fmt.Sprintf(tt.body, 22), "nonsense"), http.StatusBadRequest, "invalid_input", "If-Match")
	}
}

// A version changes with what operators set, not with use or with what the pool finds out.
func TestVersionsFollowOperatorsAlone(t *testing.T) {
	s := newServer(t)
	ids := s.importKeys(fakeKey("a"), fakeKey("b"))
	path := fmt.Sprint("/gemini-keys/", ids[0])
	before := decodeAs[GeminiKey](t, s.get(path), http.StatusOK)
	s.post(path+"/check", "")
	s.config.Pool.SetGroups([][]int64{ids})
	after := decodeAs[GeminiKey](t, s.get(path), http.StatusOK)
	if after.Version != before.Version || after.State == before.State || after.Project == nil {
		t.Errorf("%+v became %+v", before, after)
	}
	s.send(http.MethodPatch, path, `{"project":"found"}`)
	if now := decodeAs[GeminiKey](t, s.get(path), http.StatusOK); now.Version == before.Version {
		t.Error("the operator's word on the project has no version of its own")
	}
}
