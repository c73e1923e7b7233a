package pool

import (
	"cmp"
	"log/slog"
	"slices"
	"strings"
	"time"

	"gemini-proxy/backend/internal/gemini"
)

// Tiers of a key: healthy ones are asked first, failing ones when no healthy one has room, the others not at all.
const (
	out     int8 = -1
	healthy int8 = 0
	failing int8 = 1
)

// key is one Gemini key. The pool's lock guards it.
type key struct {
	alarm       // when its rest ends
	id          int64
	secret      gemini.Secret
	fingerprint string
	name, note  string
	projectName string
	source      string
	weight      int
	enabled     bool
	createdAt   moment
	removedAt   moment

	project *project
	seat    int
	tier    int8
	counted bool    // as alive
	turn    float64 // virtual time within its project

	inFlight int32
	rest     rest // of the whole key
	dead     Verdict
	known    bool
	ill      bool // failure_threshold failures in a row
	failures int
	success  float64
	seconds  float64
	samples  int64

	usedAt, checkedAt moment
	lastError         LastError
	errors            []LastError // the latest in front, since the start
	suspect           bool        // it failed since it was checked last
	nextProbe         moment
	probeStrikes      int
	today             keyDay

	searchAt    moment // when its project is looked for (again), while it is not known
	searchedAt  moment // when it was looked for last
	searchTries int    // that came to nothing, in a row

	dirtyHealth, dirtyDay, dirtyProject bool
}

type keyDay struct {
	day                                     string
	requests, failures, checks, checkFailed int64
}

// LastError is the last fault a key met.
type LastError struct {
	At      time.Time
	Verdict Verdict
	Status  int
	Message string // redacted
}

func (k *key) clock() *alarm { return &k.alarm }

func (k *key) scope() string { return ownScope(k.id) }

// alive reports whether the key could serve once no quota stands in the way.
func (k *key) alive(now moment) bool {
	return k.enabled && k.removedAt == 0 && k.dead == "" && !(k.rest.verdict == MisconfiguredKey && k.rest.running(now))
}

func (k *key) tierAt(now moment) int8 {
	switch {
	case !k.alive(now) || k.rest.running(now):
		return out
	case k.ill:
		return failing
	default:
		return healthy
	}
}

// restUntil gives until when this key rests for the cell's model.
func (k *key) restUntil(c *cell) moment {
	if c != nil {
		for i := range c.keyRests {
			if c.keyRests[i].key == k {
				return c.keyRests[i].until
			}
		}
	}
	return 0
}

func (k *key) restsFor(c *cell, now moment) bool { return k.restUntil(c) > now }

// touch brings all that depends on a key's state up to date.
func (p *Pool) touch(k *key, now moment) {
	k.project.seat(k, now)
	until := never
	if k.enabled && k.removedAt == 0 && k.dead == "" && k.rest.running(now) {
		until = k.rest.until
	}
	p.keyAlarms.set(k, until)
	p.watch(k, now)
	for _, l := range p.lanes {
		l.refresh(k.project, now)
		if l.queue.len > 0 {
			l.serve(now, k.project)
			l.rearm(now)
		}
	}
}

// watch keeps the list of keys that a probe could help.
func (p *Pool) watch(k *key, now moment) {
	if !k.enabled || k.removedAt != 0 || (k.dead == "" && !k.ill && !k.suspect && !k.rest.running(now)) {
		delete(p.sick, k)
		return
	}
	p.sick[k] = struct{}{}
	if k.nextProbe == 0 {
		k.nextProbe = now.add(seconds(p.settings().CheckDelay))
	}
}

const (
	averaging     = 0.1             // the weight of the newest in the moving averages
	firstProbe    = time.Minute     // from the first check that failed to the next; then longer and longer, up to settings.check_interval
	deadProbe     = 24 * time.Hour  // a dead key is asked again once a day
	cleanupDay    = 20 * time.Hour  // within which the checks fall that a cleanup wants of a day
	scannedIdle   = scanned         // keys looked at for idle ones in one go
	probeLifetime = 2 * time.Minute // a key that was given out for a probe is not given out again so soon
	maxErrors     = 5               // a key's errors that are remembered
	maxMessage    = 500             // bytes kept of an error's message
)

