package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gemini-proxy/backend/e2e/stack"
)

const (
	nodeDirectory = "node" // holds the tests and what npm installs for them
	installLimit  = 5 * time.Minute
	nodeLimit     = 3 * time.Minute
)

// TestNodeClients runs the tests in node/, whose clients are those that npm has, on a stack of their own.
func TestNodeClients(t *testing.T) {
	t.Parallel()
	files := nodeTests(t)
	installPackages(t)
	s := stack.Start(t, stack.Config{Projects: limitedTo(lite, stack.Limits{RPM: 1})})
	s.Admin.Set(t, map[string]any{"queue_wait": 0})
	environment := []string{
		"AI_SDK_LOG_WARNINGS=false", "PATH=" + os.Getenv("PATH"), // and nothing else of ours: OPENAI_…, NODE_OPTIONS and proxies would change the clients
		"BASE_URL=" + s.Tap(t), "API_KEY=" + s.UserKey, "MODEL=" + flash, "UNKNOWN_MODEL=" + noModel,
		"LIMITED_MODEL=" + lite, "LIMITED_ANSWERS=3", "EMBEDDING_MODEL=gemini-embedding-2",
		"IMAGE_MODEL=gemini-3.1-flash-image", "SPEECH_MODEL=gemini-3.8-flash-tts", "SIM_URL=" + s.Sim.URL,
	}
	arguments := append([]string{"--test", "--test-reporter=spec", "--test-timeout=60000"}, files...)
	output, err := runNode(t, nodeLimit, environment, "node", arguments...)
	output = strings.ReplaceAll(output, s.UserKey, "(the user key)")
	if err != nil {
		t.Fatalf("the tests in %s: %v\n%s", nodeDirectory, err, output)
	}
	t.Log(output)
	if n := s.Sim.Holding(t, "skip_thought_signature_validator"); n > 0 {
		t.Errorf("%d requests went out with a stand-in for a thought signature", n)
	}
	wantClean(t, s, s.Sim.Calls(t))
}

// limitedTo makes three projects of one key each that limit one model alone.
func limitedTo(model string, limits stack.Limits) []stack.Project {
	projects := stack.Projects(3, 1)
	for i := range projects {
		projects[i].Limits = map[string]stack.Limits{model: limits}
	}
	return projects
}

// nodeTests gives the test files: node is content with none.
func nodeTests(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(nodeDirectory, "*.test.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatalf("%s has no tests", nodeDirectory)
	}
	for i, path := range paths {
		paths[i] = filepath.Base(path)
	}
	return paths
}

// installPackages runs npm ci when what is installed is older than the lock file. npm writes its own list last.
func installPackages(t *testing.T) {
	t.Helper()
	lock, err := os.Stat(filepath.Join(nodeDirectory, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	installed, err := os.Stat(filepath.Join(nodeDirectory, "node_modules", ".package-lock.json"))
	if err == nil && !installed.ModTime().Before(lock.ModTime()) {
		return
	}
	if output, err := runNode(t, installLimit, os.Environ(), "npm", "ci", "--no-audit", "--no-fund"); err != nil {
		t.Fatalf("npm ci in %s: %v\n%s", nodeDirectory, err, output)
	}
}

// runNode runs one of Node's programs in node/ and gives all that it printed.
func runNode(t *testing.T, limit time.Duration, environment []string, name string, arguments ...string) (string, error) {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing: these tests need Node 20 or later, with npm", name)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, arguments...)
	cmd.Dir, cmd.Env = nodeDirectory, environment
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // so that it ends its own children
	cmd.WaitDelay = 5 * time.Second
	output, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		err = fmt.Errorf("not done after %s: %w", limit, ctx.Err())
	}
	return string(output), err
}
