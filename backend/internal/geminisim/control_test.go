package geminisim_test

import (
	"strings"
	"testing"

	"gemini-proxy/backend/internal/geminisim"
)

func TestControl(t *testing.T) {
	f := start(t, frozen(noon))
	steps := []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"health", "GET", "/sim/health", "", 200, `"status": "ok"`},
		{"script", "POST", "/sim/scripts", `{"target":{"model":"gemini-2.5-flash"},"steps":[{"do":"minute_429","retry":"9s"},{"do":"day_429"},{"do":"text","text":"scripted"}]}`, 200, `"pending_steps": 3`},
		{"a step with a fault", "POST", "/sim/scripts", `{"steps":[{"do":"text"},{"do":"fly"}]}`, 400, `steps[1]: unknown step \"fly\"`},
		{"an unknown field", "POST", "/sim/scripts", `{"stepz":[]}`, 400, "unknown field"},
		{"pending", "GET", "/sim/scripts", "", 200, `"pending_steps": 3`},
		{"first", "POST", "/v1beta/models/gemini-2.5-flash:generateContent", prompt("x"), 429, `"retryDelay": "9s"`},
		{"second", "POST", "/v1beta/models/gemini-2.5-flash:generateContent", prompt("x"), 429, "PerDay"},
		{"third", "POST", "/v1beta/models/gemini-2.5-flash:generateContent", prompt("x"), 200, "scripted"},
		{"fourth", "POST", "/v1beta/models/gemini-2.5-flash:generateContent", prompt("x"), 200, "heard: x"},
		{"counters", "GET", "/sim/counters", "", 200, `"day_requests": 2`},
		{"log", "GET", "/sim/requests?since=3", "", 200, `"seq": 4`},
		{"bad since", "GET", "/sim/requests?since=x", "", 400, "since"},
		{"search", "POST", "/sim/requests/search", `{"contains":"` + keyA + `"}`, 200, `"count": 4`},
		{"search for nothing", "POST", "/sim/requests/search", `{}`, 400, "contains: want a text"},
		{"key state", "PUT", "/sim/keys", `{"value":"` + keyA + `","state":"leaked"}`, 200, "{}"},
		{"leaked", "POST", "/v1beta/models/gemini-2.5-flash:generateContent", prompt("x"), 403, "reported as leaked"},
		{"unknown key", "PUT", "/sim/keys", `{"value":"AIzaSy-FAKE-who","state":"leaked"}`, 400, "no key AIz…sha256:"},
		{"state", "GET", "/sim/state", "", 200, `"state": "leaked"`},
		{"new state", "PUT", "/sim/state", `{"projects":[{"number":"100","limits":{"":{"rpm":2}},"keys":[{"value":"` + keyA + `"}]}]}`, 200, `"rpm": 2`},
		{"use is kept", "POST", "/v1beta/models/gemini-2.5-flash:generateContent", prompt("x"), 429, "PerMinute"},
		{"clock", "POST", "/sim/clock", `{"advance":"1m"}`, 200, "2026-06-01T19:01:00Z"},
		{"room again", "POST", "/v1beta/models/gemini-2.5-flash:generateContent", prompt("x"), 200, ""},
		{"limits", "PUT", "/sim/limits", `{"project":"100","model":"gemini-2.5-flash","limits":{"rpm":1}}`, 200, "{}"},
		{"limits of none", "PUT", "/sim/limits", `{"project":"1","limits":{}}`, 400, `no project \"1\"`},
		{"limited", "POST", "/v1beta/models/gemini-2.5-flash:generateContent", prompt("x"), 429, "limit: 1"},
		{"set the clock", "POST", "/sim/clock", `{"set":"2026-07-01T00:00:00Z"}`, 200, "2026-07-01T00:00:00Z"},
		{"location", "PUT", "/sim/state", `{"location_blocked":true}`, 200, `"location_blocked": true`},
		{"blocked", "POST", "/v1beta/models/gemini-2.5-flash:generateContent", prompt("x"), 400, "User location"},
		{"reset", "POST", "/sim/reset", "", 200, `"location_blocked": false`},
		{"faults", "PUT", "/sim/faults", `{"target":{"key":"` + keyA + `"},"rate":1,"step":{"do":"status","code":500}}`, 200, "{}"},
		{"faulty", "POST", "/v1beta/models/gemini-2.5-flash:generateContent", prompt("x"), 500, "INTERNAL"},
		{"bad rate", "PUT", "/sim/faults", `{"rate":2}`, 400, "rate 2: want 0 to 1"},
		{"clear scripts", "DELETE", "/sim/scripts", "", 200, ""},
		{"well", "POST", "/v1beta/models/gemini-2.5-flash:generateContent", prompt("x"), 200, ""},
		{"clear the log", "DELETE", "/sim/requests", "", 200, ""},
		{"empty log", "GET", "/sim/requests", "", 200, `"requests": []`},
		{"nothing there", "GET", "/sim/nothing", "", 404, "no operation GET /sim/nothing"},
	}
	for _, s := range steps {
		var headers []string
		if strings.HasPrefix(s.path, "/v1beta") {
			headers = append(headers, "x-goog-api-key: "+keyA)
		}
		t.Run(s.name, func(t *testing.T) {
			wantBody(t, f.do(s.method, s.path, s.body, headers...), s.status, s.want)
		})
	}
}

