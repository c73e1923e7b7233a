package openai_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/openai"
	"gemini-proxy/backend/internal/openaispec"
)

// body puts fields into a request that is fine without them.
func body(fields string) string {
	return `{"model":"gemini-3.5-flash","messages":[{"role":"user","content":"Hi"}],` + fields + `}`
}

// with makes a request of messages alone.
func with(messages string) string {
	return `{"model":"gemini-3.5-flash","messages":[` + messages + `]}`
}

const (
	calling = `{"role":"user","content":"Go"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},`
	oneTool = `"tools":[{"type":"function","function":{"name":"f"}}]`
)

func TestParseChatNamesTheField(t *testing.T) {
	tests := []struct{ name, body, field, message string }{
		{"not an object", `[]`, "", "must be an object"},
		{"broken", `{"model":"m",`, "", "invalid JSON at byte 13"},
		{"text after the end", body(`"n":1`) + `x`, "", "invalid JSON at byte"},
		{"no model", `{"messages":[{"role":"user","content":"x"}]}`, "model", "is required"},
		{"model is a number", `{"model":7}`, "model", "must be a string, not a number"},
		{"model is no name", `{"model":"` + strings.Repeat("m", 201) + `"}`, "model", "1 to 200 bytes"},
		{"no messages", `{"model":"m"}`, "messages", "at least one"},
		{"empty messages", `{"model":"m","messages":[]}`, "messages", "at least one"},
		{"messages is an object", `{"model":"m","messages":{}}`, "messages", "must be an array"},
		{"no role", with(`{"content":"x"}`), "messages[0].role", "is required"},
		{"unknown role", with(`{"role":"model","content":"x"}`), "messages[0].role", "must be one of system, developer, user"},
		{"user without content", with(`{"role":"user"}`), "messages[0].content", "is required"},
		{"user with null content", with(`{"role":"user","content":null}`), "messages[0].content", "is required"},
		{"user with no parts", with(`{"role":"user","content":[]}`), "messages[0].content", "is required"},
		{"content is an object", with(`{"role":"user","content":{}}`), "messages[0].content", "a string or an array of parts"},
		{"content is a number", with(`{"role":"user","content":1}`), "messages[0].content", "must be a string"},
		{"part without type", with(`{"role":"user","content":[{"text":"x"}]}`), "messages[0].content[0].type", "is required"},
		{"part of unknown type", with(`{"role":"user","content":[{"type":"smell"}]}`), "messages[0].content[0].type", `"smell" is not`},
		{"text part without text", with(`{"role":"user","content":[{"type":"text"}]}`), "messages[0].content[0].text", "is required"},
		{"image without image", with(`{"role":"user","content":[{"type":"image_url"}]}`), "messages[0].content[0]", "must carry data"},
		{"image with an odd scheme", with(`{"role":"user","content":"x"},{"role":"user","content":[{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}]}`),
			"messages[1].content[0].image_url.url", "not file:"},
		{"image that is no URL", with(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"cat.png"}}]}`), "messages[0].content[0].image_url.url", "must be a URL"},
		{"data URL without base64", with(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png,abc"}}]}`), "messages[0].content[0].image_url.url", "base64 data URL"},
		{"data URL without data", with(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,"}}]}`), "messages[0].content[0].image_url.url", "holds no data"},
		{"data URL with a quote", with(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA\"}"}}]}`), "messages[0].content[0].image_url.url", "is not base64"},
		{"data URL that ends in a backslash", with(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA\\"}}]}`), "messages[0].content[0].image_url.url", "is not base64"},
		{"data URL that is a placeholder", with(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,{image}"}}]}`), "messages[0].content[0].image_url.url", "is not base64"},
		{"data URL without a type", with(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:;base64,AAAA"}}]}`), "messages[0].content[0].image_url.url", "what kind of media"},
		{"image Gemini cannot read", with(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/bmp;base64,Qk0="}}]}`), "messages[0].content[0].image_url.url", "does not read image/bmp"},
		{"broken GIF", with(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/gif;base64,R0lGODlh"}}]}`), "messages[0].content[0].image_url.url", "a GIF that cannot be read"},
		{"GIF that claims too much", with(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/gif;base64,R0lGODlh/////wAAAA=="}}]}`), "messages[0].content[0].image_url.url", "too large a GIF"},
		{"odd detail", with(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x.y/z.png","detail":"max"}}]}`), "messages[0].content[0].image_url.detail", "must be one of auto"},
		{"office file", with(`{"role":"user","content":[{"type":"file","file":{"filename":"a.docx","file_data":"UEsDBA=="}}]}`), "messages[0].content[0].file.file_data", "Office files"},
		{"file of unknown kind", with(`{"role":"user","content":[{"type":"file","file":{"file_data":"AAAA"}}]}`), "messages[0].content[0].file.file_data", "what kind of media"},
		{"audio without data", with(`{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"","format":"wav"}}]}`), "messages[0].content[0].input_audio.data", "holds no data"},
		{"image in a system message", with(`{"role":"system","content":[{"type":"image_url","image_url":{"url":"https://x.y/z.png"}}]}`), "messages[0].content[0].image_url.url", "cannot be in a system message"},
		{"tool message without id", with(calling + `{"role":"tool","content":"x"}`), "messages[2].tool_call_id", "is required"},
		{"function message without name", with(`{"role":"function","content":"x"}`), "messages[0].name", "is required"},
		{"calls of the user", with(`{"role":"user","content":"x","tool_calls":[{"id":"a","type":"function","function":{"name":"f"}}]}`), "messages[0].tool_calls", "the assistant's alone"},
		{"call without id", with(`{"role":"assistant","tool_calls":[{"type":"function","function":{"name":"f"}}]}`), "messages[0].tool_calls[0].id", "is required"},
		{"call without name", with(`{"role":"assistant","tool_calls":[{"id":"a","function":{}}]}`), "messages[0].tool_calls[0].function.name", "is required"},
		{"call without function", with(`{"role":"assistant","tool_calls":[{"id":"a"}]}`), "messages[0].tool_calls[0].function.name", "is required"},
		{"custom call", with(`{"role":"assistant","tool_calls":[{"id":"a","type":"custom","custom":{"name":"f","input":"x"}}]}`), "messages[0].tool_calls[0].type", "custom tools"},
		{"arguments that are no JSON", with(`{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{x"}}]}`), "messages[0].tool_calls[0].function.arguments", "JSON object in a string"},
		{"arguments that are an array", with(`{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"[1]"}}]}`), "messages[0].tool_calls[0].function.arguments", "JSON object in a string"},
		{"temperature too high", body(`"temperature":2.5`), "temperature", "between 0 and 2"},
		{"temperature as text", body(`"temperature":"hot"`), "temperature", "must be a number, not a string"},
		{"top_p negative", body(`"top_p":-1`), "top_p", "between 0 and 1"},
		{"top_k zero", body(`"top_k":0`), "top_k", "between 1 and 1000"},
		{"penalty", body(`"presence_penalty":3`), "presence_penalty", "between -2 and 2"},
		{"penalty too", body(`"frequency_penalty":-3`), "frequency_penalty", "between -2 and 2"},
		{"n zero", body(`"n":0`), "n", "between 1 and 8"},
		{"n too many", body(`"n":9`), "n", "between 1 and 8"},
		{"n of a half", body(`"n":1.5`), "n", "whole number"},
		{"max_tokens zero", body(`"max_tokens":0`), "max_tokens", "between 1 and"},
		{"max_completion_tokens negative", body(`"max_completion_tokens":-5`), "max_completion_tokens", "between 1 and"},
		{"six stops", body(`"stop":["a","b","c","d","e","f"]`), "stop", "at most 5"},
		{"stop of numbers", body(`"stop":[1]`), "stop[0]", "must be a string"},
		{"top_logprobs alone", body(`"top_logprobs":2`), "top_logprobs", "logprobs to be true"},
		{"top_logprobs too many", body(`"logprobs":true,"top_logprobs":21`), "top_logprobs", "between 0 and 20"},
		{"odd service tier", body(`"service_tier":"gold"`), "service_tier", "must be one of auto"},
		{"odd effort", body(`"reasoning_effort":"hard"`), "reasoning_effort", "must be one of none"},
		{"effort and thinking_config", body(`"reasoning_effort":"low","thinking_config":{"thinking_budget":5}`), "reasoning_effort", "here thinking_config"},
		{"effort and extra_body", body(`"reasoning_effort":"low","extra_body":{"google":{"thinking_config":{}}}`), "reasoning_effort", "here extra_body.google.thinking_config"},
		{"budget and level", body(`"thinking_config":{"thinking_budget":5,"thinking_level":"low"}`), "thinking_config.thinking_level", "give one of them"},
		{"budget too small", body(`"thinking_config":{"thinking_budget":-2}`), "thinking_config.thinking_budget", "between -1"},
		{"odd level", body(`"thinking_config":{"thinking_level":"much"}`), "thinking_config.thinking_level", "must be minimal"},
		{"odd cache", body(`"extra_body":{"google":{"cached_content":"abc"}}`), "extra_body.google.cached_content", "cachedContents/"},
		{"odd modality", body(`"modalities":["text","smell"]`), "modalities[1]", "must be one of text"},
		{"audio as mp3", body(`"audio":{"voice":"alloy","format":"mp3"}`), "audio.format", "wav or pcm16"},
		{"streamed wav", body(`"modalities":["audio"],"audio":{"voice":"alloy","format":"wav"},"stream":true`), "audio.format", "pcm16 alone"},
		{"response_format without type", body(`"response_format":{}`), "response_format.type", "is required"},
		{"odd response_format", body(`"response_format":{"type":"xml"}`), "response_format.type", "must be one of text"},
		{"schema that is a string", body(`"response_format":{"type":"json_schema","json_schema":{"schema":"x"}}`), "response_format.json_schema.schema", "must be a JSON Schema"},
		{"tool without type", body(`"tools":[{"function":{"name":"f"}}]`), "tools[0].type", "is required"},
		{"odd tool", body(`"tools":[{"type":"magic"}]`), "tools[0].type", "must be function"},
		{"custom tool", body(`"tools":[{"type":"custom","custom":{"name":"f"}}]`), "tools[0].type", "custom tools"},
		{"tool without function", body(`"tools":[{"type":"function"}]`), "tools[0].function", "is required"},
		{"tool without name", body(`"tools":[{"type":"function","function":{}}]`), "tools[0].function.name", "is required"},
		{"tool twice", body(`"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"f"}}]`), "tools[1].function.name", `"f" is declared twice`},
		{"legacy function twice", body(`"functions":[{"name":"f"},{"name":"f"}]`), "functions[1].name", "declared twice"},
		{"both forms", body(oneTool + `,"functions":[{"name":"g"}]`), "functions", "one form alone"},
		{"functions beside search", body(oneTool + `,"web_search_options":{}`), "tools", "cannot be offered together"},
		{"functions and -search", `{"model":"gemini-3.5-flash-search","messages":[{"role":"user","content":"x"}],` + oneTool + `}`, "model", "-search"},
		{"choice of an unknown function", body(oneTool + `,"tool_choice":{"type":"function","function":{"name":"g"}}`), "tool_choice", `the function "g"`},
		{"choice without a name", body(oneTool + `,"tool_choice":{"type":"function"}`), "tool_choice.function.name", "is required"},
		{"choice that is odd", body(oneTool + `,"tool_choice":"maybe"`), "tool_choice", "must be one of none"},
		{"choice of a custom tool", body(oneTool + `,"tool_choice":{"type":"custom","custom":{"name":"g"}}`), "tool_choice.type", "custom tools"},
		{"required without tools", body(`"tool_choice":"required"`), "tool_choice", "there are no tools"},
		{"allowed none", body(oneTool + `,"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[]}}`), "tool_choice.allowed_tools.tools", "at least one"},
		{"parameters that are a string", body(`"tools":[{"type":"function","function":{"name":"f","parameters":"x"}}]`), "tools[0].function.parameters", "must be a JSON Schema"},
		{"schema too deep", body(`"tools":[{"type":"function","function":{"name":"f","parameters":` + strings.Repeat(`{"items":`, 70) + `{}` + strings.Repeat(`}`, 70) + `}}]`),
			"tools[0].function.parameters" + strings.Repeat(".items", 61), "deeper than 60"},
		{"schema too large", body(`"tools":[{"type":"function","function":{"name":"f","parameters":{"enum":[0` + strings.Repeat(`,0`, 20_000) + `]}}}]`),
			"tools[0].function.parameters.enum[9998]", "too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := openai.ParseChat([]byte(tt.body))
			expectFault(t, err, fault.Invalid, tt.field, tt.message)
		})
	}
}

func TestToGeminiNamesTheField(t *testing.T) {
	schema := func(s string) string {
		return body(`"response_format":{"type":"json_schema","json_schema":{"schema":` + s + `}}`)
	}
	at := func(below string) string { return "response_format.json_schema.schema" + below }
	tests := []struct{ name, model, body, field, message string }{
		{"prefill on 3.6", "gemini-3.6-flash", with(`{"role":"user","content":"x"},{"role":"assistant","content":"y"}`), "messages[1]", "must be the user's or a tool's"},
		{"prefill on 4", "gemini-4-argon", with(`{"role":"user","content":"x"},{"role":"assistant","content":"y"}`), "messages[1]", "gemini-4-argon does not go on"},
		{"prefill on 3.5 lite", "gemini-3.5-flash-lite", with(`{"role":"assistant","content":"y"}`), "messages[0]", "does not go on"},
		{"nothing to answer", "gemini-2.5-flash", with(`{"role":"assistant","content":""}`), "messages", "nothing to answer"},
		{"result of no call", "gemini-2.5-flash", with(`{"role":"user","content":"x"},{"role":"tool","tool_call_id":"a","content":"y"}`), "messages[1].tool_call_id", `"a" answers no open tool call`},
		{"result of another call", "gemini-2.5-flash", with(calling + `{"role":"tool","tool_call_id":"b","content":"y"}`), "messages[2].tool_call_id", `"b" answers no open`},
		{"result twice", "gemini-2.5-flash", with(calling + `{"role":"tool","tool_call_id":"a","content":"y"},{"role":"tool","tool_call_id":"a","content":"z"}`), "messages[3].tool_call_id", "answers no open"},
		{"result after another answer", "gemini-2.5-flash", with(calling + `{"role":"tool","tool_call_id":"a","content":"y"},{"role":"assistant","content":"ok"},{"role":"tool","tool_call_id":"a","content":"z"}`), "messages[4].tool_call_id", "answers no open"},
		{"function result of no call", "gemini-2.5-flash", with(`{"role":"user","content":"x"},{"role":"function","name":"f","content":"y"}`), "messages[1].name", `"f" answers no open function call`},
		{"logprobs on 2.5 pro", "gemini-2.5-pro", body(`"logprobs":true`), "logprobs", "gives no log probabilities"},
		{"JSON with tools on 2.5", "gemini-2.5-flash", body(oneTool + `,"response_format":{"type":"json_object"}`), "response_format", "while tools are offered"},
		{"cache on 4", "gemini-4-neon", body(`"extra_body":{"google":{"cached_content":"cachedContents/a"}}`), "extra_body.google.cached_content", "no explicit cache"},
		{"parameters that are no object", "gemini-2.5-flash", body(`"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"string"}}}]`), "tools[0].function.parameters.type", "must be object"},
		{"reference to another document", "", schema(`{"properties":{"a":{"$ref":"https://example.com/s.json"}}}`), at(".properties.a.$ref"), "only references within"},
		{"reference to nothing", "", schema(`{"properties":{"a":{"$ref":"#/$defs/X"}}}`), at(".properties.a.$ref"), "names nothing"},
		{"reference to no anchor", "", schema(`{"items":{"$ref":"#x"}}`), at(".items.$ref"), "the anchor"},
		{"reference to a string", "", schema(`{"title":"x","items":{"$ref":"#/title"}}`), at(".items.$ref"), "is not a schema"},
		{"reference that is a number", "", schema(`{"items":{"$ref":1}}`), at(".items.$ref"), "must be a string"},
		{"schema that is all of itself", "", schema(`{"allOf":[{"$ref":"#"}]}`), "", ""},
		{"property that is no schema", "", schema(`{"properties":{"a":"string"}}`), at(".properties.a"), "must be a schema"},
		{"schema that grows beyond bounds", "", schema(bomb(14)), "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := openai.ParseChat([]byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			model := tt.model
			if model == "" {
				model = "gemini-3.5-flash"
			}
			_, err = openai.ToGemini(r, openai.Options{Model: model})
			if tt.message == "" { // where it is noticed is no promise
				expectFault(t, err, fault.Invalid, errorField(err), "")
				return
			}
			expectFault(t, err, fault.Invalid, tt.field, tt.message)
		})
	}
}

// bomb is a schema of n definitions, each of which holds the next one twice.
func bomb(n int) string {
	var b strings.Builder
	b.WriteString(`{"$ref":"#/$defs/d0","$defs":{`)
	for i := range n {
		at, next := string(rune('a'+i)), string(rune('a'+i+1))
		if i == 0 {
			b.WriteString(`"d0":{"$ref":"#/$defs/a"},`)
		}
		b.WriteString(`"` + at + `":{"properties":{"x":{"$ref":"#/$defs/` + next + `"},"y":{"$ref":"#/$defs/` + next + `"}}},`)
	}
	b.WriteString(`"` + string(rune('a'+n)) + `":{"type":"string"}}}`)
	return b.String()
}

func TestFetchedMediaThatGeminiCannotRead(t *testing.T) {
	const link = "https://example.com/a"
	for mime, message := range map[string]string{"image/bmp": "does not read image/bmp", "": "its server does not name", "text/html; charset=utf-8": ""} {
		r := parse(t, with(`{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"`+link+`"}}]}`))
		_, err := openai.ToGemini(r, openai.Options{Model: "gemini-2.5-flash", Links: map[string]gemini.Blob{link: {MIMEType: mime, Data: "AAAA"}}})
		if message == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		expectFault(t, err, fault.Invalid, "messages[0].content[1].image_url.url", message)
	}
}

func TestFileThatIsNotOurs(t *testing.T) {
	r, err := openai.ParseChat([]byte(with(`{"role":"user","content":[{"type":"text","text":"x"},{"type":"file","file":{"file_id":"file-9"}}]}`)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = openai.ToGemini(r, openai.Options{Model: "gemini-2.5-flash"})
	expectFault(t, err, fault.NotFound, "messages[0].content[1].file.file_id", `"file-9"`)
	if f := fault.Of(err); f.Code != "file_not_found" {
		t.Errorf("code %q", f.Code)
	}
}

func expectFault(t *testing.T, err error, kind fault.Kind, field, message string) {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		t.Fatalf("got %v, want a fault", err)
	}
	if f.Kind != kind || f.Field != field || !strings.Contains(f.Message, message) {
		t.Errorf("kind %d, field %q, message %q; want kind %d, field %q, message with %q", f.Kind, f.Field, f.Message, kind, field, message)
	}
}

func errorField(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Field
	}
	return ""
}

func TestAppendError(t *testing.T) {
	tests := []struct {
		name  string
		fault *fault.Error
		want  string
	}{
		{"invalid", fault.Field("messages[0].role", `must be "x"`), `{"message":"must be \"x\"","type":"invalid_request_error","param":"messages[0].role","code":null}`},
		{"key", fault.New(fault.Unauthorized, "no"), `{"message":"no","type":"invalid_request_error","param":null,"code":"invalid_api_key"}`},
		{"forbidden", fault.New(fault.Forbidden, "no"), `{"message":"no","type":"invalid_request_error","param":null,"code":null}`},
		{"model", fault.New(fault.NotFound, "no").WithCode("model_not_found"), `{"message":"no","type":"invalid_request_error","param":null,"code":"model_not_found"}`},
		{"minute", fault.New(fault.Limited, "wait"), `{"message":"wait","type":"rate_limit_error","param":null,"code":"rate_limit_exceeded"}`},
		{"day", &fault.Error{Kind: fault.Limited, Message: "wait", NoRetry: true, RetryAfter: time.Hour}, `{"message":"wait","type":"insufficient_quota","param":null,"code":"rate_limit_exceeded"}`},
		{"no key", fault.New(fault.NoKey, "none"), `{"message":"none","type":"server_error","param":null,"code":"no_available_key"}`},
		{"blocked", fault.New(fault.Blocked, "no"), `{"message":"no","type":"invalid_request_error","param":null,"code":"content_filter"}`},
		{"too large", fault.New(fault.TooLarge, "no"), `{"message":"no","type":"invalid_request_error","param":null,"code":null}`},
		{"upstream", fault.New(fault.Upstream, "no"), `{"message":"no","type":"server_error","param":null,"code":null}`},
		{"upstream's 400", &fault.Error{Kind: fault.Upstream, Message: "no", Status: 400}, `{"message":"no","type":"invalid_request_error","param":null,"code":null}`},
		{"internal hides its cause", fault.Of(errors.New("secret")), `{"message":"internal error","type":"server_error","param":null,"code":null}`},
	}
	spec := published(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := string(openai.AppendError(nil, tt.fault))
			if diff := cmp.Diff(`{"error":`+tt.want+`}`, got); diff != "" {
				t.Error(diff)
			}
			wantFits(t, spec, openaispec.Error, []byte(got))
			if event := string(openai.ErrorEvent(nil, tt.fault)); event != "data: "+got+"\n\n" {
				t.Errorf("event %q", event)
			}
		})
	}
}