// probeDelay gives how long to wait after a check that failed until the next. While the cleanup is on, keys are asked as often as it wants to
// see them asked before it removes one.
func (p *Pool) probeDelay(k *key) time.Duration {
	s := p.settings()
	delay := grown(firstProbe, k.probeStrikes, max(seconds(s.CheckInterval), firstProbe))
	switch {
	case k.dead != "":
		delay = deadProbe
	case k.rest.verdict == MisconfiguredKey:
		delay = grown(misconfiguredRest, k.probeStrikes, maxMisconfigured)
	}
	if s.Cleanup.Enabled {
		delay = min(delay, cleanupDay/time.Duration(max(s.Cleanup.MinChecksPerDay, 1)))
	}
	return delay
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// judge takes what a call tells of the key's health.
func (p *Pool) judge(k *key, o *Outcome, threshold int, now moment) {
	p.dayOf(k, now)
	k.today.requests++
	k.usedAt = now
	ill, dead := k.ill, k.dead
	switch {
	case o.Verdict == OK:
		k.average(1, o.Took)
		k.recover()
	case o.lowersSuccess():
		k.average(0, o.Took)
		if !o.blamesKey() {
			break
		}
		k.today.failures++
		k.fail(threshold)
		k.suspect = true
		p.watch(k, now)
	case o.passedExit():
		k.known = true // refused for its quota or its content, so the key itself is good
	}
	k.noteError(o, now)
	p.dirty.addHealth(k)
	p.dirty.addKeyDay(k)
	if k.ill != ill || k.dead != dead {
		p.touch(k, now)
	}
}

func (k *key) average(success float64, took time.Duration) {
	if k.samples == 0 {
		k.success, k.seconds = 1, took.Seconds()
	}
	k.samples++
	k.success += averaging * (success - k.success)
	if took > 0 {
		k.seconds += averaging * (took.Seconds() - k.seconds)
	}
}

// fail counts a failure of the key's own; so many in a row make it unhealthy.
func (k *key) fail(threshold int) {
	if k.failures++; k.failures >= threshold {
		k.known, k.ill = true, true
	}
}

// recover makes the key healthy: one success is enough.
func (k *key) recover() {
	k.known, k.ill, k.dead, k.failures = true, false, "", 0
	k.checkedWell()
}

// checkedWell ends what a failure made of the key's checks.
func (k *key) checkedWell() { k.suspect, k.nextProbe, k.probeStrikes = false, 0, 0 }

func (k *key) noteError(o *Outcome, now moment) {
	if !o.faulty() {
		return
	}
	message := gemini.Redact(o.Message)
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "")
	}
	if message == k.lastError.Message {
		message = k.lastError.Message // most are alike: one text serves them all
	}
	k.lastError = LastError{At: now.time(), Verdict: o.Verdict, Status: o.Status, Message: message}
	if len(k.errors) < maxErrors {
		k.errors = append(k.errors, LastError{})
	}
	copy(k.errors[1:], k.errors)
	k.errors[0] = k.lastError
}

// dayOf opens the key's counts of today.
func (p *Pool) dayOf(k *key, now moment) {
	today := p.calendar.on(now)
	if k.today.day != today.name {
		p.dirty.closeKeyDay(k)
		k.today = keyDay{day: today.name}
	}
}

