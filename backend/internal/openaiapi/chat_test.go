package openaiapi_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/geminisim"
	"gemini-proxy/backend/internal/roster"
	"gemini-proxy/backend/internal/settings"
)

const (
	plainModel  = "gemini-2.5-flash"
	signedModel = "gemini-3.5-flash"
	longModel   = "gemini-4-hydrogen"
	streamed    = `,"stream":true,"stream_options":{"include_usage":true}`
)

func TestChatBothForms(t *testing.T) {
	for _, mode := range []string{settings.StreamAuto, settings.StreamOn, settings.StreamOff} {
		for _, more := range []string{"", streamed, `,"n":3`, streamed + `,"n":3`} {
			for _, model := range []string{plainModel, signedModel} { // one gives all choices in one answer, one is asked for each
				t.Run(mode+more+model, func(t *testing.T) {
					t.Parallel()
					d := newDesk(t, 2, func(s *settings.Settings) { s.StreamMode = mode })
					if model == signedModel || !strings.Contains(more, `"n"`) { // a script gives one candidate alone
						d.sim.Script(geminisim.Target{}, geminisim.TextChunks("Hel", "lo.").Times(geminisim.Forever))
					}
					r := d.ask(t, hello(model, more))
					s := read(t, r)
					n, stream := 1, strings.Contains(more, "stream")
					if strings.Contains(more, "n\":3") {
						n = 3
					}
					if s.choices != n || s.finish != "stop" || s.done != stream || len(s.errors) > 0 || s.usage.Completion == 0 {
						t.Errorf("%+v", s)
					}
					if n == 1 && s.text != "Hello." {
						t.Errorf("text %q", s.text)
					}
					if isEvents := strings.HasPrefix(r.header.Get("Content-Type"), "text/event-stream"); isEvents != stream {
						t.Errorf("the client got %s", r.header.Get("Content-Type"))
					}
					if r.header.Get("X-Attempts") == "" || r.header.Get("X-Request-Id") != "request-1" {
						t.Errorf("headers %v", r.header)
					}
					asksStream := mode == settings.StreamOn || mode == settings.StreamAuto && stream
					for _, sent := range d.wantSent(t, len(d.sim.Requests())) {
						if got := sent.Method == "streamGenerateContent"; got != asksStream {
							t.Errorf("Gemini was asked by %s", sent.Method)
						}
					}
				})
			}
		}
	}
}

func TestChatErrors(t *testing.T) {
	long := strings.Repeat("x", 64<<20)
	tests := []struct {
		name, body string
		step       *geminisim.Step
		status     int
		param      string
		code       string
		message    string // begins with
	}{
		{"no JSON", `{"model"`, nil, 400, "", "", ""},
		{"a bad role", `{"model":"m","messages":[{"role":"robot","content":"a"}]}`, nil, 400, "messages[0].role", "", "messages[0].role: must be one of"},
		{"no messages", `{"model":"m"}`, nil, 400, "messages", "", "messages: "},
		{"a number out of range", hello("m", `,"temperature":3`), nil, 400, "temperature", "", "temperature: must be"},
		{"a file nobody knows", `{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]}`, nil, 404, "messages[0].content[0].file.file_id", "file_not_found", "messages[0].content[0].file.file_id: no file"},
		{"an unknown model", hello("gemini-0-nothing", ""), nil, 404, "", "model_not_found", "models/gemini-0-nothing is not found"},
		{"too large", `{"model":"` + long + `"}`, nil, 413, "", "request_too_large", "the request's body is larger"},
		{"overloaded for good", hello(plainModel, ""), step(geminisim.Status(503).Times(geminisim.Forever)), 503, "", "", ""},
		{"the day is over", hello(plainModel, ""), step(geminisim.Day429().Times(geminisim.Forever)), 429, "", "insufficient_quota", ""},
		{"every key is dead", hello(plainModel, ""), step(geminisim.DeadKey("leaked").Times(geminisim.Forever)), 503, "", "no_available_key", ""},
		{"an empty answer for good", hello(plainModel, ""), step(geminisim.Empty().Times(geminisim.Forever)), 502, "", "empty_answer", ""},
	}
	for _, test := range tests {
		for _, more := range []string{"", streamed} {
			t.Run(test.name+more, func(t *testing.T) {
				d := newDesk(t, 2, nil)
				if test.step != nil {
					d.sim.Script(geminisim.Target{}, *test.step)
				}
				body := test.body
				if strings.HasSuffix(body, "}") {
					body = strings.TrimSuffix(body, "}") + more + "}"
				}
				r := d.ask(t, body)
				wantError(t, r, test.status, test.param, test.code)
				if test.message != "" && !strings.Contains(r.body, `{"message":"`+test.message) {
					t.Errorf("%.300s", r.body)
				}
				d.wantEvent(t, "chat", test.status, verdictsOf(d)...)
			})
		}
	}
}

