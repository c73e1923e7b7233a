package upkeep

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/settings"
)

// answering is a transport that answers without a network.
type answering func(*http.Request) (*http.Response, error)

// RoundTrip gives the answer.
func (a answering) RoundTrip(r *http.Request) (*http.Response, error) { return a(r) }

func awake(t *testing.T, address string, now func() settings.Settings) *KeepAlive {
	t.Helper()
	public, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return NewKeepAlive(public, "test", now, slog.New(slog.DiscardHandler))
}

// It pings when it is turned on and then after each interval, which may change meanwhile, and not when it is off.
func TestKeepAliveByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var live atomic.Pointer[settings.Settings]
		set := func(on bool, interval float64) {
			s := settings.Default()
			s.KeepAlive = settings.KeepAlive{Enabled: on, Interval: interval}
			live.Store(&s)
		}
		set(false, 600)
		k := awake(t, "https://gemini.example/base/", func() settings.Settings { return *live.Load() })
		var status atomic.Int64
		status.Store(http.StatusOK)
		k.client.Transport = answering(func(r *http.Request) (*http.Response, error) {
			if r.URL.String() != "https://gemini.example/base/wake" || r.Header.Get("User-Agent") != "test" {
				t.Errorf("asked for %s", r.URL)
			}
			return &http.Response{StatusCode: int(status.Load()), Body: http.NoBody, Request: r}, nil
		})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- k.Run(ctx) }()
		expect := func(sent int, next time.Duration) {
			t.Helper()
			synctest.Wait()
			s := k.State()
			if s.Sent != sent || !s.NextAt.IsZero() && s.NextAt.Sub(s.Last.At) != next {
				t.Errorf("sent %d, want %d; next after %s, want %s", s.Sent, sent, s.NextAt.Sub(s.Last.At), next)
			}
		}
		time.Sleep(time.Hour)
		expect(0, 0)
		set(true, 600)
		time.Sleep(time.Minute)
		expect(1, 10*time.Minute)
		time.Sleep(10 * time.Minute)
		expect(2, 10*time.Minute)
		set(true, 60)
		status.Store(http.StatusBadGateway)
		time.Sleep(61 * time.Second)
		expect(3, time.Minute)
		if s := k.State(); s.Failed != 1 || s.Last.OK() || s.Last.Status != http.StatusBadGateway {
			t.Errorf("state %+v", s)
		}
		set(false, 60)
		time.Sleep(time.Hour)
		expect(3, 0)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestPing(t *testing.T) {
	server := httptest.NewServer(http.RedirectHandler("http://127.0.0.1:1/", http.StatusFound)) // where a redirect leads is not ours
	k := awake(t, server.URL, settings.Default)
	if p, err := k.Ping(t.Context()); err != nil || p.Status != http.StatusFound || p.OK() {
		t.Errorf("ping %+v, %v", p, err)
	}
	server.Close()
	if p, err := k.Ping(t.Context()); err != nil || p.Status != 0 || p.Fault == "" {
		t.Errorf("ping of nobody: %+v, %v", p, err)
	}
	unknown := NewKeepAlive(nil, "test", settings.Default, slog.New(slog.DiscardHandler))
	if _, err := unknown.Ping(t.Context()); fault.KindOf(err) != fault.Conflict {
		t.Errorf("ping without an address: %v", err)
	}
	if err := unknown.Run(t.Context()); err != nil || unknown.State().Target != "" {
		t.Errorf("it runs without an address: %v", err)
	}
}
