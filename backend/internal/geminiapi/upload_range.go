package geminiapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/files"
)

// statusResume says that an upload may go on (308, with the range that is kept): the word of Google's older protocol, which google-generativeai
// and everything built on its discovery clients speak.
const statusResume = http.StatusPermanentRedirect

// goOnByRange answers a request of the older resumable protocol: bytes with their place in Content-Range, or the question how far it is.
func (a *api) goOnByRange(c *gin.Context, token string, known *files.Upload) error {
	ctx := c.Request.Context()
	if c.Request.Method == http.MethodDelete {
		if err := a.Files.Cancel(ctx, token); err != nil {
			return err
		}
		c.Status(fault.StatusClientClosedRequest) // as Google answers it
		c.Writer.WriteHeaderNow()
		return nil
	}
	if c.Request.Method != http.MethodPut && c.Request.Method != http.MethodPost {
		return need(c.Request, http.MethodPut)
	}
	place, err := readRange(c.GetHeader("Content-Range"), c.Request.ContentLength)
	if err != nil {
		return err
	}
	received := known.Received
	if !place.asks {
		if received, err = a.append(c, token, known, place.from); err != nil {
			return a.giveUp(c, token, err)
		}
	}
	if known.File == nil && (place.total < 0 || received < place.total || place.asks && place.total == 0) {
		if received > 0 {
			c.Header("Range", "bytes=0-"+strconv.FormatInt(received-1, 10))
		}
		c.Status(statusResume)
		c.Writer.WriteHeaderNow()
		return nil
	}
	file, err := a.Files.Finalize(ctx, token)
	if err != nil {
		return a.giveUp(c, token, err)
	}
	respond(c, uploaded{a.resource(c.Request, file)})
	return nil
}

// placed is where in a file a request's bytes stand.
type placed struct {
	from, total int64 // total is −1 where it is not known yet
	asks        bool  // there are no bytes
}

// readRange reads "bytes 0-99/1000", "bytes 0-99/*", "bytes */1000" and "bytes */*"; without any, the body is the whole file.
func readRange(text string, length int64) (placed, error) {
	if text == "" {
		return placed{total: length}, nil
	}
	wrong := fault.Field("Content-Range", "must be like bytes 0-99/1000")
	span, total, ok := strings.Cut(strings.TrimPrefix(text, "bytes "), "/")
	if !ok {
		return placed{}, wrong
	}
	p := placed{total: -1}
	if total != "*" {
		n, err := strconv.ParseInt(total, 10, 64)
		if err != nil || n < 0 {
			return placed{}, wrong
		}
		p.total = n
	}
	if span == "*" {
		p.asks = true
		return p, nil
	}
	first, last, _ := strings.Cut(span, "-")
	from, err := strconv.ParseInt(first, 10, 64)
	to, err2 := strconv.ParseInt(last, 10, 64)
	if err != nil || err2 != nil || from < 0 || to < from {
		return placed{}, wrong
	}
	p.from = from
	return p, nil
}
