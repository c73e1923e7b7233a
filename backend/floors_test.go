// Package backend holds no code of its own: its one test keeps the floors of the house apart.
package backend

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"sort"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	internalPath = "gemini-proxy/backend/internal/"
	cmdFloor     = 6 // programs stand on top of the house
)

// floors is the table of docs/architecture.md: a room imports only rooms on floors below its own.
// A package inside a room (store/storetest) is part of that room.
func floors() map[string]int {
	table := map[string]int{}
	for floor, rooms := range []string{
		"config fault jsonio openaispec",
		"gemini geminisim auth settings usage media thought intake audit document holding replica backup",
		"openai shape pool files",
		"relay upkeep roster metrics pulse trace",
		"openaiapi geminiapi adminapi store",
		"app",
	} {
		for room := range strings.FieldsSeq(rooms) {
			table[room] = floor
		}
	}
	return table
}

// sideways lists the imports allowed between rooms of one floor, each with its reason. An entry that nothing uses fails too.
func sideways() map[string]string {
	return map[string]string{
		"upkeep relay": "what a probe came to is read by relay.Judge, the only reader of upstream errors",
	}
}

// testTools lists the rooms that the tests of any room may import: what they test against instead of mocks.
func testTools() map[string]string {
	return map[string]string{
		"geminisim":  "the simulated Gemini stands in for the network",
		"store":      "a real store on SQLite stands in for a mock of Store",
		"openaispec": "what OpenAI publishes of its API stands in for its SDKs",
	}
}

func TestImportsGoDownOnly(t *testing.T) {
	found, err := violations(os.DirFS("."), sideways())
	if err != nil {
		t.Fatalf("reading the module's imports: %v", err)
	}
	for _, v := range found {
		t.Error(v)
	}
}

func TestCheckerFindsViolations(t *testing.T) {
	const head = "package x\nimport _ "
	file := func(imported string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(head + strconv.Quote(imported) + "\n")}
	}
	tests := []struct {
		name   string
		tree   fstest.MapFS
		except map[string]string
		want   string // "" wants none
	}{
		{"down", fstest.MapFS{"internal/relay/a.go": file(internalPath + "pool")}, nil, ""},
		{"two floors down", fstest.MapFS{"internal/store/a.go": file(internalPath + "usage")}, nil, ""},
		{"up", fstest.MapFS{"internal/pool/a.go": file(internalPath + "relay")}, nil, "internal/pool/a.go: pool (floor 2) imports up: relay (floor 3)"},
		{"sideways", fstest.MapFS{"internal/pool/a.go": file(internalPath + "openai")}, nil, "internal/pool/a.go: pool (floor 2) imports sideways: openai (floor 2)"},
		{"sideways with a reason", fstest.MapFS{"internal/pool/a.go": file(internalPath + "openai")}, map[string]string{"pool openai": "because"}, ""},
		{"a reason nobody needs", fstest.MapFS{"internal/pool/a.go": file(internalPath + "fault")}, map[string]string{"pool openai": "because"}, `the exception "pool openai" is used by nothing: delete it`},
		{"inside one room", fstest.MapFS{"internal/store/storetest/a.go": file(internalPath + "store")}, nil, ""},
		{"a nested package has its room's floor", fstest.MapFS{"internal/pool/deep/a.go": file(internalPath + "store/storetest")}, nil, "internal/pool/deep/a.go: pool (floor 2) imports up: store (floor 4)"},
		{"no floor", fstest.MapFS{"internal/util/a.go": file("fmt")}, nil, "internal/util/a.go: give util a floor in floors_test.go"},
		{"an import with no floor", fstest.MapFS{"internal/app/a.go": file(internalPath + "util")}, nil, "internal/app/a.go: give util a floor in floors_test.go"},
		{"a program imports all", fstest.MapFS{"cmd/gemini-proxy/main.go": file(internalPath + "app")}, nil, ""},
		{"a room imports a program", fstest.MapFS{"internal/app/a.go": file("gemini-proxy/backend/cmd/gemini-proxy")}, nil, "internal/app/a.go: app (floor 5) imports up: gemini-proxy/backend/cmd/gemini-proxy"},
		{"a test uses a test tool", fstest.MapFS{"internal/gemini/a_test.go": file(internalPath + "geminisim")}, nil, ""},
		{"only a test does", fstest.MapFS{"internal/gemini/a.go": file(internalPath + "geminisim")}, nil, "internal/gemini/a.go: gemini (floor 1) imports sideways: geminisim (floor 1)"},
		{"a test uses another room above", fstest.MapFS{"internal/gemini/a_test.go": file(internalPath + "relay")}, nil, "internal/gemini/a_test.go: gemini (floor 1) imports up: relay (floor 3)"},
		{"testdata is not code", fstest.MapFS{"internal/gemini/testdata/a.go": file(internalPath + "relay")}, nil, ""},
		{"another module is not ours", fstest.MapFS{"e2e/go.mod": {}, "e2e/internal/x/a.go": file(internalPath + "relay")}, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := violations(tt.tree, tt.except)
			if err != nil {
				t.Fatal(err)
			}
			if joined := strings.Join(got, "\n"); joined != tt.want {
				t.Errorf("violations = %q, want %q", joined, tt.want)
			}
		})
	}
}

