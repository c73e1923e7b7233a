package relay

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// silence ends an attempt at a stream whose first part does not come in time, and later one that falls silent. Hearing something only notes
// the time: to set a timer for each chunk would cost more.
type silence struct {
	cancel context.CancelCauseFunc
	made   time.Time
	limit  time.Duration // once the stream has begun
	last   atomic.Int64  // when something was heard, in nanoseconds since made

	mu      sync.Mutex
	timer   *time.Timer
	talking bool // the stream has begun
	ended   bool
}

func watchSilence(cancel context.CancelCauseFunc, first, later time.Duration) *silence {
	s := &silence{cancel: cancel, made: time.Now(), limit: later}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer = time.AfterFunc(first, s.look)
	return s
}

// begun turns the limit on the first part into one on silence. If the former has passed already, the next read says so.
func (s *silence) begun() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.talking = true
	s.heard()
	s.timer.Reset(s.limit)
}

func (s *silence) heard() { s.last.Store(int64(time.Since(s.made))) }

func (s *silence) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.timer.Stop()
}

// look ends the attempt if the limit has passed, and otherwise looks again when that could be.
func (s *silence) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	if !s.talking {
		s.cancel(errFirstPart)
		return
	}
	rest := s.limit - (time.Since(s.made) - time.Duration(s.last.Load()))
	if rest <= 0 {
		s.cancel(errSilence)
		return
	}
	s.timer.Reset(rest)
}
