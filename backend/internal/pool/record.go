package pool

import (
	"slices"
	"strings"
)

// record gives the key as it is kept.
func (k *key) record() Record {
	return Record{
		ID: k.id, Secret: k.secret, Fingerprint: k.fingerprint, Name: k.name, Note: k.note, Project: k.projectName, ProjectSource: k.source,
		Weight: k.weight, Enabled: k.enabled, CreatedAt: k.createdAt.time(), RemovedAt: k.removedAt.time(), Health: k.healthRecord(),
	}
}

func (k *key) healthRecord() HealthRecord {
	return HealthRecord{
		KeyID: k.id, Healthy: k.known && !k.ill && k.dead == "", Known: k.known, Dead: string(k.dead), Failures: k.failures,
		Success: k.success, Seconds: k.seconds, Samples: k.samples,
		LastUsedAt: k.usedAt.time(), LastCheckAt: k.checkedAt.time(), LastErrorAt: k.lastError.At,
		LastVerdict: string(k.lastError.Verdict), LastStatus: k.lastError.Status, LastMessage: k.lastError.Message,
		NextProbeAt: k.nextProbe.time(), ProbeStrikes: k.probeStrikes,
	}
}

func (k *key) dayRecord() KeyDayRecord {
	t := &k.today
	return KeyDayRecord{KeyID: k.id, Day: t.day, Requests: t.requests, Failures: t.failures, Checks: t.checks, CheckFailed: t.checkFailed}
}

func (c *cell) dayRecord() DayRecord {
	return DayRecord{Scope: c.project.scope, Model: c.lane.model, Day: c.day, Requests: c.requests, Tokens: c.tokens}
}

func (c *cell) learntRecord() LearntRecord {
	rpm, tpm, rpd := c.learnt.pointers()
	return LearntRecord{Scope: c.project.scope, Model: c.lane.model, RPM: rpm, TPM: tpm, RPD: rpd, At: c.learntAt.time()}
}

// newKey makes a key of what is kept of it.
func newKey(r *Record) *key {
	h := &r.Health
	k := &key{
		id: r.ID, secret: r.Secret, fingerprint: r.Fingerprint, name: r.Name, note: r.Note, projectName: r.Project, source: r.ProjectSource,
		weight: min(max(r.Weight, 1), maxWeight), enabled: r.Enabled, createdAt: momentOf(r.CreatedAt), removedAt: momentOf(r.RemovedAt),
		dead: Verdict(h.Dead), known: h.Known, ill: h.Known && !h.Healthy && h.Dead == "", failures: h.Failures,
		success: h.Success, seconds: h.Seconds, samples: h.Samples,
		usedAt: momentOf(h.LastUsedAt), checkedAt: momentOf(h.LastCheckAt),
		nextProbe: momentOf(h.NextProbeAt), probeStrikes: h.ProbeStrikes,
	}
	if k.source == "" || k.projectName == "" && k.source != SourceMarker {
		k.source = SourceUnknown
	}
	if h.LastVerdict != "" {
		k.lastError = LastError{At: h.LastErrorAt, Verdict: Verdict(h.LastVerdict), Status: h.LastStatus, Message: h.LastMessage}
	}
	return k
}

// restore takes a snapshot into the empty pool.
func (p *Pool) restore(s *Snapshot) {
	now := p.now()
	today := p.calendar.on(now).name
	for _, row := range s.Models {
		p.models[row.Name] = row
	}
	slices.SortFunc(s.Keys, func(a, b Record) int { return int(a.ID - b.ID) })
	for i := range s.Keys {
		p.add(newKey(&s.Keys[i]), now)
	}
	for i := range s.Learnt {
		r := &s.Learnt[i]
		if c := p.cellFor(r.Scope, r.Model, now); c != nil {
			c.learnt, c.learntAt = fromPointers(r.RPM, r.TPM, r.RPD), momentOf(r.At)
		}
	}
	for i := range s.Days {
		r := &s.Days[i]
		if r.Day != today || r.Requests == 0 {
			continue
		}
		if c := p.cellFor(r.Scope, r.Model, now); c != nil {
			c.day, c.requests, c.tokens = today, r.Requests, r.Tokens
		}
	}
	for i := range s.KeyDays {
		r := &s.KeyDays[i]
		if k := p.keys[r.KeyID]; k != nil && r.Day == today {
			k.today = keyDay{day: today, requests: r.Requests, failures: r.Failures, checks: r.Checks, checkFailed: r.CheckFailed}
		}
	}
	for i := range s.Rests {
		p.restoreRest(&s.Rests[i], now)
	}
}

// restoreRest takes a rest back to whom it belongs. One that nobody remembers is deleted.
func (p *Pool) restoreRest(r *RestRecord, now moment) {
	was := rest{verdict: Verdict(r.Verdict), since: momentOf(r.Since), until: momentOf(r.Until), strikes: r.Strikes}
	var k *key
	if strings.HasPrefix(r.Scope, keyScope) {
		k = p.keyOfScope(r.Scope)
	}
	c := (*cell)(nil)
	if r.Model != "" && !was.forgotten(now) {
		if c = p.cellFor(r.Scope, r.Model, now); c == nil && k != nil {
			c = p.cellFor(k.project.scope, r.Model, now)
		}
	}
	switch {
	case was.forgotten(now) || (c == nil && k == nil):
		p.dirty.addRest(r.Scope, r.Model, rest{})
	case r.Model == "" && k != nil:
		k.rest = was
		p.touch(k, now)
	case c == nil:
		p.dirty.addRest(r.Scope, r.Model, rest{})
	case k != nil:
		*c.restOf(k) = was
	default:
		c.rest = was
	}
}

// cellFor gives the ledger of a scope and model, and makes it; nil when nobody has that scope.
func (p *Pool) cellFor(scope, model string, now moment) *cell {
	pr := p.scopes[scope]
	if pr == nil {
		return nil
	}
	l := p.lanes[model]
	if l == nil {
		l = p.newLane(model, now)
		l.usedAt = now
	}
	c := pr.needCell(l)
	c.settle(now)
	return c
}

// add takes a key into memory.
func (p *Pool) add(k *key, now moment) {
	k.searchAt = now.add(searchFirst)
	p.keys[k.id] = k
	p.order = append(p.order, k)
	p.secrets[k.secret] = k
	p.homeOf(k).join(k)
	p.touch(k, now)
}
