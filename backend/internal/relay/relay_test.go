package relay_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/geminisim"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const model = "gemini-2.5-flash"

// bench is a relay over real keys of a simulated Gemini.
type bench struct {
	relay    *relay.Relay
	catalog  *relay.Catalog
	sim      *geminisim.Sim
	pool     *pool.Pool
	settings settings.Settings
}

// fakeKey is the key of a project, numbered from 0.
func fakeKey(i int) string { return fmt.Sprintf("AIzaSy-FAKE-relay-test-key-%012d", i) }

// accounts gives projects with a key each.
func accounts(n int) (geminisim.Config, []gemini.Secret) {
	config := geminisim.Config{Seed: 1, LogSize: 4096}
	var secrets []gemini.Secret
	for i := range n {
		secrets = append(secrets, gemini.Secret(fakeKey(i)))
		config.Projects = append(config.Projects, geminisim.Project{Number: fmt.Sprint(1000 + i), Tier: "free", Keys: []geminisim.Key{{Value: fakeKey(i)}}})
	}
	return config, secrets
}

// newBench gives each key a project of its own.
func newBench(t *testing.T, keys int, change func(*settings.Settings)) *bench {
	t.Helper()
	b := &bench{settings: settings.Default()}
	if change != nil {
		change(&b.settings)
	}
	config, secrets := accounts(keys)
	b.sim = geminisim.New(config)
	server := httptest.NewServer(b.sim)
	t.Cleanup(func() { b.sim.Close(); server.Close() })
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := gemini.NewClient(base, "relay-test")
	t.Cleanup(client.CloseIdle)
	log := slog.New(slog.DiscardHandler)
	b.pool, err = pool.New(t.Context(), pool.Config{Store: storetest.SQLite(t), Settings: func() settings.Settings { return b.settings }, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.pool.Import(t.Context(), secrets, pool.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	b.relay = relay.New(client, b.pool, func() settings.Settings { return b.settings }, log)
	b.catalog = relay.NewCatalog(client, b.pool, log)
	return b
}

func call() relay.Call { return saying("hello") }

// asking gives a call that no other is like, and the one right answer to it.
func asking(number int) (c relay.Call, answer string) {
	text := fmt.Sprintf("question %06d", number)
	return saying(text), model + " heard: " + text
}

func saying(text string) relay.Call {
	request := gemini.Request{Contents: []gemini.Content{{Role: gemini.RoleUser, Parts: []gemini.Part{{Text: text}}}}}
	return relay.Call{RequestID: "test", Model: model, Body: request.Body(), Tokens: 2, Trace: &relay.Trace{}}
}

// all matches every generation.
func all() geminisim.Target { return geminisim.Target{} }

// read drains a stream and gives its text.
func read(s *relay.Stream) (string, error) {
	defer s.Close()
	var text strings.Builder
	for {
		chunk, err := s.Next()
		if errors.Is(err, io.EOF) {
			return text.String(), nil
		}
		if err != nil {
			return text.String(), err
		}
		for _, c := range chunk.Candidates {
			for _, p := range c.Content.Parts {
				text.WriteString(p.Text)
			}
		}
	}
}

// ask relays one call, whole or as a stream, and gives its text.
func (b *bench) ask(ctx context.Context, c relay.Call, stream bool) (string, error) {
	if stream {
		s, err := b.relay.Stream(ctx, c)
		if err != nil {
			return "", err
		}
		return read(s)
	}
	resp, err := b.relay.Generate(ctx, c)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for _, p := range resp.Candidates[0].Content.Parts {
		text.WriteString(p.Text)
	}
	return text.String(), nil
}

func verdicts(c relay.Call) []string {
	var list []string
	for _, a := range c.Trace.Attempts {
		list = append(list, a.Verdict)
	}
	return list
}

func TestFailoverIsUnseen(t *testing.T) {
	ok := geminisim.Text("fine")
	cases := map[string]struct {
		steps  []geminisim.Step
		want   []string
		stream string // "", "only" or "never"
	}{
		"nothing wrong":             {steps: []geminisim.Step{ok}, want: []string{"ok"}},
		"two minutes used up":       {steps: []geminisim.Step{geminisim.Minute429(30 * time.Second), geminisim.Minute429(30 * time.Second), ok}, want: []string{"minute_quota", "minute_quota", "ok"}},
		"a day used up":             {steps: []geminisim.Step{geminisim.Day429(), ok}, want: []string{"day_quota", "ok"}},
		"not in the tier":           {steps: []geminisim.Step{geminisim.Tier429(), ok}, want: []string{"tier", "ok"}},
		"a 429 without a word":      {steps: []geminisim.Step{geminisim.Bare429(), ok}, want: []string{"bare_429", "ok"}},
		"a leaked key":              {steps: []geminisim.Step{geminisim.DeadKey("leaked"), ok}, want: []string{"dead_key", "ok"}},
		"a suspended key":           {steps: []geminisim.Step{geminisim.DeadKey("suspended"), ok}, want: []string{"dead_key", "ok"}},
		"overloaded":                {steps: []geminisim.Step{geminisim.Status(503), ok}, want: []string{"transient", "ok"}},
		"an internal error":         {steps: []geminisim.Step{geminisim.Status(500), ok}, want: []string{"transient", "ok"}},
		"HTML from the front end":   {steps: []geminisim.Step{geminisim.Status(502), ok}, want: []string{"transient", "ok"}},
		"a broken connection":       {steps: []geminisim.Step{geminisim.Reset(), ok}, want: []string{"transient", "ok"}},
		"an empty answer":           {steps: []geminisim.Step{geminisim.Empty(), ok}, want: []string{"empty", "ok"}},
		"no candidates":             {steps: []geminisim.Step{geminisim.NoCandidates(), ok}, want: []string{"empty", "ok"}},
		"a malformed call":          {steps: []geminisim.Step{geminisim.Malformed(), ok}, want: []string{"malformed", "ok"}},
		"closed to new users":       {steps: []geminisim.Step{geminisim.NewUsers(), ok}, want: []string{"tier", "ok"}},
		"an error event at once":    {steps: []geminisim.Step{geminisim.ErrorEvent(0, geminisim.EventForm), ok}, want: []string{"transient", "ok"}, stream: "only"},
		"a bare error at once":      {steps: []geminisim.Step{geminisim.BareError(0), ok}, want: []string{"transient", "ok"}, stream: "only"},
		"the address refused, once": {steps: []geminisim.Step{geminisim.Location(), ok}, want: []string{"exit", "ok"}},
	}
	for name, tc := range cases {
		for _, stream := range []bool{false, true} {
			if tc.stream == "only" && !stream || tc.stream == "never" && stream {
				continue
			}
			t.Run(fmt.Sprintf("%s, stream %v", name, stream), func(t *testing.T) {
				b := newBench(t, 4, nil)
				b.sim.Script(all(), tc.steps...)
				c := call()
				text, err := b.ask(t.Context(), c, stream)
				if err != nil || text != "fine" {
					t.Fatalf("%q, %v", text, err)
				}
				if diff := cmp.Diff(tc.want, verdicts(c)); diff != "" {
					t.Error(diff)
				}
				b.check(t, len(tc.want))
			})
		}
	}
}

// check looks at what Gemini saw: the attempts, each with one credential and, for faults of keys, another key.
func (b *bench) check(t *testing.T, attempts int) {
	t.Helper()
	requests := b.sim.Requests()
	if len(requests) != attempts {
		t.Errorf("Gemini saw %d requests, want %d", len(requests), attempts)
	}
	for _, r := range requests {
		if len(r.Credentials) != 1 {
			t.Errorf("%d credentials in one request", len(r.Credentials))
		}
	}
}

func TestRequestsFaultEndsTheRequest(t *testing.T) {
	for _, stream := range []bool{false, true} {
		b := newBench(t, 3, nil)
		b.sim.Script(all(), geminisim.Raw(400, `{"error":{"code":400,"message":"Request contains an invalid argument.","status":"INVALID_ARGUMENT"}}`))
		c := call()
		_, err := b.ask(t.Context(), c, stream)
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("got %v", err)
		}
		b.check(t, 1)
		if counts := b.pool.Counts(); counts.Failing != 0 || counts.Resting != 0 {
			t.Errorf("a key was blamed: %+v", counts)
		}
	}
}

func TestStreamIsNeverSentTwice(t *testing.T) {
	for name, step := range map[string]geminisim.Step{
		"cut":         geminisim.CutAfter(2),
		"error event": geminisim.ErrorEvent(2, geminisim.EventForm),
		"bare error":  geminisim.BareError(2),
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 3, nil)
			b.sim.Script(all(), step)
			c := call()
			text, err := b.ask(t.Context(), c, true)
			if text == "" || err == nil {
				t.Fatalf("%q, %v", text, err)
			}
			if kind := fault.KindOf(err); kind != fault.Upstream {
				t.Errorf("%v", err)
			}
			b.check(t, 1)
		})
	}
}

