package geminisim_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gemini-proxy/backend/internal/geminisim"
)

func TestScriptTargets(t *testing.T) {
	f := start(t)
	with := func(key, model string) string {
		return f.do("POST", "/v1beta/models/"+model+":generateContent", prompt("hi"), "x-goog-api-key: "+key).body
	}
	f.Script(geminisim.Target{Key: keyA2}, geminisim.Text("for the key"))
	f.Script(geminisim.Target{Model: "gemini-2.5-pro"}, geminisim.Text("for the model"))
	f.Script(geminisim.Target{Method: "streamGenerateContent"}, geminisim.Text("for the method"))
	f.Script(geminisim.Target{}, geminisim.Text("for any").Times(2))
	for i, c := range []struct{ key, model, want string }{
		{keyA, "gemini-2.5-flash", "for any"},
		{keyA2, "gemini-2.5-flash", "for the key"},
		{keyA, "gemini-2.5-pro", "for the model"},
		{keyB, "gemini-2.5-pro", "for any"},
		{keyB, "gemini-2.5-pro", "heard: hi"},
	} {
		if got := with(c.key, c.model); !strings.Contains(got, c.want) {
			t.Errorf("call %d lacks %q: %s", i, c.want, got)
		}
	}
	if f.Pending() != 1 {
		t.Errorf("%d steps pending, want the stream's", f.Pending())
	}
	f.ClearScript()
	if f.Pending() != 0 {
		t.Error("steps after clearing")
	}
}

// TestScriptSparesProbes: a script for inference is not used up by refused requests or by calls that cost nothing.
func TestScriptSparesProbes(t *testing.T) {
	f := start(t)
	f.Script(geminisim.Target{}, geminisim.Status(503))
	wantBody(t, f.ask("gemini-2.5-flash", "countTokens", prompt("hi")), 200)
	wantBody(t, f.do("GET", "/v1beta/models", "", "x-goog-api-key: "+keyA), 200)
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", `{}`), 400)
	wantBody(t, f.do("POST", "/v1beta/models/gemini-2.5-flash:generateContent", prompt("hi"), "x-goog-api-key: AIzaSy-FAKE-no"), 400)
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", prompt("hi")), 503)
	f.Script(geminisim.Target{Method: "*"}, geminisim.Minute429(time.Second), geminisim.Status(500))
	wantBody(t, f.do("GET", "/v1beta/models", "", "x-goog-api-key: "+keyA), 429)
	wantBody(t, f.ask("gemini-2.5-flash", "countTokens", prompt("hi")), 500)
	f.Script(geminisim.Target{}, geminisim.Text("not for vectors"))
	wantBody(t, f.ask("gemini-embedding-001", "embedContent", `{"content":{"parts":[{"text":"a"}]}}`), 200, "embedding")
	if f.Pending() != 1 {
		t.Error("an embedding took a text")
	}
	f.Script(geminisim.Target{}, geminisim.Status(503))
	wantBody(t, f.ask("gemini-embedding-001", "embedContent", `{"content":{"parts":[{"text":"a"}]}}`), 503)
}

func TestFaultRates(t *testing.T) {
	f := start(t)
	f.SetFaultRate(geminisim.Target{Key: keyA}, 0.5, geminisim.Status(503))
	failed := 0
	for range 200 {
		if f.ask("gemini-2.5-flash", "generateContent", prompt("hi")).status == 503 {
			failed++
		}
		wantBody(t, f.do("POST", "/v1beta/models/gemini-2.5-flash:generateContent", prompt("hi"), "x-goog-api-key: "+keyB), 200)
	}
	if failed < 70 || failed > 130 {
		t.Errorf("%d of 200 failed at rate 0.5", failed)
	}
	f.SetFaultRate(geminisim.Target{Key: keyA}, 0, geminisim.Answer())
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", prompt("hi")), 200)

	all := start(t, func(c *geminisim.Config) { c.FaultRate = 1 })
	if got := all.ask("gemini-2.5-flash", "generateContent", prompt("hi")); got.status < 500 {
		t.Errorf("status %d at rate 1", got.status)
	}
}

