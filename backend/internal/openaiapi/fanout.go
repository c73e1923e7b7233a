package openaiapi

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/openai"
	"gemini-proxy/backend/internal/relay"
)

// calls makes n calls of one, each with a trace of its own.
func calls(one relay.Call, n int) []relay.Call {
	all := make([]relay.Call, n)
	for i := range all {
		all[i] = one
		all[i].Trace = &relay.Trace{}
	}
	return all
}

// gather gives a whole answer. What the model gives one at a time is asked for n times at once, and all choices are given together.
func (x *exchange) gather() (*gemini.Response, error) {
	if x.n == 1 {
		return x.ask(x.c.Request.Context(), x.call)
	}
	all := calls(x.call, x.n)
	answers := make([]*gemini.Response, x.n)
	group, ctx := errgroup.WithContext(x.c.Request.Context())
	for i := range all {
		group.Go(func() error {
			resp, err := x.ask(ctx, all[i])
			answers[i] = resp
			return err
		})
	}
	err := group.Wait()
	join(&x.trace, all)
	if err != nil {
		return nil, err
	}
	for i := range all {
		x.minters = append(x.minters, minter(all[i].Trace))
	}
	return openai.Merge(answers), nil
}

// ask makes one call for a whole answer, in the form in which Gemini is asked.
func (x *exchange) ask(ctx context.Context, call relay.Call) (*gemini.Response, error) {
	if x.asks {
		return x.Relay.Collect(ctx, call)
	}
	return x.Relay.Generate(ctx, call)
}

func join(into *relay.Trace, all []relay.Call) {
	for i := range all {
		into.Join(all[i].Trace)
	}
}

// streamMany is stream for several upstream calls: it begins when every choice has begun, and ends with an error when any breaks off.
func (x *exchange) streamMany() error {
	ctx, cancel := context.WithCancel(x.c.Request.Context())
	defer cancel()
	all := calls(x.call, x.n)
	streams, err := x.open(ctx, all)
	end := sync.OnceFunc(func() {
		for _, s := range streams {
			if s != nil {
				s.Close()
			}
		}
		join(&x.trace, all)
	})
	defer end()
	if err != nil {
		return err
	}
	x.c.Writer.Header()["X-Attempts"] = []string{strconv.Itoa(attempted(all))}
	out := &sharedWriter{events: newEventWriter(x.c.Writer), chunker: x.chunker()}
	defer out.events.close()
	var group errgroup.Group
	for i, s := range streams {
		group.Go(func() error {
			err := out.copy(i, s)
			if err != nil {
				cancel() // the choices are worth something only together
			}
			return err
		})
	}
	err = group.Wait()
	end()
	for id, signature := range out.chunker.Signatures() {
		x.keep(map[string]string{id: signature}, minter(all[out.callers[id]].Trace))
	}
	return out.finish(err)
}

// open opens the streams at once; those that opened are given also with an error.
func (a *api) open(ctx context.Context, all []relay.Call) ([]*relay.Stream, error) {
	streams := make([]*relay.Stream, len(all))
	var group errgroup.Group
	for i := range all {
		group.Go(func() error {
			stream, err := a.Relay.Stream(ctx, all[i])
			streams[i] = stream
			return err
		})
	}
	return streams, group.Wait()
}

// attempted counts the attempts so far: those that failed, and the ones that are answering.
func attempted(all []relay.Call) int {
	n := len(all)
	for i := range all {
		n += len(all[i].Trace.Attempts)
	}
	return n
}

// sharedWriter lets several streams write chunks of one answer.
type sharedWriter struct {
	events  *eventWriter
	mu      sync.Mutex // guards chunker and buf
	chunker *openai.Chunker
	buf     []byte
	callers map[string]int // of signed calls, by their ids: the choice that made them
}

func (w *sharedWriter) copy(choice int, stream *relay.Stream) error {
	for {
		chunk, err := stream.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := w.write(choice, chunk); err != nil {
			return writeFault(err)
		}
	}
}

func (w *sharedWriter) write(choice int, chunk *gemini.Response) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := len(w.chunker.Signatures())
	w.buf = w.chunker.NextOf(w.buf[:0], choice, chunk)
	if signed := w.chunker.Signatures(); len(signed) > before {
		w.note(choice, signed)
	}
	return w.events.write(w.buf)
}

// note remembers which choice made the calls that were not signed before.
func (w *sharedWriter) note(choice int, signed map[string]string) {
	if w.callers == nil {
		w.callers = map[string]int{}
	}
	for id := range signed {
		if _, known := w.callers[id]; !known {
			w.callers[id] = choice
		}
	}
}

// finish ends the answer, as a whole one or as one that broke off.
func (w *sharedWriter) finish(err error) error {
	if err == nil {
		return writeFault(w.events.write(w.chunker.End(w.buf[:0])))
	}
	if f := fault.Of(err); f.HTTPStatus() != fault.StatusClientClosedRequest {
		if writeErr := w.events.write(openai.ErrorEvent(w.buf[:0], shown(f))); writeErr != nil {
			return writeFault(writeErr)
		}
	}
	return err
}
