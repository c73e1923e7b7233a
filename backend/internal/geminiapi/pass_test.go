package geminiapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/geminisim"
	"gemini-proxy/backend/internal/settings"
)

func TestMethodsPassUntouched(t *testing.T) {
	long := strings.Repeat("a long text, ", 4000)
	cases := map[string]struct {
		path, body string
		step       *geminisim.Step
	}{
		"generate":                   {path: "/v1beta/models/" + flash + ":generateContent", body: hello},
		"generate, odd spacing":      {path: "/v1beta/models/" + flash + ":generateContent", body: "  {\n\t\"contents\" : [ {\"parts\":[{\"text\":\"\\u0068i ☃\"}]} ] }\n"},
		"generate, snake case":       {path: "/v1beta/models/" + flash + ":generateContent", body: `{"contents":[{"parts":[{"text":"x"}]}],"generation_config":{"max_output_tokens":50}}`},
		"generate, 50 kB":            {path: "/v1beta/models/" + flash + ":generateContent", body: strings.Replace(hello, "hello", long, 1)},
		"generate, v1alpha":          {path: "/v1alpha/models/" + flash + ":generateContent", body: hello},
		"generate, v1":               {path: "/v1/models/" + flash + ":generateContent", body: hello},
		"generate, a query":          {path: "/v1beta/models/" + flash + ":generateContent?prettyPrint=false&%24unknown=a%2Bb", body: hello},
		"generate, an image":         {path: "/v1beta/models/" + flash + ":generateContent", body: hello, step: new(geminisim.Image())},
		"generate, a call":           {path: "/v1beta/models/" + flash + ":generateContent", body: hello, step: new(geminisim.Calls(geminisim.Call{Name: "f", Args: map[string]any{"a": []int{1}}}))},
		"generate, blocked":          {path: "/v1beta/models/" + flash + ":generateContent", body: hello, step: new(geminisim.Blocked("SAFETY"))},
		"generate, swallowed":        {path: "/v1beta/models/" + flash + ":generateContent", body: hello, step: new(geminisim.Finish("MAX_TOKENS"))},
		"generate, refused":          {path: "/v1beta/models/" + flash + ":generateContent", body: hello, step: new(geminisim.Finish("SAFETY"))},
		"stream":                     {path: "/v1beta/models/" + flash + ":streamGenerateContent?alt=sse", body: hello, step: new(geminisim.Words(30))},
		"stream, LF":                 {path: "/v1beta/models/" + flash + ":streamGenerateContent?alt=sse", body: hello, step: new(geminisim.Words(5).LF())},
		"stream, in bits":            {path: "/v1beta/models/" + flash + ":streamGenerateContent?alt=sse", body: hello, step: new(geminisim.TextChunks("ä", "☃ data: {", "\n\n}").Split(3))},
		"stream, a line of 1 MB":     {path: "/v1beta/models/" + flash + ":streamGenerateContent?alt=sse", body: hello, step: new(geminisim.Big(1 << 20))},
		"stream, thoughts first":     {path: "/v1beta/models/" + flash + ":streamGenerateContent?alt=sse", body: hello, step: new(geminisim.Join(geminisim.Thought("hm"), geminisim.Text("yes")))},
		"stream, blocked":            {path: "/v1beta/models/" + flash + ":streamGenerateContent?alt=sse", body: hello, step: new(geminisim.Blocked("SAFETY"))},
		"stream, refused":            {path: "/v1beta/models/" + flash + ":streamGenerateContent?alt=sse", body: hello, step: new(geminisim.Finish("SAFETY"))},
		"stream, dollar alt":         {path: "/v1beta/models/" + flash + ":streamGenerateContent?$alt=sse&alt=sse", body: hello},
		"array":                      {path: "/v1beta/models/" + flash + ":streamGenerateContent", body: hello, step: new(geminisim.Words(30))},
		"array, in bits":             {path: "/v1beta/models/" + flash + ":streamGenerateContent", body: hello, step: new(geminisim.TextChunks(`"}],[{\`, `\"`, "☃").Split(2))},
		"array, a line of 1 MB":      {path: "/v1beta/models/" + flash + ":streamGenerateContent", body: hello, step: new(geminisim.Big(1 << 20))},
		"array, one chunk":           {path: "/v1beta/models/" + flash + ":streamGenerateContent", body: hello, step: new(geminisim.Blocked("OTHER"))},
		"count":                      {path: "/v1beta/models/" + flash + ":countTokens", body: hello},
		"embed":                      {path: "/v1beta/models/gemini-embedding-001:embedContent", body: `{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"x"}]}}`},
		"embed with usage":           {path: "/v1beta/models/gemini-embedding-2:embedContent", body: `{"content":{"parts":[{"text":"x"}]}}`},
		"embed many":                 {path: "/v1beta/models/gemini-embedding-001:batchEmbedContents", body: `{"requests":[{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"x"}]}}]}`},
		"interaction":                {path: "/v1beta/interactions", body: `{"model":"` + flash + `","input":"hello","store":false,"stream":false,"previous_interaction_id":null}`},
		"a stream that was named so": {path: "/v1/models/" + flash + ":streamGenerateContent?alt=sse", body: hello},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, 1, nil)
			if tc.step != nil {
				s.sim.Script(geminisim.Target{}, *tc.step)
			}
			a := s.do(t, http.MethodPost, tc.path, tc.body, "x-goog-api-key: "+s.key)
			if a.status != http.StatusOK || a.err != nil {
				t.Fatalf("%d %s, %v", a.status, a.body, a.err)
			}
			if diff := cmp.Diff(s.sent.String(), a.body); diff != "" {
				t.Errorf("the answer was changed: %s", diff)
			}
			s.checkUpstream(t, 1)
			seen := s.sim.Requests()[0]
			path, query, _ := strings.Cut(tc.path, "?")
			if seen.Path != path || seen.Query != query {
				t.Errorf("asked %s?%s", seen.Path, seen.Query)
			}
			if want := tc.body[:min(len(tc.body), 32<<10)]; seen.Body != want || seen.BytesIn != int64(len(tc.body)) {
				t.Errorf("the body was changed: %d of %d bytes", seen.BytesIn, len(tc.body))
			}
			if a.header.Get("X-Attempts") != "1" || a.header.Get("X-Request-Id") != "request-1" || a.header.Get("Server") != "" {
				t.Errorf("headers %v", a.header)
			}
		})
	}
}

