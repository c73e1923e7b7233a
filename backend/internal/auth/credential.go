package auth

import (
	"net/http"
	"net/url"
	"strings"
)

// FromRequestParts gives the credential a client brought, "" when none: Authorization: Bearer as OpenAI's clients send it, x-goog-api-key
// and ?key= as Google's do, x-api-key as Anthropic's do; the first that is not empty, in this order: Authorization, x-goog-api-key,
// x-api-key, key. query may be nil.
func FromRequestParts(header http.Header, query url.Values) string {
	if scheme, credential, found := strings.Cut(header.Get("Authorization"), " "); found && strings.EqualFold(scheme, "Bearer") {
		if credential = strings.TrimSpace(credential); credential != "" {
			return credential
		}
	}
	for _, name := range []string{"X-Goog-Api-Key", "X-Api-Key"} {
		if credential := strings.TrimSpace(header.Get(name)); credential != "" {
			return credential
		}
	}
	return strings.TrimSpace(query.Get("key"))
}
