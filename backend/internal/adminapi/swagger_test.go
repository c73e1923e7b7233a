package adminapi

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

func TestSwaggerUI(t *testing.T) {
	e := gin.New()
	registerSwagger(e)
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	for path, kind := range map[string]string{
		"index.html": "text/html", "start.js": "text/javascript", "swagger-ui.css": "text/css", "index.css": "text/css",
		"swagger-ui-bundle.js": "text/javascript", "favicon-32x32.png": "image/png", "doc.json": "application/json",
	} {
		w := get("/swagger/" + path)
		h := w.Header()
		if w.Code != http.StatusOK || !strings.HasPrefix(h.Get("Content-Type"), kind) || w.Body.Len() == 0 {
			t.Errorf("%s: %d %s, %d bytes", path, w.Code, h.Get("Content-Type"), w.Body.Len())
		}
		if policy := h.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self';") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: policy is %q", path, policy)
		}
	}
	if got := get("/swagger/doc.json").Body.String(); got != string(spec) {
		t.Error("doc.json is not the spec")
	}
	page := get("/swagger/index.html").Body.String()
	if regexp.MustCompile(`(?is)<script(?:\s[^>]*)?>[^<]|<style|\son\w+=|https?://`).MatchString(page) {
		t.Errorf("the page has inline script, inline style or an outside address:\n%s", page)
	}
	for _, path := range []string{"/swagger", "/swagger/"} {
		if w := get(path); w.Code != http.StatusFound || w.Header().Get("Location") != "/swagger/index.html" {
			t.Errorf("%s: %d to %q", path, w.Code, w.Header().Get("Location"))
		}
	}
	if w := get("/swagger/swagger-ui-bundle.js.map"); w.Code != http.StatusNotFound {
		t.Errorf("a file that nobody needs is served: %d", w.Code)
	}
}
