package geminiapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/geminisim"
	"gemini-proxy/backend/internal/settings"
)

func TestBadInput(t *testing.T) {
	s := newServer(t, 1, nil)
	const model = "/v1beta/models/" + flash
	withKey := "x-goog-api-key: " + s.key
	cases := map[string]struct {
		method, path, body string
		header             string
		code               int
		status             string
		says               string
		upstream           int // requests that reached Gemini
		array              bool
	}{
		"no key":                      {header: "X-None: 1", code: 401, status: "UNAUTHENTICATED", says: "API key"},
		"a wrong key":                 {header: "x-goog-api-key: sk-wrong", code: 401, status: "UNAUTHENTICATED"},
		"a Gemini key":                {header: "x-goog-api-key: " + geminiKey(0), code: 401, status: "UNAUTHENTICATED"},
		"no key, array":               {header: "X-None: 1", path: model + ":streamGenerateContent", code: 401, status: "UNAUTHENTICATED", array: true},
		"no key, events":              {header: "X-None: 1", path: model + ":streamGenerateContent?alt=sse", code: 401, status: "UNAUTHENTICATED"},
		"no body":                     {body: "-", code: 400, status: "INVALID_ARGUMENT", says: "no body"},
		"no JSON":                     {body: "{", code: 400, status: "INVALID_ARGUMENT", upstream: 1},
		"an unknown field":            {body: `{"contents":[],"nonsense":1}`, code: 400, status: "INVALID_ARGUMENT", says: "nonsense", upstream: 1},
		"an unknown field, array":     {path: model + ":streamGenerateContent", body: `{"contents":[],"nonsense":1}`, code: 400, status: "INVALID_ARGUMENT", says: "nonsense", upstream: 1, array: true},
		"no contents":                 {body: `{"contents":[]}`, code: 400, status: "INVALID_ARGUMENT", says: "contents", upstream: 1},
		"an unknown model":            {path: "/v1beta/models/gemini-nonsense:generateContent", code: 404, status: "NOT_FOUND", says: "gemini-nonsense", upstream: 1},
		"an unknown method":           {path: model + ":nonsense", code: 404, status: "NOT_FOUND", upstream: 1},
		"a model of no form":          {path: "/v1beta/models/a%20b:generateContent", code: 400, status: "INVALID_ARGUMENT", says: "model name"},
		"a way out of the path":       {path: "/v1beta/models/..%2f..%2ffiles:generateContent", code: 404, status: "NOT_FOUND"},
		"a method of no form":         {path: model + ":a%3Fkey=b", code: 404, status: "NOT_FOUND"},
		"GET of a method":             {method: http.MethodGet, path: model + ":generateContent", code: 405, status: "UNIMPLEMENTED", says: "POST"},
		"POST of a model":             {path: model, code: 405, status: "UNIMPLEMENTED", says: "GET"},
		"DELETE of the list":          {method: http.MethodDelete, path: "/v1beta/models", code: 405, status: "UNIMPLEMENTED"},
		"an unknown model, alone":     {method: http.MethodGet, path: "/v1beta/models/gemini-nonsense", code: 404, status: "NOT_FOUND", says: "gemini-nonsense", upstream: -1},
		"a page of no size":           {method: http.MethodGet, path: "/v1beta/models?pageSize=many", code: 400, status: "INVALID_ARGUMENT", says: "pageSize"},
		"a token of no list":          {method: http.MethodGet, path: "/v1beta/models?pageToken=%21", code: 400, status: "INVALID_ARGUMENT", says: "pageToken"},
		"nothing there":               {path: "/v1beta/nonsense", code: 404, status: "NOT_FOUND", says: "/v1beta/nonsense", upstream: 1},
		"nothing to list":             {method: http.MethodGet, path: "/v1beta/nonsense", code: 404, status: "NOT_FOUND", says: "/v1beta/nonsense"},
		"nothing to look at":          {method: http.MethodGet, path: "/v1beta/nonsense/x", code: 404, status: "NOT_FOUND", says: "nonsense/x"},
		"a method of a collection":    {method: http.MethodGet, path: "/v1beta/fileSearchStores:nonsense", code: 405, status: "UNIMPLEMENTED", says: "POST"},
		"the root":                    {method: http.MethodGet, path: "/v1beta", code: 404, status: "NOT_FOUND"},
		"a method of HTTP unheard of": {method: "BREW", path: "/v1beta/models", code: 404, status: "NOT_FOUND"},
		"OpenAI's endpoint":           {path: "/v1beta/openai/chat/completions", code: 404, status: "NOT_FOUND", says: "/v1"},
		"a binary answer":             {path: model + ":generateContent?alt=proto", code: 400, status: "INVALID_ARGUMENT", says: "alt"},
		"events of a whole answer":    {path: model + ":generateContent?alt=sse", code: 400, status: "INVALID_ARGUMENT", says: "alt"},
		"a callback":                  {path: model + ":generateContent?callback=f", code: 400, status: "INVALID_ARGUMENT", says: "callback"},
		"a malformed query":           {path: model + ":generateContent?a=%zz", code: 400, status: "INVALID_ARGUMENT", says: "query"},
		"caches with no model":        {path: "/v1beta/cachedContents", body: `{}`, code: 400, status: "INVALID_ARGUMENT", says: "model is required", upstream: 1},
		"another's cache":             {method: http.MethodGet, path: "/v1beta/cachedContents/x", code: 403, status: "PERMISSION_DENIED", says: "CachedContent not found"},
		"PATCH of another's cache":    {method: http.MethodPatch, path: "/v1beta/cachedContents/x", body: `{"ttl":"9s"}`, code: 403, status: "PERMISSION_DENIED", says: "CachedContent not found"},
		"a cache that is not there":   {body: `{"contents":[],"cachedContent":"cachedContents/x"}`, code: 403, status: "PERMISSION_DENIED", says: "CachedContent not found"},
		"the same in snake case":      {body: `{"contents":[],"cached_content":"x"}`, code: 403, status: "PERMISSION_DENIED", says: "cachedContents/x"},
		"the same with escapes":       {body: `{"contents":[],"\u0063achedContent":"cachedContents/x"}`, code: 403, status: "PERMISSION_DENIED", says: "CachedContent not found"},
		"the same in a count":         {path: model + ":countTokens", body: `{"generateContentRequest":{"cachedContent":"cachedContents/x"}}`, code: 403, status: "PERMISSION_DENIED", says: "CachedContent"},
		"a store that is not there":   {body: `{"contents":[],"tools":[{"fileSearch":{"fileSearchStoreNames":["fileSearchStores/x"]}}]}`, code: 404, status: "NOT_FOUND", says: "fileSearchStores/x"},
		"DELETE of the caches":        {method: http.MethodDelete, path: "/v1beta/cachedContents", code: 405, status: "UNIMPLEMENTED", says: "POST"},
		"another's batch":             {method: http.MethodGet, path: "/v1beta/batches/x", code: 404, status: "NOT_FOUND", says: "batches/x"},
		"cancelling another's batch":  {path: "/v1beta/batches/x:cancel", body: "-", code: 404, status: "NOT_FOUND", says: "batches/x"},
		"a batch of nothing":          {path: model + ":batchGenerateContent", body: `{"batch":{}}`, code: 400, status: "INVALID_ARGUMENT", says: "input_config", upstream: 1},
		"a batch of another model":    {path: model + ":batchGenerateContent", body: `{"batch":{"inputConfig":{"requests":{"requests":[{"request":{"model":"models/gemini-4-neon"}}]}}}}`, code: 400, status: "INVALID_ARGUMENT", says: "batch.inputConfig.requests.requests[0].request.model"},
		"a film of no model":          {path: "/v1beta/models/veo-0:predictLongRunning", code: 404, status: "NOT_FOUND", upstream: 1},
		"an operation":                {method: http.MethodGet, path: "/v1beta/operations/x", code: 404, status: "NOT_FOUND", says: "operations/x"},
		"a model's operation":         {method: http.MethodGet, path: "/v1beta/models/veo-3.1/operations/x", code: 404, status: "NOT_FOUND", says: "models/veo-3.1/operations/x"},
		"below a model":               {method: http.MethodGet, path: "/v1beta/models/veo-3.1/nonsense/x", code: 404, status: "NOT_FOUND"},
		"a page of no list":           {method: http.MethodGet, path: "/v1beta/batches?pageToken=bW9kZWw", code: 400, status: "INVALID_ARGUMENT", says: "pageToken"},
		"a tuned model":               {path: "/v1beta/tunedModels/x:generateContent", code: 404, status: "NOT_FOUND", says: "tunedModels/x"},
		"ephemeral tokens":            {path: "/v1alpha/auth_tokens", code: 501, status: "UNIMPLEMENTED", says: "ephemeral tokens are not served"},
		"webhooks":                    {path: "/v1beta/webhooks", code: 501, status: "UNIMPLEMENTED", says: "webhooks are not served"},
		"another's interaction":       {method: http.MethodGet, path: "/v1beta/interactions/x", code: 404, status: "NOT_FOUND", says: "interactions/x"},
		"the interactions":            {method: http.MethodGet, path: "/v1beta/interactions", code: 405, status: "UNIMPLEMENTED", says: "POST"},
		"an interaction that goes on": {path: "/v1beta/interactions", body: `{"model":"m","input":"x","previous_interaction_id":"y"}`, code: 404, status: "NOT_FOUND", says: "interactions/y"},
		"protocol buffers":            {header: withKey + "\nContent-Type: application/x-protobuf", code: 415, status: "INVALID_ARGUMENT", says: "JSON"},
		"an unknown packing":          {header: withKey + "\nContent-Encoding: br", code: 415, status: "INVALID_ARGUMENT", says: "gzip"},
		"no gzip after all":           {header: withKey + "\nContent-Encoding: gzip", code: 400, status: "INVALID_ARGUMENT", says: "gzip"},
		"an interaction of none":      {path: "/v1beta/interactions", body: `{"input":"x"}`, code: 400, status: "INVALID_ARGUMENT", says: "model"},
		"an interaction of no JSON":   {path: "/v1beta/interactions", body: `{"model":`, code: 400, status: "INVALID_ARGUMENT", says: "byte"},
		"an interaction of numbers":   {path: "/v1beta/interactions", body: `{"model":7}`, code: 400, status: "INVALID_ARGUMENT", says: "model"},
		"a body over the limit":       {body: "+", code: 413, status: "INVALID_ARGUMENT", says: "64 MiB"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s.sim.ClearRequests()
			if tc.method == "" {
				tc.method = http.MethodPost
			}
			if tc.path == "" {
				tc.path = model + ":generateContent"
			}
			if tc.header == "" {
				tc.header = withKey
			}
			switch tc.body {
			case "":
				tc.body = hello
			case "-":
				tc.body = ""
			case "+":
				tc.body = strings.Repeat(" ", 65<<20)
			}
			a := s.do(t, tc.method, tc.path, tc.body, strings.Split(tc.header, "\n")...)
			e := errorOf(t, a, tc.array)
			if a.status != tc.code || e.Error.Status != tc.status || !strings.Contains(e.Error.Message, tc.says) {
				t.Errorf("%d %s", a.status, a.body)
			}
			if kind := a.header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
				t.Errorf("type %q", kind)
			}
			if tc.upstream >= 0 {
				s.checkUpstream(t, tc.upstream)
			}
		})
	}
	if counts := s.pool.Counts(); counts.Failing != 0 || counts.Resting != 0 {
		t.Errorf("a key was blamed: %+v", counts)
	}
}

