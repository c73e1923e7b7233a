package media

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gemini-proxy/backend/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const png = "\x89PNG\r\n\x1a\n0000"

// ledger counts what is reserved.
type ledger struct {
	mu       sync.Mutex
	held     int64
	most     int64
	overfull bool // refuse everything
}

func (l *ledger) Reserve(_ context.Context, n int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.overfull {
		return fault.New(fault.Unavailable, "no memory").WithCode("overloaded")
	}
	l.held += n
	l.most = max(l.most, l.held)
	return nil
}

func (l *ledger) Release(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held -= n
}

func local(to netip.AddrPort) bool { return to.Addr() == netip.AddrFrom4([4]byte{127, 0, 0, 1}) }

// site is a server of strange answers.
func site(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	serve := func(path, kind, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			if kind != "" {
				w.Header().Set("Content-Type", kind)
			}
			_, _ = io.WriteString(w, body) // the client may have left
		})
	}
	serve("/a.png", "image/png", png)
	serve("/untyped", "", png)
	serve("/vague", "application/octet-stream", png)
	serve("/shouting", "Image/PNG; charset=binary", png)
	serve("/jpeg-said", "image/jpeg", png)
	serve("/page", "image/png", "<!doctype html><title>log in</title>")
	serve("/html", "text/html; charset=utf-8", "<!doctype html><title>a page</title>")
	serve("/nonsense", "image/png", "hello")
	serve("/said-pdf", "application/pdf", png)
	serve("/csv", "text/csv", "a,b\n1,2\n")
	serve("/flac", "audio/flac", "fLaC\x00\x00")
	serve("/unknown", "", "\x01\x02\x03\x00")
	serve("/nothing", "image/png", "")
	mux.HandleFunc("/missing", http.NotFound)
	mux.HandleFunc("/gzip", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = io.WriteString(w, "\x1f\x8b")
	})
	mux.HandleFunc("/size/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.PathValue("n"))
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "image/png")
		if r.URL.Query().Has("announced") {
			w.Header().Set("Content-Length", r.PathValue("n"))
		}
		_, _ = w.Write(append([]byte(png), bytes.Repeat([]byte("0"), n-len(png))...))
	})
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("Content-Length", "2000")
		_, _ = io.WriteString(w, png+strings.Repeat("0", 1000))
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		panic(http.ErrAbortHandler)
	})
	mux.HandleFunc("/hop/{n}", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Referer") != "" && strings.Contains(r.Header.Get("Referer"), "@") {
			t.Error("credentials in the referer")
		}
		if n := r.PathValue("n"); n != "0" {
			left, err := strconv.Atoi(n)
			if err != nil {
				t.Error(err)
			}
			http.Redirect(w, r, fmt.Sprint("/hop/", left-1), http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, png)
	})
	mux.HandleFunc("/to", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Query().Get("url"), http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/never", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func TestFetch(t *testing.T) {
	server := site(t)
	memory := &ledger{}
	fetcher := New(Config{Allow: local, Memory: memory, UserAgent: "media-test"})
	refused := New(Config{Memory: memory, UserAgent: "media-test"})
	const unreachable = "cannot be fetched: its server cannot be reached"
	tests := []struct {
		name, path string
		mime, data string
		wrong      string // "" is none
		by         *Fetcher
	}{
		{name: "a picture", path: "/a.png", mime: "image/png", data: png},
		{name: "without a type", path: "/untyped", mime: "image/png", data: png},
		{name: "with a type that says nothing", path: "/vague", mime: "image/png", data: png},
		{name: "with parameters", path: "/shouting", mime: "image/png", data: png},
		{name: "another picture than said", path: "/jpeg-said", mime: "image/png", data: png},
		{name: "text", path: "/csv", mime: "text/csv", data: "a,b\n1,2\n"},
		{name: "a format with no magic", path: "/flac", mime: "audio/flac", data: "fLaC\x00\x00"},
		{name: "a page that says so", path: "/html", mime: "text/html", data: "<!doctype html><title>a page</title>"},
		{name: "nobody tells", path: "/unknown", mime: "application/octet-stream", data: "\x01\x02\x03\x00"},
		{name: "five redirects", path: "/hop/5", mime: "image/png", data: png},
		{name: "a page for a picture", path: "/page", wrong: "cannot be fetched: it leads to a web page, not to image/png"},
		{name: "nonsense for a picture", path: "/nonsense", wrong: "cannot be fetched: what its server sends is not image/png"},
		{name: "a picture for a document", path: "/said-pdf", wrong: "cannot be fetched: what its server sends is image/png, not application/pdf"},
		{name: "nothing", path: "/nothing", wrong: "cannot be fetched: its server sends nothing"},
		{name: "not there", path: "/missing", wrong: "cannot be fetched: its server answered 404 Not Found"},
		{name: "compressed", path: "/gzip", wrong: "cannot be fetched: its server sends it compressed"},
		{name: "broken off", path: "/cut", wrong: "cannot be fetched: its server broke off"},
		{name: "too large, announced", path: "/size/20971521?announced", wrong: "cannot be fetched: it is larger than the limit of 20 MiB"},
		{name: "too large, unannounced", path: "/size/20971521", wrong: "cannot be fetched: it is larger than the limit of 20 MiB"},
		{name: "six redirects", path: "/hop/6", wrong: "cannot be fetched: it is redirected more than 5 times"},
		{name: "redirected to a file", path: "/to?url=file:///etc/passwd", wrong: "cannot be fetched: it is no http or https link"},
		{name: "redirected with a password", path: "/to?url=http://a:b@127.0.0.1/", wrong: "cannot be fetched: it carries a user name or password"},
		{name: "redirected to an address refused", path: "/to?url=http://127.0.0.2/", wrong: unreachable},
		{name: "redirected to metadata", path: "/to?url=http://169.254.169.254/latest", wrong: unreachable},
		{name: "this machine is refused", path: "/a.png", wrong: unreachable, by: refused},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			by := test.by
			if by == nil {
				by = fetcher
			}
			link := server.URL + test.path
			found, release, err := by.Fetch(t.Context(), []Link{{link, "messages[0].content[1].image_url.url"}})
			if test.wrong != "" {
				f := fault.Of(err)
				if f.Message != test.wrong || f.Kind != fault.Invalid || f.Field != "messages[0].content[1].image_url.url" || f.Code != "link_not_fetched" {
					t.Errorf("%#v", f)
				}
			} else if err != nil {
				t.Fatal(err)
			} else {
				if got := found[link]; got.MIMEType != test.mime || got.Data != base64.StdEncoding.EncodeToString([]byte(test.data)) {
					t.Errorf("%+v", got)
				}
				if memory.held != int64(len(found[link].Data)) {
					t.Errorf("%d bytes are counted", memory.held)
				}
				release()
				release() // the second does nothing
			}
			if memory.held != 0 {
				t.Errorf("%d bytes stay reserved", memory.held)
				memory.held = 0
			}
		})
	}
}