// TestParseStep reads every step there is; what each answers is tested where its constructor is.
func TestParseStep(t *testing.T) {
	for _, raw := range []string{
		`{"do":"answer","delay":"1s"}`, `{"do":"text","text":"x","chunk_delay":0.5}`, `{"do":"chunks","chunks":["a"]}`, `{"do":"words","n":3}`,
		`{"do":"big","n":9}`, `{"do":"thought","text":"x"}`, `{"do":"calls","calls":[{"name":"f","args":{"a":1}}]}`, `{"do":"image"}`,
		`{"do":"audio","wav":true}`, `{"do":"join","steps":[{"do":"thought"},{"do":"text"}]}`, `{"do":"continuation","chunks":["a","b"],"checkpoints":true}`,
		`{"do":"finish","reason":"SAFETY"}`, `{"do":"blocked","reason":"OTHER"}`, `{"do":"empty"}`, `{"do":"empty_content"}`, `{"do":"no_content"}`,
		`{"do":"no_candidates"}`, `{"do":"malformed"}`, `{"do":"status","code":503,"text":"overloaded"}`, `{"do":"minute_429","retry":"9s"}`,
		`{"do":"token_429","retry":5}`, `{"do":"multi_429"}`, `{"do":"day_429"}`, `{"do":"tier_429"}`, `{"do":"bare_429"}`, `{"do":"help_429"}`,
		`{"do":"limit_429"}`, `{"do":"dead_key","state":"leaked"}`, `{"do":"location"}`, `{"do":"file_forbidden","file":"a"}`,
		`{"do":"file_not_active","file":"a"}`, `{"do":"new_users"}`, `{"do":"hang","for":"1s"}`, `{"do":"reset"}`,
		`{"do":"raw","code":200,"body":"x","content_type":"text/plain"}`, `{"do":"words","n":3,"cut_after":1,"split":7,"lf":true,"times":-1}`,
		`{"do":"words","n":3,"end_after":1}`, `{"do":"words","n":3,"reset_after":1}`, `{"do":"words","n":3,"stall_after":1}`,
		`{"do":"words","n":3,"error_after":1,"error_code":500}`, `{"do":"words","n":3,"bare_error_after":1}`,
		`{"do":"text","usage":{"promptTokenCount":3},"omit_index":true,"unsigned":true,"finish":"MAX_TOKENS"}`,
	} {
		if _, err := geminisim.ParseStep([]byte(raw)); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
	}
	for _, raw := range []string{`{`, `{"do":"x"}`, `{"do":"status","code":200}`, `{"do":"raw","code":9}`, `{"do":"text","txt":""}`, `{"do":"hang","for":"soon"}`, `{"do":"join","steps":[{"do":"x"}]}`} {
		if _, err := geminisim.ParseStep([]byte(raw)); err == nil {
			t.Errorf("%s: accepted", raw)
		}
	}
}
