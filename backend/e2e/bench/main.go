// Command bench measures the gateway against a direct call and a bare httputil.ReverseProxy, all in one run on one machine, so that
// their ratio holds where absolute figures drift. Every server is a process of its own; its CPU time and memory are the system's
// count of that process. Everything is on 127.0.0.1 and ends by itself.
//
// Usage: go run ./bench [-gateway PATH] [-rounds 3] [-seconds 4] [-only NAME,…]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // stop only forgets the signals
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "upstream":
			return serveUpstream(ctx)
		case "bare":
			return serveBare(ctx, args[1:])
		}
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	gateway := flags.String("gateway", "../../bin/gemini-proxy", "the gateway's `binary`")
	rounds := flags.Int("rounds", 3, "how often each load runs; the median is reported")
	seconds := flags.Float64("seconds", 4, "how long each load runs")
	only := flags.String("only", "", "names of loads, by commas; empty is all")
	if err := flags.Parse(args); err != nil {
		return err
	}
	b := &bench{gateway: *gateway, rounds: *rounds, length: time.Duration(*seconds * float64(time.Second))}
	if *only != "" {
		b.only = strings.Split(*only, ",")
	}
	return b.run(ctx)
}