func TestPredictPasses(t *testing.T) {
	t.Parallel()
	s := newServer(t, 1, nil)
	body := `{"instances":[{"prompt":"a cat"}],"parameters":{"sampleCount":1}}`
	a := s.do(t, http.MethodPost, "/v1beta/models/imagen-4.0-generate-001:predict", body, "x-goog-api-key: "+s.key)
	if a.body != s.sent.String() || s.sim.Requests()[0].Body != body {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.checkUpstream(t, 1)
}

func TestCredentialsStayHere(t *testing.T) {
	s := newServer(t, 1, nil)
	const path = "/v1beta/models/" + flash + ":generateContent"
	cases := map[string]struct {
		query   string
		headers []string
	}{
		"x-goog-api-key":        {headers: []string{"x-goog-api-key: " + s.key}},
		"Bearer":                {headers: []string{"Authorization: Bearer " + s.key}},
		"x-api-key":             {headers: []string{"x-api-key: " + s.key}},
		"query":                 {query: "?key=" + s.key},
		"query among others":    {query: "?prettyPrint=true&key=" + s.key + "&alt=json"},
		"query, escaped":        {query: "?k%65y=" + s.key},
		"all at once":           {query: "?key=" + s.key + "&access_token=" + s.key, headers: []string{"x-goog-api-key: " + s.key, "Authorization: Bearer " + s.key, "x-api-key: " + s.key}},
		"headers of the client": {headers: []string{"x-goog-api-key: " + s.key, "Cookie: session=" + s.key, "Proxy-Authorization: Basic " + s.key, "X-Goog-User-Project: mine", "X-Goog-Api-Client: " + s.key, "X-Server-Timeout: 1", "X-Forwarded-For: 10.0.0.1", "Referer: https://client.example/"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s.sim.ClearRequests()
			a := s.do(t, http.MethodPost, path+tc.query, hello, append(tc.headers, "User-Agent: google-genai-sdk/1.77.0", "Accept: application/json")...)
			if a.status != http.StatusOK {
				t.Fatalf("%d %s", a.status, a.body)
			}
			s.checkUpstream(t, 1)
			header := s.sim.Requests()[0].Header
			for name := range header {
				switch name {
				case "X-Goog-Api-Key", "Content-Type", "Content-Length", "Accept", "User-Agent":
				default:
					t.Errorf("the header %s went upstream", name)
				}
			}
			if header.Get("User-Agent") != "geminiapi-test" || header.Get("Accept") != "application/json" || header.Get("Content-Type") != "application/json" {
				t.Errorf("headers %v", header)
			}
		})
	}
}

func TestFailoverIsUnseen(t *testing.T) {
	ok := geminisim.Text("fine")
	cases := map[string]struct {
		steps  []geminisim.Step
		want   []string
		stream bool // only of streams
	}{
		"two minutes used up":       {steps: []geminisim.Step{geminisim.Minute429(30 * time.Second), geminisim.Minute429(30 * time.Second), ok}, want: []string{"minute_quota", "minute_quota", "ok"}},
		"a day used up":             {steps: []geminisim.Step{geminisim.Day429(), ok}, want: []string{"day_quota", "ok"}},
		"not in the tier":           {steps: []geminisim.Step{geminisim.Tier429(), ok}, want: []string{"tier", "ok"}},
		"a 429 without a word":      {steps: []geminisim.Step{geminisim.Bare429(), ok}, want: []string{"bare_429", "ok"}},
		"a leaked key":              {steps: []geminisim.Step{geminisim.DeadKey("leaked"), ok}, want: []string{"dead_key", "ok"}},
		"a suspended key":           {steps: []geminisim.Step{geminisim.DeadKey("suspended"), ok}, want: []string{"dead_key", "ok"}},
		"a blocked key":             {steps: []geminisim.Step{geminisim.DeadKey("blocked"), ok}, want: []string{"misconfigured_key", "ok"}},
		"overloaded":                {steps: []geminisim.Step{geminisim.Status(503), ok}, want: []string{"transient", "ok"}},
		"an internal error":         {steps: []geminisim.Step{geminisim.Status(500), ok}, want: []string{"transient", "ok"}},
		"HTML from the front end":   {steps: []geminisim.Step{geminisim.Status(502), ok}, want: []string{"transient", "ok"}},
		"a deadline":                {steps: []geminisim.Step{geminisim.Status(504), ok}, want: []string{"transient", "ok"}},
		"a broken connection":       {steps: []geminisim.Step{geminisim.Reset(), ok}, want: []string{"transient", "ok"}},
		"cut at once":               {steps: []geminisim.Step{geminisim.CutAfter(0), ok}, want: []string{"transient", "ok"}},
		"an empty answer":           {steps: []geminisim.Step{geminisim.Empty(), ok}, want: []string{"empty", "ok"}},
		"empty content":             {steps: []geminisim.Step{geminisim.EmptyContent(), ok}, want: []string{"empty", "ok"}},
		"no content":                {steps: []geminisim.Step{geminisim.NoContent(), ok}, want: []string{"empty", "ok"}},
		"no candidates":             {steps: []geminisim.Step{geminisim.NoCandidates(), ok}, want: []string{"empty", "ok"}},
		"a malformed call":          {steps: []geminisim.Step{geminisim.Malformed(), ok}, want: []string{"malformed", "ok"}},
		"no JSON":                   {steps: []geminisim.Step{geminisim.Raw(200, `{"candidates":[`), ok}, want: []string{"malformed", "ok"}},
		"an error in a 200":         {steps: []geminisim.Step{geminisim.Raw(200, `{"error":{"code":503,"message":"later","status":"UNAVAILABLE"}}`), ok}, want: []string{"transient", "ok"}},
		"closed to new users":       {steps: []geminisim.Step{geminisim.NewUsers(), ok}, want: []string{"tier", "ok"}},
		"the address refused, once": {steps: []geminisim.Step{geminisim.Location(), ok}, want: []string{"exit", "ok"}},
		"an error event at once":    {steps: []geminisim.Step{geminisim.ErrorEvent(0, geminisim.EventForm), ok}, want: []string{"transient", "ok"}, stream: true},
		"a bare error at once":      {steps: []geminisim.Step{geminisim.BareError(0), ok}, want: []string{"transient", "ok"}, stream: true},
		"ended at once":             {steps: []geminisim.Step{geminisim.Words(2).EndAfter(0), ok}, want: []string{"empty", "ok"}, stream: true},
	}
	for name, tc := range cases {
		for _, call := range []string{"generateContent", "streamGenerateContent?alt=sse", "streamGenerateContent"} {
			if tc.stream && call == "generateContent" {
				continue
			}
			t.Run(name+", "+call, func(t *testing.T) {
				t.Parallel()
				s := newServer(t, 4, nil)
				s.sim.Script(geminisim.Target{}, tc.steps...)
				a := s.post(t, call, hello)
				if a.status != http.StatusOK || !strings.Contains(a.body, "fine") || a.body != s.sent.String() {
					t.Fatalf("%d %s", a.status, a.body)
				}
				s.checkUpstream(t, len(tc.want))
				events := s.finish()
				if len(events) != 1 {
					t.Fatalf("%d events", len(events))
				}
				var verdicts []string
				for _, attempt := range events[0].Attempts {
					verdicts = append(verdicts, attempt.Verdict)
				}
				if diff := cmp.Diff(tc.want, verdicts); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestOtherMethodsFailOverToo(t *testing.T) {
	cases := map[string]struct{ path, body, method string }{
		"count":       {"models/" + flash + ":countTokens", hello, "countTokens"},
		"embed":       {"models/gemini-embedding-001:embedContent", `{"content":{"parts":[{"text":"x"}]}}`, "embedContent"},
		"embed many":  {"models/gemini-embedding-001:batchEmbedContents", `{"requests":[{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"x"}]}}]}`, "batchEmbedContents"},
		"interaction": {"interactions", `{"model":"` + flash + `","input":"hello"}`, "interactions.create"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, 3, nil)
			steps := []geminisim.Step{geminisim.Minute429(time.Minute)}
			if strings.HasPrefix(name, "embed") {
				steps = append(steps, geminisim.Raw(200, `{"usageMetadata":{"promptTokenCount":1}}`))
			}
			s.sim.Script(geminisim.Target{Method: tc.method}, steps...)
			a := s.do(t, http.MethodPost, "/v1beta/"+tc.path, tc.body, "x-goog-api-key: "+s.key)
			if a.status != http.StatusOK || a.body != s.sent.String() {
				t.Fatalf("%d %s", a.status, a.body)
			}
			s.checkUpstream(t, len(steps)+1)
		})
	}
}

func TestCountingLeavesTheModelsQuotaAlone(t *testing.T) {
	t.Parallel()
	s := newServer(t, 1, nil)
	s.sim.Script(geminisim.Target{Method: "countTokens"}, geminisim.Day429())
	if a := s.post(t, "countTokens", hello); a.status != http.StatusTooManyRequests {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := s.post(t, "generateContent", hello); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestRecord(t *testing.T) {
	use := geminisim.Usage{Prompt: 7, Candidates: 5, Thoughts: 3, Total: 15}
	for _, call := range []string{"generateContent", "streamGenerateContent?alt=sse", "streamGenerateContent"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, 1, nil)
			s.sim.Script(geminisim.Target{}, geminisim.TextChunks("a", "b").WithUsage(use))
			s.post(t, call, hello)
			events := s.finish()
			if len(events) != 1 {
				t.Fatalf("%d events", len(events))
			}
			e := events[0]
			if e.RequestID != "request-1" || e.UserKeyID != s.keyID || e.API != "native" || e.Model != flash || e.Stream != strings.HasPrefix(call, "stream") ||
				e.Status != 200 || e.Outcome != "ok" || e.FinishReason != "STOP" || e.InputTokens != 7 || e.OutputTokens != 8 || e.Thoughts != 3 ||
				len(e.Attempts) != 1 || e.FirstByte <= 0 || e.Total < e.FirstByte {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestHungKeyIsPassedOver(t *testing.T) {
	for _, call := range []string{"generateContent", "streamGenerateContent?alt=sse"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, 2, func(s *settings.Settings) { s.FirstByteTimeout, s.RequestTimeout = 0.2, 0.2 })
			s.sim.Script(geminisim.Target{}, geminisim.Hang(0), geminisim.Text("fine"))
			if a := s.post(t, call, hello); a.status != http.StatusOK || !strings.Contains(a.body, "fine") {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
}

func TestAnswersAreJSON(t *testing.T) {
	t.Parallel()
	s := newServer(t, 1, nil)
	s.sim.Script(geminisim.Target{}, geminisim.Words(5))
	var list []json.RawMessage
	if a := s.post(t, "streamGenerateContent", hello); json.Unmarshal([]byte(a.body), &list) != nil || len(list) != 6 {
		t.Errorf("%d items in %s", len(list), a.body)
	}
}
