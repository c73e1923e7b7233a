package openaiapi

import (
	"errors"
	"io"
	"strconv"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/openai"
)

// flushAt is how much of a stream is gathered, in bytes, while more chunks are at hand.
const flushAt = 16 << 10

// stream relays a request for an answer in chunks. Chunks that have arrived together leave together.
func (x *exchange) stream() error {
	stream, err := x.Relay.Stream(x.c.Request.Context(), x.call)
	if err != nil {
		return err
	}
	defer stream.Close()
	x.c.Writer.Header()["X-Attempts"] = []string{strconv.Itoa(len(x.trace.Attempts) + 1)} // the one that is answering has not ended
	teller := x.narrator()
	out := newEventWriter(x.c.Writer)
	defer out.close()
	buf := make([]byte, 0, 1024)
	for {
		chunk, err := stream.Next()
		if errors.Is(err, io.EOF) {
			x.keep(teller.Signatures(), minter(&x.trace))
			return writeFault(out.write(teller.End(buf)))
		}
		if err != nil {
			if writeErr := out.write(teller.Fail(buf, shown(fault.Of(err)))); writeErr != nil {
				return writeFault(writeErr)
			}
			return err
		}
		buf = teller.Next(buf, chunk)
		if stream.Ready() && len(buf) < flushAt {
			continue
		}
		if err := out.write(buf); err != nil {
			return writeFault(err)
		}
		buf = buf[:0]
	}
}

// whole is an answer asked for whole, or why there is none.
type whole struct {
	resp *gemini.Response
	err  error
}

// streamWhole answers a client that wants a stream with an answer asked for whole: heartbeats until it is there, then all of it. An answer, or
// a fault, that comes before the first heartbeat is due has its own status.
func (x *exchange) streamWhole() error {
	came := make(chan whole, 1)
	go func() {
		resp, err := x.gather()
		came <- whole{resp, err}
	}()
	got, out, err := x.await(came)
	if err != nil {
		return writeFault(err)
	}
	if out != nil {
		defer out.close()
	}
	teller := x.narrator()
	if got.err != nil {
		if out == nil {
			return got.err
		}
		if err := out.write(teller.Fail(nil, shown(fault.Of(got.err)))); err != nil {
			return writeFault(err)
		}
		return got.err
	}
	if out == nil {
		x.c.Writer.Header()["X-Attempts"] = []string{strconv.Itoa(len(x.trace.Attempts))}
		out = newEventWriter(x.c.Writer)
		defer out.close()
	}
	events := teller.Next(nil, got.resp)
	if x.response != nil {
		x.keep(teller.Signatures(), minter(&x.trace))
	} else {
		x.keepOf(openai.FromGemini(got.resp, x.reply))
	}
	return writeFault(out.write(teller.End(events)))
}

// await waits for the answer. When the first heartbeat is due before it, the stream is begun; its writer is given then.
func (x *exchange) await(came <-chan whole) (got whole, out *eventWriter, err error) {
	patience := time.NewTimer(heartbeat)
	defer patience.Stop()
	select {
	case got = <-came:
		return got, nil, nil
	case <-patience.C:
	}
	out = newEventWriter(x.c.Writer)
	err = out.write(keepAlive())
	got = <-came // it comes soon when the client is gone, whose context it has
	if err != nil {
		out.close()
		return got, nil, err
	}
	return got, out, nil
}

// writeFault turns an error in writing to the client into the fault it is: the client is gone.
func writeFault(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Canceled, err, "the client closed the request")
}
