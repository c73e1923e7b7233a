// Package deploytest reads the deployment files as the tools that use them would, and holds them to what the servers really are.
package deploytest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
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

// variablesRead collects the environment variables that a server reads from the sources that name them.
func variablesRead(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(top, pattern))
	if err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`^[A-Z][A-Z_]{3,}$`)
	var names []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for node := range ast.Preorder(source) {
			literal, ok := node.(*ast.BasicLit)
			if ok && literal.Kind == token.STRING && variable.MatchString(strings.Trim(literal.Value, "\"`")) {
				names = append(names, strings.Trim(literal.Value, "\"`"))
			}
		}
	}
	if !slices.Contains(names, "PORT") {
		t.Fatalf("%s names %v, and PORT is not among them", pattern, names)
	}
	return names
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
		return variablesRead(t, "frontend/*.go")
	case strings.Contains(name, "backend"), strings.Contains(name, "api"), strings.Contains(name, "gemini-proxy"):
		return variablesRead(t, "backend/internal/config/*.go")
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
