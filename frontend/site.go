package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// defaultAPIBase is where `make run` and docker-compose.yml put the backend, as a browser on the same machine sees it.
const defaultAPIBase = "http://localhost:8000"

const (
	cacheForever = "public, max-age=31536000, immutable" // the build puts a hash of the content in the name
	cacheCheck   = "no-cache"                            // keep it, but ask whether it is still the same
)

// notBuilt answers for every page while dist is empty: the program compiles on a fresh clone, before Node has run.
const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Gemini Proxy: page not built</title>
<h1>The admin page was not built into this program</h1>
<p>Run <code>make build</code> at the top of the source (it needs Node and Go), then start <code>bin/gemini-proxy-admin</code> again.</p>
</html>
`

// site answers with the files of one build of the page, all held in memory.
type site struct {
	files  map[string]*file // by path without the leading slash
	config []byte           // the body of /config.json
}

// file is one built file, with the compressed forms that the build made of it.
type file struct {
	contentType string
	cache       string
	plain       form
	br, gzip    *form // nil where the build made none
}

// form is one encoding of a file, with an ETag of its own, as RFC 9110 §8.8.3 asks.
type form struct {
	body []byte
	etag string
}

// newSite reads the built page from dist; api is where its scripts find the backend.
// A dist without index.html is no error: the site then says that the page was not built.
func newSite(dist fs.FS, api *url.URL) (http.Handler, error) {
	files, err := readFiles(dist)
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(struct {
		APIBaseURL string `json:"apiBaseUrl"`
	}{api.String()})
	if err != nil {
		return nil, fmt.Errorf("write config.json: %w", err)
	}
	s := &site{files: files, config: config}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", s.health)
	mux.HandleFunc("GET /config.json", s.serveConfig)
	mux.HandleFunc("GET /", s.serveFile)
	return secured(mux, contentPolicy(api)), nil
}

// readFiles reads every file of dist but the hidden ones, and joins name.br and name.gz to their name.
func readFiles(dist fs.FS) (map[string]*file, error) {
	files := map[string]*file{}
	err := fs.WalkDir(dist, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") || isCompressed(name) {
			return err
		}
		plain, err := readForm(dist, name, "")
		if err != nil {
			return err
		}
		f := &file{contentType: contentType(name), cache: cacheCheck, plain: *plain}
		if strings.HasPrefix(name, "assets/") {
			f.cache = cacheForever
		}
		if f.br, err = readOptionalForm(dist, name+".br", "-br"); err != nil {
			return err
		}
		if f.gzip, err = readOptionalForm(dist, name+".gz", "-gzip"); err != nil {
			return err
		}
		files[name] = f
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the built page: %w", err)
	}
	return files, nil
}

func isCompressed(name string) bool {
	return strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz")
}

func readForm(dist fs.FS, name, suffix string) (*form, error) {
	body, err := fs.ReadFile(dist, name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	return &form{body: body, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + suffix + `"`}, nil
}

// readOptionalForm returns nil for a file that is not there.
func readOptionalForm(dist fs.FS, name, suffix string) (*form, error) {
	f, err := readForm(dist, name, suffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return f, err
}

func (s *site) health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	write(w, []byte("ok\n"))
}

func (s *site) serveConfig(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store") // a moved backend is found at the next load
	write(w, s.config)
}

// serveFile answers with a built file; a path with no extension is a place inside the page, so it gets index.html.
func (s *site) serveFile(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	f := s.files[name]
	if f == nil && path.Ext(name) != "" {
		http.Error(w, "no such file", http.StatusNotFound)
		return
	}
	if f == nil {
		f = s.files["index.html"]
	}
	if f == nil {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusServiceUnavailable)
		write(w, []byte(notBuilt))
		return
	}
	f.serve(w, r)
}

// serve writes the form of the file that the client can read, or 304 where it has it already.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", f.contentType)
	header.Set("Cache-Control", f.cache)
	chosen := &f.plain
	if f.br != nil || f.gzip != nil {
		header.Set("Vary", "Accept-Encoding")
		accept := strings.Join(r.Header.Values("Accept-Encoding"), ",")
		switch {
		case f.br != nil && accepts(accept, "br"):
			chosen = f.br
			header.Set("Content-Encoding", "br")
		case f.gzip != nil && accepts(accept, "gzip"):
			chosen = f.gzip
			header.Set("Content-Encoding", "gzip")
		}
	}
	header.Set("ETag", chosen.etag)
	// ServeContent sets the length itself, but not beside a Content-Encoding. Embedded files have no time, and the ETag is exact.
	header.Set("Content-Length", strconv.Itoa(len(chosen.body)))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(chosen.body))
}

// accepts reports whether an Accept-Encoding value allows a coding (RFC 9110 §12.5.3): named, or covered by *, and not with q=0.
func accepts(header, coding string) bool {
	allowed := false
	for part := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(part, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name != coding && name != "*" {
			continue
		}
		q := 1.0
		if value, isQ := strings.CutPrefix(strings.ToLower(strings.TrimSpace(parameters)), "q="); isQ {
			parsed, err := strconv.ParseFloat(value, 64)
			if err != nil {
				continue // a weight that cannot be read is no permission
			}
			q = parsed
		}
		if name == coding {
			return q > 0
		}
		allowed = q > 0
	}
	return allowed
}

// contentType names the type by extension, from a list of our own: the system's list differs from image to image, and a browser told nosniff needs the right one.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".webp":
		return "image/webp"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	default:
		return "application/octet-stream"
	}
}

// write sends a body; a client that has gone is the only way it can fail, and there is nobody left to tell.
func write(w http.ResponseWriter, body []byte) {
	_, _ = w.Write(body) // see above
}
