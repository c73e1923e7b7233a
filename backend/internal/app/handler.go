package app

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/adminapi"
	"gemini-proxy/backend/internal/backup"
	"gemini-proxy/backend/internal/geminiapi"
	"gemini-proxy/backend/internal/intake"
	"gemini-proxy/backend/internal/media"
	"gemini-proxy/backend/internal/openaiapi"
)

// handler builds the engine with every route.
func (a *App) handler() http.Handler {
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.ForwardedByClientIP = len(a.config.TrustedProxies) > 0
	if err := engine.SetTrustedProxies(prefixes(a.config.TrustedProxies)); err != nil {
		a.log.Error("trusted proxies not set", "error", err) // they were parsed as prefixes before
	}
	engine.Use(a.enter, cors.New(corsConfig(a.config.CORSAllowedOrigins)))
	engine.NoRoute(byDialect(openaiapi.NotFound, notFound))
	engine.NoMethod(byDialect(openaiapi.MethodNotAllowed, methodNotAllowed))
	a.registerStatus(engine)
	a.registerMetrics(engine)
	bodies := intake.New()
	openaiapi.Register(engine, openaiapi.Config{
		Auth: a.auth, Intake: bodies, Relay: a.relay, Catalog: a.catalog, Models: a.models, Recorder: a.recorder, Settings: a.settings.Now,
		Links: media.New(media.Config{Memory: bodies, UserAgent: "gemini-proxy/" + a.build.Version}), Thoughts: a.thoughts, Files: a.files, Holdings: a.holdings, Log: a.log,
	})
	geminiapi.Register(engine, geminiapi.Config{
		Auth: a.auth, Intake: bodies, Relay: a.relay, Catalog: a.catalog, Models: a.models, Recorder: a.recorder, Pool: a.pool, Holdings: a.holdings, Files: a.files, PublicURL: a.config.PublicURL,
		Upstream: a.config.GeminiBaseURL, Log: a.log, Fallback: openaiapi.MethodNotAllowed,
	})
	adminapi.Register(engine, adminapi.Config{
		Files: a.files,
		Auth:  a.auth, Pool: a.pool, Settings: a.settings, Stats: a.store, Records: a.store, Audits: a.store, Models: a.models, Catalog: a.catalog, Prober: a.prober, Cleaner: a.cleaner, KeepAlive: a.awake, Discovery: a.projects, Pulse: a.pulse, Log: a.log,
		Backups: backup.New(backup.Config{Store: a.store, By: a.build.Version, Parts: []backup.Part{a.settings, a.pool, a.models, a.auth}}),
		Version: a.build.Version, Commit: a.build.Commit, StartedAt: a.started, DatabaseKind: a.store.Kind(), Ping: a.store.Ping, DatabaseSize: a.store.Size, Replicas: a.replicas,
	})
	return geminiapi.Adopt(engine)
}

func prefixes(list []netip.Prefix) []string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = p.String()
	}
	return out
}

// byDialect lets a path that leads nowhere be answered in the form its client reads.
func byDialect(openAI, other gin.HandlerFunc) gin.HandlerFunc {
	return func(c *gin.Context) {
		switch {
		case strings.HasPrefix(c.Request.URL.Path, "/v1/"):
			openAI(c)
		case geminiapi.Owns(c.Request.URL.Path):
			geminiapi.NotFound(c)
		default:
			other(c)
		}
	}
}

// corsConfig lets browsers call from the origins the operator allows. Any origin is safe: nothing here is authorised by a cookie.
func corsConfig(origins []string) cors.Config {
	c := cors.Config{
		AllowMethods: []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead},
		AllowHeaders: []string{"*", "Authorization"}, // browsers do not count Authorization under the asterisk
		ExposeHeaders: append([]string{"X-Request-Id", "X-Attempts", "Retry-After", "Retry-After-Ms", "X-Should-Retry", "ETag",
			"X-Ratelimit-Limit-Requests", "X-Ratelimit-Limit-Tokens", "X-Ratelimit-Remaining-Requests", "X-Ratelimit-Remaining-Tokens",
			"X-Ratelimit-Reset-Requests", "X-Ratelimit-Reset-Tokens", "X-Gemini-Service-Tier"}, geminiapi.UploadHeaders()...),
		MaxAge: 2 * time.Hour,
	}
	if slices.Contains(origins, "*") {
		c.AllowAllOrigins = true
	} else {
		c.AllowOrigins = origins
	}
	return c
}
