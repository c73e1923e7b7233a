package deploytest

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// image is what a Dockerfile must come to.
type image struct {
	dockerfile, binary, port, volume string
}

func images() []image {
	return []image{
		{dockerfile: "deploy/backend.Dockerfile", binary: "/usr/local/bin/gemini-proxy", port: "8000", volume: "/data"},
		{dockerfile: "deploy/frontend.Dockerfile", binary: "/usr/local/bin/gemini-proxy-admin", port: "3000"},
	}
}

// stages parses a Dockerfile as BuildKit does.
func stages(t *testing.T, name string) []instructions.Stage {
	t.Helper()
	parsed, err := parser.Parse(bytes.NewReader(readTop(t, name)))
	if err != nil {
		t.Fatalf("parse %s: %v", name, err)
	}
	for _, warning := range parsed.Warnings {
		t.Errorf("%s: %s", name, warning.Short)
	}
	all, _, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		t.Fatalf("parse %s: %v", name, err)
	}
	return all
}

// commands picks the instructions of one kind from a stage.
func commands[T instructions.Command](stage instructions.Stage) []T {
	var found []T
	for _, command := range stage.Commands {
		if typed, ok := command.(T); ok {
			found = append(found, typed)
		}
	}
	return found
}

func TestImagesRunTheServer(t *testing.T) {
	for _, want := range images() {
		t.Run(want.dockerfile, func(t *testing.T) {
			all := stages(t, want.dockerfile)
			last := all[len(all)-1]
			if last.BaseName != "gcr.io/distroless/static-debian12:nonroot" {
				t.Errorf("base = %s, want distroless static", last.BaseName)
			}
			if users := commands[*instructions.UserCommand](last); len(users) != 1 || users[0].User != "65532:65532" {
				t.Errorf("users = %v, want 65532:65532 alone: a number, so that runAsNonRoot can check it", users)
			}
			if runs := commands[*instructions.RunCommand](last); len(runs) != 0 {
				t.Errorf("the image has no shell to run %v with", runs)
			}
			health := commands[*instructions.HealthCheckCommand](last)
			if len(health) != 1 || !slices.Equal(health[0].Health.Test, []string{"CMD", want.binary, "healthcheck"}) {
				t.Errorf("health check = %+v, want %s healthcheck", health, want.binary)
			}
			entry := commands[*instructions.EntrypointCommand](last)
			if len(entry) != 1 || entry[0].PrependShell || !slices.Equal(entry[0].CmdLine, []string{want.binary}) {
				t.Errorf("entrypoint = %+v, want %s with no shell before it, so that it gets the signals", entry, want.binary)
			}
			if cmd := commands[*instructions.CmdCommand](last); len(cmd) != 1 || cmd[0].PrependShell || !slices.Equal(cmd[0].CmdLine, []string{"serve"}) {
				t.Errorf("command = %+v, want serve", cmd)
			}
			if ports := commands[*instructions.ExposeCommand](last); len(ports) != 1 || !slices.Equal(ports[0].Ports, []string{want.port}) {
				t.Errorf("ports = %+v, want %s", ports, want.port)
			}
			checkVolume(t, last, want.volume)
		})
	}
}

// checkVolume wants the volume's directory in the image, owned by the user who runs: a new volume takes its owner over.
func checkVolume(t *testing.T, last instructions.Stage, want string) {
	t.Helper()
	var volumes []string
	for _, command := range commands[*instructions.VolumeCommand](last) {
		volumes = append(volumes, command.Volumes...)
	}
	if want == "" {
		if len(volumes) != 0 {
			t.Errorf("volumes = %v, want none", volumes)
		}
		return
	}
	if !slices.Equal(volumes, []string{want}) {
		t.Fatalf("volumes = %v, want %s", volumes, want)
	}
	for _, copied := range commands[*instructions.CopyCommand](last) {
		if copied.DestPath == want && copied.Chown == "65532:65532" {
			return
		}
	}
	t.Errorf("%s is not owned by the user who runs", want)
}

func TestImagesHoldNoSecret(t *testing.T) {
	for _, want := range images() {
		t.Run(want.dockerfile, func(t *testing.T) {
			for _, stage := range stages(t, want.dockerfile) {
				var names []string
				for _, env := range commands[*instructions.EnvCommand](stage) {
					for _, pair := range env.Env {
						names = append(names, pair.Key)
					}
				}
				for _, arg := range commands[*instructions.ArgCommand](stage) {
					for _, pair := range arg.Args {
						names = append(names, pair.Key)
					}
				}
				for _, name := range names {
					if slices.Contains(secretVariables(), name) {
						t.Errorf("stage %q bakes in %s", stage.Name, name)
					}
				}
			}
			all := stages(t, want.dockerfile)
			var set []string
			for _, env := range commands[*instructions.EnvCommand](all[len(all)-1]) {
				for _, pair := range env.Env {
					set = append(set, pair.Key)
				}
			}
			checkVariables(t, want.dockerfile, set)
		})
	}
}

