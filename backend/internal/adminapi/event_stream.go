package adminapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// eventLimit is for writing one event; a client that takes longer is gone.
const eventLimit = 10 * time.Second

// eventStream writes server-sent events.
type eventStream struct {
	out     gin.ResponseWriter
	control *http.ResponseController
	broken  bool // the client is gone
}

// newEventStream begins the answer.
func newEventStream(c *gin.Context) *eventStream {
	c.Header("Content-Type", "text/event-stream")
	c.Header("X-Accel-Buffering", "no") // nginx would collect them
	c.Status(http.StatusOK)
	bodyRead(c)
	return &eventStream{out: c.Writer, control: http.NewResponseController(c.Writer)}
}

// send writes an event.
func (s *eventStream) send(name string, data any) {
	text, err := json.Marshal(data)
	if err != nil {
		panic(fmt.Sprintf("an event of plain numbers and words does not encode: %v", err))
	}
	s.write("event: " + name + "\ndata: " + string(text) + "\n\n")
}

func (s *eventStream) write(text string) {
	if s.broken {
		return
	}
	err := s.control.SetWriteDeadline(time.Now().Add(eventLimit))
	if err == nil || errors.Is(err, http.ErrNotSupported) {
		if _, err = s.out.WriteString(text); err == nil {
			err = s.control.Flush()
		}
	}
	s.broken = err != nil
}

// end lets the connection serve on.
func (s *eventStream) end() {
	_ = s.control.SetWriteDeadline(time.Time{}) // where it cannot, the next write says so
}

// wantsEvents reports whether a client asks to be told how a job goes on.
func wantsEvents(c *gin.Context) bool {
	return strings.Contains(c.GetHeader("Accept"), "text/event-stream")
}
