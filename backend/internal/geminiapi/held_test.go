package geminiapi_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/geminisim"
	"gemini-proxy/backend/internal/holding"
	"gemini-proxy/backend/internal/settings"
)

// ask sends a request with the user key and reads its answer, which must be good, as JSON.
func (s *server) ask(t *testing.T, method, path, body string) map[string]any {
	t.Helper()
	a := s.do(t, method, path, body, "x-goog-api-key: "+s.key)
	if a.status != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
	return out
}

// another makes a user key of somebody else.
func (s *server) another(t *testing.T) string {
	t.Helper()
	_, secret, err := s.accounts.CreateUserKey(t.Context(), "another", "")
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// projects gives the projects that Gemini was asked with, without repeats.
func (s *server) projects() []string {
	var seen []string
	for _, r := range s.sim.Requests() {
		if !slices.Contains(seen, r.Project) {
			seen = append(seen, r.Project)
		}
	}
	return seen
}

func text(t *testing.T, value any, path ...string) string {
	t.Helper()
	for _, name := range path {
		switch v := value.(type) {
		case map[string]any:
			value = v[name]
		case []any:
			value = v[int(name[0]-'0')]
		}
	}
	out, ok := value.(string)
	if !ok {
		t.Fatalf("no text at %v: %v", path, value)
	}
	return out
}

// What a request names is asked for with a key of the project that holds it, in every form it can be named.
func TestCacheStaysWithItsProject(t *testing.T) {
	t.Parallel()
	s := newServer(t, 4, nil)
	cache := s.ask(t, http.MethodPost, "/v1beta/cachedContents", `{"model":"models/`+flash+`","contents":[{"role":"user","parts":[{"text":"a long book"}]}],"ttl":"600s"}`)
	name := text(t, cache, "name")
	for i := range 8 {
		for _, call := range []string{":generateContent", ":streamGenerateContent", ":streamGenerateContent?alt=sse", ":countTokens"} {
			body := `{ "cachedContent" : "` + name + `","contents":[{"role":"user","parts":[{"text":"what is it of?"}]}]}`
			switch {
			case call == ":countTokens":
				body = `{"generateContentRequest":{"model":"models/` + flash + `",` + body[1:] + `}`
			case i%2 == 1:
				body = strings.Replace(body, "cachedContent", "cached_content", 1)
			}
			a := s.do(t, http.MethodPost, "/v1beta/models/"+flash+call, body, "x-goog-api-key: "+s.key)
			if a.status != http.StatusOK {
				t.Fatalf("%s: %d %s", call, a.status, a.body)
			}
			if seen := s.sim.Requests(); seen[len(seen)-1].Body != body {
				t.Errorf("the body was changed: %s", seen[len(seen)-1].Body)
			}
		}
	}
	if got := text(t, s.ask(t, http.MethodGet, "/v1beta/"+name, ""), "name"); got != name {
		t.Errorf("got %s", got)
	}
	later := text(t, s.ask(t, http.MethodPatch, "/v1beta/"+name+"?updateMask=ttl", `{"ttl":"7200s"}`), "expireTime")
	if later <= text(t, cache, "expireTime") {
		t.Errorf("it expires at %s, as before", later)
	}
	if kept, err := s.holdings.Find(t.Context(), s.keyID, name); err != nil || time.Until(kept.ExpiresAt) < 119*time.Minute {
		t.Errorf("kept until %v, %v", kept.ExpiresAt, err)
	}
	if a := s.do(t, http.MethodHead, "/v1beta/"+name, "", "x-goog-api-key: "+s.key); a.status != http.StatusOK || a.body != "" {
		t.Errorf("HEAD: %d %q", a.status, a.body)
	}
	if seen := s.projects(); len(seen) != 1 {
		t.Errorf("projects %v were asked", seen)
	}
	s.checkUpstream(t, 36)
	if got := s.ask(t, http.MethodDelete, "/v1beta/"+name, ""); len(got) != 0 {
		t.Errorf("deleted: %v", got)
	}
	a := s.do(t, http.MethodGet, "/v1beta/"+name, "", "x-goog-api-key: "+s.key)
	if e := errorOf(t, a, false); a.status != http.StatusForbidden || e.Error.Status != "PERMISSION_DENIED" {
		t.Errorf("deleted, and found: %d %s", a.status, a.body)
	}
	if n := len(s.sim.Requests()); n != 37 {
		t.Errorf("Gemini saw %d requests", n)
	}
	for _, e := range s.finish() {
		if e.Model == "" || e.Status != http.StatusOK {
			t.Errorf("recorded %+v", e)
		}
	}
}

// What one user key made, another does not see, list, change or use.
func TestThingsAreTheirMakersAlone(t *testing.T) {
	t.Parallel()
	s := newServer(t, 2, nil)
	mine := map[string]string{}
	keep := func(path, body string) {
		mine[path] = text(t, s.ask(t, http.MethodPost, "/v1beta/"+path, body), "name")
	}
	keep("cachedContents", `{"model":"models/`+flash+`","contents":[{"parts":[{"text":"x"}]}]}`)
	keep("models/"+flash+":batchGenerateContent", `{"batch":{"inputConfig":{"requests":{"requests":[{"request":`+hello+`}]}}}}`)
	keep("fileSearchStores", `{"displayName":"mine"}`)
	keep("models/veo-3.1-generate-preview:predictLongRunning", `{"instances":[{"prompt":"a cat"}]}`)
	interaction := text(t, s.ask(t, http.MethodPost, "/v1beta/interactions", `{"model":"`+flash+`","input":"hi"}`), "id")
	s.sim.ClearRequests()
	stranger := "x-goog-api-key: " + s.another(t)
	tries := []struct{ method, path, body string }{
		{http.MethodGet, "interactions/" + interaction, ""},
		{http.MethodDelete, "interactions/" + interaction, ""},
		{http.MethodPost, "interactions/" + interaction + "/cancel", ""},
		{http.MethodPost, "interactions", `{"model":"` + flash + `","input":"hi","previous_interaction_id":"` + interaction + `"}`},
		{http.MethodPost, "models/" + flash + ":generateContent", `{"contents":[],"cachedContent":"` + mine["cachedContents"] + `"}`},
		{http.MethodPost, "models/" + flash + ":generateContent", `{"contents":[],"tools":[{"fileSearch":{"fileSearchStoreNames":["` + mine["fileSearchStores"] + `"]}}]}`},
	}
	for _, name := range mine {
		for _, method := range []string{http.MethodGet, http.MethodPatch, http.MethodDelete} {
			tries = append(tries, struct{ method, path, body string }{method, name, "{}"})
		}
	}
	for _, try := range tries {
		a := s.do(t, try.method, "/v1beta/"+try.path, try.body, stranger)
		if a.status != http.StatusNotFound && a.status != http.StatusForbidden {
			t.Errorf("%s %s: %d %s", try.method, try.path, a.status, a.body)
		}
	}
	for _, list := range []string{"cachedContents", "batches", "fileSearchStores"} {
		if a := s.do(t, http.MethodGet, "/v1beta/"+list, "", stranger); a.body != "{}\n" {
			t.Errorf("%s: %d %s", list, a.status, a.body)
		}
	}
	if seen := s.sim.Requests(); len(seen) != 0 {
		t.Errorf("Gemini was asked: %+v", seen)
	}
	items := map[string]string{"cachedContents": "cachedContents", "batches": "operations", "fileSearchStores": "fileSearchStores"}
	for list, field := range items {
		if got, ok := s.ask(t, http.MethodGet, "/v1beta/"+list, "")[field].([]any); !ok || len(got) != 1 {
			t.Errorf("%s of their maker: %v", list, got)
		}
	}
}

// A list goes page by page over all projects, in one order, and leaves out what Gemini has no more.
func TestListsArePaged(t *testing.T) {
	t.Parallel()
	s := newServer(t, 3, func(set *settings.Settings) { set.Strategy = settings.RoundRobin })
	var want []string
	for i := range 7 {
		made := s.ask(t, http.MethodPost, "/v1beta/cachedContents", `{"model":"models/`+flash+`","displayName":"`+fmt.Sprint(i)+`","contents":[{"parts":[{"text":"x"}]}]}`)
		want = append(want, text(t, made, "name"))
	}
	slices.Sort(want)
	s.sim.Script(geminisim.Target{Method: "cachedContents.get"}, geminisim.Status(404))
	var got []string
	for token := ""; ; {
		page := s.ask(t, http.MethodGet, "/v1beta/cachedContents?pageSize=3&pageToken="+token, "")
		items, _ := page["cachedContents"].([]any)
		if len(items) == 0 || len(items) > 3 {
			t.Fatalf("a page of %d", len(items))
		}
		for _, item := range items {
			got = append(got, text(t, item, "name"))
		}
		next, more := page["nextPageToken"].(string)
		if token = next; !more {
			break
		}
	}
	if len(got) != 6 || !slices.IsSorted(got) {
		t.Errorf("%v of %v", got, want)
	}
	if n := len(s.projects()); n < 2 {
		t.Errorf("made in %d projects alone", n)
	}
}

// A project at its limit means a true 429, though others have room; with its keys dead, a clear 503; with one key left, that one serves.
func TestTheirProjectsLimit(t *testing.T) {
	t.Parallel()
	s := newServer(t, 3, func(set *settings.Settings) { set.QueueWait = 0 })
	name := text(t, s.ask(t, http.MethodPost, "/v1beta/cachedContents", `{"model":"models/`+flash+`","contents":[{"parts":[{"text":"x"}]}]}`), "name")
	home := s.sim.Requests()[0]
	body := `{"cachedContent":"` + name + `",` + hello[1:]
	s.sim.Script(geminisim.Target{Key: home.Key}, geminisim.Minute429(40*time.Second))
	a := s.post(t, "generateContent", body)
	e := errorOf(t, a, false)
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" || !strings.Contains(e.Error.Message, "holds "+name) {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
	if a := s.post(t, "generateContent", hello); a.status != http.StatusOK {
		t.Errorf("what names nothing: %d %s", a.status, a.body)
	}
	if err := s.sim.SetKeyState(home.Key, "expired"); err != nil {
		t.Fatal(err)
	}
	a = s.do(t, http.MethodGet, "/v1beta/"+name, "", "x-goog-api-key: "+s.key)
	e = errorOf(t, a, false)
	if a.status != http.StatusServiceUnavailable || !strings.Contains(e.Error.Message, "holds "+name) {
		t.Errorf("with the project's key dead: %d %s", a.status, a.body)
	}
	if seen := s.projects(); len(seen) > 2 {
		t.Errorf("projects %v were asked", seen)
	}
}

func TestAnotherKeyOfTheProjectServes(t *testing.T) {
	t.Parallel()
	s := &server{settings: settings.Default(), sent: &tape{}, log: &syncBuffer{}}
	sim := s.startSim(4)
	s.sim.SetProjects([]geminisim.Project{
		{Number: "1000", Tier: "tier1", Keys: []geminisim.Key{{Value: geminiKey(0)}, {Value: geminiKey(1)}}},
		{Number: "1001", Tier: "tier1", Keys: []geminisim.Key{{Value: geminiKey(2)}, {Value: geminiKey(3)}}},
	})
	s.start(t, 4, sim)
	s.pool.SetGroups([][]int64{{1, 2}, {3, 4}})
	id := text(t, s.ask(t, http.MethodPost, "/v1beta/interactions", `{"model":"`+flash+`","input":"hi"}`), "id")
	if err := s.sim.SetKeyState(s.sim.Requests()[0].Key, "leaked"); err != nil {
		t.Fatal(err)
	}
	for range 6 {
		s.ask(t, http.MethodPost, "/v1beta/interactions", `{"model":"`+flash+`","input":"more","previous_interaction_id":"`+id+`"}`)
	}
	if seen := s.projects(); len(seen) != 1 {
		t.Errorf("projects %v were asked", seen)
	}
}

func TestBatch(t *testing.T) {
	t.Parallel()
	s := newServer(t, 3, nil)
	item := `{"request":` + hello + `}`
	made := s.ask(t, http.MethodPost, "/v1beta/models/"+flash+":batchGenerateContent",
		`{"batch":{"displayName":"nightly","inputConfig":{"requests":{"requests":[`+item+`,`+item+`]}}}}`)
	name := text(t, made, "name")
	if state := text(t, made, "metadata", "state"); state != "BATCH_STATE_PENDING" {
		t.Errorf("state %s", state)
	}
	s.sim.Advance(time.Minute)
	done := s.ask(t, http.MethodGet, "/v1beta/"+name, "")
	said := text(t, done, "metadata", "output", "inlinedResponses", "inlinedResponses", "1", "response", "candidates", "0", "content", "parts", "0", "text")
	if said != flash+" heard: hello" {
		t.Errorf("%q", said)
	}
	if listed := text(t, s.ask(t, http.MethodGet, "/v1beta/batches", ""), "operations", "0", "name"); listed != name {
		t.Errorf("listed %s", listed)
	}
	if got := s.ask(t, http.MethodPost, "/v1beta/"+name+":cancel", ""); len(got) != 0 {
		t.Errorf("cancelled: %v", got)
	}
	s.ask(t, http.MethodDelete, "/v1beta/"+name, "")
	if got := s.ask(t, http.MethodGet, "/v1beta/batches", ""); len(got) != 0 {
		t.Errorf("deleted, and listed: %v", got)
	}
	if seen := s.projects(); len(seen) != 1 {
		t.Errorf("projects %v were asked", seen)
	}
	events := s.finish()
	if len(events) != 1 || events[0].Model != flash || events[0].UserKeyID != s.keyID {
		t.Errorf("recorded %+v", events)
	}
}

// A film is made by an operation and fetched from here, with the user key; its link can be given back to make a longer one.
func TestFilm(t *testing.T) {
	t.Parallel()
	s := newServer(t, 3, nil)
	const call = "/v1beta/models/veo-3.1-generate-preview:predictLongRunning"
	name := text(t, s.ask(t, http.MethodPost, call, `{"instances":[{"prompt":"a cat"}]}`), "name")
	if !strings.HasPrefix(name, "models/veo-3.1-generate-preview/operations/") {
		t.Fatalf("%s", name)
	}
	if got := s.ask(t, http.MethodGet, "/v1beta/"+name, ""); got["done"] != nil {
		t.Errorf("at once: %v", got)
	}
	s.sim.Advance(time.Minute)
	link := text(t, s.ask(t, http.MethodGet, "/v1beta/"+name, ""), "response", "generateVideoResponse", "generatedSamples", "0", "video", "uri")
	path, ours := strings.CutPrefix(link, s.url)
	if !ours || strings.Contains(link, "google") {
		t.Fatalf("the link leads to %s", link)
	}
	a := s.do(t, http.MethodGet, path, "", "x-goog-api-key: "+s.key)
	if a.status != http.StatusOK || a.body != "FAKE film: a cat" || a.header.Get("Content-Type") != "video/mp4" {
		t.Errorf("%d %v %q", a.status, a.header, a.body)
	}
	a = s.do(t, http.MethodGet, path+"&key="+s.key, "", "Range: bytes=5-8")
	if a.status != http.StatusPartialContent || a.body != "film" || a.header.Get("Content-Range") != "bytes 5-8/16" {
		t.Errorf("%d %v %q", a.status, a.header, a.body)
	}
	if a := s.do(t, http.MethodGet, path, "", "x-goog-api-key: "+s.another(t)); a.status != http.StatusNotFound && a.status != http.StatusForbidden {
		t.Errorf("for another: %d %s", a.status, a.body)
	}
	s.ask(t, http.MethodPost, call, `{"instances":[{"prompt":"and a dog","video":{"uri":"`+link+`"}}]}`)
	seen := s.sim.Requests()
	if last := seen[len(seen)-1].Body; strings.Contains(last, s.url) || !strings.Contains(last, "https://generativelanguage.googleapis.com/v1beta/files/") {
		t.Errorf("Gemini was asked %s", last)
	}
	if seen := s.projects(); len(seen) != 1 {
		t.Errorf("projects %v were asked", seen)
	}
	for _, r := range seen {
		if len(r.Credentials) != 1 || r.Contains(s.key) {
			t.Errorf("credentials %+v", r.Credentials)
		}
	}
}

func TestInteractionsAreKept(t *testing.T) {
	t.Parallel()
	s := newServer(t, 3, nil)
	first := text(t, s.ask(t, http.MethodPost, "/v1beta/interactions", `{"model":"`+flash+`","input":"one"}`), "id")
	a := s.do(t, http.MethodPost, "/v1beta/interactions", `{"model":"`+flash+`","input":"two","stream":true,"previous_interaction_id":"`+first+`"}`, "x-goog-api-key: "+s.key)
	if a.status != http.StatusOK || a.body != s.sent.String() || !strings.Contains(a.body, "step.delta") || !strings.HasSuffix(a.body, "data: [DONE]\r\n\r\n") {
		t.Fatalf("%d %s", a.status, a.body)
	}
	_, after, _ := strings.Cut(a.body, `"id":"`)
	second, _, _ := strings.Cut(after, `"`)
	if got := text(t, s.ask(t, http.MethodGet, "/v1beta/interactions/"+second, ""), "previous_interaction_id"); got != first {
		t.Errorf("follows %s", got)
	}
	if a := s.do(t, http.MethodGet, "/v1beta/interactions/"+second+"?stream=true", "", "x-goog-api-key: "+s.key); a.body != s.sent.String() || !strings.Contains(a.body, "[DONE]") {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.ask(t, http.MethodPost, "/v1beta/interactions/"+second+"/cancel", "")
	s.ask(t, http.MethodDelete, "/v1beta/interactions/"+second, "")
	if a := s.do(t, http.MethodGet, "/v1beta/interactions/"+second, "", "x-goog-api-key: "+s.key); a.status != http.StatusNotFound {
		t.Errorf("deleted, and found: %d", a.status)
	}
	if seen := s.projects(); len(seen) != 1 {
		t.Errorf("projects %v were asked", seen)
	}
	fleeting := text(t, s.ask(t, http.MethodPost, "/v1beta/interactions", `{"model":"`+flash+`","input":"three","store":false}`), "id")
	if _, err := s.holdings.Find(t.Context(), s.keyID, "interactions/"+fleeting); err == nil {
		t.Error("what is not stored is noted")
	}
	for _, e := range s.finish() {
		if e.InputTokens == 0 || e.OutputTokens == 0 {
			t.Errorf("recorded without its tokens: %+v", e)
		}
	}
}

// What makes something is tried again where it was surely not done, and is not where it may have been.
func TestMadeOnce(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		step  geminisim.Step
		calls int
		code  int
	}{
		"a limit":        {geminisim.Minute429(9 * time.Second), 2, 200},
		"an overload":    {geminisim.Status(503), 2, 200},
		"an inner fault": {geminisim.Status(500), 1, 500},
		"a reset":        {geminisim.Reset(), 1, 502},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, 3, nil)
			s.sim.Script(geminisim.Target{Method: "batchGenerateContent"}, tc.step)
			a := s.post(t, "batchGenerateContent", `{"batch":{"inputConfig":{"requests":{"requests":[{"request":`+hello+`}]}}}}`)
			if n := len(s.sim.Requests()); a.status != tc.code || n != tc.calls {
				t.Errorf("%d after %d calls: %s", a.status, n, a.body)
			}
		})
	}
}

