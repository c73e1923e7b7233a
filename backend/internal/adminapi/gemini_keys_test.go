package adminapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/pool"
)

func TestImportOfMessyText(t *testing.T) {
	s := newServer(t)
	one, two, three := fakeKey("one1"), fakeKey("two2"), "AQ.FAKE-Ab0123456789_abcdefghijklmnopqrstuvwxyzA9"
	s.secrets = append(s.secrets, one, two, three)
	text := "my keys:\n1) " + one + "\r\n\t{\"key\": \"" + two + "\"},;" + one + " " + three + "\nhello, world — 密钥\nGEMINI=" + two
	body, err := json.Marshal(map[string]any{"text": text, "dry_run": true, "project": "atlas", "weight": 7})
	if err != nil {
		t.Fatal(err)
	}
	preview := decodeAs[ImportResult](t, s.post("/gemini-keys/import", string(body)), http.StatusOK)
	if !preview.DryRun || len(preview.Added) != 3 || preview.Added[0].ID != 0 {
		t.Fatalf("preview is %+v", preview)
	}
	if list := decodeAs[GeminiKeyList](t, s.get("/gemini-keys"), http.StatusOK); list.Total != 0 {
		t.Fatalf("the preview kept %d keys", list.Total)
	}
	result := decodeAs[ImportResult](t, s.post("/gemini-keys/import", strings.Replace(string(body), `"dry_run":true`, `"dry_run":false`, 1)), http.StatusOK)
	var masked []string
	for _, key := range result.Added {
		masked = append(masked, key.Masked)
		if key.ID == 0 || key.Weight != 7 || key.Project == nil || *key.Project != "atlas" || key.ProjectSource != "operator" || !key.Enabled || key.State != "unknown" {
			t.Errorf("added %+v", key)
		}
	}
	if want := []string{"AIza••••••one1", "AIza••••••two2", "AQ.••••yzA9"}; !slices.Equal(masked, want) {
		t.Errorf("added %v, want %v", masked, want)
	}

	if w := s.send(http.MethodDelete, "/gemini-keys/"+strconv.FormatInt(result.Added[1].ID, 10), ""); w.Code != http.StatusNoContent {
		t.Fatalf("removing answers %d", w.Code)
	}
	again := decodeAs[ImportResult](t, s.post("/gemini-keys/import", string(body)), http.StatusOK)
	if len(again.Added) != 0 || len(again.Duplicates) != 3 {
		t.Fatalf("the second import is %+v", again)
	}
	for _, d := range again.Duplicates {
		if removed := d.ID == result.Added[1].ID; d.Removed != removed || d.Name == "" || d.Masked == "" {
			t.Errorf("duplicate %+v", d)
		}
	}
}

func TestImportRefuses(t *testing.T) {
	s := newServer(t)
	user := decodeAs[NewUserKey](t, s.post("/user-keys", `{"name":"mine"}`), http.StatusCreated)
	s.secrets = append(s.secrets, user.Key)
	result := decodeAs[ImportResult](t, s.post("/gemini-keys/import", `{"text":"`+user.Key+`"}`), http.StatusOK)
	if len(result.Added) != 0 || len(result.Invalid) != 1 || result.Invalid[0].Reason == "" {
		t.Errorf("importing a user key gives %+v", result)
	}
	empty := decodeAs[ImportResult](t, s.post("/gemini-keys/import", `{"text":"nothing to see"}`), http.StatusOK)
	if empty.Added == nil || empty.Duplicates == nil || empty.Invalid == nil || len(empty.Added) != 0 {
		t.Errorf("a text without keys gives %+v", empty)
	}
	for _, weight := range []string{"0", "101", "-1"} {
		w := s.post("/gemini-keys/import", `{"text":"`+fakeKey("wght")+`","weight":`+weight+`}`)
		expectProblem(t, w, http.StatusBadRequest, "invalid_input", "weight")
	}
	large := `{"text":"` + strings.Repeat("a", importLimit+1) + `"}`
	expectProblem(t, s.post("/gemini-keys/import", large), http.StatusRequestEntityTooLarge, "body_too_large", "text")
	full := `{"text":"` + strings.Repeat(`\n`, importLimit-40) + fakeKey("last") + `","dry_run":true}`
	if result := decodeAs[ImportResult](t, s.post("/gemini-keys/import", full), http.StatusOK); len(result.Added) != 1 {
		t.Errorf("a text of the full size gives %d keys", len(result.Added))
	}
}

