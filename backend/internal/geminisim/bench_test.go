package geminisim_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/geminisim"
)

func BenchmarkSimulator(b *testing.B) {
	sim := geminisim.New(geminisim.Config{Projects: []geminisim.Project{{Number: "1", Keys: []geminisim.Key{{Value: keyA}}}}})
	defer sim.Close()
	for name, c := range map[string]struct{ path, body string }{
		"unary":    {"generateContent", prompt("hello")},
		"stream50": {"streamGenerateContent?alt=sse", prompt("[[sim words 50]]")},
		"image1MB": {"generateContent", `{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"` + strings.Repeat("A", 1<<20) + `"}}]}]}`},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "/v1beta/models/gemini-2.5-flash:"+c.path, strings.NewReader(c.body))
				r.Header.Set("X-Goog-Api-Key", keyA)
				w := httptest.NewRecorder()
				sim.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Body.String())
				}
			}
		})
	}
}