func TestGeminisRefusalPassesAsItIs(t *testing.T) {
	cases := map[string]geminisim.Step{
		"a bad field":   geminisim.Raw(400, "{\n  \"error\": {\"code\": 400, \"message\": \"Invalid JSON payload received.\", \"status\": \"INVALID_ARGUMENT\", \"details\": [{\"@type\": \"type.googleapis.com/google.rpc.BadRequest\", \"fieldViolations\": [{\"field\": \"tools[0]\", \"description\": \"why\"}], \"more\": 1}]}\n}\n"),
		"a file, early": geminisim.FileNotActive("abc"),
		"a long prompt": geminisim.Status(400, "The input token count (2845475) exceeds the maximum number of tokens allowed (1048576)."),
	}
	for name, step := range cases {
		for _, call := range []string{"generateContent", "streamGenerateContent?alt=sse", "streamGenerateContent"} {
			t.Run(name+", "+call, func(t *testing.T) {
				t.Parallel()
				s := newServer(t, 3, nil)
				s.sim.Script(geminisim.Target{}, step)
				a := s.post(t, call, hello)
				if a.body != s.sent.String() || a.status < 400 || a.status != s.sim.Requests()[0].Status {
					t.Errorf("%d %s", a.status, a.body)
				}
				s.checkUpstream(t, 1)
				if event := s.finish()[0]; event.Status != a.status || event.Outcome == "ok" {
					t.Errorf("%+v", event)
				}
			})
		}
	}
}

