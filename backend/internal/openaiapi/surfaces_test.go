package openaiapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/geminisim"
	"gemini-proxy/backend/internal/intake"
	"gemini-proxy/backend/internal/openaiapi"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
	"gemini-proxy/backend/internal/usage"
)

// surface is the API over real parts on a real connection, in front of a simulated Gemini.
type surface struct {
	url    string
	client *http.Client
	key    string // a user key
	keyID  int64
	sim    *geminisim.Sim
	log    *lockedBuffer
	ended  func() []usage.Event // ends the server and its recorder, and gives what was recorded
}

func surfaceKey(i int) string { return fmt.Sprintf("AIzaSy-FAKE-surface-test-key-%010d", i) }

// newSurface gives each of so many Gemini keys a paid project of its own.
func newSurface(t *testing.T, keys int) *surface {
	t.Helper()
	gin.SetMode(gin.TestMode)
	s := &surface{log: &lockedBuffer{}}
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	database := storetest.SQLite(t)
	client, secrets := s.startSim(t, keys)
	now := func() settings.Settings { return settings.Default() }
	p, err := pool.New(t.Context(), pool.Config{Store: database, Settings: now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	p.SetModels(nil) // no limits of ours
	if _, err := p.Import(t.Context(), secrets, pool.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	accounts, err := auth.New(t.Context(), auth.Config{Store: database, Key: []byte("an HS256 key for tests, 32 bytes!"), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	made, secret, err := accounts.CreateUserKey(t.Context(), "test", "")
	if err != nil {
		t.Fatal(err)
	}
	s.key, s.keyID = secret, made.ID
	kept := &keptEvents{Store: database}
	recorder := usage.NewRecorder(kept, log)
	engine := gin.New()
	engine.Use(func(c *gin.Context) { c.Header("X-Request-Id", "request-1") })
	openaiapi.Register(engine, openaiapi.Config{
		Auth: accounts, Intake: intake.New(), Relay: relay.New(client, p, now, log), Catalog: relay.NewCatalog(client, p, log), Recorder: recorder, Log: log,
	})
	server := httptest.NewServer(engine)
	s.url, s.client = server.URL, server.Client()
	s.client.Transport = published(t).Watch(s.client.Transport, func(err error) { t.Error(err) })
	s.ended = sync.OnceValue(func() []usage.Event {
		server.Close()
		ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
		cancel() // Run writes what is queued, and ends
		if err := recorder.Run(ctx); err != nil {
			t.Error(err)
		}
		s.wantNoSecret(t, "the log", s.log.String())
		return kept.events
	})
	t.Cleanup(func() { s.ended() })
	return s
}

func (s *surface) startSim(t *testing.T, keys int) (*gemini.Client, []gemini.Secret) {
	var projects []geminisim.Project
	var secrets []gemini.Secret
	for i := range keys {
		projects = append(projects, geminisim.Project{Number: fmt.Sprint(1000 + i), Tier: "tier1", Keys: []geminisim.Key{{Value: surfaceKey(i)}}})
		secrets = append(secrets, gemini.Secret(surfaceKey(i)))
	}
	s.sim = geminisim.New(geminisim.Config{Seed: 1, Projects: projects})
	upstream := httptest.NewServer(s.sim)
	t.Cleanup(func() { s.sim.Close(); upstream.Close() })
	base, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := gemini.NewClient(base, "surface-test")
	t.Cleanup(client.CloseIdle)
	return client, secrets
}

// keptEvents saves events for good, and lets a test see them.
type keptEvents struct {
	*store.Store
	events []usage.Event // written by the recorder alone, read when it has ended
}

func (k *keptEvents) SaveEvents(ctx context.Context, events []usage.Event) error {
	k.events = append(k.events, events...)
	return k.Store.SaveEvents(ctx, events)
}

// lockedBuffer is a buffer that many may write to.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// wantNoSecret wants neither a Gemini key nor the user key in a text.
func (s *surface) wantNoSecret(t *testing.T, what, text string) {
	t.Helper()
	if strings.Contains(text, "AIzaSy") || strings.Contains(text, s.key) {
		t.Errorf("%s shows a secret: %s", what, text)
	}
}

// reply is an answer that was read whole.
type reply struct {
	status int
	header http.Header
	body   string
}

// post asks and reads the whole answer.
func (s *surface) post(t *testing.T, path, contentType string, body []byte) reply {
	t.Helper()
	return s.postAs(t, "Bearer "+s.key, path, contentType, body)
}

func (s *surface) postAs(t *testing.T, credential, path, contentType string, body []byte) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Authorization", credential)
	response, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	s.wantNoSecret(t, "the answer", string(text))
	return reply{status: response.StatusCode, header: response.Header, body: string(text)}
}

// json asks with a JSON document.
func (s *surface) json(t *testing.T, path, body string) reply {
	t.Helper()
	return s.post(t, path, "application/json", []byte(body))
}

// decode reads an answer of status 200.
func decode[T any](t *testing.T, r reply) T {
	t.Helper()
	var out T
	if r.status != http.StatusOK {
		t.Fatalf("status %d: %s", r.status, r.body)
	}
	if err := json.Unmarshal([]byte(r.body), &out); err != nil {
		t.Fatalf("%v in %.300s", err, r.body)
	}
	return out
}

// wantError wants an error in OpenAI's form.
func wantError(t *testing.T, r reply, status int, param, code string) {
	t.Helper()
	var out struct {
		Error struct {
			Message, Type string
			Param, Code   *string
		}
	}
	if err := json.Unmarshal([]byte(r.body), &out); err != nil {
		t.Fatalf("%v in %.300s", err, r.body)
	}
	got := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	if r.status != status || got(out.Error.Param) != param || got(out.Error.Code) != code || out.Error.Message == "" || out.Error.Type == "" {
		t.Errorf("status %d, want %d of %q, code %q: %s", r.status, status, param, code, r.body)
	}
}

// wantEvent wants the one event that was recorded.
func (s *surface) wantEvent(t *testing.T, api string, status int, verdicts ...string) usage.Event {
	t.Helper()
	events := s.ended()
	if len(events) != 1 {
		t.Fatalf("%d events were recorded, want 1", len(events))
	}
	e := events[0]
	var got []string
	for _, attempt := range e.Attempts {
		got = append(got, attempt.Verdict)
	}
	if diff := cmp.Diff(verdicts, got); diff != "" {
		t.Errorf("verdicts (-want +got): %s", diff)
	}
	if e.API != api || e.Status != status || e.UserKeyID != s.keyID || e.RequestID != "request-1" || status == http.StatusOK && e.Outcome != "ok" {
		t.Errorf("the event is %+v", e)
	}
	return e
}

// wantSent wants so many calls of Gemini, each with one credential and nothing of the client's, and gives them.
func (s *surface) wantSent(t *testing.T, calls int) []geminisim.Request {
	t.Helper()
	requests := s.sim.Requests()
	if len(requests) != calls {
		t.Errorf("Gemini was called %d times, want %d", len(requests), calls)
	}
	for _, r := range requests {
		if len(r.Credentials) != 1 || r.Contains(s.key) || strings.Contains(r.Query, "key=") {
			t.Errorf("call %d: credentials %v, query %q", r.Seq, r.Credentials, r.Query)
		}
	}
	return requests
}

// TestSurfaceFailover lets every API meet faults of keys and of Gemini before an answer.
func TestSurfaceFailover(t *testing.T) {
	kind, recording := recordingForm(t, map[string]string{"model": "whisper-1"}, soundFile(2400))
	kindStream, recordingStream := recordingForm(t, map[string]string{"model": "whisper-1", "stream": "true"}, soundFile(2400))
	apis := map[string]struct {
		path, kind, api string
		body            []byte
		good            geminisim.Step
	}{
		"embeddings":             {"/v1/embeddings", "application/json", "embeddings", []byte(`{"model":"gemini-embedding-2","input":"a"}`), geminisim.Answer()},
		"images":                 {"/v1/images/generations", "application/json", "images", []byte(`{"prompt":"a"}`), geminisim.Image()},
		"speech":                 {"/v1/audio/speech", "application/json", "speech", []byte(`{"model":"tts-1","input":"a","voice":"nova"}`), geminisim.Audio(true)},
		"transcriptions":         {"/v1/audio/transcriptions", kind, "transcriptions", recording, geminisim.Text("fine")},
		"transcriptions, stream": {"/v1/audio/transcriptions", kindStream, "transcriptions", recordingStream, geminisim.Text("fine")},
	}
	faults := map[string]struct {
		step geminisim.Step
		want string
	}{
		"a minute used up":  {geminisim.Minute429(0), "minute_quota"},
		"a day used up":     {geminisim.Day429(), "day_quota"},
		"not in the tier":   {geminisim.Tier429(), "tier"},
		"a leaked key":      {geminisim.DeadKey("leaked"), "dead_key"},
		"overloaded":        {geminisim.Status(503), "transient"},
		"HTML":              {geminisim.Status(502), "transient"},
		"a broken wire":     {geminisim.Reset(), "transient"},
		"closed to project": {geminisim.NewUsers(), "tier"},
	}
	for name, api := range apis {
		for fault, tc := range faults {
			t.Run(name+", "+fault, func(t *testing.T) {
				t.Parallel()
				s := newSurface(t, 3)
				s.sim.Script(geminisim.Target{}, tc.step)
				if api.api != "embeddings" { // the natural answer is good
					s.sim.Script(geminisim.Target{}, api.good)
				}
				r := s.post(t, api.path, api.kind, api.body)
				if r.status != http.StatusOK || r.header.Get("X-Attempts") != "2" {
					t.Errorf("status %d after %s attempts: %.300s", r.status, r.header.Get("X-Attempts"), r.body)
				}
				s.wantSent(t, 2)
				s.wantEvent(t, api.api, http.StatusOK, tc.want, "ok")
			})
		}
	}
}

// TestSurfaceRefusals asks each API in ways that must fail before or behind the pool.
func TestSurfaceRefusals(t *testing.T) {
	const json = "application/json"
	kind, recording := recordingForm(t, map[string]string{"model": "gemini-3.5-flash"}, soundFile(10))
	editKind, edit := editForm(t, map[string]string{"prompt": "a"})
	maskKind, masked := editForm(t, map[string]string{"prompt": "a", "mask": "b"})
	gone, lost := recordingForm(t, map[string]string{"model": "gemini-0-nothing"}, soundFile(10))
	tests := []struct {
		name, path, kind string
		body             []byte
		step             *geminisim.Step
		status           int
		param, code      string
		calls            int
	}{
		{"embeddings of tokens", "/v1/embeddings", json, []byte(`{"model":"m","input":[1,2]}`), nil, 400, "input[0]", "", 0},
		{"embeddings of an unknown model", "/v1/embeddings", json, []byte(`{"model":"text-embedding-3-small","input":"a"}`), nil, 404, "", "model_not_found", 1},
		{"embeddings of a model that has none", "/v1/embeddings", json, []byte(`{"model":"gemini-3.5-flash","input":"a"}`), nil, 404, "", "model_not_found", 1},
		{"embeddings of a long text", "/v1/embeddings", json, []byte(`{"model":"gemini-embedding-001","input":"` + strings.Repeat("word ", 4000) + `"}`), nil, 400, "", "context_length_exceeded", 1},
		{"an image by URL", "/v1/images/generations", json, []byte(`{"prompt":"a","response_format":"url"}`), nil, 400, "response_format", "", 0},
		{"an image that is not safe", "/v1/images/generations", json, []byte(`{"prompt":"a"}`), step(geminisim.Finish("IMAGE_SAFETY")), 400, "", "content_filter", 1},
		{"an image of a blocked prompt", "/v1/images/generations", json, []byte(`{"prompt":"a"}`), step(geminisim.Blocked("SAFETY")), 400, "", "content_filter", 1},
		{"an image that is words", "/v1/images/generations", json, []byte(`{"prompt":"a"}`), step(geminisim.Text("I cannot draw.").Times(2)), 502, "", "no_image", 2},
		{"no image", "/v1/images/generations", json, []byte(`{"prompt":"a"}`), step(geminisim.Finish("NO_IMAGE").Times(2)), 502, "", "no_image", 2},
		{"an edit with a mask", "/v1/images/edits", maskKind, masked, nil, 400, "mask", "", 0},
		{"an edit of JSON", "/v1/images/edits", json, []byte(`{"prompt":"a"}`), nil, 400, "", "", 0},
		{"an edit that is words", "/v1/images/edits", editKind, edit, step(geminisim.Text("I cannot draw.").Times(2)), 502, "", "no_image", 2},
		{"a translation that is recited", "/v1/audio/translations", kind, recording, step(geminisim.Finish("RECITATION", "la la")), 400, "", "content_filter", 1},
		{"speech as mp3", "/v1/audio/speech", json, []byte(`{"model":"tts-1","input":"a","response_format":"mp3"}`), nil, 400, "response_format", "", 0},
		{"speech that is words", "/v1/audio/speech", json, []byte(`{"model":"tts-1","input":"a"}`), step(geminisim.Text("a").Times(2)), 502, "", "no_audio", 2},
		{"speech that is refused", "/v1/audio/speech", json, []byte(`{"model":"tts-1","input":"a"}`), step(geminisim.Finish("PROHIBITED_CONTENT")), 400, "", "content_filter", 1},
		{"speech of a model that is mute", "/v1/audio/speech", json, []byte(`{"model":"gemini-3.5-flash","input":"a"}`), nil, 400, "", "", 1},
		{"a transcript of JSON", "/v1/audio/transcriptions", json, []byte(`{"model":"whisper-1"}`), nil, 400, "", "", 0},
		{"a transcript that is recited", "/v1/audio/transcriptions", kind, recording, step(geminisim.Finish("RECITATION", "la la")), 400, "", "content_filter", 1},
		{"a transcript cut short", "/v1/audio/transcriptions", kind, recording, step(geminisim.Finish("MAX_TOKENS", "la la")), 400, "file", "context_length_exceeded", 1},
		{"a transcript of an unknown model", "/v1/audio/transcriptions", gone, lost, nil, 404, "", "model_not_found", 1},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newSurface(t, 3)
			if tc.step != nil {
				s.sim.Script(geminisim.Target{}, *tc.step)
			}
			wantError(t, s.post(t, tc.path, tc.kind, tc.body), tc.status, tc.param, tc.code)
			s.wantSent(t, tc.calls)
			if events := s.ended(); len(events) != 1 || events[0].Status != tc.status || len(events[0].Attempts) != tc.calls {
				t.Errorf("recorded %+v", events)
			}
		})
	}
}

func step(s geminisim.Step) *geminisim.Step { return &s }

func TestSurfacesAskForAKey(t *testing.T) {
	s := newSurface(t, 1)
	for _, path := range []string{
		"/v1/embeddings", "/v1/images/generations", "/v1/images/edits", "/v1/audio/speech", "/v1/audio/transcriptions", "/v1/audio/translations",
	} {
		wantError(t, s.postAs(t, "Bearer sk-FAKE-of-a-stranger", path, "application/json", []byte(`{}`)), 401, "", "invalid_api_key")
	}
	s.wantSent(t, 0)
}

func TestSurfacesWithoutKeys(t *testing.T) {
	s := newSurface(t, 0)
	wantError(t, s.json(t, "/v1/embeddings", `{"model":"gemini-embedding-2","input":["a"]}`), 503, "", "no_available_key")
	wantError(t, s.json(t, "/v1/images/generations", `{"prompt":"a","n":2}`), 503, "", "no_available_key")
}

// TestSurfaceClientLeaves ends a request while Gemini is silent: the upstream call ends with it, and no key is blamed.
func TestSurfaceClientLeaves(t *testing.T) {
	kind, recording := recordingForm(t, map[string]string{"model": "whisper-1"}, soundFile(10))
	editKind, edit := editForm(t, map[string]string{"prompt": "a"})
	for path, asked := range map[string]struct {
		kind string
		body []byte
	}{
		"/v1/embeddings":           {"application/json", []byte(`{"model":"gemini-embedding-2","input":"a"}`)},
		"/v1/images/generations":   {"application/json", []byte(`{"prompt":"a"}`)},
		"/v1/images/edits":         {editKind, edit},
		"/v1/audio/speech":         {"application/json", []byte(`{"model":"tts-1","input":"a"}`)},
		"/v1/audio/transcriptions": {kind, recording},
	} {
		t.Run(path, func(t *testing.T) {
			s := newSurface(t, 2)
			s.sim.Script(geminisim.Target{}, geminisim.Hang(0))
			ctx, leave := context.WithCancel(t.Context())
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+path, bytes.NewReader(asked.body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", asked.kind)
			request.Header.Set("Authorization", "Bearer "+s.key)
			done := make(chan error, 1)
			go func() {
				response, err := s.client.Do(request)
				if err == nil {
					response.Body.Close()
				}
				done <- err
			}()
			for len(s.sim.Requests()) == 0 { // until the call is under way
				time.Sleep(time.Millisecond)
			}
			leave()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("the client got %v", err)
			}
			events := s.ended()
			if len(events) != 1 || events[0].Status != 499 || len(events[0].Attempts) != 1 || events[0].Attempts[0].Verdict != "client_gone" {
				t.Errorf("recorded %+v", events)
			}
		})
	}
}
