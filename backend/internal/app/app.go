// Package app builds the server's parts in order, runs them, and stops them in the opposite order.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/config"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/holding"
	"gemini-proxy/backend/internal/metrics"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/pulse"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/replica"
	"gemini-proxy/backend/internal/roster"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/thought"
	"gemini-proxy/backend/internal/trace"
	"gemini-proxy/backend/internal/upkeep"
	"gemini-proxy/backend/internal/usage"
)

// Build says what program this is.
type Build struct {
	Version string // "1.2.0", or "dev"
	Commit  string // may be empty
}

const (
	databasePatience = 2 * time.Minute  // for a database that starts after us
	stopGrace        = 25 * time.Second // for requests under way when the server stops; Render kills after 30 s
)

// App is the server, built and not yet running.
type App struct {
	config   *config.Config
	build    Build
	log      *slog.Logger
	started  time.Time
	store    *store.Store
	settings *settings.Live
	auth     *auth.Auth
	pool     *pool.Pool
	recorder *usage.Recorder
	thoughts *thought.Memory
	holdings *holding.Book
	client   *gemini.Client
	files    *files.Files
	relay    *relay.Relay
	catalog  *relay.Catalog
	models   *roster.Roster
	metrics  *metrics.Metrics
	pulse    *pulse.Pulse
	traces   *trace.Tracer // nil unless they are asked for
	prober   *upkeep.Prober
	cleaner  *upkeep.Cleaner
	awake    *upkeep.KeepAlive
	projects *upkeep.Discovery
	replicas *replica.Roll
	made     string // the password made for the first admin; empty unless this is a first start without ADMIN_PASSWORD
}

// New opens the database and builds every part. When it fails, what it opened is closed.
func New(ctx context.Context, cfg *config.Config, build Build, log *slog.Logger) (*App, error) {
	a := &App{config: cfg, build: build, log: log, started: time.Now()}
	sealer, err := NewSealer(cfg)
	if err != nil {
		return nil, err
	}
	a.store, err = store.Open(ctx, store.Config{URL: cfg.DatabaseURL.Reveal(), DataDir: cfg.DataDir, Sealer: sealer, Log: log, Patience: databasePatience})
	if err != nil {
		return nil, err
	}
	if err := a.load(ctx); err != nil {
		return nil, errors.Join(err, a.store.Close())
	}
	return a, nil
}

// NewSealer makes the seal of a configuration. With a previous key, what it sealed is sealed anew when the store is opened.
func NewSealer(cfg *config.Config) (*store.Sealer, error) {
	if before := cfg.PreviousSealingKey(); before != nil {
		return store.NewSealer(cfg.SealingKey(), before)
	}
	return store.NewSealer(cfg.SealingKey())
}

// load builds what stands on the store.
func (a *App) load(ctx context.Context) error {
	var err error
	if a.settings, err = settings.Load(ctx, a.store, a.log); err != nil {
		return err
	}
	if a.auth, err = auth.New(ctx, auth.Config{Store: a.store, Key: a.config.JWTKey(), Log: a.log}); err != nil {
		return err
	}
	if a.made, err = a.auth.FirstAdmin(ctx, a.config.AdminUsername, a.config.AdminPassword.Reveal()); err != nil {
		return err
	}
	if a.pool, err = pool.New(ctx, pool.Config{Store: a.store, Settings: a.settings.Now, Log: a.log}); err != nil {
		return err
	}
	if err := a.importKeys(ctx); err != nil {
		return err
	}
	if a.models, err = roster.New(ctx, a.store, a.pool); err != nil {
		return err
	}
	if a.thoughts, err = thought.New(ctx, a.store, a.log); err != nil {
		return err
	}
	a.holdings = holding.NewBook(a.store, a.log)
	a.recorder = usage.NewRecorder(a.store, a.log)
	a.traces = newTracer(a.config, a.build, a.log)
	if a.traces != nil {
		a.recorder.Watch(a.traces.See)
	}
	a.pulse = pulse.New(pulse.Config{Pool: a.pool, Recorder: a.recorder})
	a.client = gemini.NewClient(a.config.GeminiBaseURL, "gemini-proxy/"+a.build.Version)
	if a.files, err = files.New(ctx, files.Config{Store: a.store, Client: a.client, Keys: a.pool, Settings: a.settings.Now, Log: a.log}); err != nil {
		return err
	}
	a.metrics = metrics.New(metrics.Config{Pool: a.pool, Recorder: a.recorder, Thoughts: a.thoughts, Files: a.files, Version: a.build.Version, Commit: a.build.Commit})
	a.relay = relay.New(a.client, a.pool, a.settings.Now, a.log).WithFiles(a.files)
	a.catalog = relay.NewCatalog(a.client, a.pool, a.log)
	a.prober = upkeep.NewProber(a.client, a.pool, a.log)
	a.projects = upkeep.NewDiscovery(a.client, a.pool, a.prober, a.settings.Now, a.log)
	a.cleaner = upkeep.NewCleaner(a.pool, a.settings.Now, a.store, a.log)
	a.awake = upkeep.NewKeepAlive(a.config.PublicURL, "gemini-proxy/"+a.build.Version, a.settings.Now, a.log)
	a.replicas = replica.NewRoll(a.shared(), a.build.Version, a.started, a.log)
	return nil
}

