package openaiapi

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync"

	"github.com/gin-gonic/gin"
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

// answerMany asks n times at once for what the model gives one at a time, and answers with all choices together.
func (a *api) answerMany(c *gin.Context, call relay.Call, reply openai.Reply, n int) error {
	all := calls(call, n)
	answers := make([]*gemini.Response, n)
	group, ctx := errgroup.WithContext(c.Request.Context())
	for i := range all {
		group.Go(func() error {
			resp, err := a.Relay.Generate(ctx, all[i])
			answers[i] = resp
			return err
		})
	}
	err := group.Wait()
	join(call.Trace, all)
	if err != nil {
		return err
	}
	c.Header("X-Attempts", strconv.Itoa(len(call.Trace.Attempts)))
	a.send(c, openai.FromGemini(openai.Merge(answers), reply).AppendJSON(nil))
	return nil
}

func join(into *relay.Trace, all []relay.Call) {
	for i := range all {
		into.Join(all[i].Trace)
	}
}

// streamMany is answerMany for a stream: it begins when every choice has begun, and ends with an error when any breaks off.
func (a *api) streamMany(c *gin.Context, call relay.Call, chunker *openai.Chunker, n int) error {
	ctx, cancel := context.WithCancel(c.Request.Context())
	defer cancel()
	all := calls(call, n)
	defer join(call.Trace, all)
	streams, err := a.open(ctx, all)
	defer func() {
		for _, s := range streams {
			if s != nil {
				s.Close()
			}
		}
	}()
	if err != nil {
		return err
	}
	c.Writer.Header()["X-Attempts"] = []string{strconv.Itoa(attempted(all))}
	out := &sharedWriter{events: newEventWriter(c.Writer), chunker: chunker}
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
	return out.finish(group.Wait())
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
	w.buf = w.chunker.NextOf(w.buf[:0], choice, chunk)
	return w.events.write(w.buf)
}

// finish ends the answer, as a whole one or as one that broke off.
func (w *sharedWriter) finish(err error) error {
	if err == nil {
		return writeFault(w.events.write(w.chunker.End(w.buf[:0])))
	}
	if f := fault.Of(err); f.HTTPStatus() != fault.StatusClientClosedRequest {
		if writeErr := w.events.write(openai.ErrorEvent(w.buf[:0], f)); writeErr != nil {
			return writeFault(writeErr)
		}
	}
	return err
}
