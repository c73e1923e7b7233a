package geminisim_test

import (
	"encoding/json"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/geminisim"
)

type event struct {
	Candidates []struct {
		Content struct {
			Parts []struct {
				Text             *string `json:"text"`
				ThoughtSignature string  `json:"thoughtSignature"`
			} `json:"parts"`
		} `json:"content"`
		FinishReason string `json:"finishReason"`
	} `json:"candidates"`
	Usage struct {
		Prompt     int  `json:"promptTokenCount"`
		Candidates *int `json:"candidatesTokenCount"`
		Total      int  `json:"totalTokenCount"`
	} `json:"usageMetadata"`
	ResponseID string `json:"responseId"`
}

// sse reads a stream whose lines end with eol, and fails on any line that is not data.
func sse(t *testing.T, body, eol string) []event {
	t.Helper()
	var out []event
	blocks := strings.Split(body, eol+eol)
	if blocks[len(blocks)-1] != "" {
		t.Fatalf("the stream does not end with a blank line: %q", body)
	}
	for _, block := range blocks[:len(blocks)-1] {
		data, ok := strings.CutPrefix(block, "data: ")
		var e event
		if err := json.Unmarshal([]byte(data), &e); err != nil || !ok {
			t.Fatalf("event %q: %v", block, err)
		}
		out = append(out, e)
	}
	return out
}

func TestStreamEvents(t *testing.T) {
	f := start(t)
	f.Script(geminisim.Target{}, geminisim.TextChunks("Hé", "llo ", "there"))
	got := f.ask("gemini-3.8-flash", "streamGenerateContent?alt=sse", prompt("hi"))
	if ct := got.header.Get("Content-Type"); ct != "text/event-stream" {
		t.Errorf("content type %q", ct)
	}
	events := sse(t, got.body, "\r\n")
	if len(events) != 4 {
		t.Fatalf("%d events, want 3 texts and the end", len(events))
	}
	text := ""
	for i, e := range events {
		p := e.Candidates[0].Content.Parts[0]
		text += *p.Text
		last := i == 3
		if last != (e.Candidates[0].FinishReason == "STOP") || last != (p.ThoughtSignature != "") {
			t.Errorf("event %d: finish %q, signature %q", i, e.Candidates[0].FinishReason, p.ThoughtSignature)
		}
		if e.ResponseID != events[0].ResponseID || e.Usage.Prompt != 1 {
			t.Errorf("event %d: %+v", i, e)
		}
		if i > 0 && e.Usage.Total < events[i-1].Usage.Total {
			t.Errorf("event %d: the running total fell", i)
		}
	}
	if text != "Héllo there" {
		t.Errorf("text %q", text)
	}
	if events[0].Usage.Candidates != nil {
		t.Error("the first event counts candidates")
	}
	if events[3].Usage.Candidates == nil || *events[3].Usage.Candidates != 4 {
		t.Errorf("last usage %+v", events[3].Usage)
	}
}

func TestStreamFraming(t *testing.T) {
	f := start(t)
	f.Script(geminisim.Target{}, geminisim.TextChunks("a", "b").LF(), geminisim.TextChunks("日本語", "b").Split(3), geminisim.TextChunks("a", "b"))
	if n := len(sse(t, f.ask("gemini-2.5-flash", "streamGenerateContent?alt=sse", prompt("hi")).body, "\n")); n != 3 {
		t.Errorf("%d events with LF", n)
	}
	events := sse(t, f.ask("gemini-2.5-flash", "streamGenerateContent?alt=sse", prompt("hi")).body, "\r\n")
	if len(events) != 3 || *events[0].Candidates[0].Content.Parts[0].Text != "日本語" {
		t.Errorf("split stream: %+v", events)
	}
	got := f.ask("gemini-2.5-flash", "streamGenerateContent", prompt("hi"))
	var list []event
	if err := json.Unmarshal([]byte(got.body), &list); err != nil || len(list) != 3 {
		t.Errorf("array: %v %s", err, got.body)
	}
	if ct := got.header.Get("Content-Type"); ct != "application/json; charset=UTF-8" {
		t.Errorf("content type of the array %q", ct)
	}
}

func TestLongLine(t *testing.T) {
	f := start(t)
	f.Script(geminisim.Target{}, geminisim.Big(2<<20))
	events := sse(t, f.ask("gemini-2.5-flash", "streamGenerateContent?alt=sse", prompt("hi")).body, "\r\n")
	if n := len(*events[0].Candidates[0].Content.Parts[0].Text); n != 2<<20 {
		t.Errorf("%d bytes in the line", n)
	}
}

func TestBlockedStream(t *testing.T) {
	f := start(t)
	f.Script(geminisim.Target{}, geminisim.Blocked("SAFETY"))
	got := f.ask("gemini-2.5-flash", "streamGenerateContent?alt=sse", prompt("hi"))
	wantBody(t, got, 200, `"promptFeedback":{"blockReason":"SAFETY"}`)
	if strings.Contains(got.body, "candidates") || strings.Count(got.body, "data: ") != 1 {
		t.Errorf("%q", got.body)
	}
}
