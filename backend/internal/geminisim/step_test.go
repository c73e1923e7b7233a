package geminisim_test

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"gemini-proxy/backend/internal/geminisim"
)

func TestErrorSteps(t *testing.T) {
	const help = `{"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"Learn more about Gemini API quotas","url":"https://ai.google.dev/gemini-api/docs/rate-limits"}]}`
	plain := func(code, message, status string) string {
		return `{"error":{"code":` + code + `,"message":"` + message + `","status":"` + status + `"}}`
	}
	cases := []struct {
		name   string
		step   geminisim.Step
		status int
		body   string // as JSON, if not empty
		parts  []string
	}{
		{"500", geminisim.Status(500), 500, plain("500", "Internal error encountered.", "INTERNAL"), nil},
		{"500 other", geminisim.Status(500, "troubleshooting"), 500, plain("500", "An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting", "INTERNAL"), nil},
		{"502", geminisim.Status(502), 502, "", []string{"<!DOCTYPE html>"}},
		{"503", geminisim.Status(503), 503, plain("503", "This model is currently experiencing high demand. Spikes in demand are usually temporary. Please try again later.", "UNAVAILABLE"), nil},
		{"503 overloaded", geminisim.Status(503, "overloaded"), 503, plain("503", "The model is overloaded. Please try again later.", "UNAVAILABLE"), nil},
		{"504", geminisim.Status(504), 504, plain("504", "Deadline expired before operation could complete.", "DEADLINE_EXCEEDED"), nil},
		{"499", geminisim.Status(499), 499, plain("499", "The operation was cancelled.", "CANCELLED"), nil},
		{"400", geminisim.Status(400), 400, plain("400", "Request contains an invalid argument.", "INVALID_ARGUMENT"), nil},
		{"location", geminisim.Location(), 400, plain("400", "User location is not supported for the API use.", "FAILED_PRECONDITION"), nil},
		{"file forbidden", geminisim.FileForbidden("abc123"), 403, plain("403", "You do not have permission to access the File abc123 or it may not exist.", "PERMISSION_DENIED"), nil},
		{"file not active", geminisim.FileNotActive("abc123"), 400, plain("400", "The File abc123 is not in an ACTIVE state and usage is not allowed.", "FAILED_PRECONDITION"), nil},
		{"new users", geminisim.NewUsers(), 404, "", []string{"This model models/gemini-3-flash-preview is no longer available to new users."}},
		{"dead key", geminisim.DeadKey("leaked"), 403, plain("403", "Your API key was reported as leaked. Please use another API key.", "PERMISSION_DENIED"), nil},
		{"banned", geminisim.DeadKey("banned"), 403, plain("403", "Your project has been denied access. Please contact support.", "PERMISSION_DENIED"), nil},
		{"minute", geminisim.Minute429(10158753737 * time.Nanosecond), 429, `{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. To monitor your current usage, head to: https://ai.dev/rate-limit. \n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 5, model: gemini-3-flash\nPlease retry in 10.158753737s.","status":"RESOURCE_EXHAUSTED","details":[` + help + `,
 {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_requests","quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier","quotaDimensions":{"location":"global","model":"gemini-3-flash"},"quotaValue":"5"}]},
 {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"10s"}]}}`, nil},
		{"minute fraction", geminisim.Minute429(479417207 * time.Nanosecond), 429, "", []string{`"retryDelay": "0.479417207s"`}},
		{"day", geminisim.Day429(), 429, "", []string{"GenerateRequestsPerDayPerProjectPerModel-FreeTier", `"retryDelay": "38s"`, `"quotaValue": "20"`}},
		{"tokens", geminisim.Token429(time.Second), 429, "", []string{"GenerateContentInputTokensPerModelPerMinute-FreeTier", "generate_content_free_tier_input_token_count", `"quotaValue": "250000"`}},
		{"multi", geminisim.Multi429(time.Second), 429, "", []string{"PerMinutePerProject", "PerDayPerProject", "InputTokensPerModelPerMinute"}},
		{"tier", geminisim.Tier429(), 429, "", []string{"limit: 0, model: gemini-3-flash", `"quotaValue": "0"`}},
		{"bare", geminisim.Bare429(), 429, plain("429", "Resource has been exhausted (e.g. check quota).", "RESOURCE_EXHAUSTED"), nil},
		{"help only", geminisim.HelpOnly429(), 429, "", []string{"google.rpc.Help"}},
		{"older form", geminisim.Limit429(), 429, "", []string{"RATE_LIMIT_EXCEEDED", `"consumer": "projects/100"`}},
		{"bare 404", geminisim.Status(404, "gone"), 404, plain("404", "gone", "NOT_FOUND"), nil},
		{"raw", geminisim.Raw(418, `{"short":`), 418, "", []string{`{"short":`}},
	}
	f := start(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f.Script(geminisim.Target{}, c.step)
			got := f.ask("gemini-3-flash-preview", "generateContent", prompt("hi"))
			wantBody(t, got, c.status, c.parts...)
			if c.body != "" {
				wantJSON(t, got.body, c.body)
			}
			if got.header.Get("Retry-After") != "" {
				t.Error("Google sends no Retry-After")
			}
		})
	}
	if strings.Contains(f.do(http.MethodPost, "/sim/requests/search", `{"contains":"QuotaFailure"}`).body, `"count": 1`) {
		t.Error("the log holds answers")
	}
}

