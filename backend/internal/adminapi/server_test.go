package adminapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/crypto/argon2"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/backup"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/pulse"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/replica"
	"gemini-proxy/backend/internal/roster"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
	"gemini-proxy/backend/internal/upkeep"
	"gemini-proxy/backend/internal/usage"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	os.Exit(m.Run())
}

const (
	testUsername = "admin"
	testPassword = "correct horse battery"
	testSigner   = "an HS256 key for tests, 32 bytes!"
)

// server is the API over real parts, with a fake Gemini on the network alone.
type server struct {
	t        testing.TB
	engine   *gin.Engine
	config   Config
	store    *store.Store
	recorder *usage.Recorder
	pulse    *pulse.Pulse
	token    string   // of a log-in; "" is sent as no header
	secrets  []string // what no answer and no log line may hold
	log      *lockedBuffer
}

func newServer(t testing.TB) *server {
	t.Helper()
	ctx := t.Context()
	s := &server{t: t, store: storetest.SQLite(t), log: &lockedBuffer{}, secrets: []string{testPassword, "$argon2id$", testSigner}}
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	live := must(settings.Load(ctx, s.store, log))(t)
	keys := must(pool.New(ctx, pool.Config{Store: s.store, Settings: live.Now, Log: log}))(t)
	accounts := must(auth.New(ctx, auth.Config{Store: s.store, Key: []byte(testSigner), Log: log}))(t)
	must(s.store.CreateAdmin(ctx, auth.Admin{Username: testUsername, PasswordHash: cheapHash(testPassword), CreatedAt: time.Now(), PasswordChangedAt: time.Now()}))(t)
	prober := newProber(t, keys)
	models := must(roster.New(ctx, s.store, keys))(t)
	s.recorder = usage.NewRecorder(s.store, log)
	s.pulse = pulse.New(pulse.Config{Pool: keys, Recorder: s.recorder})
	held := must(files.New(ctx, files.Config{Store: s.store, Client: prober.client, Keys: keys, Settings: live.Now, Log: log}))(t)
	s.config = Config{
		Files: held,
		Pulse: s.pulse, Backups: backup.New(backup.Config{Store: s.store, By: "1.2.3", Parts: []backup.Part{live, keys, accounts, models}, Work: 10}),
		Auth: accounts, Pool: keys, Settings: live, Stats: s.store, Records: s.store, Audits: s.store, Models: models,
		Catalog: relay.NewCatalog(prober.client, keys, log), Prober: prober, Log: log,
		Cleaner: upkeep.NewCleaner(keys, live.Now, s.store, log), KeepAlive: upkeep.NewKeepAlive(nil, "test", live.Now, log),
		Discovery: upkeep.NewDiscovery(prober.client, keys, prober.Prober, live.Now, log),
		Version:   "1.2.3", Commit: "abc1234", StartedAt: time.Now().Add(-time.Minute), DatabaseKind: s.store.Kind(), Ping: s.store.Ping, DatabaseSize: s.store.Size,
		Replicas: replica.NewRoll(s.store, "1.2.3", time.Now().Add(-time.Minute), log),
	}
	s.engine = gin.New()
	Register(&s.engine.RouterGroup, s.config)
	s.login()
	t.Cleanup(func() { s.forbidSecrets("the log", s.log.String()) })
	return s
}

// cheapHash is a password's hash at the least cost that is read, so that a log-in takes no time in tests.
func cheapHash(password string) string {
	salt := []byte("sixteen of salt!")
	sum := argon2.IDKey([]byte(password), salt, 1, 8, 1, 32)
	b64 := base64.RawStdEncoding
	return "$argon2id$v=19$m=8,t=1,p=1$" + b64.EncodeToString(salt) + "$" + b64.EncodeToString(sum)
}

func (s *server) login() {
	s.t.Helper()
	tokens := decodeAs[Tokens](s.t, s.post("/auth/login", `{"username":"admin","password":"`+testPassword+`"}`), http.StatusOK)
	s.token = tokens.AccessToken
	s.secrets = append(s.secrets, tokens.AccessToken, tokens.RefreshToken)
}

// do sends a request and checks what holds for every answer.
func (s *server) do(r *http.Request) *httptest.ResponseRecorder {
	s.t.Helper()
	if s.token != "" && r.Header.Get("Authorization") == "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	w := httptest.NewRecorder()
	s.engine.ServeHTTP(w, r)
	name := r.Method + " " + r.URL.Path
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		s.t.Errorf("%s: cache control is %q", name, got)
	}
	if h := w.Header(); h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		s.t.Errorf("%s: its headers do not keep browsers from mischief: %v", name, h)
	}
	if w.Header().Get("X-Request-Id") == "" {
		s.t.Errorf("%s: no request id", name)
	}
	if w.Code >= http.StatusBadRequest {
		s.checkProblem(name, w)
	}
	checkContract(s.t, r, w)
	s.forbidSecrets(name, w.Body.String())
	return w
}

