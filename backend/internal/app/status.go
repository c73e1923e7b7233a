package app

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// problem is the error form of the paths that belong to no dialect.
type problem struct {
	Error problemBody `json:"error"`
}

type problemBody struct {
	Message string `json:"message"`
	Type    string `json:"type"`
}

// welcome is the answer of GET / and GET /v1.
type welcome struct {
	Service   string   `json:"service"`
	Version   string   `json:"version"`
	Endpoints []string `json:"endpoints"`
}

// status is the answer of GET /health, /wake and /status.
type status struct {
	Status        string  `json:"status"`
	Service       string  `json:"service"`
	Version       string  `json:"version"`
	UptimeSeconds float64 `json:"uptime_seconds"`
}

// readiness is the answer of GET /ready.
type readiness struct {
	Ready    bool   `json:"ready"`
	Database string `json:"database"` // "ok" or "unavailable"
	Keys     string `json:"keys"`     // "ok" or "none"
}

// readyLimit bounds the question to the database.
const readyLimit = 2 * time.Second

// registerStatus adds the open paths that tell of the server itself. None says what it holds.
func (a *App) registerStatus(r gin.IRouter) {
	r.GET("/", a.welcome)
	r.GET("/v1", a.welcome)
	r.GET("/health", func(c *gin.Context) { a.respondStatus(c, "ok") })
	r.HEAD("/health", func(c *gin.Context) { c.Status(http.StatusOK) })
	r.GET("/wake", func(c *gin.Context) { a.respondStatus(c, "awake") })
	r.GET("/status", func(c *gin.Context) { a.respondStatus(c, "ok") })
	r.GET("/ready", a.ready)
}

func (a *App) welcome(c *gin.Context) {
	respond(c, http.StatusOK, welcome{Service: "gemini-proxy", Version: a.build.Version, Endpoints: []string{
		"/v1/chat/completions", "/v1/responses", "/v1/models", "/v1/embeddings", "/v1/files", "/v1/images/generations", "/v1/images/edits",
		"/v1/audio/speech", "/v1/audio/transcriptions", "/v1/audio/translations",
		"/v1beta", "/admin/v1", "/swagger/index.html", "/health", "/ready",
	}})
}

func (a *App) respondStatus(c *gin.Context, word string) {
	respond(c, http.StatusOK, status{Status: word, Service: "gemini-proxy", Version: a.build.Version, UptimeSeconds: time.Since(a.started).Seconds()})
}

// ready tells whether requests can be served and kept: the database answers and the pool has a usable key.
func (a *App) ready(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), readyLimit)
	defer cancel()
	answer := readiness{Ready: true, Database: "ok", Keys: "ok"}
	if err := a.store.Ping(ctx); err != nil {
		answer.Ready, answer.Database = false, "unavailable"
	}
	if counts := a.pool.Counts(); counts.Healthy+counts.Resting+counts.Unknown == 0 {
		answer.Ready, answer.Keys = false, "none"
	}
	code := http.StatusOK
	if !answer.Ready {
		code = http.StatusServiceUnavailable
	}
	respond(c, code, answer)
}

func respond(c *gin.Context, code int, answer any) {
	c.Header("Cache-Control", "no-store")
	c.JSON(code, answer)
}

func notFound(c *gin.Context) {
	respond(c, http.StatusNotFound, problem{Error: problemBody{Message: "there is nothing at " + c.Request.URL.Path, Type: "not_found"}})
}

func methodNotAllowed(c *gin.Context) {
	respond(c, http.StatusMethodNotAllowed, problem{Error: problemBody{Message: c.Request.URL.Path + " does not take " + c.Request.Method, Type: "method_not_allowed"}})
}
