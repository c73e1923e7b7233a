// Package geminiapi serves the native Gemini API by path prefix: it takes the client's credentials off a request, has it relayed with a key
// of the pool, and passes the answer on as it comes. Requests and answers are not translated; errors of ours are in Gemini's form. What a
// request makes for good is noted, so that its maker alone finds it again, with a key of the project that holds it.
package geminiapi

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/holding"
	"gemini-proxy/backend/internal/intake"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/roster"
	"gemini-proxy/backend/internal/usage"
)

// Config is what the API is built on.
type Config struct {
	Auth     *auth.Auth
	Intake   *intake.Intake
	Relay    *relay.Relay
	Catalog  *relay.Catalog
	Models   *roster.Roster
	Pool     *pool.Pool
	Holdings *holding.Book
	Files    *files.Files
	Recorder *usage.Recorder
	Log      *slog.Logger
	Upstream *url.URL // of the Gemini API
	// PublicURL is where clients reach the server; nil for where each request says it came.
	PublicURL *url.URL
	// Fallback answers a POST to /v1/models/{name} that calls no method of a model: /v1 is otherwise OpenAI's.
	Fallback gin.HandlerFunc
}

// api holds the parts the handlers use.
type api struct {
	Config
}

// Register adds the API's routes to the engine: everything under /v1beta, /v1alpha and /upload, and the methods of models under /v1.
func Register(r gin.IRouter, config Config) {
	a := &api{Config: config}
	for _, prefix := range []string{"/v1beta", "/v1alpha", "/upload"} {
		r.Any(prefix, a.serve)
		r.Any(prefix+"/*path", a.serve)
	}
	r.POST("/v1/models/:call", func(c *gin.Context) {
		if !strings.Contains(c.Param("call"), ":") {
			a.Fallback(c)
			return
		}
		a.serve(c)
	})
}

// Owns reports whether a path is the native API's, so that an answer there must be in Gemini's form.
func Owns(path string) bool {
	for _, prefix := range []string{"/v1beta", "/v1alpha", "/upload"} {
		if rest, found := strings.CutPrefix(path, prefix); found && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

// NotFound answers a path of the native API that does not exist, in Gemini's form.
func NotFound(c *gin.Context) { respondFault(c, nil, errNoSuchPath(c.Request)) }

// serve answers every request of the API.
func (a *api) serve(c *gin.Context) {
	query, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		respondFault(c, a.Log, fault.Wrap(fault.Invalid, err, "the query of the URL is malformed"))
		return
	}
	if strings.HasPrefix(c.Request.URL.Path, "/upload") {
		a.serveUpload(c, query)
		return
	}
	key, err := a.Auth.UserKey(auth.FromRequestParts(c.Request.Header, query))
	if err != nil {
		respondFault(c, a.Log, err)
		return
	}
	r, err := routeOf(c.Request)
	if err != nil {
		respondFault(c, a.Log, err)
		return
	}
	switch r.kind {
	case listModels:
		a.listModels(c, query, &usage.Event{UserKeyID: key.ID})
	case getModel:
		a.getModel(c, r, &usage.Event{UserKeyID: key.ID})
	case listFiles:
		a.listFiles(c, query, key.ID)
	case listThings:
		a.listThings(c, r, query, key.ID)
	case callModel, createInteraction, makeThing, callThing:
		if r.sort.name == "files" && a.ownFile(c, r, query, key.ID) {
			return
		}
		event := &usage.Event{RequestID: requestID(c), Time: time.Now(), UserKeyID: key.ID, API: "native", Model: r.model, Stream: r.streams(),
			TraceParent: c.GetHeader("Traceparent")}
		a.pass(c, r, query, event)
	}
}

// requestID gives the id the server gave the request; the answer's header carries it already.
func requestID(c *gin.Context) string { return c.Writer.Header().Get("X-Request-Id") }

func errNoSuchPath(r *http.Request) *fault.Error {
	return fault.New(fault.NotFound, "there is no %s %s here", r.Method, r.URL.Path).WithCode("unknown_url")
}
