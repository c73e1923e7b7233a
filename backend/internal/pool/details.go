package pool

import (
	"cmp"
	"slices"
	"time"
)

// KeyModel is how a key stands with one model.
type KeyModel struct {
	ProjectModel           // the use of its project, which its keys share
	Able         bool      // whether it could serve the model now
	Reason       string    // why not; as in an explanation
	Until        time.Time // zero when no time helps by itself
}

// KeyModels tells how a key stands with each model that its project was used for, the nearest to its limits in front; fault.NotFound when
// there is no such key.
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
		models = append(models, KeyModel{ProjectModel: u, Able: x.Able && k.removedAt == 0, Reason: x.Reason, Until: x.Until})
	}
	slices.SortFunc(models, func(a, b KeyModel) int {
		return cmp.Or(cmp.Compare(b.fullest(), a.fullest()), cmp.Compare(a.Model, b.Model))
	})
	return models, nil
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
