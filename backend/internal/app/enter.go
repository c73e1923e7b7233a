package app

import (
	"encoding/hex"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
)

// enter is the way every request comes in: it gets an id, its panics are caught, and a line of the access log tells how it went.
func (a *App) enter(c *gin.Context) {
	started := time.Now()
	id := requestID(c.Request.Header.Get("X-Request-Id"))
	c.Writer.Header()["X-Request-Id"] = []string{id}
	c.Writer.Header()["X-Content-Type-Options"] = []string{"nosniff"}
	defer a.leave(c, id, started)
	c.Next()
}

// leave logs the request and answers one that panicked.
func (a *App) leave(c *gin.Context, id string, started time.Time) {
	if cause := recover(); cause != nil { //nolint:revive // leave is itself what is deferred
		if cause == http.ErrAbortHandler { //nolint:errorlint // a panic's value, compared as net/http does
			panic(cause)
		}
		a.log.Error("panic", "request_id", id, "path", c.Request.URL.Path, "cause", cause, "stack", string(debug.Stack()))
		if !c.Writer.Written() {
			respond(c, http.StatusInternalServerError, problem{Error: problemBody{Message: "internal error", Type: "server_error"}})
		}
	}
	level := slog.LevelInfo
	if path := c.Request.URL.Path; path == "/health" || path == "/ready" {
		level = slog.LevelDebug
	}
	ctx := c.Request.Context()
	if !a.log.Enabled(ctx, level) {
		return
	}
	a.log.LogAttrs(ctx, level, "request",
		slog.String("request_id", id), slog.String("method", c.Request.Method), slog.String("path", c.Request.URL.Path),
		slog.Int("status", c.Writer.Status()), slog.Int("bytes", c.Writer.Size()), slog.Duration("took", time.Since(started)),
		slog.String("address", c.ClientIP()))
}

// requestID takes the caller's id when it is harmless, else makes one.
func requestID(given string) string {
	if given != "" && len(given) <= 64 && harmless(given) {
		return given
	}
	var raw [12]byte
	for i, n := 0, rand.Uint64(); i < 8; i, n = i+1, n>>8 { //nolint:gosec // an id is no secret
		raw[i] = byte(n)
	}
	for i, n := 8, rand.Uint32(); i < 12; i, n = i+1, n>>8 { //nolint:gosec // an id is no secret
		raw[i] = byte(n)
	}
	return hex.EncodeToString(raw[:])
}

func harmless(id string) bool {
	for _, c := range []byte(id) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}
