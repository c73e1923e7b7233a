package main

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// builtPage is what a build leaves in dist, small.
func builtPage() fstest.MapFS {
	return fstest.MapFS{
		".keep":                     {},
		"index.html":                {Data: []byte("<!doctype html><title>page</title>")},
		"index.html.br":             {Data: []byte("BR-INDEX")},
		"theme.js":                  {Data: []byte("theme()")},
		"favicon.svg":               {Data: []byte("<svg/>")},
		"assets/app-3f2a1b.js":      {Data: []byte("start()")},
		"assets/app-3f2a1b.js.br":   {Data: []byte("BR-APP")},
		"assets/app-3f2a1b.js.gz":   {Data: []byte("GZ-APP")},
		"assets/inter-77aa00.woff2": {Data: []byte("font")},
	}
}

func newTestSite(t *testing.T, dist fs.FS) http.Handler {
	t.Helper()
	s, err := newSite(dist, &url.URL{Scheme: "https", Host: "api.example.com:8443", Path: "/base"})
	if err != nil {
		t.Fatalf("newSite: %v", err)
	}
	return s
}

// ask sends one request, with header as name, value pairs.
func ask(t *testing.T, s http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestSiteAnswers(t *testing.T) {
	const index = "<!doctype html><title>page</title>"
	s := newTestSite(t, builtPage())
	tests := []struct {
		name, method, path  string
		status              int
		body, kind, caching string
	}{
		{"index", "GET", "/", 200, index, "text/html; charset=utf-8", "no-cache"},
		{"index by name", "GET", "/index.html", 200, index, "text/html; charset=utf-8", "no-cache"},
		{"a place in the page", "GET", "/keys", 200, index, "text/html; charset=utf-8", "no-cache"},
		{"a deep place in the page", "GET", "/keys/gemini/12?tab=a.b", 200, index, "text/html; charset=utf-8", "no-cache"},
		{"a script", "GET", "/assets/app-3f2a1b.js", 200, "start()", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"a font", "GET", "/assets/inter-77aa00.woff2", 200, "font", "font/woff2", "public, max-age=31536000, immutable"},
		{"a file with a lasting name", "GET", "/theme.js", 200, "theme()", "text/javascript; charset=utf-8", "no-cache"},
		{"a picture", "GET", "/favicon.svg", 200, "<svg/>", "image/svg+xml", "no-cache"},
		{"a script of an older build", "GET", "/assets/app-000000.js", 404, "no such file\n", "text/plain; charset=utf-8", ""},
		{"a compressed form by name", "GET", "/assets/app-3f2a1b.js.br", 404, "no such file\n", "text/plain; charset=utf-8", ""},
		{"a hidden file", "GET", "/.keep", 404, "no such file\n", "text/plain; charset=utf-8", ""},
		{"config", "GET", "/config.json", 200, `{"apiBaseUrl":"https://api.example.com:8443/base"}`, "application/json", "no-store"},
		{"health", "GET", "/health", 200, "ok\n", "text/plain; charset=utf-8", "no-store"},
		{"a write", "POST", "/keys", 405, "Method Not Allowed\n", "text/plain; charset=utf-8", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := ask(t, s, tt.method, tt.path)
			if w.Code != tt.status {
				t.Errorf("status = %d, want %d", w.Code, tt.status)
			}
			if got := w.Body.String(); got != tt.body {
				t.Errorf("body = %q, want %q", got, tt.body)
			}
			if got := w.Header().Get("Content-Type"); got != tt.kind {
				t.Errorf("Content-Type = %q, want %q", got, tt.kind)
			}
			if got := w.Header().Get("Cache-Control"); got != tt.caching {
				t.Errorf("Cache-Control = %q, want %q", got, tt.caching)
			}
		})
	}
}

func TestSiteHead(t *testing.T) {
	// A real server, since it is what drops the body of a HEAD.
	server := httptest.NewServer(newTestSite(t, builtPage()))
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodHead, server.URL+"/theme.js", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != 200 || response.ContentLength != int64(len("theme()")) {
		t.Errorf("HEAD = %d with length %d, want 200 with 7", response.StatusCode, response.ContentLength)
	}
}

func TestSiteChoosesTheForm(t *testing.T) {
	s := newTestSite(t, builtPage())
	const app = "/assets/app-3f2a1b.js"
	tests := []struct{ path, accept, encoding, body string }{
		{app, "gzip, deflate, br, zstd", "br", "BR-APP"},
		{app, "GZIP", "gzip", "GZ-APP"},
		{app, "br;q=0, gzip;q=0.5", "gzip", "GZ-APP"},
		{app, "*", "br", "BR-APP"},
		{app, "*, br;q=0", "gzip", "GZ-APP"},
		{app, "*;q=0", "", "start()"},
		{app, "br;q=much", "", "start()"},
		{app, "identity", "", "start()"},
		{app, "", "", "start()"},
		{"/keys", "br", "br", "BR-INDEX"},
		{"/", "gzip", "", "<!doctype html><title>page</title>"},
	}
	for _, tt := range tests {
		t.Run(tt.path+" "+tt.accept, func(t *testing.T) {
			w := ask(t, s, "GET", tt.path, "Accept-Encoding", tt.accept)
			if w.Code != 200 || w.Body.String() != tt.body {
				t.Errorf("answer = %d %q, want 200 %q", w.Code, w.Body, tt.body)
			}
			if got := w.Header().Get("Content-Encoding"); got != tt.encoding {
				t.Errorf("Content-Encoding = %q, want %q", got, tt.encoding)
			}
			if got := w.Header().Get("Vary"); got != "Accept-Encoding" {
				t.Errorf("Vary = %q, want Accept-Encoding", got)
			}
			if got, want := w.Header().Get("Content-Length"), len(tt.body); got != strconv.Itoa(want) {
				t.Errorf("Content-Length = %q, want %d", got, want)
			}
		})
	}
	if got := ask(t, s, "GET", "/theme.js", "Accept-Encoding", "br").Header().Get("Vary"); got != "" {
		t.Errorf("Vary of a file with one form = %q, want none", got)
	}
}

