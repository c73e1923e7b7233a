package pool

import (
	"log/slog"
	"time"
)

const (
	exitProjects = 3                // projects refused for our location that put the blame on the exit
	exitWindow   = 30 * time.Second // within this time
	exitBackoff  = 5 * time.Second  // from one failed probe to the next, doubling
	maxExitWait  = 2 * time.Minute
)

// exit is our own way out to Google. When several projects are refused for our location within seconds, no key is at fault: the
// exit is shut, and one request at a time tries whether it has opened.
type exit struct {
	recent  []exitFault // in the window, one a project
	shut    bool
	since   moment
	probing bool   // the one request is out
	next    moment // when the next may go
	failed  int    // probes in a row
}

type exitFault struct {
	key *key
	at  moment
}

// refused notes that a key's location was refused and reports whether the exit is shut now. usable is how many projects could
// have been asked; with few of them, all suffice.
func (e *exit) refused(k *key, now moment, usable int) bool {
	if e.shut {
		return true
	}
	kept := e.recent[:0]
	for _, f := range e.recent {
		if f.at.add(exitWindow) > now && f.key.project != k.project {
			kept = append(kept, f)
		}
	}
	e.recent = append(kept, exitFault{k, now})
	return len(e.recent) >= max(1, min(exitProjects, usable))
}

// allows reports whether a request may go out.
func (e *exit) allows(now moment) bool { return !e.shut || (!e.probing && e.next <= now) }

// opening gives when a request may go out next; the end of a probe that is out is not known, so a moment from now.
func (e *exit) opening(now moment) moment {
	if e.allows(now) {
		return now
	}
	return max(e.next, now.add(time.Second))
}

// wakes gives when a request that waits may go out by itself: not while a probe is out, whose end is an event of its own.
func (e *exit) wakes() moment {
	if e.probing {
		return never
	}
	return e.next
}

// probed ends the one request that tried the exit, and lets the next one try if it came to nothing.
func (p *Pool) probed(now moment) {
	p.exit.probing = false
	for _, l := range p.lanes {
		l.serveAll(now)
	}
}

// closeExit lets one probe at a time pass from now on, and takes the blame off the keys that were refused.
func (p *Pool) closeExit(now moment) {
	e := &p.exit
	if !e.shut {
		e.shut, e.since, e.failed = true, now, 0
		projects := len(e.recent)
		p.note(func(log *slog.Logger) {
			log.Warn("google refuses our location; one request at a time tries again", "projects", projects)
		})
	}
	if e.next <= now { // else it belongs to the burst that is counted already
		e.failed++
		e.next = now.add(grown(exitBackoff, e.failed, maxExitWait))
	}
	for _, f := range e.recent {
		if f.key.rest.verdict == Exit {
			f.key.rest = rest{}
			p.dirty.addRest(f.key.scope(), "", f.key.rest)
			p.touch(f.key, now)
		}
	}
	e.recent = nil
}

// openExit lets everybody pass again.
func (p *Pool) openExit(now moment) {
	if !p.exit.shut && len(p.exit.recent) == 0 {
		return
	}
	if p.exit.shut {
		shut := now.sub(p.exit.since)
		p.note(func(log *slog.Logger) { log.Info("google answers us again", "shut_for", shut) })
	}
	p.exit = exit{}
	for _, l := range p.lanes {
		l.serveAll(now)
	}
}

// usableProjects counts the projects that could be asked now, up to what the exit's judgement needs.
func (p *Pool) usableProjects() int {
	n := 0
	for _, pr := range p.projects {
		if pr != nil && pr.alive > 0 {
			if n++; n >= exitProjects {
				break
			}
		}
	}
	return n
}
