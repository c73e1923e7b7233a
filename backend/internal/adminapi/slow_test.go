package adminapi

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
)

// pipeListener lets a server serve one connection in memory, whose deadlines follow the fake clock.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	close  sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.close.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// A client that sends its body forever must not hold a handler forever.
func TestSlowBodiesAreGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine := gin.New()
		Register(&engine.RouterGroup, Config{Log: slog.New(slog.DiscardHandler)})
		listener := &pipeListener{conns: make(chan net.Conn, 1), closed: make(chan struct{})}
		server := &http.Server{Handler: engine, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(listener) }()
		client, inside := net.Pipe()
		listener.conns <- inside

		began := time.Now()
		const head = "POST /admin/v1/auth/login HTTP/1.1\r\nHost: admin\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
		if _, err := io.WriteString(client, head+`{"username":`); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(client), nil)
		if err != nil {
			t.Fatal(err)
		}
		var p Problem
		if err := json.NewDecoder(answer.Body).Decode(&p); err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != http.StatusRequestTimeout || p.Code != "timeout" || time.Since(began) != requestLimit {
			t.Errorf("answered %d %s after %s", answer.StatusCode, p.Code, time.Since(began))
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("the server ended with %v", err)
		}
	})
}
