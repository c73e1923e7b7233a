package geminisim

import (
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
)

// world is everything that a reset forgets.
type world struct {
	mu       sync.RWMutex
	projects []*project
	keys     map[string]*key
	offset   atomic.Int64 // nanoseconds added to the configured clock
	noRegion bool         // the exit's location is refused

	script  script
	log     requestLog
	uploads uploads
	hops    hops
}

func newWorld(c Config) *world {
	w := &world{keys: map[string]*key{}}
	w.log.size, w.log.body = c.LogSize, c.LogBody
	w.setProjects(c.Projects)
	return w
}

// setProjects replaces projects and keys. A project that stays keeps what it used and holds.
func (w *world) setProjects(list []Project) {
	w.mu.Lock()
	defer w.mu.Unlock()
	old := map[string]*project{}
	for _, p := range w.projects {
		old[p.number] = p
	}
	w.projects, w.keys = nil, map[string]*key{}
	for _, conf := range list {
		p := &project{
			number: conf.Number, tier: conf.Tier, newUser: conf.NewUser, banned: conf.Banned,
			limits: maps.Clone(conf.Limits), account: newAccount(),
		}
		if was := old[conf.Number]; was != nil {
			p.account = was.account
		}
		w.projects = append(w.projects, p)
		for _, k := range conf.Keys {
			w.keys[k.Value] = &key{value: k.Value, state: k.State, project: p}
		}
	}
}

// snapshot is the projects as they are now, keys in no particular order within a project.
func (w *world) snapshot() []Project {
	w.mu.RLock()
	defer w.mu.RUnlock()
	out := make([]Project, len(w.projects))
	at := map[*project]int{}
	for i, p := range w.projects {
		at[p] = i
		out[i] = Project{Number: p.number, Tier: p.tier, Limits: maps.Clone(p.limits), Banned: p.banned, NewUser: p.newUser}
	}
	for _, k := range w.keys {
		i := at[k.project]
		out[i].Keys = append(out[i].Keys, Key{Value: k.value, State: k.stateName()})
	}
	for i := range out {
		sortKeys(out[i].Keys)
	}
	return out
}

func (k *key) stateName() string {
	if k.state == "" {
		return "valid"
	}
	return k.state
}

func (w *world) project(number string) (*project, error) {
	for _, p := range w.projects {
		if p.number == number {
			return p, nil
		}
	}
	return nil, fmt.Errorf("no project %q", number)
}