func verdictsOf(d *desk) []string {
	var all []string
	for _, e := range d.ended() {
		for _, a := range e.Attempts {
			all = append(all, a.Verdict)
		}
	}
	return all
}

func TestChatAuth(t *testing.T) {
	d := newDesk(t, 1, nil)
	for _, credential := range []string{"", "Bearer sk-wrong", "Basic x", "Bearer " + surfaceKey(0)} {
		wantError(t, d.postAs(t, credential, "/v1/chat/completions", "application/json", []byte(hello(plainModel, ""))), 401, "", "invalid_api_key")
	}
	for _, header := range []string{"X-Api-Key", "X-Goog-Api-Key"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+"/v1/chat/completions", strings.NewReader(hello(plainModel, "")))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set(header, d.key)
		response, err := d.client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close() // the status says it
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", header, response.StatusCode)
		}
	}
	d.wantSent(t, 2)
	if r := d.json(t, "/v1/nothing", "{}"); r.status != http.StatusNotFound {
		t.Errorf("status %d: %s", r.status, r.body)
	}
}

// TestChatBodies sends bodies that do not arrive as they should, on a bare connection.
func TestChatBodies(t *testing.T) {
	d := newDesk(t, 1, nil)
	raw := func(head, body string) (int, string) {
		base, err := url.Parse(d.url)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", base.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }() // what matters was read
		_, err = fmt.Fprintf(conn, "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%s\r\n\r\n%s", d.key, head, body)
		if err == nil {
			tcp, ok := conn.(*net.TCPConn)
			if !ok {
				t.Fatalf("%T is no TCP connection", conn)
			}
			err = tcp.CloseWrite()
		}
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			return 0, err.Error() // the server knows that nobody listens
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(text)
	}
	if status, text := raw("Content-Length: 500", `{"model":`); status == http.StatusOK || strings.Contains(text, `"choices"`) {
		t.Errorf("a body cut short: %d %s", status, text)
	}
	if status, text := raw("Content-Length: 99999999999", ""); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a body announced too large: %d %s", status, text)
	}
	body := hello(plainModel, "")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+"/v1/chat/completions", io.MultiReader(strings.NewReader(body))) // of no length
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+d.key)
	response, err := d.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("a body of unannounced length: %d", response.StatusCode)
	}
}

func TestChatBreaksOff(t *testing.T) {
	for _, more := range []string{streamed, streamed + `,"n":2`} {
		d := newDesk(t, 2, nil)
		d.sim.Script(geminisim.Target{}, geminisim.CutAfter(2).Times(2))
		s := read(t, d.ask(t, hello(signedModel, more)))
		if s.done || len(s.errors) != 1 || s.finish != "" || s.text == "" {
			t.Errorf("%+v", s)
		}
	}
}

func TestChatClientGone(t *testing.T) {
	for _, mode := range []string{settings.StreamAuto, settings.StreamOff} {
		d := newDesk(t, 1, func(s *settings.Settings) { s.StreamMode = mode })
		d.sim.Script(geminisim.Target{}, geminisim.Hang(0))
		ctx, cancel := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url+"/v1/chat/completions", strings.NewReader(hello(plainModel, streamed)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+d.key)
		go func() {
			for len(d.sim.Requests()) == 0 && t.Context().Err() == nil {
				time.Sleep(time.Millisecond) // until the call is with Gemini
			}
			cancel()
		}()
		if response, err := d.client.Do(r); err == nil {
			_ = response.Body.Close() // not expected
			t.Errorf("an answer came: %d", response.StatusCode)
		}
		if e := d.wantEvent(t, "chat", 499, "client_gone"); e.Outcome != "client_gone" {
			t.Errorf("outcome %q", e.Outcome)
		}
	}
}

