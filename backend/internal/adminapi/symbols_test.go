package adminapi

import (
	"net/http"
	"strings"
	"testing"
)

func TestTrySymbols(t *testing.T) {
	s := newServer(t)
	got := decodeAs[SymbolSamples](t, s.post("/tools/symbol-injection", `{"text":"Why?"}`), http.StatusOK)
	current := 0
	for _, item := range got.Items {
		if !strings.Contains(item.Text, "Why?") || item.Added < 1 || len([]rune(item.Text)) != 4+item.Added {
			t.Errorf("%+v", item)
		}
		if item.Current {
			current++
		}
	}
	if len(got.Items) != 6 || current != 1 || !got.Items[0].Current {
		t.Errorf("%+v", got.Items)
	}
	for _, bad := range []string{`{"text":""}`, `{"text":" \n"}`, `{}`, `{"text":"` + strings.Repeat("a", maxTrial+1) + `"}`, `{"text":1}`} {
		expectProblem(t, s.post("/tools/symbol-injection", bad), http.StatusBadRequest, "invalid_input", "text")
	}
	r := s.request(http.MethodPost, "/tools/symbol-injection", `{"text":"Why?"}`)
	r.Header.Set("Authorization", "Bearer nonsense")
	if w := s.do(r); w.Code != http.StatusUnauthorized {
		t.Errorf("without a session: %d", w.Code)
	}
}
