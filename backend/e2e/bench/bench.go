package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// bench is one run over all loads.
type bench struct {
	gateway string
	rounds  int
	length  time.Duration
	only    []string
	rows    []row
}

// row is one line of the report: the same figure through each target.
type row struct {
	name, unit          string
	direct, bare, ours  float64
	budget              float64 // the most ours may be, as a multiple of bare's; 0 means an absolute budget in ours' unit
	absolute            float64
	withDirect, noRatio bool
}

func (b *bench) run(ctx context.Context) error {
	upstream, err := startSelf(ctx, "upstream")
	if err != nil {
		return err
	}
	defer upstream.stop()
	bare, err := startSelf(ctx, "bare", upstream.url)
	if err != nil {
		return err
	}
	defer bare.stop()
	dir, err := os.MkdirTemp("", "gemini-proxy-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	gateway, userKey, ready, err := startGateway(ctx, b.gateway, upstream.url, dir)
	if err != nil {
		return err
	}
	defer gateway.stop()
	direct := &target{name: "direct", server: upstream, request: toGemini(upstream.url)}
	targets := []*target{
		direct,
		{name: "bare proxy", server: bare, request: toGemini(bare.url)},
		{name: "gateway", server: gateway, request: toOpenAI(gateway.url, userKey)},
	}
	if err := b.atRest(ctx, gateway, ready); err != nil {
		return err
	}
	for _, measure := range b.measures() {
		if err := measure(ctx, targets); err != nil {
			return err
		}
	}
	b.report()
	return nil
}

// atRest measures what costs before the first request.
func (b *bench) atRest(ctx context.Context, gateway *process, ready time.Duration) error {
	select {
	case <-time.After(10 * time.Second): // start-up and log-in garbage is returned
	case <-ctx.Done():
		return ctx.Err()
	}
	rss, err := gateway.memory()
	if err != nil {
		return err
	}
	b.rows = append(b.rows,
		row{name: "RSS idle", unit: "MB", ours: float64(rss) / 1e6, absolute: 40, noRatio: true},
		row{name: "exec to first 200 on /health, SQLite", unit: "ms", ours: float64(ready.Microseconds()) / 1e3, absolute: 300, noRatio: true})
	return nil
}

type measure func(ctx context.Context, targets []*target) error

func (b *bench) measures() []measure {
	small := chat("bench-small", []string{"Hello, who are you?"}, "")
	image := chat("bench-image", []string{"What is this?"}, base64.StdEncoding.EncodeToString(make([]byte, 1<<20)))
	long := make([]string, 200)
	for i := range long {
		long[i] = fmt.Sprintf("Message %d: %s", i, strings.Repeat("some words of talk ", 12))
	}
	conversation := chat("bench-long", long, "")
	burst, paced := stream(small, modelBurst), stream(small, modelPaced)
	perRequest := func(scale float64) func(*result) float64 {
		return func(r *result) float64 { return float64(r.cpu.Nanoseconds()) / float64(r.requests) / scale }
	}
	perThousand := func(r *result) float64 { return float64(r.cpu.Nanoseconds()) / float64(r.chunks) * 1000 / 1e6 }
	return []measure{
		b.cpu("small chat, closed loop, CPU", "µs/request", 1.2, small.with("small", 64), perRequest(1e3)),
		b.added("small chat at 300/s, added p50", 1.2, small.with("rate", 64).at(300), func(r *result) time.Duration { return median(r.whole) }),
		b.cpu("streams of 50 chunks, back to back, CPU", "ms/1,000 chunks", 1.7, burst.with("burst", 16), perThousand),
		b.cpu("streams paced 5 ms, CPU", "ms/1,000 chunks", 1.3, paced.with("paced", 16), perThousand),
		b.added("time to first token, added p50", 1.3, burst.with("ttft", 64).at(100), func(r *result) time.Duration { return median(r.first) }),
		b.cpu("1 MB image in a chat, CPU", "ms/request", 1.5, image.with("image", 8), perRequest(1e6)),
		b.cpu("conversation of 200 messages, CPU", "µs/request", 2, conversation.with("long", 16), perRequest(1e3)),
		b.slow(stream(small, modelSlow)),
	}
}

func (l load) with(name string, conns int) *load {
	l.name, l.conns = name, conns
	return &l
}

func (l *load) at(rate float64) *load {
	l.rate = rate
	return l
}

func stream(l load, model string) load {
	l.model, l.stream = model, true
	l.openAI = []byte(strings.Replace(string(l.openAI), `"model":"bench-small"`, `"stream":true,"model":"`+model+`"`, 1))
	return l
}

// chat makes a request both ways: a conversation of texts, an image beside the last one when there is one.
func chat(model string, texts []string, image string) load {
	type object = map[string]any
	var messages, contents []object
	for i, text := range texts {
		role, ours := "user", "user"
		if i%2 == 1 {
			role, ours = "assistant", "model"
		}
		if i == len(texts)-1 {
			role, ours = "user", "user"
		}
		message, parts := any(text), []object{{"text": text}}
		if image != "" && i == len(texts)-1 {
			message = []object{{"type": "text", "text": text}, {"type": "image_url", "image_url": object{"url": "data:image/png;base64," + image}}}
			parts = append(parts, object{"inlineData": object{"mimeType": "image/png", "data": image}})
		}
		messages = append(messages, object{"role": role, "content": message})
		contents = append(contents, object{"role": ours, "parts": parts})
	}
	return load{model: model, openAI: encode(object{"model": model, "messages": messages}), gemini: encode(object{"contents": contents})}
}

func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of strings always marshal
	}
	return text
}

