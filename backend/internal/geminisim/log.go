package geminisim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Request is one call in the log. Unknown credentials are masked in it; Contains looks behind the masks.
type Request struct {
	// Seq counts requests from 1, since the simulator began.
	Seq  int64     `json:"seq"`
	Time time.Time `json:"time"`
	// HTTPMethod, Path and Query are of the request line; the query's key is masked unless the simulator knows it.
	HTTPMethod string `json:"http_method"`
	Path       string `json:"path"`
	Query      string `json:"query,omitempty"`
	// Method and Model are what was asked for, named as in Target.
	Method string `json:"method,omitempty"`
	Model  string `json:"model,omitempty"`
	// Key and Project are of the caller, if known.
	Key     string `json:"key,omitempty"`
	Project string `json:"project,omitempty"`
	// Credentials are all that were seen, by place; Google accepts exactly one.
	Credentials []Credential `json:"credentials"`
	Header      http.Header  `json:"header"`
	// Body is the beginning of the request's body (Config.LogBody), BytesIn its whole length.
	Body    string `json:"body,omitempty"`
	BytesIn int64  `json:"bytes_in"`
	// Status is of the answer, 0 if none was begun; BytesOut counts its body.
	Status   int   `json:"status"`
	BytesOut int64 `json:"bytes_out"`
	// Took is how long the answer took, in nanoseconds.
	Took time.Duration `json:"took_ns"`
	// Done says that handling has ended; ClientGone that the client left before it did.
	Done       bool `json:"done"`
	ClientGone bool `json:"client_gone"`

	secret string // the header and query as they came
}

// Contains says whether the text occurs anywhere in the request as it came: query, headers, or the logged body.
func (r Request) Contains(text string) bool {
	return strings.Contains(r.secret, text) || strings.Contains(r.Path, text) || strings.Contains(r.Body, text)
}

// requestLog is a ring of the latest requests.
type requestLog struct {
	mu         sync.Mutex
	size, body int
	seq        int64
	ring       []*Request
}

func (l *requestLog) add(r *Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	r.Seq = l.seq
	if len(l.ring) < l.size {
		l.ring = append(l.ring, r)
		return
	}
	l.ring[(l.seq-1)%int64(l.size)] = r
}

// update changes an entry that may be read meanwhile.
func (l *requestLog) update(r *Request, change func(*Request)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(r)
}

func (l *requestLog) list() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Request, 0, len(l.ring))
	first := 0
	if len(l.ring) == l.size {
		first = int(l.seq % int64(l.size))
	}
	for i := range l.ring {
		out = append(out, *l.ring[(first+i)%len(l.ring)])
	}
	return out
}

// newRequest describes a request. known says which key values may be shown.
func newRequest(r *http.Request, seen []Credential, at time.Time, known func(string) bool) *Request {
	out := &Request{
		Time: at, HTTPMethod: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery,
		Credentials: seen, Header: r.Header.Clone(),
	}
	var raw bytes.Buffer
	raw.WriteString(r.URL.RawQuery)
	raw.WriteByte('\n')
	for name, values := range r.Header {
		raw.WriteString(name + ": " + strings.Join(values, ", ") + "\n")
	}
	out.secret = raw.String()
	for i := range seen {
		c := &seen[i]
		c.Key = c.value
		if known(c.value) {
			continue
		}
		c.Key = mask(c.value)
		out.Query = strings.ReplaceAll(out.Query, c.value, c.Key)
	}
	for _, name := range []string{"Authorization", "X-Goog-Api-Key", "X-Api-Key", "Cookie", "Proxy-Authorization"} {
		for i, v := range out.Header[name] {
			bare := strings.TrimSpace(strings.TrimPrefix(v, "Bearer "))
			if !known(bare) {
				out.Header[name][i] = mask(v)
			}
		}
	}
	return out
}

// mask shows enough of a secret to tell two apart.
func mask(s string) string {
	sum := sha256.Sum256([]byte(s))
	return s[:min(3, len(s))] + "…sha256:" + hex.EncodeToString(sum[:4])
}
