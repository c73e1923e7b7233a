package deploytest

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// proxyPatience bounds a test that a proxy could hold up for ever.
const proxyPatience = 20 * time.Second

// proxied is the place that a proxy's file is started in: a port, a certificate, and the backend behind it.
type proxied struct {
	dir, port, backend, cert, key string
	words                         chan string   // what the backend says next
	gone                          chan struct{} // the backend lost a client
}

func TestNginxPassesStreams(t *testing.T) {
	program := installed(t, "nginx")
	p := newProxied(t)
	site := string(readTop(t, "deploy/nginx.conf"))
	site = replaced(t, site, "listen 443 ssl;", "listen 127.0.0.1:"+p.port+" ssl;")
	site = replaced(t, site, "http://127.0.0.1:8000", "http://"+p.backend)
	for _, host := range []string{"api", "admin"} {
		site = replaced(t, site, "/etc/ssl/certs/"+host+".example.com.pem", p.cert)
		site = replaced(t, site, "/etc/ssl/private/"+host+".example.com.key", p.key)
	}
	writeFile(t, filepath.Join(p.dir, "site.conf"), []byte(site))
	whole := "daemon off; master_process off; pid nginx.pid; error_log stderr; events {}\n" +
		"http { access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s; include site.conf; }\n"
	writeFile(t, filepath.Join(p.dir, "nginx.conf"), []byte(whole))
	p.start(t, program, "-p", p.dir, "-c", filepath.Join(p.dir, "nginx.conf"), "-e", "stderr")
	p.checkStreams(t)
	p.checkLeaving(t)
}

func TestCaddyPassesStreams(t *testing.T) {
	program := installed(t, "caddy")
	p := newProxied(t)
	site := string(readTop(t, "deploy/Caddyfile"))
	certificate := "\n\ttls " + p.cert + " " + p.key + "\n"
	site = replaced(t, site, "api.example.com {", "https://api.example.com:"+p.port+" {"+certificate)
	site = replaced(t, site, "admin.example.com {", "https://admin.example.com:"+p.port+" {"+certificate)
	site = replaced(t, site, "127.0.0.1:8000", p.backend)
	writeFile(t, filepath.Join(p.dir, "Caddyfile"), []byte("{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1\n}\n"+site))
	p.start(t, program, "run", "--config", filepath.Join(p.dir, "Caddyfile"), "--adapter", "caddyfile")
	p.checkStreams(t)
	p.checkLeaving(t)
}

// installed finds a proxy, or skips the test: `make deps` installs both, and only CI must have them.
func installed(t *testing.T, name string) string {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("CI has no %s: .ci/deps should have installed it", name)
		}
		t.Skipf("%s is not installed", name)
	}
	return program
}

// replaced swaps a part of a file for the test's own; a file that no longer holds the part fails the test.
func replaced(t *testing.T, text, old, by string) string {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("the file does not hold %q", old)
	}
	return strings.ReplaceAll(text, old, by)
}

func newProxied(t *testing.T) *proxied {
	t.Helper()
	p := &proxied{dir: t.TempDir(), words: make(chan string), gone: make(chan struct{}, 1)}
	backend := httptest.NewServer(http.HandlerFunc(p.speak))
	t.Cleanup(backend.Close)
	p.backend = backend.Listener.Addr().String()

	p.port = freePort(t)
	p.makeCertificate(t)
	return p
}

// speak answers with a line on what the proxy said of the client, then with each word at the moment it is given; "" is the end.
func (p *proxied) speak(w http.ResponseWriter, r *http.Request) {
	// Gemini's streams may be plain JSON arrays, which a proxy that knows only of event streams would hold back.
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, "%s %s\n", r.Host, r.Header.Get("X-Forwarded-For"))
	control := http.NewResponseController(w)
	for control.Flush() == nil {
		select {
		case word := <-p.words:
			if word == "" {
				return
			}
			fmt.Fprintln(w, word)
		case <-r.Context().Done():
			p.gone <- struct{}{}
			return
		}
	}
}

