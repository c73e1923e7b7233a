// Command gemini-proxy-admin serves the admin page: the built files it carries inside itself, and the address of the API they talk to.
package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// dist is what `npm run build` wrote; on a fresh clone it holds .keep alone, so that the program compiles.
//
//go:embed all:dist
var dist embed.FS

// version is set by the linker.
var version = "dev"

const usage = `usage: gemini-proxy-admin [serve | healthcheck | version]

serve        serve the admin page (the default)
healthcheck  ask the server on PORT whether it is alive; exit 0 or 1
version      print the version

environment:
  PORT          port to listen on (3000)
  HOST          address to listen on (all)
  API_BASE_URL  where browsers reach the backend (http://localhost:8000)
`

// stopGrace is how long requests under way may take after a signal to stop.
const stopGrace = 5 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program: it returns the exit code, 0 for good, 1 for a fault, 2 for a wrong command line.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	command := "serve"
	if len(args) > 0 {
		command = args[0]
	}
	var err error
	switch {
	case len(args) > 1:
		fmt.Fprint(stderr, usage)
		return 2
	case command == "serve":
		err = serve(ctx, getenv, stderr)
	case command == "healthcheck":
		err = healthcheck(ctx, getenv)
	case command == "version":
		fmt.Fprintln(stdout, version)
	default:
		fmt.Fprint(stderr, usage)
		return 2
	}
	if err != nil {
		fmt.Fprintf(stderr, "gemini-proxy-admin: %v\n", err)
		return 1
	}
	return 0
}

// serve listens until ctx ends, then lets the requests under way finish.
func serve(ctx context.Context, getenv func(string) string, stderr io.Writer) error {
	log := slog.New(slog.NewTextHandler(stderr, nil))
	address, err := listenAddress(getenv)
	if err != nil {
		return err
	}
	api, err := parseAPIBase(getenv("API_BASE_URL"))
	if err != nil {
		return err
	}
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return fmt.Errorf("open the built page: %w", err)
	}
	page, err := newSite(files, api)
	if err != nil {
		return err
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	log.InfoContext(ctx, "admin page is up", "address", listener.Addr().String(), "api_base_url", api.String(), "version", version)
	return serveOn(ctx, listener, page)
}

// serveOn serves the page on listener, which it closes, until ctx ends.
func serveOn(ctx context.Context, listener net.Listener, page http.Handler) error {
	server := &http.Server{
		Handler:           page,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    32 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	// ctx has ended, so the grace needs a life of its own.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	err := server.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return nil
}

// healthcheck asks the server that runs with the same environment for /health: what a container's health check needs, with no shell or curl in the image.
func healthcheck(ctx context.Context, getenv func(string) string) error {
	address, err := listenAddress(getenv)
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("read the address: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/health", nil)
	if err != nil {
		return fmt.Errorf("ask for health: %w", err)
	}
	// A proxy in the environment is for the way out, not for asking ourselves.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("ask for health: %w", err)
	}
	if err := response.Body.Close(); err != nil {
		return fmt.Errorf("ask for health: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("ask for health: status %d", response.StatusCode)
	}
	return nil
}

// listenAddress reads HOST and PORT.
func listenAddress(getenv func(string) string) (string, error) {
	port := getenv("PORT")
	if port == "" {
		port = "3000"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("PORT: %q is not a port from 1 to 65535", port)
	}
	return net.JoinHostPort(getenv("HOST"), port), nil
}
