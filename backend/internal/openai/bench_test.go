package openai_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/openai"
)

const benchModel = "gemini-3.5-flash"

// run translates a body as the edge does, up to the bytes that go upstream.
func run(b *testing.B, body string) {
	b.Helper()
	data := []byte(body)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		r, err := openai.ParseChat(data)
		if err != nil {
			b.Fatal(err)
		}
		g, err := openai.ToGemini(r, openai.Options{Model: benchModel})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := g.Body().Reader().WriteTo(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkChatSmall(b *testing.B) {
	run(b, `{"model":"gemini-3.5-flash","messages":[{"role":"system","content":"You are a helpful assistant."},{"role":"user","content":"Say this is a test."}],"temperature":0.7,"max_tokens":256,"stream":true}`)
}

func BenchmarkChat200Messages(b *testing.B) {
	var messages strings.Builder
	for i := range 200 {
		role := "user"
		if i%2 == 1 {
			role = "assistant"
		}
		if i > 0 {
			messages.WriteByte(',')
		}
		fmt.Fprintf(&messages, `{"role":%q,"content":"Message %d. %s"}`, role, i, strings.Repeat("Some words of a long talk. ", 8))
	}
	run(b, `{"model":"gemini-3.5-flash","messages":[`+messages.String()+`,{"role":"user","content":"And now?"}]}`)
}

func BenchmarkChatImage1MB(b *testing.B) {
	run(b, `{"model":"gemini-3.5-flash","messages":[{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,`+
		strings.Repeat("iVBORw0KGgoAAAANSUhEUgAA", 1<<20/24)+`"}}]}]}`)
}

// BenchmarkChatTools is an agent's request: twenty tools, each with a schema.
func BenchmarkChatTools(b *testing.B) {
	var tools strings.Builder
	for i := range 20 {
		if i > 0 {
			tools.WriteByte(',')
		}
		fmt.Fprintf(&tools, `{"type":"function","function":{"name":"tool_%d","description":"Does the thing number %d for the user.","parameters":{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"path":{"type":"string","description":"The path of the file"},"limit":{"type":"integer","minimum":1,"maximum":100,"default":10},"mode":{"type":"string","enum":["read","write"]}},"required":["path"],"additionalProperties":false}}}`, i, i)
	}
	run(b, `{"model":"gemini-3.5-flash","messages":[{"role":"user","content":"Go"}],"tools":[`+tools.String()+`]}`)
}

func BenchmarkChunker(b *testing.B) {
	r, err := openai.ParseChat([]byte(plainRequest))
	if err != nil {
		b.Fatal(err)
	}
	chunk := decode(b, `{"candidates":[{"content":{"parts":[{"text":"`+strings.Repeat("some more words ", 18)+`"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":60,"totalTokenCount":70},"modelVersion":"gemini-3.5-flash","responseId":"abc"}`)
	c := openai.NewChunker(r.Reply(replyID, replyCreated), true)
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out = c.Next(out[:0], chunk)
	}
	if len(out) == 0 {
		b.Fatal("no event")
	}
}

func BenchmarkReply(b *testing.B) {
	r, err := openai.ParseChat([]byte(plainRequest))
	if err != nil {
		b.Fatal(err)
	}
	answer := decode(b, `{"candidates":[{"content":{"parts":[{"text":"`+strings.Repeat("some more words ", 18)+`"}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":60,"totalTokenCount":70}}`)
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out = openai.FromGemini(answer, r.Reply(replyID, replyCreated)).AppendJSON(out[:0])
	}
}