func TestSiteRevalidates(t *testing.T) {
	s := newTestSite(t, builtPage())
	plain := ask(t, s, "GET", "/").Header().Get("ETag")
	br := ask(t, s, "GET", "/", "Accept-Encoding", "br").Header().Get("ETag")
	if plain == "" || br == "" || plain == br {
		t.Fatalf("ETags = %q and %q, want two that differ", plain, br)
	}
	w := ask(t, s, "GET", "/keys", "If-None-Match", plain)
	if w.Code != http.StatusNotModified || w.Body.Len() != 0 || w.Header().Get("ETag") != plain {
		t.Errorf("the same again = %d with %d bytes and ETag %q, want 304 with none and %q", w.Code, w.Body.Len(), w.Header().Get("ETag"), plain)
	}
	if w := ask(t, s, "GET", "/", "If-None-Match", br); w.Code != 200 {
		t.Errorf("the plain form for the compressed one's ETag = %d, want 200", w.Code)
	}
	changed := builtPage()
	changed["index.html"] = &fstest.MapFile{Data: []byte("<!doctype html><title>next</title>")}
	if w := ask(t, newTestSite(t, changed), "GET", "/", "If-None-Match", plain); w.Code != 200 {
		t.Errorf("a new build for the old ETag = %d, want 200", w.Code)
	}
}

func TestSiteGuardsEveryAnswer(t *testing.T) {
	s := newTestSite(t, builtPage())
	want := map[string]string{
		"Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
			"connect-src 'self' https://api.example.com:8443; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Permissions-Policy":           "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
		"Referrer-Policy":              "no-referrer",
		"X-Content-Type-Options":       "nosniff",
		"X-Robots-Tag":                 "noindex",
	}
	for _, path := range []string{"/", "/keys", "/assets/app-3f2a1b.js", "/config.json", "/health", "/none.js"} {
		header := ask(t, s, "GET", path).Header()
		for name, value := range want {
			if got := header.Get(name); got != value {
				t.Errorf("%s of %s = %q, want %q", name, path, got, value)
			}
		}
	}
}

func TestSiteNotBuilt(t *testing.T) {
	s := newTestSite(t, fstest.MapFS{".keep": {}})
	w := ask(t, s, "GET", "/keys")
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("answer = %d %q, want 503 that says how to build", w.Code, w.Body)
	}
	if w := ask(t, s, "GET", "/health"); w.Code != 200 {
		t.Errorf("health = %d, want 200", w.Code)
	}
}

func TestContentTypes(t *testing.T) {
	for name, want := range map[string]string{
		"a.css": "text/css; charset=utf-8", "a.json": "application/json", "a.js.map": "application/json", "a.webmanifest": "application/manifest+json",
		"a.png": "image/png", "a.webp": "image/webp", "a.ico": "image/x-icon", "robots.txt": "text/plain; charset=utf-8", "a.xyz": "application/octet-stream",
	} {
		if got := contentType(name); got != want {
			t.Errorf("contentType(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestParseAPIBase(t *testing.T) {
	tests := []struct{ text, want, policy, fault string }{
		{text: "", want: "http://localhost:8000", policy: "http://localhost:8000"},
		{text: "gemini-api-proxy.onrender.com", want: "https://gemini-api-proxy.onrender.com", policy: "https://gemini-api-proxy.onrender.com"},
		{text: "API.example.com:8443", want: "https://api.example.com:8443", policy: "https://api.example.com:8443"},
		{text: " https://api.example.com/ ", want: "https://api.example.com", policy: "https://api.example.com"},
		{text: "http://10.0.0.5:8000/gateway//", want: "http://10.0.0.5:8000/gateway", policy: "http://10.0.0.5:8000"},
		{text: "http://[::1]:8000", want: "http://[::1]:8000", policy: "http://[::1]:8000"},
		{text: "ftp://api.example.com", fault: "scheme"},
		{text: "https://", fault: "host is missing"},
		{text: "https://api.example.com:0", fault: "port"},
		{text: "https://api.example.com:", fault: "port"},
		{text: "https://api.example.com:99999", fault: "port"},
		{text: "https://a;script-src *", fault: "not an address"},
		{text: "https://a;script-src", fault: "letters"},
		{text: "https://例子.com", fault: "letters"},
		{text: "https://me:FAKE-password@api.example.com", fault: "user name"},
		{text: "https://me:FAKE-pass word@api.example.com", fault: "not an address"},
		{text: "https://api.example.com?x=1", fault: "query"},
		{text: "https://api.example.com#top", fault: "fragment"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := parseAPIBase(tt.text)
			if tt.fault != "" {
				if err == nil || !strings.HasPrefix(err.Error(), "API_BASE_URL: ") || !strings.Contains(err.Error(), tt.fault) {
					t.Fatalf("error = %v, want one about API_BASE_URL and %q", err, tt.fault)
				}
				if strings.Contains(err.Error(), "FAKE-pass") {
					t.Errorf("the error shows a password: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatalf("error = %v, want none", err)
			}
			if got.String() != tt.want {
				t.Errorf("base = %q, want %q", got, tt.want)
			}
			if policy := contentPolicy(got); !strings.Contains(policy, "; connect-src 'self' "+tt.policy+"; ") {
				t.Errorf("policy = %q, want connect-src to %q", policy, tt.policy)
			}
		})
	}
}