// pngFile is a file that its first bytes make a picture.
const pngFile = "\x89PNG\r\n\x1a\n0000"

func picture(link string) string {
	return `{"model":"` + plainModel + `","messages":[{"role":"user","content":[{"type":"text","text":"what is it?"},{"type":"image_url","image_url":{"url":"` + link + `"}}]}]}`
}

func TestChatLinks(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a.png":
			_, _ = io.WriteString(w, pngFile) // a client that leaves is its own loss
		case "/page":
			_, _ = io.WriteString(w, "<!doctype html><title>no picture</title>")
		default:
			http.NotFound(w, r)
		}
	}))
	defer site.Close()
	d := newDesk(t, 1, nil)
	read(t, d.ask(t, picture(site.URL+"/a.png")))
	sent := d.wantSent(t, 1)
	if !strings.Contains(sent[0].Body, base64.StdEncoding.EncodeToString([]byte(pngFile))) || strings.Contains(sent[0].Body, site.URL) {
		t.Errorf("sent %s", sent[0].Body)
	}
	d.sim.ClearRequests()
	const place = "messages[0].content[1].image_url.url"
	for link, message := range map[string]string{
		site.URL + "/missing":       "cannot be fetched: its server answered 404 Not Found",
		site.URL + "/page":          "cannot be fetched: it leads to a web page, not to an image",
		"http://127.0.0.2:80/x":     "cannot be fetched: its server cannot be reached",
		"http://169.254.169.254/x":  "cannot be fetched: its server cannot be reached",
		"http://u:p@127.0.0.1/":     "cannot be fetched: it carries a user name or password",
		"http://nobody.invalid/a.p": "cannot be fetched: its server cannot be reached",
	} {
		r := d.ask(t, picture(link))
		wantError(t, r, 400, place, "link_not_fetched")
		if !strings.Contains(r.body, place+": "+message) {
			t.Errorf("%s: %s", link, r.body)
		}
	}
	d.wantSent(t, 0)
	read(t, d.ask(t, picture("https://www.youtube.com/watch?v=abc")))
	if sent := d.wantSent(t, 1); !strings.Contains(sent[0].Body, `"fileUri":"https://www.youtube.com/watch?v=abc"`) {
		t.Errorf("sent %s", sent[0].Body)
	}
}

// weather is a conversation in which a tool was called, with its result.
func weather(call calledTool, more string) string {
	return `{"model":"` + signedModel + `","tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object"}}}],"messages":[` +
		`{"role":"user","content":"Weather?"},{"role":"assistant","content":null,"tool_calls":[{"id":"` + call.ID +
		`","type":"function","function":{"name":"weather","arguments":"{}"}` + more + `}]},{"role":"tool","tool_call_id":"` + call.ID + `","content":"sunny"}]}`
}

const skipped = "skip_thought_signature_validator"

