package pool

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/settings"
)

// Config is what a pool is made of. All of it is required.
type Config struct {
	Store    Store
	Settings func() settings.Settings // the settings in force; read by every request, so it must be quick
	Log      *slog.Logger
}

// Pool owns the Gemini keys. It is safe for concurrent use.
type Pool struct {
	store    Store
	settings func() settings.Settings
	log      *slog.Logger

	operating sync.Mutex // one change by an operator at a time, from the store to memory
	flushing  sync.Mutex // one write-behind at a time

	mu        sync.Mutex // guards all below; held for microseconds
	rng       *rand.Rand
	calendar  *calendar
	keys      map[int64]*key
	order     []*key // by id
	secrets   map[gemini.Secret]*key
	projects  []*project // by slot; nil where free
	freeSlots []int
	scopes    map[string]*project
	models    map[string]ModelRecord
	lanes     map[string]*lane
	alive     int // keys that could serve once no quota stands in the way
	keyAlarms alarms[*key]
	sick      map[*key]struct{} // keys that a check could help
	nextIdle  int               // where in order the search for idle keys goes on
	exit      exit
	waiting   int
	arrivals  uint64
	dirty     dirty
	notes     []func(*slog.Logger) // to be logged after the lock is given back
}

// New makes a pool and loads what its store keeps.
func New(ctx context.Context, c Config) (*Pool, error) {
	calendar, err := newCalendar()
	if err != nil {
		return nil, err
	}
	p := &Pool{
		store: c.Store, settings: c.Settings, log: c.Log, calendar: calendar,
		rng:     rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), //nolint:gosec // chooses keys, guards nothing
		keys:    map[int64]*key{},
		secrets: map[gemini.Secret]*key{},
		scopes:  map[string]*project{},
		models:  map[string]ModelRecord{},
		lanes:   map[string]*lane{},
		sick:    map[*key]struct{}{},
	}
	snapshot, err := p.store.LoadPool(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the pool: %w", err)
	}
	p.mu.Lock()
	defer p.unlock()
	p.restore(snapshot)
	return p, nil
}

func (p *Pool) now() moment { return momentOf(time.Now()) }

// note keeps a line for the log until the lock is given back.
func (p *Pool) note(write func(*slog.Logger)) { p.notes = append(p.notes, write) }

// unlock gives the lock back and writes the notes taken under it.
func (p *Pool) unlock() {
	notes := p.notes
	p.notes = nil
	p.mu.Unlock()
	for _, write := range notes {
		write(p.log)
	}
}

// tick looks at the keys whose rest has ended.
func (p *Pool) tick(now moment) {
	for p.keyAlarms.top() <= now {
		k := p.keyAlarms.items[0]
		p.touch(k, now)
		if k.alarm.pos != 0 && k.alarm.at <= now {
			p.keyAlarms.remove(k) // never twice for one moment
		}
	}
}

// SetModels takes the models' rows: the limits of a project that has not learnt better. It takes effect at once.
func (p *Pool) SetModels(rows []ModelRecord) {
	p.mu.Lock()
	defer p.unlock()
	now := p.now()
	p.models = make(map[string]ModelRecord, len(rows))
	for _, row := range rows {
		p.models[row.Name] = row
	}
	for _, l := range p.lanes {
		before, wasSoft := l.row, l.soft
		l.row, l.soft = noLimits(), false
		if row, ok := p.models[l.model]; ok {
			l.row, l.soft = fromPointers(row.RPM, row.TPM, row.RPD), row.Seeded
		}
		if l.row == before && l.soft == wasSoft || !l.open {
			continue
		}
		l.unfold(l.terms, now)
		l.serveAll(now)
	}
}

// sweep forgets what says nothing any more. It gives the lock back now and then.
func (p *Pool) sweep() {
	p.scan(func(k *key, now moment) {
		if k.rest.verdict != "" && k.rest.forgotten(now) {
			k.rest = rest{}
			p.dirty.addRest(k.scope(), "", k.rest)
		}
	})
	p.mu.Lock()
	lanes := slices.Collect(maps.Values(p.lanes))
	p.unlock()
	for _, l := range lanes {
		p.mu.Lock()
		if p.lanes[l.model] == l {
			l.sweep(p.now())
		}
		p.unlock()
	}
}

func (c *cell) sweepRests(now moment) {
	p := c.lane.pool
	c.settle(now)
	if c.rest.verdict != "" && c.rest.forgotten(now) {
		c.rest = rest{}
		p.dirty.addRest(c.project.scope, c.lane.model, c.rest)
	}
	kept := c.keyRests[:0]
	for _, r := range c.keyRests {
		if r.forgotten(now) {
			p.dirty.addRest(r.key.scope(), c.lane.model, rest{})
		} else {
			kept = append(kept, r)
		}
	}
	c.keyRests = kept
}