func TestGeminiKeyLists(t *testing.T) {
	s := newServer(t)
	ids := s.importKeys(fakeKey("aaaa"), fakeKey("bbbb"), fakeKey("cccc"), fakeKey("dddd"), fakeKey("eeee"))
	for i, name := range []string{"delta", "alpha", "Echo", "bravo", "charlie"} {
		patch := `{"name":"` + name + `","weight":` + strconv.Itoa(10*(i+1)) + `}`
		decodeAs[GeminiKey](t, s.send(http.MethodPatch, "/gemini-keys/"+strconv.FormatInt(ids[i], 10), patch), http.StatusOK)
	}
	decodeAs[GeminiKey](t, s.send(http.MethodPatch, "/gemini-keys/"+strconv.FormatInt(ids[3], 10), `{"enabled":false,"project":"atlas"}`), http.StatusOK)
	s.send(http.MethodDelete, "/gemini-keys/"+strconv.FormatInt(ids[4], 10), "")

	tests := []struct {
		query string
		total int
		names string
	}{
		{"?sort=name", 4, "alpha bravo delta Echo"},
		{"?sort=-name", 4, "Echo delta bravo alpha"},
		{"?sort=weight&page_size=2", 4, "delta alpha"},
		{"?sort=weight&page_size=2&page=2", 4, "Echo bravo"},
		{"?sort=weight&page_size=2&page=3", 4, ""},
		{"?sort=weight&page_size=200&page=1000000", 4, ""},
		{"?sort=-id", 4, "bravo Echo alpha delta"},
		{"?sort=id&q=a", 4, "delta alpha Echo bravo"}, // "AIza" is in every mask
		{"?sort=id&q=BRAV", 1, "bravo"},
		{"?sort=id&q=cccc", 1, "Echo"},
		{"?sort=id&q=FAKE", 0, ""}, // what the mask hides cannot be searched
		{"?state=disabled", 1, "bravo"},
		{"?state=removed", 1, "charlie"},
		{"?state=unknown&sort=id", 3, "delta alpha Echo"},
		{"?state=healthy", 0, ""},
		{"?project=atlas", 1, "bravo"},
		{"?sort=project", 4, "bravo delta alpha Echo"},
	}
	for _, tt := range tests {
		list := decodeAs[GeminiKeyList](t, s.get("/gemini-keys"+tt.query), http.StatusOK)
		var names []string
		for _, key := range list.Items {
			names = append(names, key.Name)
		}
		if got := strings.Join(names, " "); got != tt.names || list.Total != tt.total {
			t.Errorf("%s gives %q of %d, want %q of %d", tt.query, got, list.Total, tt.names, tt.total)
		}
		if want := (KeyCounts{All: 4, Unknown: 3, Disabled: 1, Removed: 1}); list.Counts != want {
			t.Errorf("%s counts %+v, want %+v", tt.query, list.Counts, want)
		}
	}
	for _, sort := range []string{"state", "requests_today", "success_rate", "latency_seconds", "last_used_at", "created_at", "removed_at"} {
		up := decodeAs[GeminiKeyList](t, s.get("/gemini-keys?sort="+sort), http.StatusOK)
		if down := decodeAs[GeminiKeyList](t, s.get("/gemini-keys?sort=-"+sort), http.StatusOK); len(up.Items) != 4 || len(down.Items) != 4 {
			t.Errorf("sorted by %s: %d and %d", sort, len(up.Items), len(down.Items))
		}
	}
}

func TestGeminiKeyChanges(t *testing.T) {
	s := newServer(t)
	id := s.importKeys(fakeKey("good"))[0]
	path := "/gemini-keys/" + strconv.FormatInt(id, 10)
	key := decodeAs[GeminiKey](t, s.send(http.MethodPatch, path, `{"name":"main","note":"keep","project":"atlas","weight":99}`), http.StatusOK)
	if key.Name != "main" || key.Note != "keep" || key.Project == nil || *key.Project != "atlas" || key.ProjectSource != "operator" || key.Weight != 99 {
		t.Errorf("changed key is %+v", key)
	}
	key = decodeAs[GeminiKey](t, s.send(http.MethodPatch, path, `{"enabled":false}`), http.StatusOK)
	if key.State != "disabled" || key.Name != "main" || key.Project == nil {
		t.Errorf("disabled key is %+v", key)
	}
	key = decodeAs[GeminiKey](t, s.send(http.MethodPatch, path, `{"enabled":true,"project":null}`), http.StatusOK)
	if key.State != "unknown" || key.Project != nil || key.ProjectSource != "unknown" {
		t.Errorf("key without its project is %+v", key)
	}
	if got := decodeAs[GeminiKey](t, s.get(path), http.StatusOK); got.ID != id || got.RemovedAt != nil || got.Rests == nil {
		t.Errorf("read key is %+v", got)
	}
	for _, bad := range []string{`{"weight":0}`, `{"weight":101}`} {
		expectProblem(t, s.send(http.MethodPatch, path, bad), http.StatusBadRequest, "invalid_input", "weight")
	}
	expectProblem(t, s.send(http.MethodPatch, path, `{"note":"`+strings.Repeat("n", 100_000)+`"}`), http.StatusBadRequest, "invalid_input", "note")

	s.send(http.MethodDelete, path, "")
	if removed := decodeAs[GeminiKey](t, s.get(path), http.StatusOK); removed.State != "removed" || removed.RemovedAt == nil {
		t.Errorf("removed key is %+v", removed)
	}
	if back := decodeAs[GeminiKey](t, s.post(path+"/restore", ""), http.StatusOK); back.State != "unknown" || back.RemovedAt != nil {
		t.Errorf("restored key is %+v", back)
	}
}