func TestChatKeepsSignatures(t *testing.T) {
	for _, more := range []string{"", streamed, `,"n":2`, streamed + `,"n":2`} {
		t.Run(more, func(t *testing.T) {
			d := newDesk(t, 4, nil)
			d.sim.Script(geminisim.Target{}, geminisim.Calls(geminisim.Call{Name: "weather"}).Times(2))
			tools := `,"tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object"}}}]`
			s := read(t, d.ask(t, hello(signedModel, tools+more)))
			if len(s.calls) == 0 || s.finish != "tool_calls" {
				t.Fatalf("%+v", s)
			}
			d.sim.ClearScript()
			minted := map[string]bool{}
			for _, r := range d.sim.Requests() {
				minted[r.Project] = true
			}
			d.sim.ClearRequests()
			read(t, d.ask(t, weather(s.calls[0], "")))
			sent := d.wantSent(t, 1)[0]
			if strings.Contains(sent.Body, skipped) || !strings.Contains(sent.Body, "thoughtSignature") || !minted[sent.Project] {
				t.Errorf("project %s of %v: %s", sent.Project, minted, sent.Body)
			}
			if got := d.thoughts.Stats(); got.Hits != 1 || got.Misses != 0 {
				t.Errorf("%+v", got)
			}
			// Another user's call of the same id is not given it.
			d.sim.ClearRequests()
			r := d.postAs(t, "Bearer "+d.other, "/v1/chat/completions", "application/json", []byte(weather(s.calls[0], "")))
			read(t, r)
			if sent := d.wantSent(t, 1)[0]; !strings.Contains(sent.Body, skipped) {
				t.Errorf("sent %s", sent.Body)
			}
			if got := d.thoughts.Stats(); got.Hits != 1 || got.Misses != 1 {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestChatMendsSignatures lets a client send back a signature that the key at hand does not take.
func TestChatMendsSignatures(t *testing.T) {
	for _, mode := range []string{settings.StreamOff, settings.StreamOn} {
		d := newDesk(t, 1, func(s *settings.Settings) { s.StreamMode = mode })
		foreign := `,"extra_content":{"google":{"thought_signature":"` + base64.StdEncoding.EncodeToString([]byte("from somewhere else")) + `"}}`
		s := read(t, d.ask(t, weather(calledTool{ID: "call_1"}, foreign)))
		if s.text == "" {
			t.Errorf("%+v", s)
		}
		sent := d.wantSent(t, 2)
		if strings.Contains(sent[0].Body, skipped) || !strings.Contains(sent[1].Body, skipped) {
			t.Errorf("sent %s and %s", sent[0].Body, sent[1].Body)
		}
		d.wantEvent(t, "chat", 200, "request", "ok")
	}
}

func TestChatGoesOn(t *testing.T) {
	for _, mode := range []string{settings.StreamAuto, settings.StreamOn, settings.StreamOff} {
		for _, more := range []string{"", streamed} {
			d := newDesk(t, 3, func(s *settings.Settings) { s.StreamMode = mode })
			d.sim.Script(geminisim.Target{}, geminisim.Continuation("one ", "two ", "three"))
			s := read(t, d.ask(t, hello(longModel, more)))
			if s.text != "one two three" || s.finish != "stop" || s.done != (more != "") {
				t.Errorf("%s%s: %+v", mode, more, s)
			}
			d.wantEvent(t, "chat", 200, "ok", "ok", "ok")
		}
	}
}

func TestChatIsShaped(t *testing.T) {
	const system = `{"role":"system","content":"Be kind."}`
	const user = `{"role":"user","content":[{"type":"text","text":"Hello"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}`
	chat := func(more string) string {
		return `{"model":"` + plainModel + `","messages":[` + system + `,` + user + `]` + more + `}`
	}
	inject := func(position string) func(*settings.Settings) {
		return func(s *settings.Settings) {
			s.PromptInjection = settings.PromptInjection{Enabled: true, Content: "In short.", Position: position}
		}
	}
	tests := []struct {
		name, body string
		change     func(*settings.Settings)
		want       []string
		never      []string
	}{
		{"nothing", chat(""), nil, []string{`"text":"Hello"`, `"text":"Be kind."`}, []string{"thinkingConfig"}},
		{"system", chat(""), inject("system"), []string{`[{"text":"In short."},{"text":"Be kind."}]`, `"text":"Hello"`, "iVBORw0KGgo="}, nil},
		{"before", chat(""), inject("user_prefix"), []string{`"text":"In short.\n\nHello"`, "iVBORw0KGgo="}, nil},
		{"after", chat(""), inject("user_suffix"), []string{`"text":"Hello\n\nIn short."`, "iVBORw0KGgo="}, nil},
		{"a budget", chat(""), func(s *settings.Settings) { s.Thinking.Budget, s.Thinking.IncludeThoughts = 2000, true }, []string{`"thinkingBudget":2000`, `"includeThoughts":true`}, nil},
		{"no thinking", chat(""), func(s *settings.Settings) { s.Thinking.Enabled = false }, []string{`"thinkingBudget":0`}, nil},
		{"the request's own word", chat(`,"reasoning_effort":"low"`), func(s *settings.Settings) { s.Thinking.Enabled = false }, []string{`"thinkingBudget":1024`}, nil},
		{"symbols", chat(""), func(s *settings.Settings) {
			s.SymbolInjection = settings.SymbolInjection{Enabled: true, Strategy: "suffix"}
		}, []string{`"text":"Hello `, `"text":"Be kind."`}, []string{`"text":"Hello"`}},
		{"symbols not in JSON", chat(`,"response_format":{"type":"json_object"}`), func(s *settings.Settings) {
			s.SymbolInjection = settings.SymbolInjection{Enabled: true, Strategy: "suffix"}
		}, []string{`"text":"Hello"`}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, 1, test.change)
			read(t, d.ask(t, test.body))
			body := d.wantSent(t, 1)[0].Body
			for _, want := range test.want {
				if !strings.Contains(body, want) {
					t.Errorf("no %s in %s", want, body)
				}
			}
			for _, never := range test.never {
				if strings.Contains(body, never) {
					t.Errorf("%s in %s", never, body)
				}
			}
		})
	}
}

// TestModelsThinkAsTheyAreSet: what is set of a model goes before what is set for all, and after what the request says.
func TestModelsThinkAsTheyAreSet(t *testing.T) {
	d := newDesk(t, 1, func(s *settings.Settings) { s.Thinking = settings.Thinking{Budget: 100} })
	own := roster.Model{Name: plainModel, Enabled: true, Alias: "quick", Thinking: roster.Thinking{Budget: new(int64(2000)), Include: new(true)}}
	if err := d.models.Put(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ body, want string }{
		{hello(plainModel, ""), `"thinkingConfig":{"includeThoughts":true,"thinkingBudget":2000}`},
		{hello("quick", ""), `"thinkingConfig":{"includeThoughts":true,"thinkingBudget":2000}`},
		{hello(plainModel, `,"reasoning_effort":"low"`), `"thinkingBudget":1024`},
		{hello("gemini-2.5-flash-lite", ""), `"thinkingConfig":{"thinkingBudget":0}`}, // of which nothing is set
	} {
		read(t, d.ask(t, test.body))
		sent := d.sim.Requests()
		if body := sent[len(sent)-1].Body; !strings.Contains(body, test.want) {
			t.Errorf("no %s in %s", test.want, body)
		}
	}
}

// TestChatFaultsInForcedModes has both forced modes meet faults that a client shall not see, and one that it shall.
func TestChatFaultsInForcedModes(t *testing.T) {
	for mode, more := range map[string]string{settings.StreamOn: "", settings.StreamOff: streamed} {
		d := newDesk(t, 3, func(s *settings.Settings) { s.StreamMode = mode })
		d.sim.Script(geminisim.Target{}, geminisim.Status(503), geminisim.Text("fine"))
		if s := read(t, d.ask(t, hello(plainModel, more))); s.text != "fine" {
			t.Errorf("%s: %+v", mode, s)
		}
		if mode == settings.StreamOn {
			d.sim.Script(geminisim.Target{}, geminisim.TextChunks("a", "b", "c").CutAfter(2), geminisim.Text("whole"))
			if s := read(t, d.ask(t, hello(plainModel, more))); s.text != "whole" {
				t.Errorf("%s: %+v", mode, s)
			}
		}
		wantError(t, d.ask(t, hello("gemini-0-nothing", strings.TrimPrefix(more, " "))), 404, "", "model_not_found")
	}
}

func TestChatLongBodyIsGivenBack(t *testing.T) {
	d := newDesk(t, 1, nil)
	image := bytes.Repeat([]byte("iVBORw0KGgoA"), 1<<18)
	for range 5 { // each of 3 MB takes the memory of the one before
		read(t, d.ask(t, picture("data:image/png;base64,"+string(image))))
	}
	d.wantSent(t, 5)
}
