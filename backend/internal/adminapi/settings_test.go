package adminapi

import (
	"net/http"
	"testing"

	"gemini-proxy/backend/internal/settings"
)

func TestSettings(t *testing.T) {
	s := newServer(t)
	w := s.get("/settings")
	if got := decodeAs[settings.Settings](t, w, http.StatusOK); got != settings.Default() {
		t.Errorf("settings are %+v", got)
	}
	first := w.Header().Get("ETag")
	w = s.send(http.MethodPatch, "/settings", `{"strategy":"least_used","usage_threshold":{"warn":0.7}}`)
	got := decodeAs[settings.Settings](t, w, http.StatusOK)
	if got.Strategy != "least_used" || got.UsageThreshold.Warn != 0.7 || got.UsageThreshold.Protect != 0.95 || got.MaxKeyAttempts != 5 {
		t.Errorf("changed settings are %+v", got)
	}
	if s.config.Settings.Now() != got {
		t.Error("the change is not in force")
	}
	second := w.Header().Get("ETag")
	if second == first || second == "" {
		t.Errorf("ETag was %s and is %s", first, second)
	}
	patch := func(etag string) *http.Request {
		r := s.request(http.MethodPatch, "/settings", `{"queue_wait":3}`)
		r.Header.Set("If-Match", etag)
		return r
	}
	expectProblem(t, s.do(patch(first)), http.StatusPreconditionFailed, "version_conflict")
	if s.config.Settings.Now() != got {
		t.Error("a change on an old version was made")
	}
	for _, bad := range []string{"3", `"x"`, `W/"1"`, `"1", "2"`, `"`} {
		expectProblem(t, s.do(patch(bad)), http.StatusBadRequest, "invalid_input", "If-Match")
	}
	decodeAs[settings.Settings](t, s.do(patch(second)), http.StatusOK)
	decodeAs[settings.Settings](t, s.do(patch("*")), http.StatusOK)
	if got := decodeAs[settings.Settings](t, s.send(http.MethodPatch, "/settings", `{"strategy":null}`), http.StatusOK); got.Strategy != "adaptive" {
		t.Errorf("null leaves %q", got.Strategy)
	}
}

func TestSettingsFaultsAreToldAtOnce(t *testing.T) {
	s := newServer(t)
	w := s.send(http.MethodPatch, "/settings", `{"strategy":"best","max_key_attempts":0,"queue_wait":61,"usage_threshold":{"warn":2,"panic":1},"colour":"red","fast_failover":false}`)
	expectProblem(t, w, http.StatusBadRequest, "invalid_input",
		"strategy", "max_key_attempts", "queue_wait", "usage_threshold.warn", "usage_threshold.panic", "colour")
	if got := s.config.Settings.Now(); got != settings.Default() {
		t.Errorf("a part of the change was made: %+v", got)
	}
}