// A restart, or another server on the same database, knows what is held.
func TestHoldingsLast(t *testing.T) {
	t.Parallel()
	s := newServer(t, 2, nil)
	name := text(t, s.ask(t, http.MethodPost, "/v1beta/fileSearchStores", `{"displayName":"mine"}`), "name")
	afresh := holding.NewBook(s.database, slog.New(slog.DiscardHandler))
	held, err := afresh.Find(t.Context(), s.keyID, name)
	if err != nil || held.KeyID == 0 || !held.ExpiresAt.IsZero() {
		t.Errorf("%+v, %v", held, err)
	}
}

func TestThingsOfDifferentProjects(t *testing.T) {
	t.Parallel()
	s := newServer(t, 2, func(set *settings.Settings) { set.Strategy = settings.RoundRobin })
	var names []string
	var homes []int64
	for len(names) < 2 {
		name := text(t, s.ask(t, http.MethodPost, "/v1beta/fileSearchStores", `{"displayName":"mine"}`), "name")
		held, err := s.holdings.Find(t.Context(), s.keyID, name)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(homes, held.KeyID) {
			names, homes = append(names, name), append(homes, held.KeyID)
		}
	}
	a := s.post(t, "generateContent", `{"tools":[{"fileSearch":{"fileSearchStoreNames":["`+names[0]+`","`+names[1]+`"]}}],`+hello[1:])
	if e := errorOf(t, a, false); a.status != http.StatusBadRequest || !strings.Contains(e.Error.Message, "different Google projects") || !strings.Contains(e.Error.Message, "fileSearchStoreNames[1]") {
		t.Errorf("%d %s", a.status, a.body)
	}
	a = s.post(t, "generateContent", `{"tools":[{"fileSearch":{"fileSearchStoreNames":["`+names[1]+`"]}}],`+hello[1:])
	if a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// A body that came packed goes up unpacked, since what it names must be seen.
func TestPackedBody(t *testing.T) {
	t.Parallel()
	s := newServer(t, 1, nil)
	pack := func(text string) string {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		if _, err := w.Write([]byte(text)); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return packed.String()
	}
	headers := []string{"x-goog-api-key: " + s.key, "Content-Encoding: gzip", "Content-Type: application/json"}
	a := s.do(t, http.MethodPost, "/v1beta/models/"+flash+":generateContent", pack(hello), headers...)
	if a.status != http.StatusOK || s.sim.Requests()[0].Body != hello || s.sim.Requests()[0].Header.Get("Content-Encoding") != "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	a = s.do(t, http.MethodPost, "/v1beta/models/"+flash+":generateContent", strings.Repeat(pack(strings.Repeat(" ", 1<<20)), 65), headers...)
	if a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a bomb: %d %s", a.status, a.body)
	}
}

