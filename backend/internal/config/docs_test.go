package config

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// page is docs/configuration.md, read before a test changes the working directory.
func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// listed gives the variables in the table of a section, with their defaults as they are written.
func listed(t *testing.T, text, section string) map[string]string {
	t.Helper()
	_, after, found := strings.Cut(text, "\n## "+section)
	if !found {
		t.Fatalf("docs/configuration.md has no section %q", section)
	}
	after, _, _ = strings.Cut(after, "\n## ")
	variables := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| ([^|]*) \\|").FindAllStringSubmatch(after, -1) {
		variables[row[1]] = row[2]
	}
	return variables
}

func TestDocsListWhatIsRead(t *testing.T) {
	tests := []struct {
		section string
		read    []string
	}{
		{"Backend: ", append(slices.Collect(maps.Keys(defaults())), readFrom(t, "../../cmd/gemini-proxy", "..")...)},
		{"Admin page: ", readFrom(t, "../../../frontend")},
	}
	for _, test := range tests {
		slices.Sort(test.read)
		want := slices.Compact(test.read)
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(listed(t, page(t), test.section)))); diff != "" {
			t.Errorf("%s: - is read and not in docs/configuration.md, + is there and not read:\n%s", test.section, diff)
		}
	}
}

func TestDocsGiveTheDefaults(t *testing.T) {
	table := listed(t, page(t), "Backend: ")
	for name, value := range defaults() {
		if value != "" && table[name] != "`"+value+"`" {
			t.Errorf("%s: docs/configuration.md gives the default %s, it is %q", name, table[name], value)
		}
	}
}

// readFrom finds the variables that programs read from the environment by name. Directories of tests are left out.
func readFrom(t *testing.T, roots ...string) []string {
	t.Helper()
	var names []string
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case os.IsNotExist(err) && path == root:
				return nil // the program is not written yet
			case err != nil:
				return err
			case entry.IsDir() && (strings.HasSuffix(entry.Name(), "test") || entry.Name() == "node_modules"):
				return fs.SkipDir
			case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
				file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
				if err != nil {
					return err
				}
				names = append(names, readIn(file)...)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}

// readIn finds calls such as os.Getenv("PORT"), and what net/http reads on our behalf. Lower-case spellings are of the same variable.
func readIn(file *ast.File) []string {
	var names []string
	ast.Inspect(file, func(node ast.Node) bool {
		if selector, ok := node.(*ast.SelectorExpr); ok && selector.Sel.Name == "ProxyFromEnvironment" {
			names = append(names, "HTTPS_PROXY", "NO_PROXY")
		}
		call, ok := node.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 {
			return true
		}
		called := ""
		switch function := call.Fun.(type) {
		case *ast.Ident:
			called = function.Name
		case *ast.SelectorExpr:
			called = function.Sel.Name
		}
		if literal, ok := call.Args[0].(*ast.BasicLit); ok && slices.Contains([]string{"getenv", "lookupenv"}, strings.ToLower(called)) {
			if name, err := strconv.Unquote(literal.Value); err == nil {
				names = append(names, strings.ToUpper(name))
			}
		}
		return true
	})
	return names
}

// TestEveryVariableCounts sets each variable by itself and expects to see it in the configuration.
func TestEveryVariableCounts(t *testing.T) {
	values := map[string]string{
		host: "127.0.0.1", port: "81", databaseURL: "sqlite:x.db", dataDir: "elsewhere", secretKey: fakeKey + "x", previousSecretKey: fakeKey + "old", adminUsername: "root",
		adminPassword: "FAKE-password", geminiAPIKeys: "AIzaSy-FAKE", metricsToken: "FAKE-metrics", geminiBaseURL: "http://127.0.0.1:9", corsAllowedOrigins: "https://a.example",
		logLevel: "debug", logFormat: "json", trustedProxies: "10.0.0.1",
		otlpEndpoint: "http://127.0.0.1:4318", otlpHeaders: "a=b", otlpService: "other", otlpRatio: "0.5", publicURL: "https://gemini.example",
	}
	load := func(env map[string]string) *Config {
		if env[secretKey] == "" {
			env[secretKey] = fakeKey
		}
		start(t, env)
		c, err := Load("")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	plain := load(map[string]string{})
	for name := range defaults() {
		if values[name] == "" {
			t.Errorf("%s: no value to try", name)
		} else if reflect.DeepEqual(plain, load(map[string]string{name: values[name]})) {
			t.Errorf("%s changes nothing", name)
		}
	}
}

func TestReaderOfSourcesFinds(t *testing.T) {
	const source = `package x
import "os"
var a, b, c = os.Getenv("ONE"), getenv("TWO"), http.ProxyFromEnvironment
var d, _ = os.LookupEnv("THREE")`
	file, err := parser.ParseFile(token.NewFileSet(), "x.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	got := readIn(file)
	slices.Sort(got)
	if diff := cmp.Diff([]string{"HTTPS_PROXY", "NO_PROXY", "ONE", "THREE", "TWO"}, got); diff != "" {
		t.Error(diff)
	}
}