func TestAnswerShapes(t *testing.T) {
	call := geminisim.Call{Name: "f", Args: map[string]any{"x": 1}}
	cases := []struct {
		name  string
		step  geminisim.Step
		model string
		want  []string
		not   []string
	}{
		{"blocked", geminisim.Blocked("PROHIBITED_CONTENT"), "gemini-2.5-flash", []string{`"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"}`}, []string{"candidates\""}},
		{"empty", geminisim.Empty(), "gemini-2.5-flash", []string{`"content":{"role":"model"},"finishReason":"STOP"`}, []string{"parts", "candidatesTokenCount"}},
		{"empty content", geminisim.EmptyContent(), "gemini-2.5-flash", []string{`"content":{},"finishReason":"STOP"`}, nil},
		{"no content", geminisim.NoContent(), "gemini-2.5-flash", []string{`"candidates":[{"finishReason":"STOP"`}, []string{`"content"`}},
		{"no candidates", geminisim.NoCandidates(), "gemini-2.5-flash", []string{"usageMetadata"}, []string{`"candidates"`}},
		{"malformed", geminisim.Malformed(), "gemini-2.5-flash", []string{`"content":{},"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"Malformed`}, nil},
		{"swallowed", geminisim.Finish("MAX_TOKENS"), "gemini-2.5-flash", []string{`"content":{"role":"model"},"finishReason":"MAX_TOKENS"`, `"thoughtsTokenCount":64`}, []string{"candidatesTokenCount"}},
		{"safety", geminisim.Finish("SAFETY"), "gemini-2.5-flash", []string{`"finishReason":"SAFETY"`}, []string{"parts"}},
		{"cut short", geminisim.Finish("MAX_TOKENS", "half"), "gemini-2.5-flash", []string{`"text":"half"`, "MAX_TOKENS"}, nil},
		{"no finish reason", geminisim.Text("x").FinishWith("-"), "gemini-2.5-flash", []string{`"text":"x"`}, []string{"finishReason"}},
		{"no index", geminisim.Text("x").OmitIndex(), "gemini-2.5-flash", []string{`"text":"x"`}, []string{`"index"`}},
		{"parallel calls unsigned on 2.5", geminisim.Calls(call, call), "gemini-2.5-flash", []string{`"functionCall":{"name":"f","args":{"x":1}}`}, []string{"thoughtSignature"}},
		{"thoughts", geminisim.Join(geminisim.Thought("hm"), geminisim.Text("so")), "gemini-2.5-flash", []string{`{"text":"hm","thought":true},{"text":"so"}`, `"thoughtsTokenCount":1`, `"candidatesTokenCount":1`}, nil},
		{"image", geminisim.Image(), "gemini-2.5-flash", []string{`"inlineData":{"mimeType":"image/png","data":"iVBOR`}, nil},
		{"pcm", geminisim.Audio(false), "gemini-2.5-flash", []string{`"mimeType":"audio/L16;codec=pcm;rate=24000"`}, nil},
		{"wav", geminisim.Audio(true), "gemini-2.5-flash", []string{`"mimeType":"audio/wav","data":"UklGR`}, nil},
		{"usage", geminisim.Text("x").WithUsage(geminisim.Usage{Prompt: 7, Total: 9}), "gemini-2.5-flash", []string{`"usageMetadata":{"promptTokenCount":7,"totalTokenCount":9}`}, nil},
		{"joined text", geminisim.TextChunks("a", "b"), "gemini-2.5-flash", []string{`"text":"ab"`}, nil},
		{"signed text", geminisim.Text("a"), "gemini-3.8-flash", []string{`"text":"a","thoughtSignature":"`}, nil},
		{"unsigned", geminisim.Text("a").Unsigned(), "gemini-3.8-flash", nil, []string{"thoughtSignature"}},
		{"changed natural answer", geminisim.Answer().FinishWith("RECITATION"), "gemini-2.5-flash", []string{"heard: hi", "RECITATION"}, nil},
	}
	f := start(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f.Script(geminisim.Target{}, c.step)
			got := f.ask(c.model, "generateContent", prompt("hi"))
			wantBody(t, got, 200, c.want...)
			for _, not := range c.not {
				if strings.Contains(got.body, not) {
					t.Errorf("body has %q:\n%s", not, got.body)
				}
			}
		})
	}
	f.Script(geminisim.Target{}, geminisim.Calls(call, call))
	got := f.ask("gemini-3.8-flash", "generateContent", prompt("hi"))
	if n := strings.Count(got.body, "thoughtSignature"); n != 1 || strings.Index(got.body, "thoughtSignature") > strings.LastIndex(got.body, "functionCall") {
		t.Errorf("%d signatures, want one on the first call:\n%s", n, got.body)
	}
}

