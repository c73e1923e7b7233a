package adminapi

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
)

// handler answers a request or gives the error it ends with.
type handler func(c *gin.Context) error

// handle makes a Gin handler of h; its error becomes a problem.
func (a *api) handle(h handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			a.respondProblem(c, err)
		}
	}
}

// requestIDHeader names the request in answers, problems and the log.
const requestIDHeader = "X-Request-Id"

// requestID gives the id that answerHeaders made sure of.
func requestID(c *gin.Context) string { return c.Writer.Header().Get(requestIDHeader) }

// answerHeaders sets what every answer carries. Nothing of this API may be kept by a cache.
func (*api) answerHeaders(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'") // nothing here is a page
	h.Set("Referrer-Policy", "no-referrer")
	if h.Get(requestIDHeader) == "" {
		h.Set(requestIDHeader, rand.Text())
	}
}

// limitTime bounds the time of a request, the reading of its body included.
func (a *api) limitTime(limit time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), limit)
		defer cancel()
		err := http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(limit))
		if err != nil && !errors.Is(err, http.ErrNotSupported) {
			a.Log.LogAttrs(ctx, slog.LevelWarn, "admin request has no read deadline", slog.Any("error", err))
		}
		c.Request = c.Request.WithContext(ctx)
		c.Next()
	}
}

// limitJob bounds the time of work on very many keys, and the reading of its body much closer. Once the body is read nothing is read any
// more, and the deadline goes: net/http would take its passing for the client's going away.
func (a *api) limitJob(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), jobLimit)
	defer cancel()
	control := http.NewResponseController(c.Writer)
	err := control.SetReadDeadline(time.Now().Add(longRequestLimit))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		a.Log.LogAttrs(ctx, slog.LevelWarn, "admin request has no read deadline", slog.Any("error", err))
	}
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}

// bodyRead takes the deadline of reading away.
func bodyRead(c *gin.Context) {
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Time{}) // where there are no deadlines there is none to take away
}

// recoverPanic turns a bug in a handler into a problem and a log line with its stack.
func (a *api) recoverPanic(c *gin.Context) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p) // net/http's own way to drop a connection
		}
		a.Log.LogAttrs(c.Request.Context(), slog.LevelError, "admin handler panicked", slog.String("request_id", requestID(c)),
			slog.String("path", c.Request.URL.Path), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		if !c.Writer.Written() {
			a.respondProblem(c, fault.New(fault.Internal, "a handler panicked"))
		}
	}()
	c.Next()
}

func noRoute(*gin.Context) error {
	return fault.New(fault.NotFound, "the admin API has no such path")
}

func noMethod(c *gin.Context) error {
	return &fault.Error{Kind: fault.Invalid, Status: http.StatusMethodNotAllowed, Code: "method_not_allowed",
		Message: "this path does not take " + c.Request.Method}
}

// addressKey carries the client's address from the outer engine, which knows whose forwarded headers to believe.
type addressKey struct{}

func withAddress(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, addressKey{}, address)
}

// clientAddress gives the client's address; empty when the server has none.
func clientAddress(c *gin.Context) string {
	address, _ := c.Request.Context().Value(addressKey{}).(string) // absent is empty
	return address
}