// makeCertificate signs a certificate for both example names with a key of its own.
func (p *proxied) makeCertificate(t *testing.T) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"api.example.com", "admin.example.com"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	p.cert, p.key = filepath.Join(p.dir, "cert.pem"), filepath.Join(p.dir, "key.pem")
	writeFile(t, p.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}))
	writeFile(t, p.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

// start runs the proxy until the test ends, and returns once its port answers.
func (p *proxied) start(t *testing.T, program string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*proxyPatience)
	t.Cleanup(cancel)
	var said strings.Builder
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.dir, &said, &said
	cmd.Env = append(os.Environ(), "HOME="+p.dir, "XDG_DATA_HOME="+p.dir, "XDG_CONFIG_HOME="+p.dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // it is killed in the end, so its exit code says nothing
	t.Cleanup(func() {
		cancel()
		<-ended
		if t.Failed() {
			t.Logf("%s said:\n%s", program, &said)
		}
	})
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		var dialer net.Dialer
		if connection, err := dialer.DialContext(ctx, "tcp", "127.0.0.1:"+p.port); err == nil {
			_ = connection.Close() // it only had to open
			return
		}
		select {
		case <-ticker.C:
		case <-ended:
			t.Fatalf("%s ended before it listened", program)
		case <-ctx.Done():
			t.Fatalf("%s did not listen", program)
		}
	}
}

// checkStreams lets the backend say a word only when the one before has come through: a proxy that holds any back never gets to the end.
func (p *proxied) checkStreams(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), proxyPatience)
	defer cancel()
	lines := p.ask(ctx, t)
	for _, word := range []string{"one", "two", "three"} {
		p.say(ctx, t, word)
		if !lines.Scan() || lines.Text() != word {
			t.Fatalf("instead of %q came %q, %v", word, lines.Text(), lines.Err())
		}
	}
	p.say(ctx, t, "")
	if lines.Scan() || lines.Err() != nil {
		t.Errorf("after the last word came %q, %v; want the end", lines.Text(), lines.Err())
	}
}

// checkLeaving wants the backend to hear at once of a client that left, since every word after that is paid for in vain.
func (p *proxied) checkLeaving(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), proxyPatience/4)
	defer cancel()
	client, leave := context.WithCancel(ctx)
	p.ask(client, t)
	leave()
	select {
	case <-p.gone:
	case <-ctx.Done():
		t.Error("the client left, and the backend was not told")
	}
}

// say gives the backend its next word.
func (p *proxied) say(ctx context.Context, t *testing.T, word string) {
	t.Helper()
	select {
	case p.words <- word:
	case <-ctx.Done():
		t.Fatalf("the backend is not there to say %q", word)
	}
}

// ask begins a request through the proxy, checks what the backend was told of it, and returns the lines that follow.
func (p *proxied) ask(ctx context.Context, t *testing.T) *bufio.Scanner {
	t.Helper()
	// Without a body: Caddy cuts an answer off that begins within microseconds of the body's end, which no model does and this backend would.
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://api.example.com:"+p.port+"/v1/chat/completions", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", "gzip") // what a compressing proxy would hold back for
	response, err := p.client(t).Do(request)
	if err != nil {
		t.Fatalf("the answer did not begin: %v", err)
	}
	t.Cleanup(func() { _ = response.Body.Close() }) // it was read, or given up on purpose
	if encoding := response.Header.Get("Content-Encoding"); encoding != "" {
		t.Fatalf("the stream came as %s", encoding)
	}
	lines := bufio.NewScanner(response.Body)
	if !lines.Scan() {
		t.Fatalf("no first line: %v", lines.Err())
	}
	if got := lines.Text(); !strings.HasPrefix(got, "api.example.com") || !strings.HasSuffix(got, " 127.0.0.1") {
		t.Errorf("the backend saw %q, want the host that was asked for and the client's address", got)
	}
	return lines
}

// client trusts the test's certificate and finds every name on this machine.
func (p *proxied) client(t *testing.T) *http.Client {
	t.Helper()
	cert, err := os.ReadFile(p.cert)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(cert) {
		t.Fatal("the certificate cannot be read")
	}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, network, "127.0.0.1:"+p.port)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}