// Each text of a batch counts, as it does at Google; a count of tokens does not count as one of the model's.
func TestWhatCounts(t *testing.T) {
	t.Parallel()
	s := newServer(t, 1, nil)
	one := `{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"x"}]}}`
	s.ask(t, http.MethodPost, "/v1beta/models/gemini-embedding-001:batchEmbedContents", `{"requests":[`+one+strings.Repeat(","+one, 6)+`]}`)
	s.ask(t, http.MethodPost, "/v1beta/models/gemini-embedding-001:embedContent", one)
	s.ask(t, http.MethodPost, "/v1beta/models/"+flash+":countTokens", hello)
	used := map[string]int64{}
	for _, m := range s.pool.Models() {
		used[m.Name] = m.RequestsToday
	}
	if used["gemini-embedding-001"] != 8 || used[flash] != 0 || used[flash+":countTokens"] != 0 {
		t.Errorf("%v", used)
	}
	if e := s.pool.Explain(flash + ":countTokens"); e.Able != 1 {
		t.Errorf("%+v", e)
	}
}

// What this server has not heard of yet is served like what it knows: by its path, for its maker, with its project.
func TestWhatGoogleAdds(t *testing.T) {
	t.Parallel()
	made := map[string]string{} // by name: the key that made it
	s := &server{settings: settings.Default(), sent: &tape{}, log: &syncBuffer{}}
	s.start(t, 4, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, name := r.Header.Get("X-Goog-Api-Key"), strings.TrimPrefix(r.URL.Path, "/v1beta/")
		switch {
		case r.Method == http.MethodPost && name == "songs":
			name = fmt.Sprint("songs/", len(made))
			made[name] = key
			fmt.Fprintf(w, `{"name":%q}`, name)
		case made[strings.TrimSuffix(name, "/verses/1")] == key:
			fmt.Fprintf(w, `{"name":%q,"method":%q}`, name, r.Method)
		default:
			http.Error(w, `{"error":{"code":403,"message":"The Song not found (or permission denied)","status":"PERMISSION_DENIED"}}`, http.StatusForbidden)
		}
	}))
	var names []string
	for range 3 {
		name := text(t, s.ask(t, http.MethodPost, "/v1beta/songs", `{"title":"x"}`), "name")
		names = append(names, name)
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodPost} {
			if got := s.ask(t, method, "/v1beta/"+name+"/verses/1", "{}"); text(t, got, "method") != method {
				t.Errorf("%v", got)
			}
		}
	}
	songs, _ := s.ask(t, http.MethodGet, "/v1beta/songs", "")["songs"].([]any)
	for i, song := range songs {
		if text(t, song, "name") != names[i] {
			t.Errorf("%v", songs)
		}
	}
	if len(songs) != 3 {
		t.Errorf("%d songs", len(songs))
	}
	if a := s.do(t, http.MethodGet, "/v1beta/songs/0", "", "x-goog-api-key: "+s.another(t)); a.status != http.StatusNotFound {
		t.Errorf("another's: %d %s", a.status, a.body)
	}
}
