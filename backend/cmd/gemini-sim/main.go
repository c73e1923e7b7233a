// Command gemini-sim runs the simulated Gemini API as a server, for demonstrations, tests and anyone's CI.
//
// Settings come from flags, or else from the environment: --chunk-delay is GEMINI_SIM_CHUNK_DELAY. It prints its base
// URL and its keys, which are good for nothing else, and stops on SIGTERM or SIGINT.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"gemini-proxy/backend/internal/geminisim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		fmt.Fprintln(os.Stderr, "gemini-sim:", err)
		os.Exit(1)
	}
}

// stopPatience is how long open requests may take to end after a signal; those that hang are ended at once.
const stopPatience = 3 * time.Second

// run serves until ctx ends.
func run(ctx context.Context, args []string, env func(string) string, out io.Writer) error {
	opts, err := parseOptions(args, env, out)
	if err != nil {
		return err
	}
	conf, err := opts.config()
	if err != nil {
		return err
	}
	sim := geminisim.New(conf)
	defer sim.Close()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", opts.addr)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", opts.addr, err)
	}
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if err := announce(out, listener.Addr(), sim.Projects()); err != nil {
		return err
	}
	select {
	case err := <-served:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	sim.Close()
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		if err := server.Close(); err != nil {
			return fmt.Errorf("closing connections: %w", err)
		}
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}

// announce prints the base URL and the keys, one a line.
func announce(out io.Writer, addr net.Addr, projects []geminisim.Project) error {
	text := fmt.Sprintf("Simulated Gemini at http://%s\nGEMINI_BASE_URL=http://%s\n", addr, addr)
	for _, p := range projects {
		for _, k := range p.Keys {
			text += fmt.Sprintf("key %s  project %s  %s\n", k.Value, p.Number, k.State)
		}
	}
	if _, err := io.WriteString(out, text); err != nil {
		return fmt.Errorf("printing the keys: %w", err)
	}
	return nil
}