// Checked takes what a check found, one that costs no quota. A good answer makes an unhealthy key healthy and ends the rests of the whole key;
// quota rests stay, and so does the count of failures of a key that is healthy yet, for a check asks less of Gemini than a request.
func (p *Pool) Checked(id int64, o Outcome) {
	threshold := p.settings().FailureThreshold
	p.mu.Lock()
	defer p.unlock()
	k := p.keys[id]
	if k == nil {
		return
	}
	now := p.now()
	p.dayOf(k, now)
	k.today.checks++
	k.checkedAt = now
	switch {
	case o.passedExit() && !o.blamesKey():
		p.checkedWell(k, now)
	case o.Verdict == DeadKey || o.Verdict == Unauthenticated || o.Verdict == MisconfiguredKey:
		k.known = true
		p.checkFailed(k, &o, now)
		p.restKey(k, &o, now)
		k.nextProbe = now.add(p.probeDelay(k))
	case o.Verdict != ClientGone:
		if o.blamesKey() {
			k.fail(threshold)
		}
		p.checkFailed(k, &o, now)
		k.nextProbe = now.add(p.probeDelay(k))
	}
	p.dirty.addHealth(k)
	p.dirty.addKeyDay(k)
	p.touch(k, now)
}

func (p *Pool) checkedWell(k *key, now moment) {
	if k.ill || k.dead != "" || k.failures == 0 {
		k.recover()
	}
	k.checkedWell()
	if k.rest.verdict != "" {
		k.rest = rest{}
		p.dirty.addRest(k.scope(), "", k.rest)
	}
	p.openExit(now)
}

func (*Pool) checkFailed(k *key, o *Outcome, now moment) {
	k.today.checkFailed++
	k.suspect = true
	k.probeStrikes++
	k.noteError(o, now)
}

// DueForProbe gives up to limit ids of keys to be checked now: first those that failed or rest and whose time has come, the longest
// overdue in front; then those that were neither used nor checked for settings.check_interval. None while settings.background_check is
// off. A key given out is not given out again for two minutes unless Checked says otherwise.
func (p *Pool) DueForProbe(limit int) []int64 {
	s := p.settings()
	if !s.BackgroundCheck {
		return nil
	}
	p.mu.Lock()
	defer p.unlock()
	now := p.now()
	var due []*key
	for k := range p.sick {
		if k.nextProbe <= now {
			due = append(due, k)
		}
	}
	slices.SortFunc(due, func(a, b *key) int {
		return cmp.Or(cmp.Compare(a.nextProbe, b.nextProbe), cmp.Compare(a.id, b.id))
	})
	due = due[:min(max(limit, 0), len(due))]
	if len(due) < limit && !p.exit.shut {
		due = append(due, p.idle(limit-len(due), now, seconds(s.CheckInterval))...)
	}
	ids := make([]int64, len(due))
	for i, k := range due {
		ids[i] = k.id
		k.nextProbe = now.add(probeLifetime)
	}
	return ids
}

// idle gives up to limit healthy or unknown keys that nobody heard of for an interval. It goes round the keys, some at each call.
func (p *Pool) idle(limit int, now moment, interval time.Duration) (found []*key) {
	for range min(scannedIdle, len(p.order)) {
		if len(found) == limit {
			break
		}
		p.nextIdle = (p.nextIdle + 1) % len(p.order)
		k := p.order[p.nextIdle]
		if _, sick := p.sick[k]; sick || !k.enabled || k.removedAt != 0 || k.nextProbe > now {
			continue
		}
		if max(k.usedAt, k.checkedAt, k.createdAt).add(interval) <= now {
			found = append(found, k)
		}
	}
	return found
}

// noteRest logs a rest that an operator would want to know of.
func (p *Pool) noteRest(k *key, c *cell, o *Outcome, until moment) {
	switch verdict := string(o.Verdict); o.Verdict {
	case DeadKey, Unauthenticated, MisconfiguredKey:
		id, masked, message := k.id, k.secret.Mask(), k.lastError.Message
		p.note(func(log *slog.Logger) {
			log.Warn("a gemini key is refused", "key_id", id, "key", masked, "verdict", verdict, "message", message)
		})
	case Tier, DayQuota:
		scope, model := c.project.scope, c.lane.model
		p.note(func(log *slog.Logger) {
			log.Info("a project rests", "scope", scope, "model", model, "verdict", verdict, "until", until.time())
		})
	default:
	}
}