func TestContinuation(t *testing.T) {
	f := start(t)
	f.Script(geminisim.Target{}, geminisim.Continuation("one ", "two ", "three"))
	body := prompt("go")
	for i, want := range []string{`"text":"one "`, `"text":"two "`, `"text":"three"`} {
		got := f.ask("gemini-4-argon", "generateContent", body)
		wantBody(t, got, 200, want)
		if last := i == 2; last == strings.Contains(got.body, `"finishReason":"CONTINUATION"`) {
			t.Fatalf("hop %d: %s", i, got.body)
		}
		_, token, _ := strings.Cut(got.body, `"continuationToken":"`)
		token, _, _ = strings.Cut(token, `"`)
		if i == 0 {
			other := f.do(http.MethodPost, "/v1beta/models/gemini-4-argon:generateContent",
				strings.Replace(prompt("go"), "{", `{"continuationToken":"`+token+`",`, 1), "x-goog-api-key: "+keyB)
			wantBody(t, other, 400, "Invalid continuation token.")
		}
		body = strings.Replace(prompt("go"), "{", `{"continuationToken":"`+token+`",`, 1)
	}
	f.Script(geminisim.Target{}, geminisim.TextChunks("a", "b", "c").Checkpoints())
	got := f.ask("gemini-4-argon", "streamGenerateContent?alt=sse", prompt("go"))
	_, token, _ := strings.Cut(got.body, `"continuationToken":"`)
	token, _, _ = strings.Cut(token, `"`)
	wantBody(t, f.ask("gemini-4-argon", "generateContent", strings.Replace(prompt("go"), "{", `{"continuationToken":"`+token+`",`, 1)), 200, `"text":"bc"`)
}

