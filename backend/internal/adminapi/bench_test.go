package adminapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/usage"
)

// manyKeys is the largest pool the design speaks of.
const manyKeys = 50_000

// BenchmarkAnswers measures what the page asks for every few seconds, over 50,000 keys and 20,000 requests.
func BenchmarkAnswers(b *testing.B) {
	s := newServer(b)
	secrets := make([]gemini.Secret, manyKeys)
	for i := range secrets {
		secrets[i] = gemini.Secret(fakeKey(fmt.Sprintf("%06d", i)))
	}
	must(s.config.Pool.Import(b.Context(), secrets, pool.ImportOptions{}))(b)
	for day := range 20 {
		events := make([]usage.Event, 1000)
		for i := range events {
			events[i] = usage.Event{RequestID: fmt.Sprintf("r%d-%d", day, i), Time: time.Now().Add(-time.Duration(day*1000+i) * time.Minute / 10), UserKeyID: 1, Model: "m",
				Status: 200, Outcome: "ok", InputTokens: 100, OutputTokens: 10, Attempts: []usage.Attempt{{KeyID: int64(i + 1), Verdict: "ok"}}}
		}
		s.saveEvents(events...)
	}
	for _, path := range []string{"/stats/overview", "/gemini-keys?sort=-requests_today", "/gemini-keys?q=007", "/gemini-keys/1", "/user-keys", "/stats/timeseries?range=24h", "/system"} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				w := httptest.NewRecorder()
				r := s.request(http.MethodGet, path, "")
				r.Header.Set("Authorization", "Bearer "+s.token)
				s.engine.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatalf("%d: %s", w.Code, w.Body)
				}
			}
		})
	}
}

// BenchmarkImport measures the largest text: about 26,000 keys.
func BenchmarkImport(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s := newServer(b)
		var text strings.Builder
		for i := 0; text.Len() < importLimit-64; i++ {
			text.WriteString(fakeKey(fmt.Sprintf("%06d", i)) + "\n")
		}
		body, err := json.Marshal(map[string]string{"text": text.String()})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		w := s.post("/gemini-keys/import", string(body))
		b.ReportMetric(float64(w.Body.Len()), "answer-bytes")
		if w.Code != http.StatusOK {
			b.Fatalf("%d", w.Code)
		}
	}
}
