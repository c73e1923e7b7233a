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
	pinned  map[string]*line // by the project's scope
}

type line struct{ head, tail *waiter }

// waiter is one waiting request. Its fields are guarded by the pool's lock; got carries its lease.
type waiter struct {
	want       Want
	pin        string // the scope of the project it must go to; empty when it may go to any
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
	if pr, pinned := p.pin(w); pinned && pr != nil {
		x.pin = pr.scope
		x.line = l.queue.needPinned(x.pin)
	}
	x.line.append(x)
	l.queue.len++
	p.waiting++
	return x
}

func (q *queue) needPinned(scope string) *line {
	if q.pinned == nil {
		q.pinned = map[string]*line{}
	}
	if q.pinned[scope] == nil {
		q.pinned[scope] = &line{}
	}
	return q.pinned[scope]
}

// append puts a request at the end of the line, which is its own already.
func (own *line) append(x *waiter) {
	x.prev = own.tail
	if x.prev != nil {
		x.prev.next = x
	} else {
		own.head = x
	}
	own.tail = x
}

// dequeue takes a request out of its line; nothing when it is in none.
func (l *lane) dequeue(x *waiter) {
	if x.line == nil {
		return
	}
	l.queue.leave(x)
	x.line, x.next, x.prev = nil, nil, nil
	l.queue.len--
	l.pool.waiting--
}

// leave takes a request out of its line.
func (q *queue) leave(x *waiter) {
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
	if x.pin != "" && x.line.head == nil {
		delete(q.pinned, x.pin)
	}
}

// follow lets those who wait for the project of a key go on waiting for the project the key has moved to.
func (l *lane) follow(k *key, from, to string) {
	old := l.queue.pinned[from]
	if old == nil {
		return
	}
	for x := old.head; x != nil; {
		next := x.next
		if x.want.Home == k.id {
			l.queue.leave(x)
			x.next, x.prev = nil, nil
			x.pin, x.line = to, l.queue.needPinned(to)
			x.line.append(x)
		}
		x = next
	}
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
	own := l.queue.pinned[pr.scope]
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