func TestHungKeyIsPassedOver(t *testing.T) {
	b := newBench(t, 2, func(s *settings.Settings) { s.FirstByteTimeout, s.RequestTimeout = 0.2, 0.2 })
	for _, stream := range []bool{false, true} {
		b.sim.Script(all(), geminisim.Hang(0), geminisim.Text("fine"))
		c := call()
		text, err := b.ask(t.Context(), c, stream)
		if err != nil || text != "fine" {
			t.Fatalf("stream %v: %q, %v", stream, text, err)
		}
		if diff := cmp.Diff([]string{"timeout", "ok"}, verdicts(c)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestClientGoneEndsTheUpstreamCall(t *testing.T) {
	b := newBench(t, 2, nil)
	for _, stream := range []bool{false, true} {
		b.sim.Script(all(), geminisim.Hang(0))
		ctx, leave := context.WithCancel(t.Context())
		c := call()
		done := make(chan error, 1)
		go func() {
			_, err := b.ask(ctx, c, stream)
			done <- err
		}()
		for len(b.sim.Requests()) == 0 { // until the call is under way
			time.Sleep(time.Millisecond)
		}
		leave()
		if err := <-done; !fault.Is(err, fault.Canceled) {
			t.Errorf("got %v", err)
		}
		if diff := cmp.Diff([]string{"client_gone"}, verdicts(c)); diff != "" {
			t.Error(diff)
		}
		b.sim.ClearRequests()
	}
	if counts := b.pool.Counts(); counts.Failing != 0 {
		t.Errorf("a key was blamed: %+v", counts)
	}
}

func TestNoKeys(t *testing.T) {
	b := newBench(t, 0, nil)
	_, err := b.relay.Generate(t.Context(), call())
	if f := fault.Of(err); f.Kind != fault.NoKey || f.Code != "no_available_key" {
		t.Errorf("got %v", err)
	}
}

func TestAllLimitedSaysUntilWhen(t *testing.T) {
	b := newBench(t, 2, func(s *settings.Settings) { s.QueueWait = 0 })
	b.sim.Script(all(), geminisim.Minute429(40*time.Second), geminisim.Minute429(30*time.Second))
	_, err := b.relay.Generate(t.Context(), call())
	f := fault.Of(err)
	if f.Kind != fault.Limited || f.RetryAfter < 28*time.Second || f.RetryAfter > 31*time.Second || f.NoRetry {
		t.Errorf("%+v", f)
	}
}

// Half the keys die at random moments while a thousand requests are under way. Each request is answered once, with its own answer.
func TestManyRequestsWhileKeysDie(t *testing.T) {
	const keys, requests = 20, 1_000
	b := newBench(t, keys, func(s *settings.Settings) { s.MaxKeyAttempts = 20; s.QueueWait = 30 })
	for i := range keys {
		if err := b.sim.SetLimits(fmt.Sprint(1000+i), "", geminisim.Limits{RPM: -1, TPM: -1, RPD: -1}); err != nil {
			t.Fatal(err)
		}
	}
	b.pool.SetModels([]pool.ModelRecord{{Name: model, Enabled: true}}) // no limits of ours either
	rng := rand.New(rand.NewPCG(31, 32))
	moments, dying := rng.Perm(requests), rng.Perm(keys)[:keys/2]
	dies := map[int]string{} // by the request that begins at that moment
	for i, key := range dying {
		dies[moments[i]] = fakeKey(key)
	}
	var group sync.WaitGroup
	for i := range requests {
		group.Go(func() {
			if key, ok := dies[i]; ok {
				if err := b.sim.SetKeyState(key, "leaked"); err != nil {
					t.Error(err)
				}
			}
			c, want := asking(i)
			if text, err := b.ask(t.Context(), c, i%2 == 0); err != nil || text != want {
				t.Errorf("request %d was answered with %q, %v", i, text, err)
			}
		})
	}
	group.Wait()
	answered, refused := map[string]int{}, 0 // by what was sent
	for _, r := range b.sim.Requests() {
		if r.Status == http.StatusOK {
			answered[r.Body]++
		} else {
			refused++
		}
	}
	for body, times := range answered {
		if times != 1 {
			t.Errorf("Gemini answered %d times: %s", times, body)
		}
	}
	if len(answered) != requests || refused == 0 {
		t.Errorf("Gemini answered %d of %d requests, and refused %d calls for a dead key", len(answered), requests, refused)
	}
	if counts := b.pool.Counts(); counts.Healthy < keys/2 {
		t.Errorf("%+v", counts)
	}
}

func TestCatalogIsTheUnion(t *testing.T) {
	b := newBench(t, 3, nil)
	models, err := b.catalog.Models(t.Context())
	if err != nil || len(models) == 0 {
		t.Fatalf("%d models, %v", len(models), err)
	}
	before := len(b.sim.Requests())
	if _, err := b.catalog.Models(t.Context()); err != nil || len(b.sim.Requests()) != before {
		t.Errorf("asked again: %v", err)
	}
}
