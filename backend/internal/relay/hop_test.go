package relay_test

import (
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/geminisim"
	"gemini-proxy/backend/internal/jsonio"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/settings"
)

// rebuilt is a call that can be written anew, and what it was changed by.
func rebuilt(model string) (relay.Call, func() []relay.Change) {
	request := gemini.Request{Contents: []gemini.Content{{Role: gemini.RoleUser, Parts: []gemini.Part{{Text: "hello"}}}}}
	var mu sync.Mutex
	var changes []relay.Change
	c := relay.Call{RequestID: "test", Model: model, Body: request.Body(), Tokens: 2, Trace: &relay.Trace{}}
	c.Rebuild = func(change relay.Change) *jsonio.Body {
		mu.Lock()
		defer mu.Unlock()
		changes = append(changes, change)
		next := request
		next.ContinuationToken = change.Token
		return next.Body()
	}
	return c, func() []relay.Change { mu.Lock(); defer mu.Unlock(); return changes }
}

const longModel = "gemini-4-hydrogen"

func TestContinuationIsFollowed(t *testing.T) {
	busy := geminisim.Status(503)
	tests := []struct {
		name     string
		steps    []geminisim.Step
		want     string
		finish   string
		verdicts string
		fault    fault.Kind // 0 is none
	}{
		{"three hops", []geminisim.Step{geminisim.Continuation("one ", "two ", "three ", "four")}, "one two three four", "STOP", "ok ok ok ok", 0},
		{"no more than eight", []geminisim.Step{geminisim.Continuation("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10")}, "012345678", "CONTINUATION", strings.TrimSpace(strings.Repeat("ok ", 9)), 0},
		{"a hop that fails is asked for again", []geminisim.Step{geminisim.Continuation("one ", "two"), busy}, "one two", "STOP", "ok transient ok", 0},
		{"what there is stands when it fails for good", []geminisim.Step{geminisim.Continuation("one ", "two"), busy, busy, busy}, "one ", "CONTINUATION", "ok transient transient transient", 0},
		{"and when the key is at its limit", []geminisim.Step{geminisim.Continuation("one ", "two"), geminisim.Day429()}, "one ", "CONTINUATION", "ok day_quota", 0},
		{"nothing said is a fault", []geminisim.Step{geminisim.Continuation("", "two"), busy, busy, busy}, "", "", "ok transient transient transient", fault.Upstream},
	}
	for _, test := range tests {
		for _, stream := range []bool{false, true} {
			name := test.name
			if stream {
				name += ", stream"
			}
			t.Run(name, func(t *testing.T) {
				b := newBench(t, 3, nil)
				b.sim.Script(all(), test.steps...)
				c, _ := rebuilt(longModel)
				got, err := b.ask(t.Context(), c, stream)
				if test.fault != 0 {
					if !fault.Is(err, test.fault) {
						t.Errorf("%q, %v", got, err)
					}
				} else if err != nil || got != test.want || c.Trace.Finish != test.finish {
					t.Errorf("%q, finish %s, %v", got, c.Trace.Finish, err)
				}
				if v := strings.Join(verdicts(c), " "); v != test.verdicts {
					t.Errorf("verdicts %s, want %s", v, test.verdicts)
				}
				keys := map[string]bool{}
				for _, r := range b.sim.Requests() {
					keys[r.Project] = true
				}
				if len(keys) != 1 {
					t.Errorf("the answer went over %d projects", len(keys))
				}
			})
		}
	}
}

// TestHopsAreAddedUp holds the usage of a followed answer against that of its hops.
func TestHopsAreAddedUp(t *testing.T) {
	for _, stream := range []bool{false, true} {
		b := newBench(t, 1, nil)
		use := geminisim.Usage{Prompt: 10, Candidates: 5, Total: 15}
		b.sim.Script(all(), geminisim.Continuation("one ", "two").WithUsage(use))
		c, _ := rebuilt(longModel)
		if _, err := b.ask(t.Context(), c, stream); err != nil {
			t.Fatal(err)
		}
		if u := c.Trace.Usage; u.Prompt <= 10 || u.Candidates <= 5 || u.Total != u.Prompt+u.Candidates+u.Thoughts+u.ToolUsePrompt {
			t.Errorf("stream %v: %+v", stream, u)
		}
	}
}

