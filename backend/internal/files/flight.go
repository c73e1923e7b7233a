package files

import (
	"context"
	"sync"
)

// flights are copies that are being made, each once for all who wait for it.
type flights struct {
	flying sync.WaitGroup
	mu     sync.Mutex
	byCopy map[flightKey]*flight
}

type flightKey struct {
	fileID int64
	scope  string
}

// flight is a copy being made. It is given up when the last who waits for it leaves.
type flight struct {
	key     flightKey
	all     *flights
	waiting int // guarded by flights.mu
	cancel  context.CancelFunc
	done    chan struct{} // closed once copy and err are there
	copy    Copy
	err     error
}

// join gives the flight of a copy, and whether it is new: then the caller lets it fly.
func (fs *flights) join(key flightKey) (fl *flight, isNew bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fl = fs.byCopy[key]; fl != nil {
		fl.waiting++
		return fl, false
	}
	if fs.byCopy == nil {
		fs.byCopy = map[flightKey]*flight{}
	}
	fl = &flight{key: key, all: fs, waiting: 1, done: make(chan struct{}), cancel: func() {}}
	fs.byCopy[key] = fl
	return fl, true
}

// fly makes the copy in a goroutine that outlives the request whose context this is, as long as another waits.
func (fs *flights) fly(ctx context.Context, fl *flight, do func(ctx context.Context) (Copy, error)) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	fs.mu.Lock()
	fl.cancel = cancel
	fs.mu.Unlock()
	fs.flying.Go(func() { // ends soon after its last waiter has left
		defer cancel()
		fl.copy, fl.err = do(ctx)
		fs.mu.Lock()
		if fs.byCopy[fl.key] == fl {
			delete(fs.byCopy, fl.key)
		}
		fs.mu.Unlock()
		close(fl.done)
	})
}

// wait waits for the copy, or for the end of ctx.
func (fl *flight) wait(ctx context.Context) (Copy, error) {
	defer fl.leave()
	select {
	case <-fl.done:
		return fl.copy, fl.err
	case <-ctx.Done():
		return Copy{}, context.Cause(ctx)
	}
}

// leave gives the flight up when nobody waits for it any more; who comes later makes a new one.
func (fl *flight) leave() {
	fl.all.mu.Lock()
	defer fl.all.mu.Unlock()
	if fl.waiting--; fl.waiting > 0 {
		return
	}
	if fl.all.byCopy[fl.key] == fl {
		delete(fl.all.byCopy, fl.key)
	}
	fl.cancel()
}
