// Package media fetches what a request refers to by a link: images, sounds, films, documents. A link is a stranger's word about where this
// server shall connect, so it may lead to public addresses alone, checked when the connection is made and anew for every redirect, and what
// comes is bounded in size, time and number.
package media

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"gemini-proxy/backend/internal/fault"
)

// The bounds of one request's links.
const (
	maxLinks     = 16
	maxBytes     = 20 << 20 // of one link
	maxTotal     = 40 << 20 // of all
	atOnce       = 4
	maxRedirects = 5
	maxURL       = 8 << 10 // bytes
	fetchLimit   = 15 * time.Second
	headLimit    = 64 << 10 // bytes of an answer's headers
)

// Link is a link and where the request names it.
type Link struct {
	URL   string
	Field string // "messages[0].content[1].image_url.url"
}

// Blob is fetched media.
type Blob struct {
	MIMEType string // lower case, without parameters; "application/octet-stream" where nobody tells
	Data     string // base64, standard alphabet
}

// Memory is the bound on what all requests together hold. Its error is a fault.
type Memory interface {
	Reserve(ctx context.Context, n int64) error
	Release(n int64)
}

// Config is what a fetcher is made of.
type Config struct {
	Allow     func(netip.AddrPort) bool // which addresses may be connected to; nil is Public
	Memory    Memory
	UserAgent string
}

// Fetcher fetches links. It is safe for concurrent use.
type Fetcher struct {
	memory    Memory
	http      *http.Client
	userAgent string
}

// New makes a fetcher. It connects directly: through a proxy it could not know where a link leads.
func New(c Config) *Fetcher {
	allow := c.Allow
	if allow == nil {
		allow = Public
	}
	dialer := &net.Dialer{
		Timeout: 5 * time.Second,
		// Called with the very address of each connection, after the name was resolved: no answer of a name server can come between.
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			if to, err := netip.ParseAddrPort(address); err != nil || !allow(to) {
				return errRefused
			}
			return nil
		},
	}
	return &Fetcher{memory: c.Memory, userAgent: c.UserAgent, http: &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			DisableKeepAlives:      true, // strangers' servers, rarely met twice
			DisableCompression:     true, // what unfolds cannot be bounded by what comes
			TLSHandshakeTimeout:    5 * time.Second,
			MaxResponseHeaderBytes: headLimit,
		},
		CheckRedirect: func(next *http.Request, before []*http.Request) error {
			if len(before) > maxRedirects {
				return errRedirects
			}
			return checkURL(next.URL)
		},
	}}
}

// Fetch fetches the links and gives what they lead to, by URL. What it holds counts against the fetcher's memory until release is called.
// Its error is a fault that names the field; it does not tell an address that is refused from one that does not answer.
func (f *Fetcher) Fetch(ctx context.Context, links []Link) (found map[string]Blob, release func(), err error) {
	if len(links) > maxLinks {
		return nil, nil, fault.Field(links[maxLinks].Field, "is one link too many: a request may have %d", maxLinks).WithCode("too_many_links")
	}
	h := &haul{fetcher: f}
	h.left.Store(maxTotal)
	blobs := make([]Blob, len(links))
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i := range links {
		group.Go(func() error {
			blob, err := h.fetch(within, links[i].URL)
			blobs[i] = blob
			return named(ctx, links[i].Field, err)
		})
	}
	if err := group.Wait(); err != nil {
		h.release()
		return nil, nil, err
	}
	found = make(map[string]Blob, len(links))
	for i := range links {
		found[links[i].URL] = blobs[i]
	}
	return found, h.release, nil
}
