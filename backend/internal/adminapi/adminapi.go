// Package adminapi is the JSON admin API under /admin/v1, its documentation by Swagger UI under /swagger, and nothing else: a handler
// decodes, calls one thing, and answers. The page is one client of it; curl is another (docs/admin-api.md).
//
// The typed requests and answers of this package with their swag comments are the specification; spec/ is generated from them.
package adminapi

//go:generate go run github.com/swaggo/swag/cmd/swag@v1.16.6 init --quiet --dir .,../settings --generalInfo adminapi.go --output spec --outputTypes json,yaml --requiredByDefault --useStructName

import (
	"context"
	"log/slog"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/backup"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/pulse"
	"gemini-proxy/backend/internal/replica"
	"gemini-proxy/backend/internal/roster"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/upkeep"
	"gemini-proxy/backend/internal/usage"
)

// Prefix is the path under which the whole admin API lies.
const Prefix = "/admin/v1"

const (
	// requestLimit bounds the work on one request; whatever a part is still doing then is cancelled.
	requestLimit = 15 * time.Second
	// longRequestLimit is for reading the body of an import, and for an export.
	longRequestLimit = time.Minute
	// jobLimit is for work on very many keys: on a free host, a tenth of a processor seals and keeps 50,000 of them.
	jobLimit = 2 * time.Hour
)

// Stats answers questions about past requests; the store implements it. Ranges hold from and leave to out.
type Stats interface {
	Totals(ctx context.Context, from, to time.Time) (usage.Totals, error)
	Series(ctx context.Context, of usage.Part, from, to time.Time, step time.Duration) ([]usage.Point, error)
	ByGeminiKey(ctx context.Context, from, to time.Time, limit int) (items []usage.KeySums, rest usage.Sums, err error)
	KeyHours(ctx context.Context, keyIDs []int64, to time.Time, hours int) (map[int64][]int64, error)
	KeyLatency(ctx context.Context, keyID int64, from, to time.Time) (latency usage.Latency, known bool, err error)
	ByModel(ctx context.Context, from, to time.Time) ([]usage.ModelSums, error)
	ByUserKey(ctx context.Context, from, to time.Time) ([]usage.UserKeySums, error)
	UserKeyTotals(ctx context.Context) (map[int64]usage.Sums, error)
	ByVerdict(ctx context.Context, from, to time.Time) ([]usage.VerdictSum, error)
	ByOutcome(ctx context.Context, from, to time.Time) ([]usage.OutcomeSum, error)
	RecentFailures(ctx context.Context, n int) ([]usage.Failure, error)
}

// Prober asks Gemini whether a key is good, at no cost in generation quota, and bounds its time well below requestLimit. The pool does
// not know the outcome yet: the caller hands it on.
type Prober interface {
	Check(ctx context.Context, keyID int64) (pool.Outcome, error)
	// CheckAll checks keys, some at a time, tells the pool what was found, and gives it to each, one call at a time. It calls begin first,
	// unless another is under way: that is a fault.Conflict. It ends early with ctx's error.
	CheckAll(ctx context.Context, keyIDs []int64, begin func(), each func(keyID int64, found pool.Outcome)) error
}

// Config is what the API stands on. All of it is required.
type Config struct {
	Auth      *auth.Auth
	Pool      *pool.Pool
	Settings  *settings.Live
	Stats     Stats
	Records   Records
	Audits    Audits
	Models    *roster.Roster
	Catalog   Catalog
	Prober    Prober
	Cleaner   *upkeep.Cleaner
	KeepAlive *upkeep.KeepAlive
	Discovery *upkeep.Discovery
	Pulse     *pulse.Pulse
	Backups   *backup.Backups
	Files     *files.Files
	Log       *slog.Logger

	Version      string    // of the program, "1.2.0"
	Commit       string    // it was built from; empty when not known
	StartedAt    time.Time // of the process
	DatabaseKind string    // "sqlite" or "postgres"
	Ping         func(ctx context.Context) error
	DatabaseSize func(ctx context.Context) (int64, error)
	Replicas     *replica.Roll
}

// api is the handlers' common ground.
type api struct {
	Config
	operations map[string]string // ids by method and path
}

// Register puts the API and its documentation under r, the engine's root group. The client's address is read from the outer engine,
// which knows the trusted proxies; an X-Request-Id that is already set on the answer is kept.
//
//	@title						Gemini Proxy admin API
//	@version					1
//	@description				Gemini keys, user keys, settings and statistics of a Gemini Proxy. Log in at `/auth/login`, then send the access token as `Authorization: Bearer …`. Errors are RFC 9457 problems with a stable `code`. Times are RFC 3339 in UTC. Lists take `page`, `page_size`, `sort` (`name`, or `-name` for descending) and `q`.
//	@license.name				MIT
//	@BasePath					/admin/v1
//	@securityDefinitions.apikey	Bearer
//	@in							header
//	@name						Authorization
//	@description				`Bearer ` followed by an access token from `/auth/login`
func Register(r gin.IRouter, cfg Config) {
	inner := newRouter(cfg)
	serve := func(c *gin.Context) {
		inner.ServeHTTP(c.Writer, c.Request.WithContext(withAddress(c.Request.Context(), c.ClientIP())))
	}
	r.Any(Prefix, serve)
	r.Any(Prefix+"/*path", serve)
	registerSwagger(r)
}

