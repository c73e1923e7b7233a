package app

import (
	"net/http"
	"strings"
	"testing"
)

// A user key's networks are of the client, whom only a trusted proxy can name: nobody else's X-Forwarded-For opens a key.
func TestNetworksOfAUserKeyBehindAProxy(t *testing.T) {
	for name, tt := range map[string]struct {
		trusted, forwarded string
		status             int
	}{
		"a client that names itself":             {"", "203.0.113.7", http.StatusForbidden},
		"the trusted proxy's word":               {"127.0.0.0/8", "203.0.113.7", http.StatusOK},
		"the trusted proxy's word on another":    {"127.0.0.0/8", "198.51.100.7", http.StatusForbidden},
		"a client that adds to the proxy's word": {"127.0.0.0/8", "203.0.113.7, 198.51.100.7", http.StatusForbidden},
		"a proxy that is not trusted":            {"10.0.0.0/8", "203.0.113.7", http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TRUSTED_PROXIES", tt.trusted)
			h := newHouse(t)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.front.URL+"/v1/chat/completions",
				strings.NewReader(`{"model":"`+flash+`","messages":[{"role":"user","content":"hello"}]}`))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+h.userKey(`,"networks":["203.0.113.0/24"]`))
			r.Header.Set("X-Forwarded-For", tt.forwarded)
			answer, err := h.front.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			if err := answer.Body.Close(); err != nil || answer.StatusCode != tt.status {
				t.Errorf("%d, want %d (%v)", answer.StatusCode, tt.status, err)
			}
		})
	}
}
