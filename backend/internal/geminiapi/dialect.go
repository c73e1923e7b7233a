package geminiapi

import (
	"net/http"
	"strings"
)

// Adopt lets Google's own clients find the native API where they look for it. The newest ask for its version v1 (@google/genai from 3.3 on), and
// under /v1 the OpenAI-compatible API has the same paths: models, files. Google's clients are told by the header that all of them send and
// no other client does; what they ask of v1 is answered by v1beta, which holds all that v1 does.
func Adopt(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path, differs := nativePath(r); differs {
			adopted, to := *r, *r.URL
			to.Path, to.RawPath = path, ""
			adopted.URL = &to
			r = &adopted
		}
		next.ServeHTTP(w, r)
	})
}

// nativePath gives the path of the native API that a client of Google's means.
func nativePath(r *http.Request) (path string, differs bool) {
	at := r.URL.Path
	if !strings.HasPrefix(at, "/v1/") && !strings.HasPrefix(at, "/upload/v1/") || r.Header.Get("X-Goog-Api-Client") == "" {
		return at, false
	}
	before, rest, _ := strings.Cut(at, "/v1/")
	return before + "/v1beta/" + rest, true
}
