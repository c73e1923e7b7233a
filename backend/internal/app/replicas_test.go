package app

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/store/storetest"
)

// TestReplicas starts two servers on one Postgres: each tells of both, and of itself alone when the other has stopped.
func TestReplicas(t *testing.T) {
	for name, value := range map[string]string{
		"DATABASE_URL": storetest.PostgresURL(t), "ADMIN_PASSWORD": gatePassword, "SECRET_KEY": strings.Repeat("k", 40), "DATA_DIR": t.TempDir(),
	} {
		t.Setenv(name, value)
	}
	first, stopFirst := serve(t)
	second, stopSecond := serve(t)
	token := logIn(t, first)
	expect := func(base string, want int) {
		t.Helper()
		var got answer
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			got = speak(t, http.MethodGet, base+"/admin/v1/system", token, "")
			if strings.Count(got.body, `"seen_at"`) == want && strings.Count(got.body, `"current":true`) == 1 {
				return
			}
		}
		t.Fatalf("%d replicas are wanted: %+v", want, got)
	}
	expect(first, 2)
	expect(second, 2)
	stopSecond()
	expect(first, 1)
	stopFirst()
}
