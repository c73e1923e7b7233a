package metrics_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/metrics"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/store/storetest"
	"gemini-proxy/backend/internal/thought"
	"gemini-proxy/backend/internal/usage"
)

// measured gives metrics over a real pool of two keys, and what records requests.
func measured(t testing.TB) (*metrics.Metrics, *usage.Recorder, *pool.Pool) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	database := storetest.SQLite(t)
	keys, err := pool.New(t.Context(), pool.Config{Store: database, Settings: settings.Default, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Import(t.Context(), []gemini.Secret{"AIzaSy-FAKE-1", "AIzaSy-FAKE-2"}, pool.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	recorder := usage.NewRecorder(database, log)
	thoughts, err := thought.New(t.Context(), database, log)
	if err != nil {
		t.Fatal(err)
	}
	thoughts.Keep(1, 1, map[string]string{"call_1": "c2ln"})
	thoughts.Count(3, 2)
	held, err := files.New(t.Context(), files.Config{Store: database, Keys: keys, Settings: settings.Default, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.Create(t.Context(), 1, files.Meta{Size: -1}, strings.NewReader("seven b")); err != nil {
		t.Fatal(err)
	}
	return metrics.New(metrics.Config{Pool: keys, Recorder: recorder, Thoughts: thoughts, Files: held, Version: "1.2.3", Commit: "abc"}), recorder, keys
}

func read(t testing.TB, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("answers %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func answered(model string) usage.Event {
	return usage.Event{API: "chat", Model: model, Stream: true, Status: 200, Outcome: "ok", InputTokens: 10, OutputTokens: 5, Thoughts: 2, FirstByte: time.Second,
		Total: 3 * time.Second, Attempts: []usage.Attempt{{KeyID: 1, Verdict: "minute_quota"}, {KeyID: 2, Verdict: "ok"}}}
}

func TestWhatIsTold(t *testing.T) {
	m, recorder, keys := measured(t)
	recorder.Record(answered("gemini-3.8-flash"))
	recorder.Record(answered("gemini-3.8-flash"))
	recorder.Record(usage.Event{API: "chat", Model: "no such model\n\"", Status: 404, Outcome: "model_not_found"})
	lease, err := keys.Lease(t.Context(), pool.Want{Model: "gemini-3.8-flash"})
	if err != nil {
		t.Fatal(err)
	}
	text := read(t, m)
	lease.Report(pool.Outcome{Verdict: pool.DayQuota, Status: 429})
	text += read(t, m)
	for _, line := range []string{
		`gemini_proxy_requests_total{api="chat",model="gemini-3.8-flash",outcome="ok",stream="true"} 2`,
		`gemini_proxy_requests_total{api="chat",model="other",outcome="model_not_found",stream="false"} 1`,
		`gemini_proxy_attempts_total{verdict="minute_quota"} 2`,
		`gemini_proxy_tokens_total{kind="input"} 20`,
		`gemini_proxy_tokens_total{kind="thoughts"} 4`,
		`gemini_proxy_thought_signatures_total{result="hit"} 3`,
		`gemini_proxy_thought_signatures_total{result="miss"} 2`,
		`gemini_proxy_thought_signatures_kept 1`,
		`gemini_proxy_files_bytes 7`,
		`gemini_proxy_files_bound_total{how="made"} 0`,
		`gemini_proxy_request_duration_seconds_bucket{api="chat",stream="true",le="2.5"} 0`,
		`gemini_proxy_request_duration_seconds_bucket{api="chat",stream="true",le="5"} 2`,
		`gemini_proxy_first_part_seconds_count{api="chat",stream="true"} 2`,
		`gemini_proxy_pool_keys{state="unknown"} 2`,
		`gemini_proxy_pool_keys{state="resting"} 1`,
		`gemini_proxy_pool_keys_out{reason="day_quota"} 1`,
		`gemini_proxy_upstream_in_flight 1`,
		`gemini_proxy_upstream_in_flight 0`,
		`gemini_proxy_queue_waiting 0`,
		`gemini_proxy_quota_used{model="gemini-3.8-flash",quota="rpd"} 1`,
		`gemini_proxy_quota_limit{model="gemini-3.8-flash",quota="rpd"} 40`,
		`gemini_proxy_records_queued 3`,
		`gemini_proxy_records_dropped_total 0`,
		`gemini_proxy_build_info{commit="abc",version="1.2.3"} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("%s is not told", line)
		}
	}
	if strings.Contains(text, `gemini_proxy_quota_limit{model="gemini-3.8-flash",quota="rpm"}`) {
		t.Error("a limit that nobody knows is told")
	}
	if strings.Contains(text, "FAKE") {
		t.Error("a key is told")
	}
}

func TestLabelsAreBounded(t *testing.T) {
	m, recorder, _ := measured(t)
	for i := range 5000 {
		recorder.Record(answered(fmt.Sprint("model-", i)))
		recorder.Record(usage.Event{API: "chat", Model: "junk", Status: 500, Outcome: fmt.Sprint("word-", i)})
	}
	text := read(t, m)
	if n := strings.Count(text, "\ngemini_proxy_requests_total{"); n > 2005 {
		t.Errorf("%d series", n)
	}
	models := map[string]bool{}
	for _, found := range regexp.MustCompile(`requests_total\{[^}]*model="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		models[found[1]] = true
	}
	if len(models) != 101 {
		t.Errorf("%d models", len(models))
	}
}

// What the dashboard and the alerts ask for must be there.
func TestDashboardAndAlertsKnowTheNames(t *testing.T) {
	m, recorder, keys := measured(t)
	recorder.Record(answered("gemini-3.8-flash"))
	lease, err := keys.Lease(t.Context(), pool.Want{Model: "gemini-3.8-flash"})
	if err != nil {
		t.Fatal(err)
	}
	lease.Report(pool.Outcome{Verdict: pool.DayQuota, Status: 429})
	text := read(t, m)
	asked := 0
	for _, file := range []string{"grafana-dashboard.json", "alerts.yaml"} {
		content, err := os.ReadFile("../../../deploy/monitoring/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\b(gemini_proxy|go|process)_[a-z_]+\b`).FindAllString(string(content), -1) {
			asked++
			if !strings.Contains(text, "\n"+name+"{") && !strings.Contains(text, "\n"+name+" ") {
				t.Errorf("%s asks for %s, which is not told", file, name)
			}
		}
	}
	if asked < 20 {
		t.Errorf("only %d names were looked at", asked)
	}
}

func BenchmarkCount(b *testing.B) {
	m, recorder, _ := measured(b)
	event := answered("gemini-3.8-flash")
	b.ReportAllocs()
	for b.Loop() {
		recorder.Record(event) // beyond the queue's size it is dropped, which costs as much
	}
	_ = m // it counts by the recorder
}
