package auth

import (
	"sync"
	"time"
)

// accessLife is how long an access token is good.
const accessLife = 15 * time.Minute

// sessions knows the families whose access tokens may still be about, so that a token of one that was ended is refused at once. What
// it holds runs out with the tokens. Tokens from before the server started are refused, since what was ended then is not known now.
type sessions struct {
	mu       sync.Mutex
	started  time.Time
	families map[string]family
	rotated  map[string]rotation // by hash of the refresh token that was exchanged
}

type family struct {
	admin int64
	until time.Time // no access token of it is good after
	ended bool
}

// rotation notes who exchanged a refresh token, for the moment in which the same client may do it again.
type rotation struct {
	client string
	at     time.Time
	again  int
}

// rotationGrace is how long a refresh token that was exchanged may be exchanged again by the same client, address and browser alike:
// two tabs that wake up together, or an answer that was lost on the way. Each gets a token of its own in the same family. Somebody
// else's try, or a later one, ends the family.
const (
	rotationGrace = 10 * time.Second
	maxAgain      = 8
	maxRotations  = 10_000
)

func newSessions(now time.Time) sessions {
	return sessions{started: now.Round(0), families: map[string]family{}, rotated: map[string]rotation{}}
}

// issued notes that an access token was given out.
func (s *sessions) issued(name string, admin int64, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if wall := now.Round(0); wall.Before(s.started) { // the clock was set back: what is given out now must be good
		s.started = wall
	}
	f := s.families[name]
	f.admin, f.until = admin, now.Add(accessLife)
	s.families[name] = f
}

// good reports whether an access token of the family, issued at a time of whole seconds, may be used.
func (s *sessions) good(name string, issuedAt time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.families[name].ended && !issuedAt.Before(s.started.Truncate(time.Second))
}

// ended reports whether the family was ended lately.
func (s *sessions) ended(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.families[name].ended
}

// end refuses the family's access tokens from now on.
func (s *sessions) end(name string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.families[name]
	f.ended, f.until = true, now.Add(accessLife)
	s.families[name] = f
}

// endOthers ends every family of an admin but one.
func (s *sessions) endOthers(admin int64, keep string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, f := range s.families {
		if f.admin == admin && name != keep {
			f.ended, f.until = true, now.Add(accessLife)
			s.families[name] = f
		}
	}
}

// exchanged notes who exchanged the refresh token with the hash.
func (s *sessions) exchanged(hash, client string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rotated) < maxRotations { // beyond, a parallel refresh has no grace
		s.rotated[hash] = rotation{client: client, at: now}
	}
}

// mayAgain reports whether the client may exchange the token once more, and counts it.
func (s *sessions) mayAgain(hash, client string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, known := s.rotated[hash]
	if !known || r.client != client || now.Sub(r.at) > rotationGrace || r.again >= maxAgain {
		return false
	}
	r.again++
	s.rotated[hash] = r
	return true
}

// forget drops what has run out.
func (s *sessions) forget(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, f := range s.families {
		if now.After(f.until) {
			delete(s.families, name)
		}
	}
	for hash, r := range s.rotated {
		if now.Sub(r.at) > rotationGrace {
			delete(s.rotated, hash)
		}
	}
}
