package app

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// registerMetrics adds GET /metrics, for whoever has METRICS_TOKEN or is logged in as an admin.
func (a *App) registerMetrics(r gin.IRouter) {
	serve := a.metrics.Handler()
	r.GET("/metrics", func(c *gin.Context) {
		if !a.mayReadMetrics(c.Request) {
			c.Header("WWW-Authenticate", "Bearer")
			respond(c, http.StatusUnauthorized, problem{Error: problemBody{Message: "send METRICS_TOKEN, or an admin's access token, as Authorization: Bearer …", Type: "unauthorized"}})
			return
		}
		c.Header("Cache-Control", "no-store")
		serve.ServeHTTP(c.Writer, c.Request)
	})
}

// mayReadMetrics compares hashes, so that neither the token's length nor its beginning can be found out by the clock.
func (a *App) mayReadMetrics(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return false
	}
	if wanted := a.config.MetricsToken.Reveal(); wanted != "" {
		given, right := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(wanted))
		if subtle.ConstantTimeCompare(given[:], right[:]) == 1 {
			return true
		}
	}
	_, err := a.auth.Check(r.Context(), token)
	return err == nil
}
