package store_test

import (
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// lines is a log that a test can wait on.
type lines struct {
	mutex sync.Mutex
	text  strings.Builder
	wrote chan struct{}
}

// Write takes a line.
func (l *lines) Write(line []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.wrote != nil {
		close(l.wrote)
		l.wrote = nil
	}
	return l.text.Write(line)
}

// await returns when the log holds a text.
func (l *lines) await(t *testing.T, text string) {
	t.Helper()
	late := time.After(30 * time.Second)
	for {
		l.mutex.Lock()
		found := strings.Contains(l.text.String(), text)
		if l.wrote == nil {
			l.wrote = make(chan struct{})
		}
		wrote := l.wrote
		l.mutex.Unlock()
		if found {
			return
		}
		select {
		case <-wrote:
		case <-late:
			t.Fatalf("the log never said %q", text)
		}
	}
}

func hostOf(t *testing.T, raw string) string {
	t.Helper()
	parsed, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Host
}

func withHost(t *testing.T, raw, host string) string {
	t.Helper()
	parsed, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	parsed.Host = host
	return parsed.String()
}

// relay passes what comes to one address on to another until the test ends.
func relay(t *testing.T, from, to string) {
	t.Helper()
	listener, err := net.Listen("tcp", from)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	t.Cleanup(group.Wait)
	t.Cleanup(func() { listener.Close() })
	group.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				near.Close()
				continue
			}
			pass := func(to, from net.Conn) {
				_, _ = io.Copy(to, from) // either side may break off
				to.Close()
			}
			group.Go(func() { pass(far, near) })
			group.Go(func() { pass(near, far) })
		}
	})
}