func TestConnectionFaults(t *testing.T) {
	f := start(t)
	const stream = "streamGenerateContent?alt=sse"
	t.Run("reset", func(t *testing.T) {
		f.Script(geminisim.Target{}, geminisim.Reset())
		if got := f.ask("gemini-2.5-flash", stream, prompt("hi")); !errors.Is(got.err, syscall.ECONNRESET) {
			t.Errorf("error %v, want a connection reset", got.err)
		}
	})
	t.Run("hang", func(t *testing.T) {
		f.Script(geminisim.Target{}, geminisim.Hang(20*time.Millisecond))
		begun := time.Now()
		if got := f.ask("gemini-2.5-flash", stream, prompt("hi")); got.err == nil || time.Since(begun) < 20*time.Millisecond {
			t.Errorf("answered %d after %v", got.status, time.Since(begun))
		}
	})
	t.Run("delay", func(t *testing.T) {
		f.Script(geminisim.Target{}, geminisim.Delay(20*time.Millisecond, geminisim.Text("late")))
		begun := time.Now()
		wantBody(t, f.ask("gemini-2.5-flash", stream, prompt("hi")), 200, "late")
		if took := time.Since(begun); took < 20*time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
	cut := func(step geminisim.Step, method string) answer {
		f.Script(geminisim.Target{}, step)
		return f.ask("gemini-2.5-flash", method, prompt("hi"))
	}
	t.Run("cut", func(t *testing.T) {
		got := cut(geminisim.CutAfter(2), stream)
		if !errors.Is(got.err, io.ErrUnexpectedEOF) || strings.Count(got.body, "data: ") != 2 || strings.Contains(got.body, "finishReason") {
			t.Errorf("%v after %q", got.err, got.body)
		}
	})
	t.Run("cut before the first event", func(t *testing.T) {
		got := cut(geminisim.CutAfter(0), stream)
		if got.status != 200 || got.err == nil || got.body != "" {
			t.Errorf("%d %v %q", got.status, got.err, got.body)
		}
	})
	t.Run("reset in the stream", func(t *testing.T) {
		got := cut(geminisim.Words(5).ResetAfter(1), stream)
		if got.err == nil || strings.Contains(got.body, "finishReason") {
			t.Errorf("%v after %q", got.err, got.body)
		}
	})
	t.Run("end without a finish reason", func(t *testing.T) {
		got := cut(geminisim.Words(5).EndAfter(2), stream)
		if got.err != nil || strings.Count(got.body, "data: ") != 2 || strings.Contains(got.body, "finishReason") {
			t.Errorf("%v after %q", got.err, got.body)
		}
	})
	t.Run("cut unary", func(t *testing.T) {
		if got := cut(geminisim.Text("hello").CutAfter(0), "generateContent"); !errors.Is(got.err, io.ErrUnexpectedEOF) {
			t.Errorf("%v", got.err)
		}
	})
	t.Run("error event", func(t *testing.T) {
		got := cut(geminisim.ErrorEvent(1, geminisim.EventForm), stream)
		wantBody(t, got, 200, "data: {\"error\":{\"code\":503,")
		if strings.Count(got.body, "data: ") != 2 {
			t.Errorf("%q", got.body)
		}
	})
	t.Run("bare error", func(t *testing.T) {
		got := cut(geminisim.BareError(1), stream)
		wantBody(t, got, 200, "\r\n\r\n{\n  \"error\": {\n    \"code\": 503,")
	})
	t.Run("error after STOP", func(t *testing.T) {
		got := cut(geminisim.Text("done").ErrorAfter(9, geminisim.BareForm, 500), stream)
		wantBody(t, got, 200, `"finishReason":"STOP"`)
		if strings.Index(got.body, "STOP") > strings.Index(got.body, "Internal error") {
			t.Errorf("the error is not last: %q", got.body)
		}
	})
	t.Run("stall until closed", func(t *testing.T) {
		f.Script(geminisim.Target{}, geminisim.Words(5).StallAfter(2))
		res := f.open("gemini-2.5-flash", stream, prompt("hi"))
		defer func() { _ = res.Body.Close() }() // read to its end below
		lines := bufio.NewReader(res.Body)
		for range 4 { // two events and their blank lines
			if _, err := lines.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		if log := f.Requests(); log[len(log)-1].Done {
			t.Error("the stalled stream is done")
		}
		f.Close()
		if rest, err := io.ReadAll(lines); err == nil || len(rest) > 0 {
			t.Errorf("ended with %q, %v", rest, err)
		}
	})
}