// newRouter makes the API's own engine, so that unknown paths and methods under the prefix are answered in its own form.
func newRouter(cfg Config) *gin.Engine {
	a := &api{Config: cfg, operations: operationIDs()}
	e := gin.New()
	e.RedirectTrailingSlash = false
	e.HandleMethodNotAllowed = true
	e.Use(a.answerHeaders, a.recoverPanic)
	e.NoRoute(a.handle(noRoute))
	e.NoMethod(a.handle(noMethod))

	open := e.Group(Prefix, a.limitTime(requestLimit))
	open.POST("/auth/login", a.handle(a.login))
	open.POST("/auth/refresh", a.handle(a.refresh))
	open.POST("/auth/logout", a.handle(a.logout))

	session := a.handle(a.requireSession)
	job := e.Group(Prefix, a.limitJob, session, a.auditChanges)
	job.POST("/gemini-keys/import", a.handle(a.importGeminiKeys))
	job.POST("/gemini-keys/check", a.handle(a.checkGeminiKeys))
	job.POST("/gemini-keys/discover-projects", a.handle(a.discoverProjects))
	job.POST("/gemini-keys/bulk", a.handle(a.changeGeminiKeys))

	e.POST(Prefix+"/backup", a.limitTime(backupLimit), session, a.auditChanges, a.handle(a.makeBackup))
	e.POST(Prefix+"/restore", a.limitTime(backupLimit), session, a.auditChanges, a.handle(a.restoreBackup))

	e.POST(Prefix+"/tools/symbol-injection", a.limitTime(requestLimit), session, a.handle(a.trySymbols)) // it changes nothing

	e.GET(Prefix+"/events", session, a.handle(a.events)) // it has no body to wait for, and no end of its own

	g := e.Group(Prefix, a.limitTime(requestLimit), session, a.auditChanges)
	g.GET("/auth/me", a.handle(a.me))
	g.PUT("/auth/password", a.handle(a.changePassword))
	g.GET("/auth/sessions", a.handle(a.listSessions))
	g.DELETE("/auth/sessions/:id", a.handle(a.endSession))
	g.GET("/audit", a.handle(a.listAudit))

	g.GET("/gemini-keys", a.handle(a.listGeminiKeys))
	g.GET("/gemini-keys/:id", a.handle(a.getGeminiKey))
	g.GET("/gemini-keys/:id/details", a.handle(a.getGeminiKeyDetails))
	g.PATCH("/gemini-keys/:id", a.handle(a.updateGeminiKey))
	g.DELETE("/gemini-keys/:id", a.handle(a.removeGeminiKey))
	g.POST("/gemini-keys/:id/restore", a.handle(a.restoreGeminiKey))
	g.POST("/gemini-keys/:id/check", a.handle(a.checkGeminiKey))
	g.POST("/gemini-keys/:id/wake", a.handle(a.wakeGeminiKey))

	g.GET("/projects", a.handle(a.listProjects))

	g.GET("/user-keys", a.handle(a.listUserKeys))
	g.POST("/user-keys", a.handle(a.createUserKey))
	g.PATCH("/user-keys/:id", a.handle(a.updateUserKey))
	g.DELETE("/user-keys/:id", a.handle(a.deleteUserKey))
	g.POST("/user-keys/:id/rotate", a.handle(a.rotateUserKey))

	g.GET("/models", a.handle(a.listModels))
	g.GET("/models/:name/serving", a.handle(a.getModelServing))
	g.POST("/models/sync", a.handle(a.syncModels))
	g.PUT("/models/:name", a.handle(a.putModel))
	g.DELETE("/models/:name", a.handle(a.resetModel))

	g.GET("/files", a.handle(a.listFiles))
	g.GET("/files/:id", a.handle(a.getFile))
	g.DELETE("/files/:id", a.handle(a.deleteFile))

	g.GET("/settings", a.handle(a.getSettings))
	g.PATCH("/settings", a.handle(a.updateSettings))

	g.GET("/cleanup/preview", a.handle(a.previewCleanup))
	g.POST("/cleanup/run", a.handle(a.runCleanup))
	g.GET("/keep-alive", a.handle(a.getKeepAlive))
	g.POST("/keep-alive/ping", a.handle(a.pingKeepAlive))

	g.GET("/requests", a.handle(a.listRequests))
	g.GET("/requests/:id", a.handle(a.getRequest))
	e.GET(Prefix+"/gemini-keys.csv", a.limitTime(longRequestLimit), session, a.handle(a.exportGeminiKeys))
	e.GET(Prefix+"/audit.csv", a.limitTime(longRequestLimit), session, a.handle(a.exportAudit))
	e.GET(Prefix+"/requests.csv", a.limitTime(longRequestLimit), session, a.handle(a.exportRequests))

	g.GET("/stats/overview", a.handle(a.overview))
	g.GET("/stats/timeseries", a.handle(a.timeseries))
	g.GET("/stats/keys", a.handle(a.statsByKey))
	g.GET("/stats/keys/hours", a.handle(a.statsOfKeyHours))
	g.GET("/stats/user-keys", a.handle(a.statsByUserKey))
	g.GET("/stats/failures", a.handle(a.statsOfFailures))
	g.GET("/stats/models", a.handle(a.statsByModel))
	g.GET("/system", a.handle(a.system))
	return e
}
