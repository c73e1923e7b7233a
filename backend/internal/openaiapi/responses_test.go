package openaiapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/geminisim"
	"gemini-proxy/backend/internal/settings"
)

// responded is a response of the Responses API, as far as the tests look.
type responded struct {
	ID         string
	Status     string
	Incomplete *struct{ Reason string } `json:"incomplete_details"`
	Output     []struct {
		Type      string
		CallID    string `json:"call_id"`
		Name      string
		Arguments string
		Summary   []struct{ Text string }
		Content   []struct {
			Text        string
			Annotations []json.RawMessage
		}
	}
	Usage struct {
		Input  int `json:"input_tokens"`
		Output int `json:"output_tokens"`
		Total  int `json:"total_tokens"`
	}
}

// respond asks for a response, whole or streamed: of a stream the last event carries it.
func (d *desk) respond(t *testing.T, body string, stream bool) responded {
	t.Helper()
	if !stream {
		return decode[responded](t, d.json(t, "/v1/responses", body))
	}
	r := d.json(t, "/v1/responses", strings.TrimSuffix(body, "}")+`,"stream":true}`)
	_, last, found := strings.Cut(r.body, "\nevent: response.completed\ndata: ")
	if !found {
		_, last, found = strings.Cut(r.body, "\nevent: response.incomplete\ndata: ")
	}
	if !found {
		t.Fatalf("status %d: %s", r.status, r.body)
	}
	var end struct{ Response responded }
	if err := json.Unmarshal([]byte(last), &end); err != nil {
		t.Fatal(err)
	}
	return end.Response
}

func TestResponses(t *testing.T) {
	for _, mode := range []string{settings.StreamAuto, settings.StreamOn, settings.StreamOff} {
		for _, stream := range []bool{false, true} {
			d := newDesk(t, 2, func(s *settings.Settings) { s.StreamMode = mode })
			d.sim.Script(geminisim.Target{}, geminisim.Status(503), geminisim.Join(geminisim.Thought("Hm."), geminisim.TextChunks("Hel", "lo.")))
			got := d.respond(t, `{"model":"`+signedModel+`","instructions":"Be kind.","input":"Hello","reasoning":{"effort":"low","summary":"auto"},"metadata":{"a":"b"}}`, stream)
			if len(got.Output) != 2 || got.Output[0].Summary[0].Text != "Hm." || got.Output[1].Content[0].Text != "Hello." || got.Status != "completed" {
				t.Errorf("%s, stream %v: %+v", mode, stream, got)
			}
			if got.Usage.Input == 0 || got.Usage.Input+got.Usage.Output != got.Usage.Total || got.ID != "resp_request-1" {
				t.Errorf("%s, stream %v: %+v", mode, stream, got)
			}
			for _, sent := range d.wantSent(t, 2) {
				for _, want := range []string{`"systemInstruction":{"parts":[{"text":"Be kind."}]}`, `"thinkingConfig":{"includeThoughts":true,"thinkingLevel":"low"}`} {
					if !strings.Contains(sent.Body, want) {
						t.Errorf("no %s in %s", want, sent.Body)
					}
				}
			}
			d.wantEvent(t, "responses", 200, "transient", "ok")
		}
	}
}

