package pool

import (
	"math"
	"time"
)

const (
	maxWaiting = 10_000 // requests that may wait in the whole pool
	maxSkipped = 1_024  // waiting requests that are passed over in one go because what is open does not suit them
)

// queue is who waits for a model, in the order of coming. Requests that must go to one project have a line of their own.
type queue struct {
	len     int
	general line
	pinned  map[string]*line // by project name
}

type line struct{ head, tail *waiter }

// waiter is one waiting request. Its fields are guarded by the pool's lock; got carries its lease.
type waiter struct {
	want       Want
	since      moment
	number     uint64 // of coming
	got        chan *Lease
	line       *line // nil when it waits no more
	next, prev *waiter
}

// enqueue puts a request at the end of its line.
func (l *lane) enqueue(w *Want, now moment) *waiter {
	p := l.pool
	p.arrivals++
	x := &waiter{want: *w, since: now, number: p.arrivals, got: make(chan *Lease, 1)}
	x.line = &l.queue.general
	if w.Project != "" {
		if l.queue.pinned == nil {
			l.queue.pinned = map[string]*line{}
		}
		if l.queue.pinned[w.Project] == nil {
			l.queue.pinned[w.Project] = &line{}
		}
		x.line = l.queue.pinned[w.Project]
	}
	x.prev = x.line.tail
	if x.prev != nil {
		x.prev.next = x
	} else {
		x.line.head = x
	}
	x.line.tail = x
	l.queue.len++
	p.waiting++
	return x
}

// dequeue takes a request out of its line; nothing when it is in none.
func (l *lane) dequeue(x *waiter) {
	if x.line == nil {
		return
	}
	if x.prev != nil {
		x.prev.next = x.next
	} else {
		x.line.head = x.next
	}
	if x.next != nil {
		x.next.prev = x.prev
	} else {
		x.line.tail = x.prev
	}
	if x.want.Project != "" && x.line.head == nil {
		delete(l.queue.pinned, x.want.Project)
	}
	x.line, x.next, x.prev = nil, nil, nil
	l.queue.len--
	l.pool.waiting--
}

// grant gives a waiting request its lease if it can be served now.
func (l *lane) grant(x *waiter, now moment) bool {
	lease := l.take(&x.want, now)
	if lease == nil {
		return false
	}
	lease.Waited = now.sub(x.since)
	l.dequeue(x)
	x.got <- lease
	return true
}

// serve gives what has opened at a project to those who wait, the eldest first.
func (l *lane) serve(now moment, pr *project) {
	own := l.queue.pinned[pr.name]
	for own != nil && own.head != nil && (l.queue.general.head == nil || own.head.number < l.queue.general.head.number) {
		if !l.grant(own.head, now) {
			break
		}
	}
	l.serveGeneral(now)
	for own != nil && own.head != nil && l.grant(own.head, now) {
	}
}

// serveGeneral goes down the general line. Whom nothing open suits is passed over and keeps its place.
func (l *lane) serveGeneral(now moment) {
	tooMany := math.MaxInt // tokens for which there was no room
	skipped := 0
	for x := l.queue.general.head; x != nil && skipped < maxSkipped && l.normal.ready+l.spare.ready > 0; {
		next := x.next
		if x.want.Tokens >= tooMany || !l.grant(x, now) {
			skipped++
			if len(x.want.Avoid) == 0 {
				tooMany = min(tooMany, x.want.Tokens)
			}
		}
		x = next
	}
}

// serveAll goes down every line.
func (l *lane) serveAll(now moment) {
	if l.queue.len == 0 {
		return
	}
	l.serveGeneral(now)
	for _, own := range l.queue.pinned {
		for own.head != nil && l.grant(own.head, now) {
		}
	}
	l.rearm(now)
}

// rearm sets the lane's timer to when something can open for those who wait.
func (l *lane) rearm(now moment) {
	if l.queue.len == 0 {
		if l.timer != nil {
			l.timer.Stop()
		}
		return
	}
	next := min(l.alarms.top(), l.pool.keyAlarms.top())
	if l.pool.exit.shut {
		next = min(next, l.pool.exit.wakes())
	}
	if next == never {
		return
	}
	delay := max(next.sub(now), 0)
	if l.timer == nil {
		l.timer = time.AfterFunc(delay, l.ring)
	} else {
		l.timer.Reset(delay)
	}
}

// ring is what the timer does.
func (l *lane) ring() {
	s := l.pool.settings()
	l.pool.mu.Lock()
	defer l.pool.unlock()
	if l.queue.len == 0 {
		return
	}
	now := l.pool.now()
	l.pool.tick(now)
	l.pool.lane(l.model, termsOf(&s), now)
	l.advance(now, math.MaxInt)
	l.serveAll(now)
	l.rearm(now)
}