func TestRestsAreShownAndEnded(t *testing.T) {
	s := newServer(t)
	id := s.importKeys(fakeKey("rest"))[0]
	path := "/gemini-keys/" + strconv.FormatInt(id, 10)
	lease := must(s.config.Pool.Lease(t.Context(), pool.Want{Model: "gemini-flash-latest", Tokens: 10}))(t)
	lease.Report(pool.Outcome{Verdict: pool.Bare429, Status: http.StatusTooManyRequests, Message: "Resource exhausted.", RetryDelay: 40 * time.Second})

	key := decodeAs[GeminiKey](t, s.get(path), http.StatusOK)
	if key.State != "resting" || key.Reason == nil || *key.Reason != "bare_429" || len(key.Rests) != 1 {
		t.Fatalf("resting key is %+v", key)
	}
	rest := key.Rests[0]
	if rest.Model != "gemini-flash-latest" || rest.Reason != "bare_429" || rest.Scope != "key" || !rest.Until.After(time.Now()) || !rest.Since.Before(rest.Until) {
		t.Errorf("rest is %+v", rest)
	}
	if key.LastError == nil || key.LastError.Verdict != "bare_429" || key.LastError.Status != 429 || key.RequestsToday != 1 || key.LastUsedAt == nil {
		t.Errorf("resting key is %+v", key)
	}
	if list := decodeAs[GeminiKeyList](t, s.get("/gemini-keys?state=resting"), http.StatusOK); list.Total != 1 || list.Counts.Resting != 1 {
		t.Errorf("resting keys are %+v", list)
	}
	woken := decodeAs[GeminiKey](t, s.post(path+"/wake", ""), http.StatusOK)
	if woken.State == "resting" || len(woken.Rests) != 0 {
		t.Errorf("woken key is %+v", woken)
	}
}

func TestAProjectsRestIsShownWithEachOfItsKeys(t *testing.T) {
	s := newServer(t)
	for _, id := range s.importKeys(fakeKey("one1"), fakeKey("two2")) {
		s.send(http.MethodPatch, "/gemini-keys/"+strconv.FormatInt(id, 10), `{"project":"atlas"}`)
	}
	lease := must(s.config.Pool.Lease(t.Context(), pool.Want{Model: "gemini-flash-latest", Tokens: 10}))(t)
	lease.Report(pool.Outcome{Verdict: pool.MinuteQuota, Status: http.StatusTooManyRequests, RetryDelay: 40 * time.Second})
	list := decodeAs[GeminiKeyList](t, s.get("/gemini-keys?state=resting&project=atlas"), http.StatusOK)
	if list.Total != 2 {
		t.Fatalf("%d keys rest", list.Total)
	}
	for _, key := range list.Items {
		if len(key.Rests) != 1 || key.Rests[0].Scope != "project" || key.Rests[0].Reason != "minute_quota" {
			t.Errorf("%s rests %+v", key.Name, key.Rests)
		}
	}
}

func TestCheckAsksGemini(t *testing.T) {
	s := newServer(t)
	ids := s.importKeys(fakeKey("good"), fakeKey("dead"))
	good := decodeAs[CheckResult](t, s.post("/gemini-keys/"+strconv.FormatInt(ids[0], 10)+"/check", ""), http.StatusOK)
	if !good.OK || good.Verdict != "ok" || good.Key.State != "healthy" {
		t.Errorf("a good key's check is %+v", good)
	}
	dead := decodeAs[CheckResult](t, s.post("/gemini-keys/"+strconv.FormatInt(ids[1], 10)+"/check", ""), http.StatusOK)
	if dead.OK || dead.Verdict != "dead_key" || dead.Message != "API key not valid." || dead.Key.State != "failing" || dead.Key.Reason == nil || *dead.Key.Reason != "dead_key" {
		t.Errorf("a dead key's check is %+v", dead)
	}
}
