package stack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
)

// buildLimit bounds a build on a machine that has none of the packages compiled.
const buildLimit = 5 * time.Minute

// binaries gives the directory of the programs, built once in a test process.
//
//nolint:gochecknoglobals // what a process builds, all its tests share
var binaries = sync.OnceValues(func() (string, error) {
	if given := os.Getenv("BIN_DIR"); given != "" {
		return filepath.Abs(given)
	}
	return build()
})

// Main runs a package's tests and removes the programs built for them. Call it from TestMain: os.Exit(stack.Main(m)).
func Main(m *testing.M) int {
	code := m.Run()
	if directory, err := binaries(); err == nil && os.Getenv("BIN_DIR") == "" {
		if err := os.RemoveAll(directory); err != nil {
			fmt.Fprintln(os.Stderr, "removing the programs built for the tests:", err)
			return max(code, 1)
		}
	}
	return code
}

// build compiles the programs as `make build` does, so that the compiler's cache serves both.
func build() (string, error) {
	directory, err := os.MkdirTemp("", "gemini-proxy-e2e-")
	if err != nil {
		return "", fmt.Errorf("making a directory for the programs: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), buildLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", directory+string(filepath.Separator),
		"./cmd/gemini-proxy", "./cmd/gemini-sim")
	cmd.Dir = moduleOfServer()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the programs: %w\n%s", err, output)
	}
	return directory, nil
}

// moduleOfServer gives the directory of the server's module, which is two above this file.
func moduleOfServer() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

// Program gives the path of one of the built programs: "gemini-proxy" or "gemini-sim".
func Program(t testing.TB, name string) string {
	t.Helper()
	directory, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(directory, name)
}