// violations walks the module in tree and returns a line, sorted, for every import that does not go down.
// except holds the sideways imports that are allowed, keyed "from to".
func violations(tree fs.FS, except map[string]string) ([]string, error) {
	c := checker{floors: floors(), except: except, used: map[string]bool{}}
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skip(tree, name)
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		return c.file(tree, name)
	})
	for pair := range except {
		if !c.used[pair] {
			c.found = append(c.found, fmt.Sprintf("the exception %q is used by nothing: delete it", pair))
		}
	}
	sort.Strings(c.found)
	return c.found, err
}

// skip returns fs.SkipDir for the directories that the go command ignores and for modules inside this one.
func skip(tree fs.FS, dir string) error {
	base := path.Base(dir)
	if dir == "." {
		return nil
	}
	if base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return fs.SkipDir
	}
	if _, err := fs.Stat(tree, path.Join(dir, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

type checker struct {
	floors map[string]int
	except map[string]string
	used   map[string]bool // the exceptions that some import needed
	found  []string
}

// file checks the imports of one Go file.
func (c *checker) file(tree fs.FS, name string) error {
	src, err := fs.ReadFile(tree, name)
	if err != nil {
		return err
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
	if err != nil {
		return fmt.Errorf("parse %s: %w", name, err)
	}
	from, inside := room("gemini-proxy/backend/" + name)
	if !inside && !strings.HasPrefix(name, "cmd/") {
		return nil
	}
	if inside && !c.known(name, from) {
		return nil
	}
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("read an import of %s: %w", name, err)
		}
		c.check(name, from, imported)
	}
	return nil
}

// check judges one import of the file name, which belongs to the room from ("" for a program).
func (c *checker) check(name, from, imported string) {
	if from != "" && strings.HasPrefix(imported, "gemini-proxy/backend/cmd/") {
		c.found = append(c.found, fmt.Sprintf("%s: %s (floor %d) imports up: %s", name, from, c.floors[from], imported))
		return
	}
	to, inside := room(imported)
	if !inside || to == from || !c.known(name, to) {
		return
	}
	if strings.HasSuffix(name, "_test.go") && testTools()[to] != "" {
		return
	}
	fromFloor := cmdFloor
	if from != "" {
		fromFloor = c.floors[from]
	}
	toFloor := c.floors[to]
	if toFloor < fromFloor {
		return
	}
	way := "up"
	if toFloor == fromFloor {
		pair := from + " " + to
		if c.except[pair] != "" {
			c.used[pair] = true
			return
		}
		way = "sideways"
	}
	c.found = append(c.found, fmt.Sprintf("%s: %s (floor %d) imports %s: %s (floor %d)", name, from, fromFloor, way, to, toFloor))
}

// known reports whether a room has a floor, and notes it when it has none.
func (c *checker) known(name, room string) bool {
	_, ok := c.floors[room]
	if !ok {
		c.found = append(c.found, fmt.Sprintf("%s: give %s a floor in floors_test.go", name, room))
	}
	return ok
}

// room names the room under internal/ that an import path or a file path lies in.
func room(p string) (string, bool) {
	rest, inside := strings.CutPrefix(p, internalPath)
	if !inside {
		return "", false
	}
	name, _, _ := strings.Cut(rest, "/")
	return name, true
}