func (b *bench) wanted(l *load) bool { return len(b.only) == 0 || slices.Contains(b.only, l.name) }

// middle runs the load through every target that has a place for its figure, in turn and for all rounds, so that what else the machine does
// meets all of them alike. It leaves the median of each there.
func (b *bench) middle(ctx context.Context, targets []*target, l *load, figure func(*result) float64, into ...*float64) error {
	all := make([][]float64, len(targets))
	for range b.rounds {
		for i := range targets {
			if into[i] == nil {
				continue
			}
			r, err := drive(ctx, targets[i], l, b.length)
			if err != nil {
				return err
			}
			all[i] = append(all[i], figure(r))
		}
	}
	for i, figures := range all {
		if into[i] != nil {
			slices.Sort(figures)
			*into[i] = figures[len(figures)/2]
		}
	}
	return nil
}

// cpu compares the CPU time of the bare proxy's process and of the gateway's.
func (b *bench) cpu(name, unit string, budget float64, l *load, figure func(*result) float64) measure {
	return func(ctx context.Context, targets []*target) error {
		if !b.wanted(l) {
			return nil
		}
		row := row{name: name, unit: unit, budget: budget}
		if err := b.middle(ctx, targets, l, figure, nil, &row.bare, &row.ours); err != nil {
			return err
		}
		b.rows = append(b.rows, row)
		return nil
	}
}

// added compares how much latency each adds to a direct call, in milliseconds.
func (b *bench) added(name string, budget float64, l *load, figure func(*result) time.Duration) measure {
	return func(ctx context.Context, targets []*target) error {
		if !b.wanted(l) {
			return nil
		}
		row := row{name: name, unit: "ms", budget: budget, withDirect: true}
		ms := func(r *result) float64 { return float64(figure(r).Nanoseconds()) / 1e6 }
		if err := b.middle(ctx, targets, l, ms, &row.direct, &row.bare, &row.ours); err != nil {
			return err
		}
		row.bare, row.ours = row.bare-row.direct, row.ours-row.direct
		b.rows = append(b.rows, row)
		return nil
	}
}

// slowStreams is how many streams are held open at once.
const slowStreams = 1000

// slow compares the memory that an open, slow stream takes.
func (b *bench) slow(l load) measure {
	return func(ctx context.Context, targets []*target) error {
		held := l.with("slow", slowStreams)
		if !b.wanted(held) {
			return nil
		}
		row := row{name: "1,000 slow streams, RSS", unit: "kB each", budget: 1.3}
		for i, into := range []*float64{nil, &row.bare, &row.ours} {
			if into == nil {
				continue
			}
			before, err := targets[i].server.memory()
			if err != nil {
				return err
			}
			after, err := hold(ctx, targets[i], held)
			if err != nil {
				return err
			}
			*into = float64(after-before) / slowStreams / 1e3
		}
		b.rows = append(b.rows, row)
		return nil
	}
}

// hold opens the streams, waits until all have sent something, and gives the target's memory then.
func hold(ctx context.Context, t *target, l *load) (int64, error) {
	ctx, cancel := context.WithCancel(ctx)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: -1, DisableCompression: true}}
	var open, opened sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for range l.conns {
		opened.Add(1)
		open.Go(func() {
			first := sync.OnceFunc(opened.Done)
			defer first()
			req, err := t.request(ctx, l)
			if err == nil {
				var resp *http.Response
				if resp, err = client.Do(req); err == nil {
					defer resp.Body.Close()
					buf := make([]byte, 512)
					for err == nil {
						if _, err = resp.Body.Read(buf); err == nil {
							first()
						}
					}
				}
			}
			if ctx.Err() == nil {
				mu.Lock()
				failed = err
				mu.Unlock()
			}
		})
	}
	opened.Wait()
	time.Sleep(3 * time.Second) // a few chunks each
	rss, err := t.server.memory()
	cancel()
	open.Wait()
	if err == nil {
		err = failed
	}
	return rss, err
}

// report prints the rows as a table in Markdown.
func (b *bench) report() {
	fmt.Printf("%s, %d cores, medians of %d rounds of %s\n\n", runtime.Version(), runtime.NumCPU(), b.rounds, b.length)
	fmt.Println("| load | direct | bare proxy | gateway | ratio | budget | |")
	fmt.Println("|---|--:|--:|--:|--:|--:|---|")
	for _, r := range b.rows {
		fmt.Println(r.markdown())
	}
}

func (r row) markdown() string {
	if r.noRatio {
		return fmt.Sprintf("| %s, %s | – | – | %s | – | ≤ %g | %s |", r.name, r.unit, number(r.ours), r.absolute, verdict(r.ours <= r.absolute))
	}
	direct, ratio := "–", r.ours/r.bare
	if r.withDirect {
		direct = number(r.direct)
	}
	return fmt.Sprintf("| %s, %s | %s | %s | %s | %.2f | ≤ %g× | %s |", r.name, r.unit, direct, number(r.bare), number(r.ours), ratio, r.budget, verdict(ratio <= r.budget))
}

func number(f float64) string {
	if f >= 100 {
		return fmt.Sprintf("%.0f", f)
	}
	return fmt.Sprintf("%.3g", f)
}

func verdict(ok bool) string {
	if ok {
		return "within"
	}
	return "over"
}
