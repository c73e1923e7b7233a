package geminisim_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/geminisim"
)

// frozen makes the simulator's clock stand at t, so that only Advance moves it.
func frozen(at time.Time) func(*geminisim.Config) {
	return func(c *geminisim.Config) { c.Now = func() time.Time { return at } }
}

func limited(l geminisim.Limits) func(*geminisim.Config) {
	return func(c *geminisim.Config) { c.Projects[0].Limits = map[string]geminisim.Limits{"": l} }
}

var noon = time.Date(2026, 6, 1, 19, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant

func TestMinuteSlides(t *testing.T) {
	f := start(t, frozen(noon), limited(geminisim.Limits{RPM: 2}))
	ask := func(want int) string {
		t.Helper()
		got := f.ask("gemini-2.5-flash", "generateContent", prompt("hi"))
		wantBody(t, got, want)
		return got.body
	}
	ask(200)
	f.Advance(20 * time.Second)
	ask(200)
	f.Advance(10 * time.Second)
	body := ask(429)
	for _, part := range []string{"GenerateRequestsPerMinutePerProjectPerModel-FreeTier", `"quotaValue": "2"`, "limit: 2, model: gemini-2.5-flash"} {
		if !strings.Contains(body, part) {
			t.Errorf("lacks %q: %s", part, body)
		}
	}
	if !regexp.MustCompile(`"retryDelay": "30s"`).MatchString(body) || !regexp.MustCompile(`Please retry in 30\.\d+s\.`).MatchString(body) {
		t.Errorf("want 30 s and a jitter below one second: %s", body)
	}
	f.Advance(30*time.Second - time.Nanosecond)
	ask(429)
	f.Advance(time.Nanosecond)
	ask(200)
	ask(429)
	counts := f.Counters("100")["gemini-2.5-flash"]
	want := geminisim.Counts{MinuteRequests: 2, MinuteTokens: counts.MinuteTokens, DayRequests: 3, Total: 3, Refused: 3}
	if counts != want {
		t.Errorf("counts %+v, want %+v", counts, want)
	}
}

func TestQuotaIsTheProjects(t *testing.T) {
	f := start(t, frozen(noon), limited(geminisim.Limits{RPM: 1}))
	with := func(key, model string) int {
		return f.do("POST", "/v1beta/models/"+model+":generateContent", prompt("hi"), "x-goog-api-key: "+key).status
	}
	for _, c := range []struct {
		key, model string
		want       int
	}{
		{keyA, "gemini-2.5-flash", 200},
		{keyA2, "gemini-2.5-flash", 429}, // the sibling key has no room of its own
		{keyA2, "gemini-2.5-flash-lite", 200},
		{keyB, "gemini-2.5-flash", 200},
		{keyA, "gemini-3.1-pro-preview", 200},
		{keyA, "gemini-3.1-pro-preview-customtools", 429}, // the same quota family
	} {
		if got := with(c.key, c.model); got != c.want {
			t.Errorf("%s %s: %d, want %d", c.key, c.model, got, c.want)
		}
	}
}

func TestTokensPerMinute(t *testing.T) {
	f := start(t, frozen(noon), limited(geminisim.Limits{TPM: 100}))
	long := prompt(strings.Repeat("abcd", 60)) // 60 tokens
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", long), 200)
	f.Advance(15 * time.Second)
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", long), 429,
		"GenerateContentInputTokensPerModelPerMinute-FreeTier", `"retryDelay": "45s"`)
	f.Advance(45 * time.Second)
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", long), 200)
}

// TestDayEndsAtPacificMidnight covers both days on which the clocks change, and a plain one.
func TestDayEndsAtPacificMidnight(t *testing.T) {
	for name, c := range map[string]struct{ from, midnight time.Time }{
		"summer":      {noon, time.Date(2026, 6, 2, 7, 0, 0, 0, time.UTC)},
		"spring day":  {time.Date(2026, 3, 8, 8, 30, 0, 0, time.UTC), time.Date(2026, 3, 9, 7, 0, 0, 0, time.UTC)},
		"autumn day":  {time.Date(2026, 11, 1, 7, 30, 0, 0, time.UTC), time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)},
		"late winter": {time.Date(2027, 1, 1, 7, 59, 0, 0, time.UTC), time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC)},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, frozen(c.from), limited(geminisim.Limits{RPD: 1}))
			wantBody(t, f.ask("gemini-2.5-flash", "generateContent", prompt("hi")), 200)
			got := f.ask("gemini-2.5-flash", "generateContent", prompt("hi"))
			wantBody(t, got, 429, "GenerateRequestsPerDayPerProjectPerModel-FreeTier")
			if !regexp.MustCompile(`"retryDelay": "[1-5]\ds"`).MatchString(got.body) {
				t.Errorf("a free project's daily RetryInfo misleads with seconds: %s", got.body)
			}
			f.SetTime(c.midnight.Add(-time.Nanosecond))
			wantBody(t, f.ask("gemini-2.5-flash", "generateContent", prompt("hi")), 429)
			f.SetTime(c.midnight)
			wantBody(t, f.ask("gemini-2.5-flash", "generateContent", prompt("hi")), 200)
		})
	}
}

func TestPaidQuota(t *testing.T) {
	f := start(t, frozen(noon), limited(geminisim.Limits{RPD: 1}), func(c *geminisim.Config) { c.Projects[0].Tier = "tier1" })
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", prompt("hi")), 200)
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", prompt("hi")), 429,
		`"GenerateRequestsPerDayPerProjectPerModel"`, "Please retry in 12h0m0s.", `"retryDelay": "43200s"`)
}

func TestLimitZero(t *testing.T) {
	f := start(t, frozen(noon), func(c *geminisim.Config) {
		c.Projects[0].Limits = map[string]geminisim.Limits{"gemini-3.1-pro": {}, "": {RPM: -1}}
	})
	got := f.ask("gemini-3.1-pro-preview", "generateContent", prompt("hi"))
	wantBody(t, got, 429, "PerDay", "PerMinute", "limit: 0, model: gemini-3.1-pro\\nPlease")
	if n := strings.Count(got.body, `"quotaValue": "0"`); n != 3 {
		t.Errorf("%d violations with 0, want 3", n)
	}
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", prompt("hi")), 200)
}

func TestDefaultLimits(t *testing.T) {
	f := start(t, frozen(noon), func(c *geminisim.Config) { c.EnforceLimits = true })
	for range 5 {
		wantBody(t, f.ask("gemini-2.5-flash", "generateContent", prompt("hi")), 200)
	}
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", prompt("hi")), 429, `"quotaValue": "5"`)
	wantBody(t, f.ask("gemini-4-neon", "generateContent", prompt("hi")), 429, "limit: 0")
	if err := f.SetLimits("100", "gemini-4-neon", geminisim.Limits{RPM: 1}); err != nil {
		t.Fatal(err)
	}
	wantBody(t, f.ask("gemini-4-neon", "generateContent", prompt("hi")), 200)
}

func TestEmbeddingsCountEachItem(t *testing.T) {
	f := start(t, frozen(noon), limited(geminisim.Limits{RPM: 3}))
	two := `{"requests":[{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"a"}]}},{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"b"}]}}]}`
	wantBody(t, f.ask("gemini-embedding-001", "batchEmbedContents", two), 200)
	wantBody(t, f.ask("gemini-embedding-001", "batchEmbedContents", two), 429, "EmbedContentRequestsPerMinute")
}
