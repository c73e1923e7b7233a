package main

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// What the upstream says: always the same, as fast as it can, so that only the way to it is measured.
const (
	answerBody = `{"candidates":[{"content":{"parts":[{"text":"Hello there, this is a short answer."}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":12,"candidatesTokenCount":9,"totalTokenCount":21,"promptTokensDetails":[{"modality":"TEXT","tokenCount":12}]},"modelVersion":"bench-model","responseId":"bench"}`
	chunkHead  = `data: {"candidates":[{"content":{"parts":[{"text":"A few words more "}],"role":"model"},"index":0`
	chunkTail  = `}],"usageMetadata":{"promptTokenCount":12,"candidatesTokenCount":9,"totalTokenCount":21,"promptTokensDetails":[{"modality":"TEXT","tokenCount":12}]},"modelVersion":"bench-model","responseId":"bench"}` + "\r\n\r\n"
	chunks     = 50
)

// The models whose names tell the upstream how to pace a stream.
const (
	modelBurst = "bench-burst" // all chunks back to back
	modelPaced = "bench-paced" // a chunk every 5 ms
	modelSlow  = "bench-slow"  // a chunk every 500 ms, until the client leaves
)

func serveUpstream(ctx context.Context) error {
	chunk := []byte(chunkHead + chunkTail)
	last := []byte(chunkHead + `,"finishReason":"STOP"` + chunkTail)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1beta/models/{call}", func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		model, method, _ := strings.Cut(r.PathValue("call"), ":")
		if method == "generateContent" {
			w.Header().Set("Content-Type", "application/json; charset=UTF-8")
			w.Header().Set("Content-Length", strconv.Itoa(len(answerBody)))
			_, _ = io.WriteString(w, answerBody) // a client that left is no fault of the load
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		switch model {
		case modelPaced:
			pace(r.Context(), w, chunk, last, chunks, 5*time.Millisecond)
		case modelSlow:
			pace(r.Context(), w, chunk, last, 1<<30, 500*time.Millisecond)
		default:
			pace(r.Context(), w, chunk, last, chunks, 0)
		}
	})
	mux.HandleFunc("GET /v1beta/models", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"models":[]}`) })
	return serve(ctx, mux)
}

// pace sends n chunks, each flushed as Gemini does, with a pause between them.
func pace(ctx context.Context, w http.ResponseWriter, chunk, last []byte, n int, every time.Duration) {
	flush := http.NewResponseController(w).Flush
	var tick <-chan time.Time
	if every > 0 {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		tick = ticker.C
	}
	for i := range n {
		event := chunk
		if i == n-1 {
			event = last
		}
		if _, err := w.Write(event); err != nil || flush() != nil {
			return
		}
		if tick == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-tick:
		}
	}
}
