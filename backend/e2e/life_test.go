package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gemini-proxy/backend/e2e/stack"
)

// startsWithin is far above what a start takes on an idle machine (make bench measures it): this machine may be busy.
const startsWithin = 5 * time.Second

func TestStartIsQuick(t *testing.T) {
	t.Parallel()
	s := stack.Prepare(t, stack.Config{})
	for _, database := range []string{"an empty", "an existing"} {
		took := s.StartTimed(t)
		t.Logf("%s SQLite: first 200 on /health after %s", database, took)
		if took > startsWithin {
			t.Errorf("%s SQLite: the start took %s", database, took)
		}
		s.Stop(t)
	}
}

// slow is a prompt that the simulator answers with 20 words in about two seconds.
const slow = `[[sim {\"do\":\"words\",\"n\":20,\"chunk_delay\":\"100ms\"}]]`

func TestStopLetsAStreamEnd(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	response := post(t, s, `{"model":"`+flash+`","stream":true,"messages":[{"role":"user","content":"`+slow+`"}]}`)
	defer response.Body.Close()
	s.Signal(t)
	events := readEvents(t, response.Body)
	if last := events[len(events)-1]; last != "[DONE]" || len(events) < 20 {
		t.Errorf("of the stream under way came %d events, the last: %s", len(events), last)
	}
	s.Wait(t)
}

// TestKillLosesNothingKept kills the gateway in the middle of traffic: what was acknowledged is there after the next start.
func TestKillLosesNothingKept(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{Projects: stack.Projects(4, 1)})
	s.Admin.Set(t, map[string]any{"max_key_attempts": 7, "strategy": "round_robin"})
	keys, users, settings := s.Admin.Keys(t), s.Admin.UserKeys(t), s.Admin.Settings(t)
	s.Admin.PatchKey(t, keys[0].ID, map[string]any{"note": "acknowledged before the crash"})

	ctx, leave := context.WithCancel(t.Context())
	var answered atomic.Int64
	var traffic sync.WaitGroup
	for range 8 {
		traffic.Go(func() {
			for ctx.Err() == nil {
				if ok, err := plainChat(ctx, s); err != nil {
					return // the gateway is gone
				} else if ok {
					answered.Add(1)
				}
			}
		})
	}
	stack.Eventually(t, patience, func() error {
		if answered.Load() < 50 {
			return errors.New("too little traffic yet")
		}
		return nil
	})
	s.Kill(t)
	leave()
	traffic.Wait()

	s.Start(t)
	s.Admin.LogIn(t)
	again := s.Admin.Keys(t)
	if len(again) != len(keys) || again[0].Masked != keys[0].Masked {
		t.Errorf("%d keys before, %d after", len(keys), len(again))
	}
	if now := s.Admin.UserKeys(t); len(now) != len(users) || now[0].ID != users[0].ID {
		t.Errorf("user keys before: %d, after: %d", len(users), len(now))
	}
	now := s.Admin.Settings(t)
	for _, name := range []string{"max_key_attempts", "strategy"} {
		if fmt.Sprint(now[name]) != fmt.Sprint(settings[name]) {
			t.Errorf("%s was %v and is %v", name, settings[name], now[name])
		}
	}
	if ok, err := plainChat(t.Context(), s); err != nil || !ok {
		t.Errorf("the user key of before is not served: %v", err)
	}
}

// plainChat makes a chat and reports whether it was answered; the error says that the gateway could not be reached.
func plainChat(ctx context.Context, s *stack.Stack) (bool, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/v1/chat/completions",
		strings.NewReader(`{"model":"`+flash+`","messages":[{"role":"user","content":"hello"}]}`))
	if err != nil {
		return false, err
	}
	request.Header.Set("Authorization", "Bearer "+s.UserKey)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode == http.StatusOK, err
}
