package openaiapi

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
)

// recorder is an answer being written that takes deadlines and flushes.
type recorder struct {
	*httptest.ResponseRecorder
	broken error // given instead of writing
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.broken != nil {
		return 0, r.broken
	}
	return r.ResponseRecorder.Write(p)
}

func (*recorder) SetWriteDeadline(time.Time) error { return nil }

func TestHeartbeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &recorder{ResponseRecorder: httptest.NewRecorder()}
		w := newEventWriter(out)
		beats := func() int {
			synctest.Wait()
			w.mu.Lock()
			defer w.mu.Unlock()
			return strings.Count(out.Body.String(), ": keep-alive\n\n")
		}
		time.Sleep(heartbeat - time.Second)
		if n := beats(); n != 0 {
			t.Errorf("%d heartbeats too soon", n)
		}
		if err := w.write([]byte("data: 1\n\n")); err != nil {
			t.Error(err)
		}
		time.Sleep(heartbeat - time.Second)
		if n := beats(); n != 0 {
			t.Errorf("%d heartbeats although something was written", n)
		}
		time.Sleep(2 * heartbeat)
		if n := beats(); n != 2 {
			t.Errorf("%d heartbeats in a silence of two and a half", n)
		}
		w.close()
		time.Sleep(5 * heartbeat)
		if n := beats(); n != 2 {
			t.Errorf("%d heartbeats after the end", n)
		}
	})
}

func TestWriterTellsThatTheClientIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("broken pipe")
		out := &recorder{ResponseRecorder: httptest.NewRecorder(), broken: gone}
		w := newEventWriter(out)
		defer w.close()
		time.Sleep(heartbeat + time.Second) // the heartbeat meets it
		if err := w.write([]byte("data: 1\n\n")); !errors.Is(err, gone) {
			t.Errorf("got %v", err)
		}
	})
}

// wire is a network in memory, whose connections synctest can watch.
type wire struct {
	conns chan net.Conn
	done  chan struct{}
}

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.done:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error   { close(w.done); return nil }
func (w *wire) Addr() net.Addr { return &net.TCPAddr{} }

func (w *wire) dial(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	w.conns <- there
	return here, nil
}

// TestHeartbeatsReachTheClient has a handler say nothing for a while over a real connection.
func TestHeartbeatsReachTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := &wire{conns: make(chan net.Conn), done: make(chan struct{})}
		server := &http.Server{ReadHeaderTimeout: time.Minute, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0), Handler: http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			w := newEventWriter(rw)
			defer w.close()
			time.Sleep(3*heartbeat + time.Second)
			if err := w.write([]byte("data: done\n\n")); err != nil {
				t.Error(err)
			}
		})}
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(network) }()
		transport := &http.Transport{DialContext: network.dial}
		client := &http.Client{Transport: transport}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://server/", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Error(err)
		}
		_ = response.Body.Close() // it was read whole
		if got, want := string(text), strings.Repeat(": keep-alive\n\n", 3)+"data: done\n\n"; got != want {
			t.Errorf("%q", got)
		}
		transport.CloseIdleConnections()
		if err := server.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}

// TestPatience waits for an answer asked for whole, in the name of a client that wants a stream.
func TestPatience(t *testing.T) {
	tests := []struct {
		name string
		wait time.Duration
		err  error
		want string
	}{
		{"an answer soon", heartbeat - time.Second, nil, ""},
		{"a fault soon", heartbeat - time.Second, io.ErrUnexpectedEOF, ""},
		{"an answer late", 2*heartbeat + time.Second, nil, ": keep-alive\n\n: keep-alive\n\n"},
		{"a fault late", heartbeat + time.Second, io.ErrUnexpectedEOF, ": keep-alive\n\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				out := &recorder{ResponseRecorder: httptest.NewRecorder()}
				c, _ := gin.CreateTestContext(out)
				x := &exchange{c: c}
				came := make(chan whole, 1)
				time.AfterFunc(test.wait, func() { came <- whole{err: test.err} })
				got, events, err := x.await(came)
				if !errors.Is(got.err, test.err) || err != nil {
					t.Errorf("%v, %v", got.err, err)
				}
				if (events != nil) != (test.want != "") {
					t.Error("the stream was begun too soon, or not at all")
				}
				if events != nil {
					events.close()
				}
				if text := out.Body.String(); text != test.want {
					t.Errorf("sent %q", text)
				}
			})
		})
	}
}
