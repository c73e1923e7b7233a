// Package deploytest reads the deployment files as the tools that use them would, and holds them to what the servers really are.
package deploytest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// top is the directory that holds the deployment files, and the build context of both images.
const top = "../../.."

func readTop(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(top, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// backendVariables are the environment variables that the backend reads (docs/configuration.md).
func backendVariables() []string {
	return strings.Fields("PORT HOST DATABASE_URL DATA_DIR SECRET_KEY ADMIN_USERNAME ADMIN_PASSWORD GEMINI_API_KEYS GEMINI_BASE_URL " +
		"CORS_ALLOWED_ORIGINS LOG_LEVEL LOG_FORMAT HTTPS_PROXY NO_PROXY TRUSTED_PROXIES PUBLIC_URL METRICS_TOKEN")
}

// frontendVariables are those that the admin page's server reads.
func frontendVariables() []string {
	return strings.Fields("PORT HOST API_BASE_URL")
}

// secretVariables must come from whoever deploys, never from a file in the source.
func secretVariables() []string {
	return strings.Fields("SECRET_KEY ADMIN_PASSWORD GEMINI_API_KEYS DATABASE_URL METRICS_TOKEN POSTGRES_PASSWORD")
}

// variablesOf names the variables that the server behind a file or a service reads.
func variablesOf(t *testing.T, name string) []string {
	t.Helper()
	switch {
	case strings.Contains(name, "admin"), strings.Contains(name, "frontend"):
		return frontendVariables()
	case strings.Contains(name, "backend"), strings.Contains(name, "api"), strings.Contains(name, "gemini-proxy"):
		return backendVariables()
	}
	t.Fatalf("%s belongs to neither server", name)
	return nil
}

// checkVariables fails the test for every name that the server would not read.
func checkVariables(t *testing.T, where string, names []string) {
	t.Helper()
	known := variablesOf(t, where)
	for _, name := range names {
		if !slices.Contains(known, name) {
			t.Errorf("%s sets %s, which its server does not read", where, name)
		}
	}
}
