package pool

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// KeyModel is how a key stands with one model.
type KeyModel struct {
	ProjectModel           // the use of its project, which its keys share
	Able         bool      // whether it could serve the model now
	Reason       string    // why not; as in an explanation
	Until        time.Time // zero when no time helps by itself
	Asked        bool      // whether its project was asked for the model at all
}

// KeyModels tells how a key stands with each model that its project was used for, the nearest to its limits in front, and then with those that
// only other projects were, by name; fault.NotFound when there is no such key.
func (p *Pool) KeyModels(id int64) ([]KeyModel, error) {
	warn := p.settings().UsageThreshold
	p.mu.Lock()
	defer p.unlock()
	k := p.keys[id]
	if k == nil {
		return nil, noSuchKey(id)
	}
	now := p.now()
	p.tick(now)
	models := make([]KeyModel, 0, len(k.project.cells))
	for _, c := range k.project.cells {
		x := c.lane.explain(k, now)
		u := c.usage(now)
		u.Warn, u.Protected = c.share() >= warn.Warn && c.share() > 0, c.share() >= warn.Protect && c.share() > 0
		models = append(models, KeyModel{ProjectModel: u, Able: x.Able && k.removedAt == 0, Reason: x.Reason, Until: x.Until, Asked: true})
	}
	for name, l := range p.lanes {
		if k.project.cell(l) != nil || strings.Contains(name, ":") { // "m:countTokens" is counted apart, and no model
			continue
		}
		x := l.explain(k, now)
		models = append(models, KeyModel{Able: x.Able && k.removedAt == 0, Reason: x.Reason, Until: x.Until, ProjectModel: ProjectModel{
			Model: name, RPM: Usage{0, l.row.rpm}, TPM: Usage{0, l.row.tpm}, RPD: Usage{0, l.row.rpd},
		}})
	}
	slices.SortFunc(models, func(a, b KeyModel) int {
		if a.Asked != b.Asked {
			if a.Asked {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.fullest(), a.fullest()), cmp.Compare(a.Model, b.Model))
	})
	return models, nil
}

// KeySiblings counts the other keys of a key's project that are not removed: they share its quota. fault.NotFound when there is no such key.
func (p *Pool) KeySiblings(id int64) (int, error) {
	p.mu.Lock()
	defer p.unlock()
	k := p.keys[id]
	if k == nil {
		return 0, noSuchKey(id)
	}
	n := 0
	for _, other := range k.project.keys {
		if other != k && other.removedAt == 0 {
			n++
		}
	}
	return n, nil
}

// KeyErrors gives the last faults a key met, the latest in front: at most five, of which the last outlives a restart.
func (p *Pool) KeyErrors(id int64) ([]LastError, error) {
	p.mu.Lock()
	defer p.unlock()
	k := p.keys[id]
	switch {
	case k == nil:
		return nil, noSuchKey(id)
	case len(k.errors) == 0 && k.lastError.Verdict != "":
		return []LastError{k.lastError}, nil
	default:
		return slices.Clone(k.errors), nil
	}
}
