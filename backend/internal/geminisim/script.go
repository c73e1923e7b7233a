package geminisim

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Target says which calls a step is for; empty fields match all.
type Target struct {
	// Key is a key's value.
	Key string `json:"key,omitempty"`
	// Model is a model's name without "models/".
	Model string `json:"model,omitempty"`
	// Method is the API's method: "generateContent", "streamGenerateContent", "countTokens", "embedContent",
	// "batchEmbedContents", "predict", "interactions.create", "models.list", "models.get", "files.create",
	// "files.upload" (the bytes), "files.get", "files.list", "files.delete", "cachedContents.create" and so on. Empty
	// means the inference calls (for answers: the two generation methods), so that a health probe does not use up a
	// script; "*" means every method.
	Method string `json:"method,omitempty"`
}

func (t Target) matches(c *call, answers bool) bool {
	if t.Key != "" && (c.key == nil || t.Key != c.key.value) || t.Model != "" && t.Model != c.route.model {
		return false
	}
	switch t.Method {
	case c.route.method, "*":
		return true
	case "":
		return c.route.generates() || !answers && c.route.infers()
	}
	return false
}

type scripted struct {
	target Target
	step   Step
}

type faultRule struct {
	target Target
	rate   float64
	steps  []Step // one of them, at random
}

// script is the queue of outcomes, and the random faults.
type script struct {
	mu     sync.Mutex
	size   atomic.Int64 // of both lists, so that an empty script costs no lock
	queue  []scripted
	faults []faultRule
}

func (s *script) push(t Target, steps []Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, step := range steps {
		s.queue = append(s.queue, scripted{t, step})
	}
	s.count()
}

func (s *script) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue, s.faults = nil, nil
	s.count()
}

func (s *script) setFault(r faultRule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = slices.DeleteFunc(s.faults, func(old faultRule) bool { return old.target == r.target })
	if r.rate > 0 {
		s.faults = append(s.faults, r)
	}
	s.count()
}

func (s *script) count() { s.size.Store(int64(len(s.queue) + len(s.faults))) }

func (s *script) pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue)
}

// take removes and returns the first step for the call, or draws a random fault.
func (s *script) take(c *call) (Step, bool) {
	if s.size.Load() == 0 {
		return Step{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.queue {
		e := &s.queue[i]
		if !e.target.matches(c, e.step.answers()) {
			continue
		}
		step := e.step
		switch {
		case e.step.times > 1:
			e.step.times--
		case e.step.times != Forever:
			s.queue = slices.Delete(s.queue, i, i+1)
			s.count()
		}
		return step, true
	}
	for _, f := range s.faults {
		if f.target.matches(c, f.steps[0].answers()) && c.sim.uniform() < f.rate {
			return f.steps[c.sim.draw()%uint64(len(f.steps))], true
		}
	}
	return Step{}, false
}

// answers says that the step is content, which only the generation methods can carry.
func (s Step) answers() bool { return s.fail == nil && s.raw == nil && !s.hang && !s.reset }