// shared gives the roll of those who share the database; nil with SQLite, whose file is one process's.
func (a *App) shared() replica.Store {
	if a.store.Kind() != store.KindPostgres {
		return nil
	}
	return a.store
}

// importKeys takes the keys named in GEMINI_API_KEYS into the pool, those that are new.
func (a *App) importKeys(ctx context.Context) error {
	text := a.config.GeminiAPIKeys.Reveal()
	if text == "" {
		return nil
	}
	found, invalid := pool.FindKeys(text)
	result, err := a.pool.Import(ctx, found, pool.ImportOptions{})
	if err != nil {
		return fmt.Errorf("import GEMINI_API_KEYS: %w", err)
	}
	a.log.InfoContext(ctx, "keys of GEMINI_API_KEYS taken", "added", result.AddedTotal, "known", result.DuplicatesTotal, "invalid", len(invalid))
	return nil
}

// MadePassword gives the password made for the first admin, to be shown once; empty when none was made.
func (a *App) MadePassword() string { return a.made }

// Run serves on the listener until ctx ends, then stops: no new requests, those under way end, notes are written, the database is
// closed. It gives the first fault that stopped it, or nil.
func (a *App) Run(ctx context.Context, listener net.Listener) error {
	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBackground()
	parts := a.start(background)
	server := &http.Server{
		Handler:           a.handler(), //nolint:contextcheck // handlers have the context of their request
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	serving := make(chan error, 1)
	go func() { serving <- server.Serve(listener) }()
	var err error
	select {
	case err = <-serving:
	case <-ctx.Done():
		err = a.stop(ctx, server)
	}
	stopBackground()
	err = errors.Join(err, parts.Wait(), a.store.Close())
	a.client.CloseIdle()
	return err
}

// start runs what works in the background until ctx ends.
func (a *App) start(ctx context.Context) *errgroup.Group {
	parts := &errgroup.Group{}
	parts.Go(func() error { return a.pool.Run(ctx) })
	parts.Go(func() error { return a.recorder.Run(ctx) })
	parts.Go(func() error { return a.thoughts.Run(ctx) })
	parts.Go(func() error { return a.holdings.Run(ctx) })
	parts.Go(func() error { return a.files.Run(ctx) })
	parts.Go(func() error { return a.auth.Run(ctx) })
	parts.Go(func() error { return a.pulse.Run(ctx) })
	if a.traces != nil {
		parts.Go(func() error { return a.traces.Run(ctx) })
	}
	parts.Go(func() error { return a.prober.RunProbes(ctx) })
	parts.Go(func() error { return a.projects.Run(ctx) })
	parts.Go(func() error { return a.cleaner.RunCleanups(ctx) })
	parts.Go(func() error { return a.awake.Run(ctx) })
	parts.Go(func() error { return a.replicas.Run(ctx) })
	parts.Go(func() error { return upkeep.RunRetention(ctx, a.store, a.settings.Now, a.log) })
	return parts
}

// stop ends the server: requests under way may end within the grace, the rest are cut.
func (a *App) stop(ctx context.Context, server *http.Server) error {
	a.log.InfoContext(ctx, "stopping", "grace", stopGrace.String())
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	a.pulse.Close()
	a.prober.Close()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		a.log.WarnContext(ctx, "requests cut off at the end of the grace")
		return server.Close()
	}
	return err
}

// Close gives up a server that was built and will not run.
func (a *App) Close() error { return a.store.Close() }
