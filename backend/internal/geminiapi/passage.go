package geminiapi

import (
	"net/http"
	"time"
)

const (
	answerWriteLimit = 5 * time.Minute  // for a client to read a whole answer
	streamWriteLimit = 60 * time.Second // how long a client may leave unread what is written to it of a stream
)

// passage writes an answer's bytes to a client that must read them in time.
type passage struct {
	out      http.ResponseWriter
	control  *http.ResponseController
	limit    time.Duration
	extended time.Time // when the deadline was last moved
}

// newPassage sends the status line and the headers of a good answer.
func newPassage(w http.ResponseWriter, limit time.Duration) *passage {
	w.WriteHeader(http.StatusOK)
	return &passage{out: w, control: http.NewResponseController(w), limit: limit}
}

func (p *passage) write(data []byte) error {
	if now := time.Now(); now.Sub(p.extended) > p.limit/4 {
		if err := p.control.SetWriteDeadline(now.Add(p.limit)); err != nil {
			return err
		}
		p.extended = now
	}
	_, err := p.out.Write(data)
	return err
}

func (p *passage) flush() error { return p.control.Flush() }

// end takes the deadline away, which would else hold for the connection's next request.
func (p *passage) end() {
	_ = p.control.SetWriteDeadline(time.Time{}) // it fails on a dead connection alone, which has no next request
}