// TestImagesBuild does what each Go stage says in a copy of the build context, less what .dockerignore leaves out:
// a file that is missing from the image's build, or a sum missing from the module's own go.sum, fails here and not on the day of the deployment.
func TestImagesBuild(t *testing.T) {
	for _, want := range images() {
		t.Run(want.dockerfile, func(t *testing.T) {
			t.Parallel()
			built := 0
			for _, stage := range stages(t, want.dockerfile) {
				r := replay{root: t.TempDir(), ignored: ignored(t)}
				runs := strings.HasPrefix(stage.BaseName, "golang:")
				for _, command := range stage.Commands {
					r.do(t, command, runs)
				}
				if runs {
					built++
					checkBinary(t, r, path.Base(want.binary))
				}
			}
			if built != 1 {
				t.Errorf("%d stages build with Go, want 1", built)
			}
		})
	}
}

// checkBinary runs what the stage built, which must know the version that the build was given.
func checkBinary(t *testing.T, r replay, name string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), filepath.Join(r.at("out"), name), "version").Output()
	if err != nil {
		t.Fatalf("%s version: %v", name, err)
	}
	if !strings.Contains(string(out), "dev") {
		t.Errorf("%s version printed %q, want the default of the build's VERSION", name, out)
	}
}

// ignored reads .dockerignore.
func ignored(t *testing.T) *patternmatcher.PatternMatcher {
	t.Helper()
	patterns, err := ignorefile.ReadAll(bytes.NewReader(readTop(t, ".dockerignore")))
	if err != nil {
		t.Fatal(err)
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		t.Fatal(err)
	}
	return matcher
}

// replay is one stage under way in a directory that stands for its file system.
type replay struct {
	root, workdir string
	env           []string
	ignored       *patternmatcher.PatternMatcher
}

// at places a path of the stage, absolute or under its WORKDIR, in this machine's file system.
func (r *replay) at(name string) string {
	if path.IsAbs(name) {
		return filepath.Join(r.root, name)
	}
	return filepath.Join(r.root, r.workdir, name)
}

// do carries out one instruction; where runs is false, RUN is left out, and COPY still wants its sources.
func (r *replay) do(t *testing.T, command instructions.Command, runs bool) {
	t.Helper()
	switch c := command.(type) {
	case *instructions.WorkdirCommand:
		r.workdir = c.Path
		if err := os.MkdirAll(r.at("."), 0o755); err != nil {
			t.Fatal(err)
		}
	case *instructions.EnvCommand:
		for _, pair := range c.Env {
			r.env = append(r.env, pair.Key+"="+pair.Value)
		}
	case *instructions.ArgCommand:
		for _, pair := range c.Args {
			r.env = append(r.env, pair.Key+"="+pair.ValueString())
		}
	case *instructions.CopyCommand:
		r.copy(t, c)
	case *instructions.RunCommand:
		if !runs {
			return
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-ec", strings.Join(c.CmdLine, " "))
		cmd.Dir = r.at(".")
		cmd.Env = append(os.Environ(), r.env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("RUN %s: %v\n%s", strings.Join(c.CmdLine, " "), err, out)
		}
	}
}

// copy brings the sources of a COPY from the build context. What comes from another stage is stood in for by a directory with one hidden file.
func (r *replay) copy(t *testing.T, c *instructions.CopyCommand) {
	t.Helper()
	if c.From != "" {
		if strings.HasSuffix(c.DestPath, "dist") {
			writeFile(t, filepath.Join(r.at(c.DestPath), ".keep"), nil)
		}
		return
	}
	for _, source := range c.SourcePaths {
		matches, err := filepath.Glob(filepath.Join(top, source))
		if err != nil {
			t.Fatal(err)
		}
		copied := 0
		for _, match := range matches {
			copied += r.copyTree(t, match, c.DestPath)
		}
		if copied == 0 {
			t.Errorf("COPY %s finds nothing in the build context", source)
		}
	}
}

// copyTree copies a file into the directory dest, or what a directory holds, and counts the files.
func (r *replay) copyTree(t *testing.T, from, dest string) int {
	t.Helper()
	count := 0
	err := filepath.WalkDir(from, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inContext, err := filepath.Rel(top, name)
		if err != nil {
			return err
		}
		skip, err := r.ignored.MatchesOrParentMatches(inContext)
		switch {
		case err != nil:
			return err
		case skip && entry.IsDir():
			return fs.SkipDir // no pattern after ours brings back a file of an ignored directory
		case skip || entry.IsDir():
			return nil
		}
		below, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		if below == "." {
			below = filepath.Base(name)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		writeFile(t, filepath.Join(r.at(dest), below), data)
		count++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}

func writeFile(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestBuildContextLeavesPrivateFilesOut(t *testing.T) {
	matcher := ignored(t)
	for name, want := range map[string]bool{
		".env":                                    true,
		".git/config":                             true,
		"data/secret.key":                         true,
		"backend/data/secret.key":                 true,
		"backend/gemini-proxy.db":                 true,
		"backend/gemini-proxy.db-wal":             true,
		"backend/e2e/go.mod":                      true,
		"frontend/.env":                           true,
		"frontend/node_modules/react/index.js":    true,
		"frontend/dist/index.html":                true,
		"docs/style.md":                           true,
		"backend/go.sum":                          false,
		"backend/cmd/gemini-proxy/main.go":        false,
		"frontend/.npmrc":                         false,
		"frontend/src/main.tsx":                   false,
		"frontend/site.go":                        false,
		"backend/internal/adminapi/spec/spec.go":  false,
		"backend/internal/adminapi/keys_test.go":  true,
		"backend/internal/openai/testdata/a.json": true,
	} {
		got, err := matcher.MatchesOrParentMatches(name)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s left out: %t, want %t", name, got, want)
		}
	}
}
