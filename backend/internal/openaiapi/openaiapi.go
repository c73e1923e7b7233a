// Package openaiapi serves the OpenAI-compatible API: it reads a request, has it translated and relayed, and writes the answer in
// OpenAI's form, errors included.
package openaiapi

import (
	"log/slog"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/sync/semaphore"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/holding"
	"gemini-proxy/backend/internal/intake"
	"gemini-proxy/backend/internal/media"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/roster"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/shape"
	"gemini-proxy/backend/internal/thought"
	"gemini-proxy/backend/internal/usage"
)

// Config is what the API is built on.
type Config struct {
	Auth     *auth.Auth
	Intake   *intake.Intake
	Relay    *relay.Relay
	Catalog  *relay.Catalog
	Models   *roster.Roster
	Recorder *usage.Recorder
	Settings func() settings.Settings // those in force; read by every chat
	Links    *media.Fetcher
	Thoughts *thought.Memory
	Files    *files.Files
	Holdings *holding.Book
	Log      *slog.Logger
}

// api holds the parts the handlers use.
type api struct {
	Config
	symbols *shape.Symbols
	copies  *semaphore.Weighted // bytes of base64 made of recordings and images, on their way to Gemini
}

// Register adds the API's routes to the engine.
func Register(r gin.IRouter, config Config) {
	a := &api{Config: config, symbols: shape.NewSymbols(), copies: semaphore.NewWeighted(maxCopies)}
	v1 := r.Group("/v1")
	v1.POST("/chat/completions", a.chat)
	v1.POST("/responses", a.responses)
	v1.POST("/embeddings", a.embeddings)
	v1.POST("/images/generations", a.images)
	v1.POST("/images/edits", a.imageEdits)
	v1.POST("/audio/speech", a.speech)
	v1.POST("/audio/transcriptions", a.transcriptions)
	v1.POST("/audio/translations", a.translations)
	v1.POST("/files", a.createFile)
	v1.GET("/files", a.listFiles)
	v1.GET("/files/:id", a.getFile)
	v1.DELETE("/files/:id", a.deleteFile)
	v1.GET("/files/:id/content", a.fileContent)
	v1.GET("/models", a.listModels)
	v1.GET("/models/*id", a.getModel)
}

// NotFound answers a path below /v1 that does not exist, in OpenAI's form.
func NotFound(c *gin.Context) {
	respondFault(c, nil, fault.New(fault.NotFound, "there is no %s %s here", c.Request.Method, c.Request.URL.Path).WithCode("unknown_url"))
}

// MethodNotAllowed answers a path below /v1 that does not take the method.
func MethodNotAllowed(c *gin.Context) {
	respondFault(c, nil, &fault.Error{Kind: fault.Invalid, Status: 405, Message: c.Request.URL.Path + " does not take " + c.Request.Method, Code: "method_not_allowed"})
}

// begin finds the user key of a request and opens its record. It answers the request itself when there is no good key.
func (a *api) begin(c *gin.Context, api string) (*usage.Event, bool) {
	var query url.Values
	if c.Request.URL.RawQuery != "" {
		query = c.Request.URL.Query()
	}
	key, err := a.Auth.UserKey(auth.FromRequestParts(c.Request.Header, query))
	if err != nil {
		respondFault(c, a.Log, err)
		return nil, false
	}
	return &usage.Event{RequestID: requestID(c), Time: time.Now(), UserKeyID: key.ID, API: api, TraceParent: c.GetHeader("Traceparent")}, true
}

// requestID gives the id the server gave the request; the answer's header carries it already.
func requestID(c *gin.Context) string { return c.Writer.Header().Get("X-Request-Id") }
