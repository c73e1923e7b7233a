package geminiapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/geminisim"
	"gemini-proxy/backend/internal/settings"
)

// items gives the documents of a stream in either form, and fails when the form is broken.
func items(t *testing.T, body string, events bool) []googleError {
	t.Helper()
	var list []googleError
	if !events {
		if err := json.Unmarshal([]byte(body), &list); err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		return list
	}
	if !strings.HasSuffix(body, "\r\n\r\n") {
		t.Errorf("the last event has no end: %q", body)
	}
	for event := range strings.SplitSeq(strings.TrimSuffix(body, "\r\n\r\n"), "\r\n\r\n") {
		document, ok := strings.CutPrefix(event, "data: ")
		var one googleError
		if err := json.Unmarshal([]byte(document), &one); err != nil || !ok {
			t.Fatalf("%q: %v", event, err)
		}
		list = append(list, one)
	}
	return list
}

func TestBrokenStreamEndsInAnError(t *testing.T) {
	cases := map[string]struct {
		step   geminisim.Step
		code   int
		status string
	}{
		"cut":              {geminisim.CutAfter(2), 502, "UNAVAILABLE"},
		"cut in an event":  {geminisim.Words(3).CutAfter(2).Split(5), 502, "UNAVAILABLE"},
		"ended":            {geminisim.Words(3).EndAfter(2), 502, "UNAVAILABLE"},
		"reset":            {geminisim.Words(3).ResetAfter(2), 502, "UNAVAILABLE"},
		"an error event":   {geminisim.ErrorEvent(2, geminisim.EventForm), 503, "UNAVAILABLE"},
		"an error, bare":   {geminisim.BareError(2), 503, "UNAVAILABLE"},
		"an internal one":  {geminisim.Words(3).ErrorAfter(2, geminisim.EventForm, 500), 500, "INTERNAL"},
		"stalled":          {geminisim.Words(3).StallAfter(2), 504, "DEADLINE_EXCEEDED"},
		"stalled in array": {geminisim.Words(3).StallAfter(2).LF(), 504, "DEADLINE_EXCEEDED"},
	}
	for name, tc := range cases {
		for _, call := range []string{"streamGenerateContent?alt=sse", "streamGenerateContent"} {
			events := strings.HasSuffix(call, "sse")
			if name == "stalled in array" && events {
				continue
			}
			t.Run(name+", "+call, func(t *testing.T) {
				t.Parallel()
				s := newServer(t, 3, func(s *settings.Settings) { s.RequestTimeout = 0.3 })
				s.sim.Script(geminisim.Target{}, tc.step)
				a := s.post(t, call, hello)
				if a.status != http.StatusOK || a.err != nil {
					t.Fatalf("%d %s, %v", a.status, a.body, a.err)
				}
				list := items(t, a.body, events)
				if len(list) != 3 {
					t.Fatalf("%d items: %s", len(list), a.body)
				}
				if last := list[2].Error; last.Code != tc.code || last.Status != tc.status || last.Message == "" {
					t.Errorf("%+v", last)
				}
				s.checkUpstream(t, 1)
				event := s.finish()[0]
				if event.Status != tc.code || event.Outcome == "ok" || len(event.Attempts) != 1 || event.Attempts[0].Verdict == "ok" {
					t.Errorf("%+v", event)
				}
			})
		}
	}
}

func TestWhatFollowsTheFinishReasonIsOfNoAccount(t *testing.T) {
	cases := map[string]geminisim.Step{
		"cut":            geminisim.Words(2).CutAfter(3),
		"reset":          geminisim.Words(2).ResetAfter(3),
		"an error event": geminisim.Words(2).ErrorAfter(3, geminisim.EventForm, 503),
		"an error, bare": geminisim.Words(2).ErrorAfter(3, geminisim.BareForm, 503),
	}
	for name, step := range cases {
		for _, call := range []string{"streamGenerateContent?alt=sse", "streamGenerateContent"} {
			t.Run(name+", "+call, func(t *testing.T) {
				t.Parallel()
				s := newServer(t, 3, nil)
				s.sim.Script(geminisim.Target{}, step)
				a := s.post(t, call, hello)
				list := items(t, a.body, strings.HasSuffix(call, "sse"))
				if len(list) != 3 || list[2].Error.Code != 0 {
					t.Errorf("%s", a.body)
				}
				if event := s.finish()[0]; event.Outcome != "ok" || event.FinishReason != "STOP" {
					t.Errorf("%+v", event)
				}
			})
		}
	}
}

func TestChunksAreNotHeldBack(t *testing.T) {
	for _, call := range []string{"streamGenerateContent?alt=sse", "streamGenerateContent"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, 1, nil)
			s.sim.Script(geminisim.Target{}, geminisim.TextChunks("first", "second").StallAfter(1))
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			r := s.request(t, http.MethodPost, "/v1beta/models/"+flash+":"+call, hello, "x-goog-api-key: "+s.key).WithContext(ctx)
			resp, err := s.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var got strings.Builder
			chunk := make([]byte, 4096)
			for !strings.Contains(got.String(), "first") {
				n, err := resp.Body.Read(chunk)
				got.Write(chunk[:n])
				if err != nil {
					t.Fatal(err)
				}
			}
			if got.String() != s.sent.String() {
				t.Errorf("%q of %q", got.String(), s.sent.String())
			}
			leave()
			eventually(t, "the upstream call ends", func() bool { seen := s.sim.Requests()[0]; return seen.Done && seen.ClientGone })
			event := s.finish()[0]
			if event.Status != 499 || event.Outcome != "client_gone" || event.Attempts[0].Verdict != "client_gone" {
				t.Errorf("%+v", event)
			}
		})
	}
}

func TestClientGoneEndsTheUpstreamCall(t *testing.T) {
	for _, call := range []string{"generateContent", "streamGenerateContent?alt=sse", "countTokens"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, 2, nil)
			s.sim.Script(geminisim.Target{Method: "*"}, geminisim.Hang(0))
			ctx, leave := context.WithCancel(t.Context())
			r := s.request(t, http.MethodPost, "/v1beta/models/"+flash+":"+call, hello, "x-goog-api-key: "+s.key).WithContext(ctx)
			done := make(chan error, 1)
			go func() {
				resp, err := s.client.Do(r)
				if err == nil {
					err = resp.Body.Close()
				}
				done <- err
			}()
			eventually(t, "the call is under way", func() bool { return len(s.sim.Requests()) == 1 })
			leave()
			if err := <-done; err == nil {
				t.Error("an answer came")
			}
			eventually(t, "the upstream call ends", func() bool { return s.sim.Requests()[0].Done })
			if event := s.finish()[0]; event.Status != 499 || event.Outcome != "client_gone" || event.Attempts[0].Verdict != "client_gone" {
				t.Errorf("%+v", event)
			}
			if counts := s.pool.Counts(); counts.Failing != 0 {
				t.Errorf("a key was blamed: %+v", counts)
			}
		})
	}
}
