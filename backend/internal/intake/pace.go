package intake

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// The pace that a long body must keep. A link of some 2 kB/s does.
const (
	paceBytes = 64 << 10
	paceTime  = 30 * time.Second
)

// Paced gives a request's body to be read as it comes, however long it takes, while it keeps a pace. A read that does not is
// os.ErrDeadlineExceeded. Its Close ends the watch and leaves the body open: what is left of one that was closed, the server would take for
// the next request.
func Paced(w http.ResponseWriter, r *http.Request) io.ReadCloser {
	p := &paced{body: r.Body, control: http.NewResponseController(w)}
	p.err = p.control.SetReadDeadline(time.Now().Add(paceTime))
	return p
}

type paced struct {
	body    io.ReadCloser
	control *http.ResponseController
	since   int // bytes since the deadline was set
	err     error
}

func (p *paced) Read(b []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	n, err := p.body.Read(b)
	if p.since += n; p.since >= paceBytes {
		p.since = 0
		p.err = p.control.SetReadDeadline(time.Now().Add(paceTime))
	}
	return n, err
}

// Close takes the deadline away: the server reads on to see the client leave.
func (p *paced) Close() error {
	return p.control.SetReadDeadline(time.Time{})
}

// drainTime is how long a client that is being refused may still send.
const drainTime = 10 * time.Second

// Drain reads what a client still sends of a body that is refused, for a while: many clients read no answer before they have sent all, and take a
// connection that is closed earlier for a broken one.
func Drain(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	if control.SetReadDeadline(time.Now().Add(drainTime)) != nil {
		return
	}
	_, err := io.Copy(io.Discard, r.Body)
	_ = errors.Join(err, control.SetReadDeadline(time.Time{})) // the request is refused in either case
}
