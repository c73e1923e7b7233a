package geminiapi

import (
	"bytes"
	"net/http"
	"slices"
	"strings"

	"gemini-proxy/backend/internal/gemini"
)

// base gives where the client reaches this server, without a slash at the end. A client that lies of it fools itself alone.
func (a *api) base(r *http.Request) string {
	if a.PublicURL != nil {
		return strings.TrimSuffix(a.PublicURL.String(), "/")
	}
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// leadsHere reports whether a link is one that this server, which the client reaches at here, or Google gives to files of the API.
func (a *api) leadsHere(link, here string) bool {
	bases := []string{here, gemini.DefaultBaseURL}
	if a.Upstream != nil {
		bases = append(bases, a.Upstream.String())
	}
	return slices.ContainsFunc(bases, func(base string) bool { return strings.HasPrefix(link, strings.TrimSuffix(base, "/")+"/") })
}

// relink points links to files that Gemini made, which lead to Google and take a key of ours, to this server.
func (a *api) relink(req *http.Request, answer []byte) []byte {
	bases := []string{gemini.DefaultBaseURL}
	if a.Upstream != nil {
		bases = append(bases, strings.TrimSuffix(a.Upstream.String(), "/"))
	}
	for _, base := range bases {
		for _, folder := range []string{"/v1beta/files/", "/v1beta/generatedFiles/", "/download/v1beta/files/"} {
			from := []byte(base + folder)
			if bytes.Contains(answer, from) {
				answer = bytes.ReplaceAll(answer, from, []byte(a.base(req)+strings.TrimPrefix(folder, "/download")))
			}
		}
	}
	return answer
}
