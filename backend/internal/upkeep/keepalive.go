package upkeep

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/settings"
)

const (
	pingLook  = 5 * time.Second // how often the settings are looked at
	pingLimit = 30 * time.Second
)

// KeepAlive asks for our own public address now and then: free hosts put a server to sleep that nobody asks from outside.
type KeepAlive struct {
	target   string // "https://gemini.example.com/wake"; empty when our address is not known
	settings func() settings.Settings
	client   *http.Client
	agent    string
	log      *slog.Logger

	pinging sync.Mutex // one at a time

	mu   sync.Mutex
	last Ping
	sent int
	lost int
}

// Ping is what came of asking for our own address.
type Ping struct {
	At     time.Time // zero: never
	Status int       // 0 when no answer came
	Fault  string    // what kept the answer from coming; empty when one came
	Took   time.Duration
}

// OK reports whether the server answered as it should.
func (p *Ping) OK() bool { return p.Status >= 200 && p.Status < 300 }

// KeepAliveState is what is known of the pings.
type KeepAliveState struct {
	Enabled bool
	Target  string    // empty when our address is not known
	NextAt  time.Time // zero while it is off, or our address is not known
	Last    Ping
	Sent    int // since the start
	Failed  int // of them
}

// NewKeepAlive makes one for the server's public address, nil when it is not known.
func NewKeepAlive(public *url.URL, userAgent string, now func() settings.Settings, log *slog.Logger) *KeepAlive {
	k := &KeepAlive{
		settings: now, agent: userAgent, log: log,
		client: &http.Client{
			Timeout:       pingLimit,
			Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, ForceAttemptHTTP2: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	if public != nil {
		k.target = strings.TrimSuffix(public.String(), "/") + "/wake"
	}
	return k
}

// State tells what is known of the pings.
func (k *KeepAlive) State() KeepAliveState {
	on := k.settings().KeepAlive
	k.mu.Lock()
	defer k.mu.Unlock()
	s := KeepAliveState{Enabled: on.Enabled, Target: k.target, Last: k.last, Sent: k.sent, Failed: k.lost}
	if on.Enabled && k.target != "" {
		s.NextAt = k.next(on.Interval)
	}
	return s
}

// next gives when the next ping is due: now when none was sent yet.
func (k *KeepAlive) next(interval float64) time.Time {
	if k.last.At.IsZero() {
		return time.Now()
	}
	return k.last.At.Add(seconds(interval))
}

// Ping asks for our address now. It is a fault.Conflict when that is not known.
func (k *KeepAlive) Ping(ctx context.Context) (Ping, error) {
	if k.target == "" {
		return Ping{}, fault.New(fault.Conflict, "the server does not know its public address: set PUBLIC_URL")
	}
	k.pinging.Lock()
	defer k.pinging.Unlock()
	p := k.ask(ctx)
	if ctx.Err() != nil {
		return Ping{}, fmt.Errorf("ask for our own address: %w", context.Cause(ctx))
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last = p
	k.sent++
	if !p.OK() {
		k.lost++
	}
	return p, nil
}

func (k *KeepAlive) ask(ctx context.Context) Ping {
	p := Ping{At: time.Now()}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.target, nil)
	if err != nil {
		p.Fault = "the address is none"
		return p
	}
	req.Header.Set("User-Agent", k.agent)
	answer, err := k.client.Do(req)
	p.Took = time.Since(p.At)
	if err != nil {
		p.Fault = err.Error() // the address in it is our own
		return p
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 4<<10) // the status says all
	p.Status = answer.StatusCode
	return p
}

// Run pings by the clock while it is on, until ctx ends: at once when it is turned on, then after each interval.
func (k *KeepAlive) Run(ctx context.Context) error {
	if k.target == "" {
		return nil
	}
	tick := time.NewTicker(pingLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if k.due() {
				k.pingByClock(ctx)
			}
		}
	}
}

func (k *KeepAlive) due() bool {
	on := k.settings().KeepAlive
	k.mu.Lock()
	defer k.mu.Unlock()
	return on.Enabled && !k.next(on.Interval).After(time.Now())
}

func (k *KeepAlive) pingByClock(ctx context.Context) {
	p, err := k.Ping(ctx)
	if err != nil {
		return // the server stops
	}
	if !p.OK() {
		k.log.WarnContext(ctx, "our public address does not answer", "address", k.target, "status", p.Status, "fault", p.Fault)
	}
}
