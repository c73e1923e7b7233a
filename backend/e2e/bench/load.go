package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// target is a way to the upstream: itself, the bare proxy, or the gateway.
type target struct {
	name    string
	server  *process
	request func(ctx context.Context, l *load) (*http.Request, error)
}

// load is one shape of traffic.
type load struct {
	name   string
	openAI []byte // the body for the gateway
	gemini []byte // the same, as the gateway would send it
	model  string
	stream bool
	conns  int     // workers in a closed loop, or the open streams
	rate   float64 // requests a second in an open loop; 0 is a closed loop
}

// result is what one load did through one target.
type result struct {
	requests int64
	chunks   int64
	cpu      time.Duration // of the target's process
	first    []time.Duration
	whole    []time.Duration
}

// toGemini asks the upstream's own path, directly or through the bare proxy.
func toGemini(base string) func(context.Context, *load) (*http.Request, error) {
	return func(ctx context.Context, l *load) (*http.Request, error) {
		method := ":generateContent"
		if l.stream {
			method = ":streamGenerateContent?alt=sse"
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/v1beta/models/"+l.model+method, bytes.NewReader(l.gemini))
		if err == nil {
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("X-Goog-Api-Key", "AIzaSy-FAKE-bench")
		}
		return req, err
	}
}

// toOpenAI asks the gateway.
func toOpenAI(base, userKey string) func(context.Context, *load) (*http.Request, error) {
	return func(ctx context.Context, l *load) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/v1/chat/completions", bytes.NewReader(l.openAI))
		if err == nil {
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", "Bearer "+userKey)
		}
		return req, err
	}
}

// drive runs the load against the target for about as long as said, after a short warm-up that is not counted.
func drive(ctx context.Context, t *target, l *load, length time.Duration) (*result, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConns: 2048, MaxIdleConnsPerHost: 2048, DisableCompression: true}}
	defer client.CloseIdleConnections()
	if _, err := spin(ctx, client, t, l, min(length/4, time.Second)); err != nil {
		return nil, err
	}
	before, err := t.server.cpu()
	if err != nil {
		return nil, err
	}
	r, err := spin(ctx, client, t, l, length)
	if err != nil {
		return nil, err
	}
	after, err := t.server.cpu()
	r.cpu = after - before
	return r, err
}

func spin(ctx context.Context, client *http.Client, t *target, l *load, length time.Duration) (*result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		total   result
		mu      sync.Mutex
		workers sync.WaitGroup
		next    atomic.Int64
	)
	started := time.Now()
	for range l.conns {
		workers.Go(func() {
			var mine result
			for time.Since(started) < length && ctx.Err() == nil {
				due := started
				if l.rate > 0 { // an open loop: requests are due by the clock, and lateness counts as latency
					due = started.Add(time.Duration(float64(next.Add(1)) / l.rate * float64(time.Second)))
					time.Sleep(time.Until(due))
				} else {
					due = time.Now()
				}
				if err := one(ctx, client, t, l, due, &mine); err != nil {
					cancel(fmt.Errorf("%s through %s: %w", l.name, t.name, err))
					return
				}
			}
			mu.Lock()
			defer mu.Unlock()
			total.requests += mine.requests
			total.chunks += mine.chunks
			total.first = append(total.first, mine.first...)
			total.whole = append(total.whole, mine.whole...)
		})
	}
	workers.Wait()
	if err := context.Cause(ctx); err != nil && total.requests == 0 || errors.Is(err, errBadAnswer) {
		return nil, err
	}
	return &total, nil
}

var errBadAnswer = errors.New("bad answer")

// one sends a request and reads all of its answer.
func one(ctx context.Context, client *http.Client, t *target, l *load, due time.Time, r *result) error {
	req, err := t.request(ctx, l)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1000)) // what came is told
		return fmt.Errorf("%w: %s: %s", errBadAnswer, resp.Status, text)
	}
	if !l.stream {
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			return err
		}
		r.requests++
		r.whole = append(r.whole, time.Since(due))
		return nil
	}
	return readStream(resp.Body, due, r)
}

func readStream(body io.Reader, due time.Time, r *result) error {
	reader := bufio.NewReader(body)
	seen := 0
	for {
		line, err := reader.ReadSlice('\n')
		if bytes.HasPrefix(line, []byte("data: {")) {
			if seen++; seen == 1 {
				r.first = append(r.first, time.Since(due))
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if seen < chunks {
		return fmt.Errorf("%w: a stream of %d chunks", errBadAnswer, seen)
	}
	r.requests++
	r.chunks += chunks // as the upstream counts them, for every target
	r.whole = append(r.whole, time.Since(due))
	return nil
}

func median(list []time.Duration) time.Duration {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[len(list)/2]
}
