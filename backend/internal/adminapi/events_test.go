package adminapi

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// listener reads the events of a stream.
type listener struct {
	t      *testing.T
	answer *http.Response
	lines  *bufio.Reader
}

// listen opens a stream of events over the loopback.
func (s *server) listen(t *testing.T) *listener {
	t.Helper()
	front := httptest.NewServer(s.engine)
	t.Cleanup(front.Close)
	ctx, hangUp := context.WithCancel(t.Context())
	t.Cleanup(hangUp)
	r := must(http.NewRequestWithContext(ctx, http.MethodGet, front.URL+Prefix+"/events", nil))(t)
	r.Header.Set("Authorization", "Bearer "+s.token)
	answer := must(front.Client().Do(r))(t)
	t.Cleanup(func() {
		if err := answer.Body.Close(); err != nil {
			t.Error(err)
		}
	})
	return &listener{t: t, answer: answer, lines: bufio.NewReader(answer.Body)}
}

// next gives the next event.
func (l *listener) next() (name, data string) {
	l.t.Helper()
	for {
		line, err := l.lines.ReadString('\n')
		if err != nil {
			l.t.Fatal(err)
		}
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "event: "):
			name = line[len("event: "):]
		case strings.HasPrefix(line, "data: "):
			data = line[len("data: "):]
		case line == "" && name != "":
			return name, data
		}
	}
}

func (l *listener) expect(name, data string) {
	l.t.Helper()
	if gotName, got := l.next(); gotName != name || got != data {
		l.t.Fatalf("came %s %s, want %s %s", gotName, got, name, data)
	}
}

// over waits for the stream's end.
func (l *listener) over() {
	l.t.Helper()
	if rest, err := io.ReadAll(l.lines); err != nil || len(rest) > 0 {
		l.t.Errorf("after the end: %q %v", rest, err)
	}
}

func TestEventsTellWhatGoesOn(t *testing.T) {
	s := newServer(t)
	ids := s.importKeys(fakeKey("a"))
	l := s.listen(t)
	if got := l.answer.Header.Get("Content-Type"); l.answer.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("answers %d %s", l.answer.StatusCode, got)
	}
	name, data := l.next()
	var c LiveCounters
	if err := json.Unmarshal([]byte(data), &c); err != nil || name != "counters" || c.Keys.All != 1 || c.Time.IsZero() {
		t.Fatalf("first came %s %s: %v", name, data, err)
	}
	s.send(http.MethodPatch, fmt.Sprint("/gemini-keys/", ids[0]), `{"note":"x"}`)
	l.expect("changed", `{"what":"keys"}`)
	s.post("/user-keys", `{"name":"laptop"}`)
	l.expect("changed", `{"what":"user_keys"}`)
	s.send(http.MethodPatch, "/settings", `{"queue_wait":3}`)
	l.expect("changed", `{"what":"settings"}`)
	s.send(http.MethodPatch, "/settings", `{"queue_wait":-3}`) // refused: nothing changed
	s.send(http.MethodPut, "/models/gemini-x", `{"rpm":1,"tpm":null,"rpd":null,"enabled":true}`)
	l.expect("changed", `{"what":"models"}`)
	s.pulse.Close()
	l.expect("end", `{"reason":"stopping"}`)
	l.over()
	expectProblem(t, s.get("/events"), http.StatusServiceUnavailable, "unavailable")
}

func TestEventsEndWithTheirSession(t *testing.T) {
	s := newServer(t)
	l := s.listen(t)
	l.next()
	sessions := decodeAs[OpenSessionList](t, s.get("/auth/sessions"), http.StatusOK)
	s.send(http.MethodDelete, fmt.Sprint("/auth/sessions/", sessions.Items[0].ID), "")
	s.pulse.Changed("keys") // stands for the next beat
	l.expect("end", `{"reason":"session"}`)
	l.over()
}
