package pool

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
)

// Patch is what an operator changes of a key; nil leaves a field as it is. An empty Project says that it is not known.
type Patch struct {
	Name, Note, Project *string
	Weight              *int
	Enabled             *bool
	If                  func(*Record) error // sees the key as it is before the change, which its error refuses; nil sees nothing
}

// Update changes a key: first in the store, then in memory, at once in use. A name or weight out of range is a fault with its field.
func (p *Pool) Update(ctx context.Context, id int64, patch Patch) (Key, error) {
	if err := checkFields(patch.Name, patch.Note, patch.Project, patch.Weight); err != nil {
		return Key{}, err
	}
	return p.change(ctx, id, func(r *Record) error {
		if patch.If != nil {
			if err := patch.If(r); err != nil {
				return err
			}
		}
		if !r.RemovedAt.IsZero() {
			return fault.New(fault.Conflict, "the key is removed: restore it first")
		}
		set(&r.Name, patch.Name)
		set(&r.Note, patch.Note)
		set(&r.Weight, patch.Weight)
		set(&r.Enabled, patch.Enabled)
		if patch.Project != nil {
			r.setProject(*patch.Project)
		}
		return nil
	})
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// Remove takes a key out of the pool. It can be restored.
func (p *Pool) Remove(ctx context.Context, id int64) error {
	_, err := p.change(ctx, id, func(r *Record) error {
		if r.RemovedAt.IsZero() {
			r.RemovedAt = p.now().time()
		}
		return nil
	})
	return err
}

// Restore brings a removed key back.
func (p *Pool) Restore(ctx context.Context, id int64) (Key, error) {
	return p.change(ctx, id, func(r *Record) error {
		r.RemovedAt = time.Time{}
		return nil
	})
}

// change applies an operator's word to a key: store first, then memory.
func (p *Pool) change(ctx context.Context, id int64, apply func(*Record) error) (Key, error) {
	p.operating.Lock()
	defer p.operating.Unlock()
	p.mu.Lock()
	k := p.keys[id]
	if k == nil {
		p.unlock()
		return Key{}, noSuchKey(id)
	}
	record := k.record()
	p.unlock()
	before := record
	if err := apply(&record); err != nil {
		return Key{}, err
	}
	if err := p.store.UpdateKeys(ctx, []Record{record}); err != nil {
		return Key{}, fmt.Errorf("keep the change of a key: %w", err)
	}
	p.mu.Lock()
	defer p.unlock()
	now := p.now()
	p.take(k, &before, &record, now)
	return p.view(k, now), nil
}

// take puts into use what an operator changed of a key, once the store has it.
func (p *Pool) take(k *key, before, after *Record, now moment) {
	k.name, k.note, k.weight, k.enabled = after.Name, after.Note, after.Weight, after.Enabled
	k.removedAt = momentOf(after.RemovedAt)
	switch {
	case after.Project != before.Project || after.ProjectSource != before.ProjectSource:
		k.projectName, k.source = after.Project, after.ProjectSource
		p.rehome(k, now)
	case after.Project != k.projectName:
		p.dirty.addProject(k) // it was found while the store wrote what was known before
	}
	p.touch(k, now)
}

// Wake ends all rests of a key, its project's included, and lets a dead or failing key be asked again.
func (p *Pool) Wake(id int64) (Key, error) {
	p.mu.Lock()
	defer p.unlock()
	k := p.keys[id]
	if k == nil {
		return Key{}, noSuchKey(id)
	}
	now := p.now()
	if k.rest.verdict != "" {
		k.rest = rest{}
		p.dirty.addRest(k.scope(), "", k.rest)
	}
	k.dead, k.ill, k.failures = "", false, 0
	k.checkedWell()
	for _, c := range k.project.cells {
		if c.rest.verdict != "" {
			c.rest = rest{}
			p.dirty.addRest(k.project.scope, c.lane.model, c.rest)
		}
		for i := range c.keyRests {
			if c.keyRests[i].key == k {
				c.keyRests = append(c.keyRests[:i], c.keyRests[i+1:]...)
				p.dirty.addRest(k.scope(), c.lane.model, rest{})
				break
			}
		}
	}
	p.dirty.addHealth(k)
	p.touch(k, now)
	return p.view(k, now), nil
}

// Secret gives a key and its project's name, for a probe or an upload. Removed keys have none.
func (p *Pool) Secret(id int64) (secret gemini.Secret, project string, err error) {
	p.mu.Lock()
	defer p.unlock()
	k := p.keys[id]
	if k == nil || k.removedAt != 0 {
		return "", "", noSuchKey(id)
	}
	return k.secret, k.project.name, nil
}

// Together reports whether two keys are of one project, so that what one of them made can be used with the other.
func (p *Pool) Together(one, other int64) bool {
	p.mu.Lock()
	defer p.unlock()
	a, b := p.keys[one], p.keys[other]
	return one == other || a != nil && b != nil && a.project == b.project
}

func (p *Pool) keyOfScope(scope string) *key {
	id, err := strconv.ParseInt(strings.TrimPrefix(scope, keyScope), 10, 64)
	if err != nil {
		return nil
	}
	return p.keys[id]
}

func noSuchKey(id int64) error { return fault.New(fault.NotFound, "there is no Gemini key %d", id) }
