package geminisim

import (
	"fmt"
	"math"
	"regexp"
	"sync"
	"sync/atomic"
	"time"
)

// Sim is the simulated API, safe for use by many goroutines. Close ends requests that hang.
type Sim struct {
	conf    Config
	dialect *dialect
	models  map[string]*model
	order   []*model
	world   atomic.Pointer[world]
	draws   atomic.Uint64
	done    chan struct{}
	closing sync.Once
}

// New makes a simulator.
func New(c Config) *Sim {
	s := &Sim{conf: c.withDefaults(), dialect: newDialect(), models: map[string]*model{}, done: make(chan struct{})}
	version := regexp.MustCompile(`^gemini-(\d+)(?:\.(\d+))?`)
	for _, m := range s.conf.Models {
		known := newModel(m, version)
		s.models[m.Name] = known
		s.order = append(s.order, known)
	}
	s.Reset()
	return s
}

// Close lets requests that hang or stall end. It does not stop a server that uses the Sim.
func (s *Sim) Close() { s.closing.Do(func() { close(s.done) }) }

// Reset forgets everything since New: use, files, scripts, the log, the clock's shift, and changes of keys and limits.
func (s *Sim) Reset() {
	w := newWorld(s.conf)
	if s.conf.FaultRate > 0 {
		w.script.setFault(faultRule{rate: s.conf.FaultRate, steps: []Step{Status(500), Status(502), Status(503), Status(504)}})
	}
	s.world.Store(w)
}

// Script queues outcomes for the calls that match the target. Each is used once (see Step.Times), in order, and the
// first in the queue that matches a call is taken. A call that authentication or validation refuses takes none.
func (s *Sim) Script(target Target, steps ...Step) { s.world.Load().script.push(target, steps) }

// Pending is how many scripted outcomes wait.
func (s *Sim) Pending() int { return s.world.Load().script.pending() }

// ClearScript drops all scripted outcomes and random faults.
func (s *Sim) ClearScript() { s.world.Load().script.clear() }

// SetFaultRate answers the share rate (0…1) of matching calls with the step, at random; 0 ends it.
func (s *Sim) SetFaultRate(target Target, rate float64, step Step) {
	s.world.Load().script.setFault(faultRule{target, rate, []Step{step}})
}

// Requests returns the log, oldest first: the latest Config.LogSize requests.
func (s *Sim) Requests() []Request { return s.world.Load().log.list() }

// ClearRequests empties the log.
func (s *Sim) ClearRequests() {
	l := &s.world.Load().log
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring, l.seq = nil, 0
}

// Now is the simulator's time.
func (s *Sim) Now() time.Time { return s.now(s.world.Load()) }

func (s *Sim) now(w *world) time.Time { return s.conf.Now().Add(time.Duration(w.offset.Load())) }

// Advance moves the simulator's clock by d.
func (s *Sim) Advance(d time.Duration) { s.world.Load().offset.Add(int64(d)) }

// SetTime moves the simulator's clock so that it now shows t; it goes on from there.
func (s *Sim) SetTime(t time.Time) { s.world.Load().offset.Store(int64(t.Sub(s.conf.Now()))) }

// SetKeyState changes a key's state; see Key.State.
func (s *Sim) SetKeyState(value, state string) error {
	w := s.world.Load()
	w.mu.Lock()
	defer w.mu.Unlock()
	k := w.keys[value]
	if k == nil {
		return fmt.Errorf("no key %s", mask(value))
	}
	k.state = state
	return nil
}

// SetLimits changes what bounds a model or quota family ("" is all others) in a project.
func (s *Sim) SetLimits(number, model string, limits Limits) error {
	return s.changeProject(number, func(p *project) {
		if p.limits == nil {
			p.limits = map[string]Limits{}
		}
		p.limits[model] = limits
	})
}

// SetBanned changes whether a project is denied access.
func (s *Sim) SetBanned(number string, banned bool) error {
	return s.changeProject(number, func(p *project) { p.banned = banned })
}

func (s *Sim) changeProject(number string, change func(*project)) error {
	w := s.world.Load()
	w.mu.Lock()
	defer w.mu.Unlock()
	p, err := w.project(number)
	if err != nil {
		return err
	}
	change(p)
	return nil
}

// SetProjects replaces all projects and keys. A project whose number stays keeps its use, files and caches.
func (s *Sim) SetProjects(projects []Project) { s.world.Load().setProjects(projects) }

// Projects returns the projects as they are now.
func (s *Sim) Projects() []Project { return s.world.Load().snapshot() }

// SetLocationBlocked makes every call fail with "User location is not supported", as from a refused exit.
func (s *Sim) SetLocationBlocked(blocked bool) {
	w := s.world.Load()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noRegion = blocked
}

// Counters returns a project's use, by quota family.
func (s *Sim) Counters(number string) map[string]Counts {
	w := s.world.Load()
	w.mu.RLock()
	p, err := w.project(number)
	w.mu.RUnlock()
	out := map[string]Counts{}
	if err != nil {
		return out
	}
	now := s.now(w)
	p.mu.Lock()
	defer p.mu.Unlock()
	for family, l := range p.ledgers {
		out[family] = l.counts(now)
	}
	return out
}

// draw is the next number of the seeded sequence (splitmix64); it takes no lock.
func (s *Sim) draw() uint64 {
	z := uint64(s.conf.Seed) + s.draws.Add(1)*0x9e3779b97f4a7c15 //nolint:gosec // the bits matter, not the sign
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

func (s *Sim) uniform() float64 { return float64(s.draw()>>11) / (1 << 53) }

func (s *Sim) jitter(most time.Duration) time.Duration {
	return time.Duration(math.Floor(s.uniform() * float64(most)))
}

// id is a random name of n characters of [a-z0-9].
func (s *Sim) id(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	out := make([]byte, n)
	var bits uint64
	for i := range out {
		if i%12 == 0 {
			bits = s.draw()
		}
		out[i] = letters[bits%36]
		bits /= 36
	}
	return string(out)
}
