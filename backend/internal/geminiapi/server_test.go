package geminiapi_test

import (
	"bytes"
	"context"
	"encoding/json"
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
	"go.uber.org/goleak"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/geminiapi"
	"gemini-proxy/backend/internal/geminisim"
	"gemini-proxy/backend/internal/holding"
	"gemini-proxy/backend/internal/intake"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
	"gemini-proxy/backend/internal/usage"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	goleak.VerifyTestMain(m)
}

const (
	flash = "gemini-2.5-flash"
	hello = `{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}`
)

// server is the API over real parts on a real connection, in front of a simulated Gemini.
type server struct {
	url      string
	client   *http.Client
	key      string // a user key
	keyID    int64
	sim      *geminisim.Sim
	sent     *tape // what Gemini answered
	pool     *pool.Pool
	settings settings.Settings
	log      *syncBuffer
	front    *httptest.Server
	accounts *auth.Auth
	database *store.Store
	holdings *holding.Book
	files    *files.Files
	recorded func() []usage.Event // ends the recorder and gives what it wrote
}

// newServer gives each of so many Gemini keys a project of its own.
func newServer(t *testing.T, keys int, change func(*settings.Settings)) *server {
	t.Helper()
	s := &server{settings: settings.Default(), sent: &tape{}, log: &syncBuffer{}}
	if change != nil {
		change(&s.settings)
	}
	s.start(t, keys, s.startSim(keys))
	return s
}

// start starts the API before an upstream.
func (s *server) start(t testing.TB, keys int, upstream http.Handler) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	database := storetest.SQLite(t)
	s.database, s.holdings = database, holding.NewBook(database, log)
	behind := httptest.NewServer(upstream)
	t.Cleanup(behind.Close)
	if s.sim != nil {
		t.Cleanup(s.sim.Close) // first, so that calls that hang end
	}
	client := gemini.NewClient(must(url.Parse(behind.URL))(t), "geminiapi-test")
	t.Cleanup(client.CloseIdle)
	now := func() settings.Settings { return s.settings }
	s.pool = must(pool.New(t.Context(), pool.Config{Store: database, Settings: now, Log: log}))(t)
	var secrets []gemini.Secret
	for i := range keys {
		secrets = append(secrets, gemini.Secret(geminiKey(i)))
	}
	s.pool.SetModels([]pool.ModelRecord{{Name: flash, Enabled: true}}) // without limits of ours
	must(s.pool.Import(t.Context(), secrets, pool.ImportOptions{}))(t)
	accounts := must(auth.New(t.Context(), auth.Config{Store: database, Key: []byte("an HS256 key for tests, 32 bytes!"), Log: log}))(t)
	made, secret, err := accounts.CreateUserKey(t.Context(), "test", "")
	if err != nil {
		t.Fatal(err)
	}
	s.key, s.keyID, s.accounts = secret, made.ID, accounts
	s.files = must(files.New(t.Context(), files.Config{Store: database, Client: client, Keys: s.pool, Settings: now, Log: log}))(t)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.Use(func(c *gin.Context) { c.Header("X-Request-Id", "request-1") })
	engine.NoRoute(geminiapi.NotFound)
	engine.NoMethod(geminiapi.NotFound)
	geminiapi.Register(engine, geminiapi.Config{
		Auth: accounts, Intake: intake.New(), Relay: relay.New(client, s.pool, now, log).WithFiles(s.files), Files: s.files, Catalog: relay.NewCatalog(client, s.pool, log),
		Recorder: s.startRecorder(t, database, log), Pool: s.pool, Holdings: s.holdings, Upstream: must(url.Parse(behind.URL))(t), Log: log, Fallback: func(c *gin.Context) { c.String(http.StatusMethodNotAllowed, "OpenAI's") },
	})
	s.front = httptest.NewServer(engine)
	s.url, s.client = s.front.URL, s.front.Client()
	t.Cleanup(func() {
		s.front.Close()
		s.forbidSecrets(t, "the log", s.log.String(), keys)
	})
}

// startSim makes the simulated Gemini.
func (s *server) startSim(keys int) http.Handler {
	var projects []geminisim.Project
	for i := range keys {
		projects = append(projects, geminisim.Project{Number: fmt.Sprint(1000 + i), Tier: "tier1", Keys: []geminisim.Key{{Value: geminiKey(i)}}})
	}
	s.sim = geminisim.New(geminisim.Config{Seed: 1, Projects: projects})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.sent.clear()
		s.sim.ServeHTTP(taped{ResponseWriter: w, tape: s.sent}, r)
	})
}

