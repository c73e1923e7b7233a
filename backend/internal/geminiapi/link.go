package geminiapi

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

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

// relink points links to files that Gemini made, which lead to Google and take a key of ours, to this server.
func (a *api) relink(c *gin.Context, answer []byte) []byte {
	bases := []string{gemini.DefaultBaseURL}
	if a.Upstream != nil {
		bases = append(bases, strings.TrimSuffix(a.Upstream.String(), "/"))
	}
	for _, base := range bases {
		for _, folder := range []string{"/v1beta/files/", "/v1beta/generatedFiles/", "/download/v1beta/files/"} {
			from := []byte(base + folder)
			if bytes.Contains(answer, from) {
				answer = bytes.ReplaceAll(answer, from, []byte(a.base(c.Request)+strings.TrimPrefix(folder, "/download")))
			}
		}
	}
	return answer
}