// TestHopIsUnseen looks at every chunk of a followed stream: only the last has a finish reason, and no checkpoint ends it.
func TestHopIsUnseen(t *testing.T) {
	b := newBench(t, 1, nil)
	b.sim.Script(all(), geminisim.Continuation("one ", "two ", "three"))
	c, _ := rebuilt(longModel)
	s, err := b.relay.Stream(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ended := false
	for {
		chunk, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if ended {
			t.Error("a chunk after the finish reason")
		}
		for _, candidate := range chunk.Candidates {
			ended = ended || candidate.FinishReason != ""
			if candidate.FinishReason == gemini.FinishContinuation {
				t.Error("the client sees a hop")
			}
		}
	}
	if !ended {
		t.Error("no finish reason")
	}
}

func TestWithoutRebuildItEndsAsItDid(t *testing.T) {
	b := newBench(t, 1, nil)
	b.sim.Script(all(), geminisim.Continuation("one ", "two"), geminisim.Continuation("one ", "two"))
	for _, stream := range []bool{false, true} {
		c := call()
		if got, err := b.ask(t.Context(), c, stream); err != nil || got != "one " || c.Trace.Finish != "CONTINUATION" {
			t.Errorf("%q, %s, %v", got, c.Trace.Finish, err)
		}
	}
}

func TestRefusedSignaturesAreDroppedOnce(t *testing.T) {
	refused := geminisim.Status(400, "Corrupted thought signature.")
	for _, stream := range []bool{false, true} {
		b := newBench(t, 2, func(s *settings.Settings) { s.MaxKeyAttempts = 1 })
		b.sim.Script(all(), refused, geminisim.Text("fine"))
		c, changes := rebuilt(model)
		if got, err := b.ask(t.Context(), c, stream); err != nil || got != "fine" {
			t.Fatalf("%q, %v", got, err)
		}
		if got := changes(); len(got) != 1 || !got[0].Unsigned {
			t.Errorf("changed by %+v", got)
		}
		if a := c.Trace.Attempts; len(a) != 2 || a[0].Verdict != "request" || a[1].KeyID != a[0].KeyID {
			t.Errorf("%+v", a)
		}
		b.sim.Script(all(), refused, refused, geminisim.Text("never"))
		c, _ = rebuilt(model)
		if _, err := b.ask(t.Context(), c, stream); !fault.Is(err, fault.Invalid) {
			t.Errorf("refused twice: %v", err)
		}
		b.sim.ClearScript()
		c = call()
		b.sim.Script(all(), refused)
		if _, err := b.ask(t.Context(), c, stream); !fault.Is(err, fault.Invalid) || len(c.Trace.Attempts) != 1 {
			t.Errorf("without another way: %v", err)
		}
	}
}

func TestCollect(t *testing.T) {
	b := newBench(t, 3, nil)
	text := func(resp *gemini.Response) string {
		var s strings.Builder
		for _, p := range resp.Candidates[0].Content.Parts {
			s.WriteString(p.Text)
		}
		return s.String()
	}
	b.sim.Script(all(), geminisim.TextChunks("a", "b", "c"))
	c := call()
	resp, err := b.relay.Collect(t.Context(), c)
	if err != nil || text(resp) != "abc" || resp.Candidates[0].FinishReason != "STOP" || !resp.HasUsage || resp.ModelVersion != model {
		t.Fatalf("%+v, %v", resp, err)
	}
	b.sim.Script(all(), geminisim.TextChunks("a", "b", "c").CutAfter(2), geminisim.TextChunks("d", "e"))
	c = call()
	resp, err = b.relay.Collect(t.Context(), c)
	if err != nil || text(resp) != "de" {
		t.Errorf("a stream that broke off was not asked for again: %+v, %v", resp, err)
	}
	b.sim.Script(all(), geminisim.Blocked("SAFETY"))
	if resp, err = b.relay.Collect(t.Context(), call()); err != nil || resp.BlockReason != "SAFETY" {
		t.Errorf("%+v, %v", resp, err)
	}
	b.sim.Script(all(), geminisim.CutAfter(2), geminisim.CutAfter(2), geminisim.CutAfter(2), geminisim.CutAfter(2))
	if _, err = b.relay.Collect(t.Context(), call()); !fault.Is(err, fault.Upstream) {
		t.Error(err)
	}
}

func TestPreferredKeyComesFirst(t *testing.T) {
	b := newBench(t, 5, nil)
	for range 3 { // of the five a minute that the key has
		c := call()
		c.Prefer = 3
		if _, err := b.relay.Generate(t.Context(), c); err != nil || c.Trace.Attempts[0].KeyID != 3 {
			t.Fatalf("%+v, %v", c.Trace.Attempts, err)
		}
	}
	b.sim.Script(all(), geminisim.Status(503))
	c := call()
	c.Prefer = 3
	if _, err := b.relay.Generate(t.Context(), c); err != nil || len(c.Trace.Attempts) != 2 || c.Trace.Attempts[0].KeyID != 3 {
		t.Errorf("%+v, %v", c.Trace.Attempts, err)
	}
}