func (s *server) startRecorder(t testing.TB, database *store.Store, log *slog.Logger) *usage.Recorder {
	kept := &keptEvents{Store: database}
	recorder := usage.NewRecorder(kept, log)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- recorder.Run(ctx) }()
	s.recorded = sync.OnceValue(func() []usage.Event {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		return kept.events
	})
	t.Cleanup(func() { s.recorded() })
	return recorder
}

// finish waits until all requests have ended and gives what was recorded of them.
func (s *server) finish() []usage.Event {
	s.front.Close()
	return s.recorded()
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

func geminiKey(i int) string { return fmt.Sprintf("AIzaSy-FAKE-native-test-key-%011d", i) }

// answer is what a client got.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // in reading the body
}

// do sends a request; a header is "Name: value".
func (s *server) do(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	return s.send(t, s.request(t, method, path, body, headers...))
}

func (s *server) request(t *testing.T, method, path, body string, headers ...string) *http.Request {
	t.Helper()
	r := must(http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body)))(t)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Add(name, value)
	}
	return r
}

func (s *server) send(t *testing.T, r *http.Request) answer {
	t.Helper()
	resp, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	a := answer{status: resp.StatusCode, header: resp.Header, body: string(data), err: err}
	s.forbidSecrets(t, r.Method+" "+r.URL.Path, a.body+fmt.Sprint(resp.Header), 8)
	return a
}

// post calls a method of the model with the user key.
func (s *server) post(t *testing.T, call, body string) answer {
	t.Helper()
	return s.do(t, http.MethodPost, "/v1beta/models/"+flash+":"+call, body, "x-goog-api-key: "+s.key)
}

// forbidSecrets fails when a text shows a user key or one of the first Gemini keys.
func (s *server) forbidSecrets(t testing.TB, where, text string, keys int) {
	t.Helper()
	if s.key != "" && strings.Contains(text, s.key) {
		t.Errorf("%s shows the user key", where)
	}
	for i := range keys {
		if strings.Contains(text, geminiKey(i)) {
			t.Errorf("%s shows a Gemini key", where)
		}
	}
}

// checkUpstream looks at what Gemini saw: so many requests, each with one credential, in its place, and nothing of the client's.
func (s *server) checkUpstream(t *testing.T, attempts int) {
	t.Helper()
	seen := s.sim.Requests()
	if len(seen) != attempts {
		t.Errorf("Gemini saw %d requests, want %d", len(seen), attempts)
	}
	for _, r := range seen {
		if len(r.Credentials) != 1 || r.Credentials[0].Place != "x-goog-api-key" {
			t.Errorf("credentials %+v", r.Credentials)
		}
		if r.Contains(s.key) {
			t.Error("the user key went upstream")
		}
	}
}

// googleError is an error as Google's SDKs read it.
type googleError struct {
	Error struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Status  string `json:"status"`
		Details []struct {
			Type       string `json:"@type"`
			Reason     string `json:"reason"`
			RetryDelay string `json:"retryDelay"`
			Violations []struct {
				Field string `json:"field"`
			} `json:"fieldViolations"`
		} `json:"details"`
	} `json:"error"`
}

// errorOf reads an error, in an array or not.
func errorOf(t *testing.T, a answer, array bool) googleError {
	t.Helper()
	var one googleError
	var err error
	if array {
		var list []googleError
		if err = json.Unmarshal([]byte(a.body), &list); err == nil && len(list) != 1 {
			t.Fatalf("%d errors in %s", len(list), a.body)
		}
		if err == nil {
			one = list[0]
		}
	} else {
		err = json.Unmarshal([]byte(a.body), &one)
	}
	if err != nil {
		t.Fatalf("%d %q: %v", a.status, a.body, err)
	}
	if one.Error.Code != a.status || one.Error.Message == "" || one.Error.Status == "" {
		t.Errorf("status %d with %s", a.status, a.body)
	}
	return one
}

func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// tape holds the body of the last answer that Gemini began.
type tape struct {
	mu   sync.Mutex
	data []byte
}

func (t *tape) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = nil
}

func (t *tape) add(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
}

func (t *tape) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.data)
}

type taped struct {
	http.ResponseWriter
	tape *tape
}

func (w taped) Write(p []byte) (int, error) {
	w.tape.add(p)
	return w.ResponseWriter.Write(p)
}

func (w taped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// eventually waits until a condition holds that another goroutine brings about.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}