func TestBadLinks(t *testing.T) {
	fetcher := New(Config{Memory: &ledger{}})
	const unreachable = "its server cannot be reached"
	for link, want := range map[string]string{
		"http://a:b@example.com/":                         "it carries a user name or password",
		"http://":                                         "it names no server",
		"http://exa mple.com/":                            "it is not a URL",
		"http://[::1]/":                                   unreachable,
		"http://[::ffff:127.0.0.1]/":                      unreachable,
		"http://127.0.0.1:1/":                             unreachable,
		"https://10.0.0.1/":                               unreachable,
		"http://localhost/":                               unreachable,
		"http://no-such-name.invalid/a.png":               unreachable,
		"http://x.example/" + strings.Repeat("a", maxURL): "it is longer than 8192 bytes",
	} {
		_, _, err := fetcher.Fetch(t.Context(), []Link{{link, "messages[0]"}})
		if got := fault.Of(err).Message; got != "cannot be fetched: "+want {
			t.Errorf("%.60s: %s", link, got)
		}
	}
}

func TestManyLinks(t *testing.T) {
	server := site(t)
	memory := &ledger{}
	fetcher := New(Config{Allow: local, Memory: memory})
	links := func(n int, path string) []Link {
		all := make([]Link, n)
		for i := range all {
			all[i] = Link{fmt.Sprint(server.URL, path, "?", i), fmt.Sprint("messages[", i, "]")}
		}
		return all
	}
	found, release, err := fetcher.Fetch(t.Context(), links(maxLinks, "/a.png"))
	if err != nil || len(found) != maxLinks {
		t.Fatalf("%d, %v", len(found), err)
	}
	release()
	if _, _, err := fetcher.Fetch(t.Context(), links(maxLinks+1, "/a.png")); fault.Of(err).Field != "messages[16]" {
		t.Errorf("one too many: %v", err)
	}
	_, _, err = fetcher.Fetch(t.Context(), links(4, "/size/"+strconv.Itoa(maxTotal/3)))
	if got := fault.Of(err).Message; got != "cannot be fetched: with the request's other links it is larger than the limit of 40 MiB" {
		t.Errorf("too much together: %v", err)
	}
	memory.overfull = true
	if _, _, err := fetcher.Fetch(t.Context(), links(2, "/a.png")); !fault.Is(err, fault.Unavailable) {
		t.Errorf("no memory: %v", err)
	}
	if memory.held != 0 || memory.most > atOnce*base64Max()+maxLinks*64 {
		t.Errorf("%d bytes stay reserved, %d at most", memory.held, memory.most)
	}
}

func base64Max() int64 { return int64(base64.StdEncoding.EncodedLen(maxBytes)) }

func TestClientGone(t *testing.T) {
	server := site(t)
	fetcher := New(Config{Allow: local, Memory: &ledger{}})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := fetcher.Fetch(ctx, []Link{{server.URL + "/never", "f"}}); !fault.Is(err, fault.Canceled) {
		t.Error(err)
	}
}