func TestRefusalShowsNoKey(t *testing.T) {
	t.Parallel()
	s := newServer(t, 1, nil)
	s.sim.Script(geminisim.Target{}, geminisim.Raw(400, `{"error":{"code":400,"message":"odd `+geminiKey(0)+`","status":"INVALID_ARGUMENT"}}`))
	if a := s.post(t, "generateContent", hello); a.status != 400 || !strings.Contains(a.body, "odd [key]") {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestAllLimited(t *testing.T) {
	cases := map[string]struct {
		step          geminisim.Step
		atLeast, most time.Duration
		reason        string
	}{
		"for the minute": {geminisim.Minute429(40 * time.Second), 38 * time.Second, 41 * time.Second, "RATE_LIMIT_EXCEEDED"},
		"for the day":    {geminisim.Day429(), 0, 26 * time.Hour, "INSUFFICIENT_QUOTA"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, 2, func(s *settings.Settings) { s.QueueWait = 0 })
			s.sim.Script(geminisim.Target{}, tc.step, tc.step)
			for _, call := range []string{"generateContent", "streamGenerateContent"} {
				a := s.post(t, call, hello)
				e := errorOf(t, a, call != "generateContent")
				if a.status != 429 || e.Error.Status != "RESOURCE_EXHAUSTED" || a.header.Get("Retry-After") == "" {
					t.Fatalf("%d %s", a.status, a.body)
				}
				reason, delay := "", ""
				for _, detail := range e.Error.Details {
					reason += detail.Reason
					delay += detail.RetryDelay
				}
				if d, err := time.ParseDuration(delay); err != nil || d < tc.atLeast || d > tc.most || reason != tc.reason {
					t.Errorf("retry %s, reason %s", delay, reason)
				}
			}
			s.checkUpstream(t, 2)
		})
	}
}

