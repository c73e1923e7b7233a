package openaiapi

import (
	"net/http"
	"sync"
	"time"
)

// heartbeat is how long a stream may be silent before a comment line is sent, so that nothing on the way takes it for dead.
const heartbeat = 10 * time.Second

// writeLimit is how long a client may leave what is written to it unread.
const writeLimit = 60 * time.Second

// eventWriter writes a stream of server-sent events, with comment lines while it is idle. Close it before the handler returns.
type eventWriter struct {
	mu       sync.Mutex // the heartbeat's timer writes too
	out      http.ResponseWriter
	control  *http.ResponseController
	timer    *time.Timer
	written  time.Time // when something was last written
	extended time.Time // when the write deadline was last moved
	err      error
	closed   bool
}

// newEventWriter sends the status line and headers of a stream that has begun.
func newEventWriter(w http.ResponseWriter) *eventWriter {
	h := w.Header()
	h["Content-Type"] = []string{"text/event-stream; charset=utf-8"}
	h["Cache-Control"] = []string{"no-cache"}
	h["X-Accel-Buffering"] = []string{"no"} // nginx holds streams back unless told
	w.WriteHeader(http.StatusOK)
	e := &eventWriter{out: w, control: http.NewResponseController(w), written: time.Now()}
	e.mu.Lock() // beat uses the field
	defer e.mu.Unlock()
	e.timer = time.AfterFunc(heartbeat, e.beat)
	return e
}

// write sends whole events, at once.
func (e *eventWriter) write(events []byte) error {
	if len(events) == 0 {
		return e.err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.send(events)
	return e.err
}

func (e *eventWriter) send(events []byte) {
	if e.err != nil {
		return
	}
	e.written = time.Now()
	if e.written.Sub(e.extended) > writeLimit/4 {
		e.extended = e.written
		if e.err = e.control.SetWriteDeadline(e.written.Add(writeLimit)); e.err != nil {
			return
		}
	}
	if _, e.err = e.out.Write(events); e.err == nil {
		e.err = e.control.Flush()
	}
}

// keepAlive is a comment line: clients pass it over.
func keepAlive() []byte { return []byte(": keep-alive\n\n") }

// beat sends a comment if nothing was written for a while, and looks again when that could be.
func (e *eventWriter) beat() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	if time.Since(e.written) >= heartbeat {
		e.send(keepAlive())
	}
	e.timer.Reset(heartbeat - time.Since(e.written))
}

// close stops the heartbeat and waits for one that is being sent.
func (e *eventWriter) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.timer.Stop()
	if err := e.control.SetWriteDeadline(time.Time{}); err != nil && e.err == nil {
		e.err = err
	}
}