func (s *server) checkProblem(name string, w *httptest.ResponseRecorder) {
	s.t.Helper()
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		s.t.Errorf("%s: an error of type %q", name, got)
	}
	p := problemOf(s.t, w)
	if p.Type != "about:blank" || p.Status != w.Code || p.Title == "" || p.Detail == "" || p.Code == "" || p.RequestID != w.Header().Get("X-Request-Id") {
		s.t.Errorf("%s: problem is not whole: %+v", name, p)
	}
}

func (s *server) forbidSecrets(where, text string) {
	s.t.Helper()
	for _, secret := range s.secrets {
		if strings.Contains(text, secret) {
			s.t.Errorf("%s holds a secret (%.6s…)", where, secret)
		}
	}
}

func (s *server) request(method, path, body string) *http.Request {
	r := httptest.NewRequestWithContext(s.t.Context(), method, Prefix+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func (s *server) get(path string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.do(s.request(http.MethodGet, path, ""))
}

func (s *server) post(path, body string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.do(s.request(http.MethodPost, path, body))
}

func (s *server) send(method, path, body string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.do(s.request(method, path, body))
}

// importKeys takes fake keys into the pool and gives their ids.
func (s *server) importKeys(keys ...string) []int64 {
	s.t.Helper()
	s.secrets = append(s.secrets, keys...)
	body, err := json.Marshal(map[string]string{"text": strings.Join(keys, "\n")})
	if err != nil {
		s.t.Fatal(err)
	}
	result := decodeAs[ImportResult](s.t, s.post("/gemini-keys/import", string(body)), http.StatusOK)
	if len(result.Added) != len(keys) {
		s.t.Fatalf("%d of %d keys were added: %+v", len(result.Added), len(keys), result)
	}
	var ids []int64
	for _, key := range result.Added {
		ids = append(ids, key.ID)
	}
	return ids
}

// fakeKey gives a key that has a Gemini key's form and says that it is none.
func fakeKey(tail string) string {
	const form = "AIzaSy-FAKE-0000000000000000000000000000" // 39 characters are a key's length
	return form[:39-len(tail)] + tail
}

func decodeAs[T any](t testing.TB, w *httptest.ResponseRecorder, status int) T {
	t.Helper()
	var v T
	if w.Code != status {
		t.Fatalf("status is %d, want %d: %s", w.Code, status, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("answer is not as specified: %v", err)
	}
	return v
}

func problemOf(t testing.TB, w *httptest.ResponseRecorder) Problem {
	t.Helper()
	return decodeAs[Problem](t, w, w.Code)
}

// expectProblem checks status, code and the fields at fault.
func expectProblem(t testing.TB, w *httptest.ResponseRecorder, status int, code string, fields ...string) {
	t.Helper()
	p := problemOf(t, w)
	var got []string
	for _, f := range p.Errors {
		got = append(got, f.Field)
	}
	slices.Sort(got)
	slices.Sort(fields)
	if p.Status != status || p.Code != code || !slices.Equal(got, fields) {
		t.Errorf("problem is %d %s %v, want %d %s %v: %s", p.Status, p.Code, got, status, code, fields, p.Detail)
	}
}

func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// prober asks a fake Gemini on the loopback with the real client.
type prober struct {
	*upkeep.Prober
	client *gemini.Client
}

// newProber starts a Gemini that knows every key but those that end in "dead".
func newProber(t testing.TB, keys *pool.Pool) *prober {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.Header.Get("x-goog-api-key"), "dead") {
			w.WriteHeader(http.StatusBadRequest)
			writeText(t, w, `{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}`)
			return
		}
		writeText(t, w, `{"models":[{"name":"models/gemini-flash-latest","inputTokenLimit":1000},{"name":"models/gemini-3.8-flash"}]}`)
	}))
	t.Cleanup(upstream.Close)
	base := must(url.Parse(upstream.URL + "/v1beta"))(t)
	client := gemini.NewClient(base, "test")
	t.Cleanup(client.CloseIdle)
	return &prober{Prober: upkeep.NewProber(client, keys, slog.New(slog.DiscardHandler)), client: client}
}

func writeText(t testing.TB, w http.ResponseWriter, text string) {
	if _, err := w.Write([]byte(text)); err != nil {
		t.Errorf("answering: %v", err)
	}
}

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// rebuild makes the API anew for a server that knows its public address.
func (s *server) rebuild(public string) {
	s.t.Helper()
	address := must(url.Parse(public))(s.t)
	s.config.KeepAlive = upkeep.NewKeepAlive(address, "test", s.config.Settings.Now, s.config.Log)
	s.engine = gin.New()
	Register(&s.engine.RouterGroup, s.config)
}
