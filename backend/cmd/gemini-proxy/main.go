// Command gemini-proxy is the API server: a pool of Gemini keys behind the OpenAI API, and the JSON API of its operator.
//
// Usage: gemini-proxy [serve | migrate | healthcheck | version | rotate-secret | backup FILE | restore FILE] [--config FILE]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // quotas renew at midnight in Los Angeles, also where no zone files are installed

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/app"
	"gemini-proxy/backend/internal/config"
	"gemini-proxy/backend/internal/store"
)

// version and commit are set by the linker.
var (
	version = "dev"
	commit  = "" //nolint:gochecknoglobals // the linker sets it
)

func main() {
	setMemory()
	gin.SetMode(gin.ReleaseMode)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gemini-proxy:", err)
		os.Exit(1) //nolint:gocritic // stop only forgets the signals
	}
}

// run does what the arguments ask for.
func run(ctx context.Context, args []string, out io.Writer) error {
	command := "serve"
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		command, args = args[0], args[1:]
	}
	flags := flag.NewFlagSet("gemini-proxy "+command, flag.ContinueOnError)
	file := flags.String("config", "", "a YAML `file` of settings; the environment wins over it")
	var backups backupOptions
	switch command {
	case "backup":
		flags.BoolVar(&backups.usage, "usage", false, "with the hourly sums of usage")
	case "restore":
		flags.BoolVar(&backups.preview, "preview", false, "only say what would happen")
	}
	if command == "backup" || command == "restore" {
		flags.StringVar(&backups.passphraseFile, "passphrase-file", "-", "a `file` whose first line is the passphrase; - is standard input")
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	switch command {
	case "serve":
		return serve(ctx, *file, out)
	case "migrate":
		return migrate(ctx, *file)
	case "healthcheck":
		return healthcheck(ctx, *file)
	case "rotate-secret":
		return rotateSecret(ctx, *file, out)
	case "backup":
		return makeBackup(ctx, *file, flags.Arg(0), backups, out)
	case "restore":
		return restoreBackup(ctx, *file, flags.Arg(0), backups, out)
	case "version":
		_, err := fmt.Fprintln(out, "gemini-proxy", version, commit)
		return err
	}
	return fmt.Errorf("unknown command %q: there are serve, migrate, healthcheck, version, rotate-secret, backup and restore", command)
}

func serve(ctx context.Context, file string, out io.Writer) error {
	cfg, err := config.Load(file)
	if err != nil {
		return err
	}
	log := newLog(cfg)
	server, err := app.New(ctx, cfg, app.Build{Version: version, Commit: commit}, log)
	if err != nil {
		return err
	}
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", cfg.Address())
	if err != nil {
		return errors.Join(fmt.Errorf("listen: %w", err), server.Close())
	}
	if made := server.MadePassword(); made != "" {
		fmt.Fprintf(out, "\nFirst start. Log in to the admin page as %q with this password, which is shown only now:\n\n    %s\n\n", cfg.AdminUsername, made)
	}
	log.InfoContext(ctx, "listening", "address", listener.Addr().String(), "version", version)
	return server.Run(ctx, listener)
}

func migrate(ctx context.Context, file string) error {
	cfg, err := config.Load(file)
	if err != nil {
		return err
	}
	return store.Migrate(ctx, store.Config{URL: cfg.DatabaseURL.Reveal(), DataDir: cfg.DataDir, Log: newLog(cfg), Patience: time.Minute})
}

// healthcheck asks the running server whether it is alive; it is the container's own check, since the image has no other program.
func healthcheck(ctx context.Context, file string) error {
	address, err := config.Address(file)
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/health", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("health check answered %s", resp.Status)
	}
	return nil
}

// newLog makes the program's log on standard error, as text on a terminal and as JSON elsewhere unless the operator chose.
func newLog(cfg *config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	text := cfg.LogFormat == config.LogText
	if cfg.LogFormat == config.LogAuto {
		info, err := os.Stderr.Stat()
		text = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	if text {
		return slog.New(slog.NewTextHandler(os.Stderr, options))
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, options))
}