func TestLog(t *testing.T) {
	f := start(t, func(c *geminisim.Config) { c.LogSize, c.LogBody = 3, 10 })
	f.do("POST", "/v1beta/models/gemini-2.5-flash:generateContent?key=AIzaSy-FAKE-client", prompt("hello"), "Authorization: Bearer sk-client-secret", "X-Other: yes")
	log := f.Requests()
	r := log[0]
	if len(log) != 1 || r.Status != 400 || r.Method != "generateContent" || r.Model != "gemini-2.5-flash" || len(r.Credentials) != 2 ||
		r.BytesIn != 0 || r.BytesOut == 0 || !r.Done || r.Header.Get("X-Other") != "yes" {
		t.Errorf("%+v", r)
	}
	if shown := fmt.Sprintf("%+v", r.Header) + r.Query + r.Credentials[0].Key + r.Credentials[1].Key; strings.Contains(shown, "client-secret") || strings.Contains(shown, "FAKE-client") {
		t.Errorf("a foreign credential is shown: %s", shown)
	}
	for text, want := range map[string]bool{"sk-client-secret": true, "FAKE-client": true, "gemini-2.5-flash": true, "absent": false} {
		if r.Contains(text) != want {
			t.Errorf("Contains(%q) is %v", text, !want)
		}
	}
	for i := range 5 {
		f.ask("gemini-2.5-flash", "generateContent", prompt(fmt.Sprint(i)))
	}
	log = f.Requests()
	if len(log) != 3 || log[0].Seq != 4 || log[2].Seq != 6 || log[2].Key != keyA || log[2].Project != "100" || log[2].BytesOut == 0 ||
		log[2].Body != `{"contents` || log[2].BytesIn != int64(len(prompt("4"))) {
		t.Errorf("ring: %+v", log)
	}
	f.ClearRequests()
	if len(f.Requests()) != 0 {
		t.Error("the log is not empty")
	}
}

func TestReset(t *testing.T) {
	f := start(t, frozen(noon))
	f.upload("n", "x")
	f.Advance(time.Hour)
	f.Script(geminisim.Target{}, geminisim.Empty())
	if err := f.SetKeyState(keyA, "leaked"); err != nil {
		t.Fatal(err)
	}
	f.Reset()
	if f.Pending() != 0 || len(f.Requests()) != 0 || !f.Now().Equal(noon) {
		t.Errorf("after the reset: %d pending, %d requests, %v", f.Pending(), len(f.Requests()), f.Now())
	}
	wantBody(t, f.do("GET", "/v1beta/files", "", "x-goog-api-key: "+keyA), 200, "{}")
	if err := f.SetKeyState("AIzaSy-FAKE-unknown", "leaked"); err == nil || strings.Contains(err.Error(), "unknown") {
		t.Errorf("error %v, want one that masks the key", err)
	}
}

// TestSameSeedSameAnswers: two simulators with one seed answer alike, another seed differs.
func TestSameSeedSameAnswers(t *testing.T) {
	ask := func(seed int64) string {
		f := start(t, frozen(noon), func(c *geminisim.Config) { c.Seed = seed })
		return f.ask("gemini-3.8-flash", "streamGenerateContent?alt=sse", prompt("hi")).body
	}
	first, again, other := ask(1), ask(1), ask(2)
	if first != again || first == other {
		t.Error("answers do not follow the seed")
	}
}

// TestConcurrentUse drives everything at once, for the race detector, and checks that quota is never oversold.
func TestConcurrentUse(t *testing.T) {
	f := start(t, frozen(noon), limited(geminisim.Limits{RPM: 50}))
	var group sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for range 8 {
		group.Go(func() {
			for range 20 {
				got := f.ask("gemini-2.5-flash", "streamGenerateContent?alt=sse", prompt("hi"))
				mu.Lock()
				statuses[got.status]++
				mu.Unlock()
			}
		})
	}
	group.Go(func() {
		for i := range 20 {
			f.Script(geminisim.Target{Key: keyB}, geminisim.Text("x"))
			if err := f.SetLimits("200", "", geminisim.Limits{RPM: i + 1}); err != nil {
				t.Error(err)
			}
			if err := f.SetKeyState(keyB, "valid"); err != nil {
				t.Error(err)
			}
			f.SetProjects(f.Projects())
			_, _, _ = f.Requests(), f.Projects(), f.Counters("100") // read while written
			f.do("GET", "/sim/requests", "")
			f.do("POST", "/v1beta/models/gemini-2.5-flash:generateContent", prompt("hi"), "x-goog-api-key: "+keyB)
		}
	})
	group.Wait()
	if statuses[http.StatusOK] != 50 || statuses[http.StatusTooManyRequests] != 110 {
		t.Errorf("statuses %v, want 50 accepted", statuses)
	}
}

// TestClientGone: a client that leaves is seen to leave.
func TestClientGone(t *testing.T) {
	f := start(t)
	f.Script(geminisim.Target{}, geminisim.Words(3).StallAfter(1))
	res := f.open("gemini-2.5-flash", "streamGenerateContent?alt=sse", prompt("hi"))
	if _, err := res.Body.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	f.server.Close() // waits for the handler
	if r := f.Requests()[0]; !r.Done || !r.ClientGone || r.Status != 200 {
		t.Errorf("%+v", r)
	}
}
