package openaiapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/geminisim"
	"gemini-proxy/backend/internal/holding"
	"gemini-proxy/backend/internal/intake"
	"gemini-proxy/backend/internal/media"
	"gemini-proxy/backend/internal/openaiapi"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/roster"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
	"gemini-proxy/backend/internal/thought"
	"gemini-proxy/backend/internal/usage"
)

// desk is a surface with all that chats need: settings that can be changed, links to this machine, thoughts remembered.
type desk struct {
	surface
	settings atomic.Pointer[settings.Settings]
	thoughts *thought.Memory
	models   *roster.Roster
	files    *files.Files
	store    *store.Store
	other    string // another user's key
}

// newDesk gives each of so many Gemini keys a paid project of its own, whose thought signatures hold for it alone.
func newDesk(t *testing.T, keys int, change func(*settings.Settings)) *desk {
	t.Helper()
	gin.SetMode(gin.TestMode)
	d := &desk{surface: surface{log: &lockedBuffer{}}}
	d.set(change)
	log := slog.New(slog.NewTextHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var projects []geminisim.Project
	var secrets []gemini.Secret
	for i := range keys {
		projects = append(projects, geminisim.Project{Number: fmt.Sprint(1000 + i), Tier: "tier1", Keys: []geminisim.Key{{Value: surfaceKey(i)}}})
		secrets = append(secrets, gemini.Secret(surfaceKey(i)))
	}
	d.sim = geminisim.New(geminisim.Config{Seed: 1, Projects: projects, SignaturesPerProject: true, FileProcessing: 100 * time.Millisecond})
	upstream := httptest.NewServer(d.sim)
	t.Cleanup(func() { d.sim.Close(); upstream.Close() })
	base, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := gemini.NewClient(base, "desk-test")
	t.Cleanup(client.CloseIdle)
	database := storetest.SQLite(t)
	d.store = database
	now := func() settings.Settings { return *d.settings.Load() }
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
	d.key, d.keyID = secret, made.ID
	if _, d.other, err = accounts.CreateUserKey(t.Context(), "other", ""); err != nil {
		t.Fatal(err)
	}
	if d.models, err = roster.New(t.Context(), database, p); err != nil {
		t.Fatal(err)
	}
	if d.thoughts, err = thought.New(t.Context(), database, log); err != nil {
		t.Fatal(err)
	}
	if d.files, err = files.New(t.Context(), files.Config{Store: database, Client: client, Keys: p, Settings: now, Log: log}); err != nil {
		t.Fatal(err)
	}
	kept := &keptEvents{Store: database}
	recorder := usage.NewRecorder(kept, log)
	bodies := intake.New()
	engine := gin.New()
	engine.Use(func(c *gin.Context) { c.Header("X-Request-Id", "request-1") })
	openaiapi.Register(engine, openaiapi.Config{
		Auth: accounts, Intake: bodies, Relay: relay.New(client, p, now, log).WithFiles(d.files), Catalog: relay.NewCatalog(client, p, log), Recorder: recorder,
		Models: d.models, Settings: now, Thoughts: d.thoughts, Files: d.files, Holdings: holding.NewBook(database, log), Log: log,
		Links: media.New(media.Config{Memory: bodies, UserAgent: "desk-test", Allow: func(to netip.AddrPort) bool { return to.Addr() == netip.AddrFrom4([4]byte{127, 0, 0, 1}) }}),
	})
	engine.NoRoute(openaiapi.NotFound)
	server := httptest.NewServer(engine)
	d.url, d.client = server.URL, server.Client()
	d.client.Transport = published(t).Watch(d.client.Transport, func(err error) { t.Error(err) })
	d.ended = sync.OnceValue(func() []usage.Event {
		server.Close()
		ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
		cancel() // Run writes what is queued, and ends
		if err := recorder.Run(ctx); err != nil {
			t.Error(err)
		}
		d.wantNoSecret(t, "the log", d.log.String())
		return kept.events
	})
	t.Cleanup(func() { d.ended() })
	return d
}

// set puts settings in force.
func (d *desk) set(change func(*settings.Settings)) {
	s := settings.Default()
	if change != nil {
		change(&s)
	}
	d.settings.Store(&s)
}

// ask asks for a chat completion, with a body whose model and messages stand for themselves.
func (d *desk) ask(t *testing.T, body string) reply {
	t.Helper()
	return d.json(t, "/v1/chat/completions", body)
}

// hello is a request for a model, with more fields.
func hello(model, more string) string {
	return `{"model":"` + model + `","messages":[{"role":"user","content":"hello"}]` + more + `}`
}

// said is what an answer says, whole or in chunks.
type said struct {
	text, finish string
	choices      int
	calls        []calledTool
	errors       []string
	done         bool // the stream ended as it should
	beats        int  // comment lines
	usage        struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
	}
}

type calledTool struct {
	ID       string
	Function struct{ Name, Arguments string }
}

type spoken struct {
	Content   *string
	ToolCalls []calledTool `json:"tool_calls"`
}

type piece struct {
	Choices []struct {
		Index          int
		Message, Delta spoken
		FinishReason   *string `json:"finish_reason"`
	}
	Usage *struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
	}
	Error *struct{ Message string }
}

// read takes an answer of status 200 apart.
func read(t *testing.T, r reply) said {
	t.Helper()
	if r.status != 200 {
		t.Fatalf("status %d: %s", r.status, r.body)
	}
	var s said
	if !strings.HasPrefix(r.header.Get("Content-Type"), "text/event-stream") {
		s.take(t, r.body)
		return s
	}
	for line := range strings.SplitSeq(r.body, "\n") {
		data, isData := strings.CutPrefix(line, "data: ")
		switch {
		case strings.HasPrefix(line, ":"):
			s.beats++
		case data == "[DONE]":
			s.done = true
		case isData && s.done:
			t.Error("an event after [DONE]")
		case isData:
			s.take(t, data)
		}
	}
	return s
}

func (s *said) take(t *testing.T, document string) {
	t.Helper()
	var p piece
	if err := json.Unmarshal([]byte(document), &p); err != nil {
		t.Fatalf("%v in %.300s", err, document)
	}
	if p.Error != nil {
		s.errors = append(s.errors, p.Error.Message)
	}
	if p.Usage != nil {
		s.usage = *p.Usage
	}
	for _, choice := range p.Choices {
		s.choices = max(s.choices, choice.Index+1)
		for _, part := range []spoken{choice.Message, choice.Delta} {
			if part.Content != nil {
				s.text += *part.Content
			}
			s.calls = append(s.calls, part.ToolCalls...)
		}
		if choice.FinishReason != nil {
			s.finish = *choice.FinishReason
		}
	}
}