func TestPoolsTroublesAreOurs(t *testing.T) {
	cases := map[string]struct {
		keys   int
		step   geminisim.Step
		code   int
		status string
	}{
		"no keys":      {0, geminisim.Step{}, 503, "UNAVAILABLE"},
		"dead keys":    {2, geminisim.DeadKey("leaked").Times(geminisim.Forever), 503, "UNAVAILABLE"},
		"overloaded":   {2, geminisim.Status(503).Times(geminisim.Forever), 503, "UNAVAILABLE"},
		"broken":       {2, geminisim.Status(500).Times(geminisim.Forever), 500, "INTERNAL"},
		"HTML":         {2, geminisim.Status(502).Times(geminisim.Forever), 502, "UNAVAILABLE"},
		"too slow":     {2, geminisim.Status(504).Times(geminisim.Forever), 504, "DEADLINE_EXCEEDED"},
		"empty":        {2, geminisim.Empty().Times(geminisim.Forever), 502, "UNAVAILABLE"},
		"out of place": {2, geminisim.Location().Times(geminisim.Forever), 503, "UNAVAILABLE"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, tc.keys, func(s *settings.Settings) { s.QueueWait = 0 })
			s.sim.Script(geminisim.Target{}, tc.step)
			a := s.post(t, "generateContent", hello)
			if e := errorOf(t, a, false); a.status != tc.code || e.Error.Status != tc.status {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
}

func TestV1KeepsOpenAIsPaths(t *testing.T) {
	t.Parallel()
	s := newServer(t, 1, nil)
	if a := s.do(t, http.MethodPost, "/v1/models/"+flash, hello, "x-goog-api-key: "+s.key); a.body != "OpenAI's" {
		t.Errorf("%d %s", a.status, a.body)
	}
}