// TestResponsesToolLoop goes three steps, with what a client of this API sends back: items, and no signature.
func TestResponsesToolLoop(t *testing.T) {
	const tools = `"tools":[{"type":"function","name":"first","description":null,"parameters":{"type":"object","properties":{"a":{"type":"integer"}}},"strict":false},` +
		`{"type":"function","name":"second","description":null,"parameters":null,"strict":null}]`
	for _, stream := range []bool{false, true} {
		d := newDesk(t, 3, nil)
		d.sim.Script(geminisim.Target{},
			geminisim.Calls(geminisim.Call{Name: "first", Args: map[string]any{"a": 1}}),
			geminisim.Calls(geminisim.Call{Name: "second"}, geminisim.Call{Name: "first", Args: map[string]any{"a": 2}}),
			geminisim.Calls(geminisim.Call{Name: "second"}), geminisim.Text("Done."))
		input := `{"role":"user","content":[{"type":"input_text","text":"Go."}]}`
		var called []string
		for range 4 {
			got := d.respond(t, `{"model":"`+longModel+`","input":[`+input+`],`+tools+`}`, stream)
			var results string
			for _, item := range got.Output {
				if item.Type != "function_call" {
					continue
				}
				called = append(called, item.Name+item.Arguments)
				input += `,{"type":"function_call","call_id":"` + item.CallID + `","name":"` + item.Name + `","arguments":` + string(quoted(t, item.Arguments)) + `}`
				results += `,{"type":"function_call_output","call_id":"` + item.CallID + `","output":"fine"}`
			}
			input += results
			if results == "" && got.Output[0].Content[0].Text != "Done." {
				t.Errorf("%+v", got)
			}
		}
		if all := strings.Join(called, " "); all != `first{"a":1} second{} first{"a":2} second{}` {
			t.Errorf("stream %v: called %s", stream, all)
		}
		for _, sent := range d.wantSent(t, 4) {
			if strings.Contains(sent.Body, "skip_thought_signature") {
				t.Errorf("a signature was lost: %s", sent.Body)
			}
		}
	}
}

func quoted(t *testing.T, s string) []byte {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestResponsesThatAreCutShort(t *testing.T) {
	d := newDesk(t, 1, nil)
	for _, stream := range []bool{false, true} {
		for finish, reason := range map[string]string{"MAX_TOKENS": "max_output_tokens", "SAFETY": "content_filter"} {
			d.sim.Script(geminisim.Target{}, geminisim.Finish(finish, "Half of"))
			got := d.respond(t, `{"model":"`+plainModel+`","input":"Hello","max_output_tokens":20}`, stream)
			if got.Status != "incomplete" || got.Incomplete == nil || got.Incomplete.Reason != reason || got.Output[0].Content[0].Text != "Half of" {
				t.Errorf("%s, stream %v: %+v", finish, stream, got)
			}
		}
	}
	d.sim.Script(geminisim.Target{}, geminisim.TextChunks("a", "b", "c").CutAfter(2))
	r := d.json(t, "/v1/responses", `{"model":"`+plainModel+`","input":"Hello","stream":true}`)
	if !strings.Contains(r.body, "\nevent: error\ndata: {\"type\":\"error\"") || strings.Contains(r.body, "response.completed") {
		t.Errorf("%s", r.body)
	}
}

func TestResponsesErrors(t *testing.T) {
	d := newDesk(t, 1, nil)
	for body, want := range map[string]struct {
		status      int
		param, code string
	}{
		`{"model":"m"}`: {400, "input", ""},
		`{"model":"m","input":[{"role":"robot","content":"a"}]}`:                                                            {400, "input[0].role", ""},
		`{"model":"m","input":[{"role":"user","content":"a"},{"type":"function_call_output","call_id":"x","output":"b"}]}`:  {400, "input[1].call_id", ""},
		`{"model":"m","instructions":"b","input":[{"role":"user","content":[{"type":"input_file","file_id":"file-1"}]}]}`:   {404, "input[0].content[0].file_id", "file_not_found"},
		`{"model":"m","input":"a","previous_response_id":"resp_1"}`:                                                         {400, "previous_response_id", ""},
		`{"model":"m","input":"a","background":true}`:                                                                       {400, "background", ""},
		`{"model":"m","input":"a","tools":[{"type":"function"}]}`:                                                           {400, "tools[0].name", ""},
		`{"model":"m","input":"a","tools":[{"type":"mcp"}]}`:                                                                {400, "tools[0].type", ""},
		`{"model":"m","input":"a","text":{"format":{"type":"json_schema","name":"a","schema":{"$ref":"https://e.com/a"}}}}`: {400, "text.format.schema.$ref", ""},
		`{"model":"m","input":"a","max_output_tokens":0}`:                                                                   {400, "max_output_tokens", ""},
		`{"model":"gemini-0-nothing","input":"a"}`:                                                                          {404, "", "model_not_found"},
		`{"model":"m","input":[{"type":"item_reference","id":"msg_1"}]}`:                                                    {400, "input[0].type", ""},
	} {
		wantError(t, d.json(t, "/v1/responses", body), want.status, want.param, want.code)
	}
}
