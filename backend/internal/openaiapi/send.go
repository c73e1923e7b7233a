package openaiapi

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
)

// answerWriteLimit is how long a client may take to read a whole answer.
const answerWriteLimit = 5 * time.Minute

// send writes a JSON answer.
func (a *api) send(c *gin.Context, document []byte) {
	w := c.Writer
	h := w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(document))}
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Now().Add(answerWriteLimit)) // without one a stuck client holds on; the answer goes out all the same
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(document)
	if err == nil {
		err = control.SetWriteDeadline(time.Time{})
	}
	if err != nil {
		_ = c.Error(err) // the client is gone; the access log says so
	}
}
