package adminapi

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/settings"
)

// specDocument is what the tests read of spec/swagger.json.
type specDocument struct {
	BasePath string `json:"basePath"`
	Paths    map[string]map[string]struct {
		ID         string                `json:"operationId"`
		Tags       []string              `json:"tags"`
		Summary    string                `json:"summary"`
		Produces   []string              `json:"produces"`
		Security   []map[string][]string `json:"security"`
		Parameters []struct {
			Name string `json:"name"`
			In   string `json:"in"`
		} `json:"parameters"`
		Responses map[string]struct {
			Schema struct {
				Ref string `json:"$ref"`
			} `json:"schema"`
		} `json:"responses"`
	} `json:"paths"`
	Definitions map[string]struct {
		Required   []string                   `json:"required"`
		Properties map[string]json.RawMessage `json:"properties"`
	} `json:"definitions"`
}

func readSpec(t *testing.T) specDocument {
	t.Helper()
	var doc specDocument
	if err := json.Unmarshal(spec, &doc); err != nil {
		t.Fatalf("reading the spec: %v", err)
	}
	return doc
}

// routes gives "GET /gemini-keys/{id}" for every route of the router.
func routes() []string {
	parameter := regexp.MustCompile(`:(\w+)`)
	var all []string
	for _, r := range newRouter(Config{}).Routes() {
		path := strings.TrimPrefix(r.Path, Prefix)
		all = append(all, r.Method+" "+parameter.ReplaceAllString(path, "{$1}"))
	}
	slices.Sort(all)
	return all
}

func TestSpecNamesEveryRouteAndNoOther(t *testing.T) {
	var specified []string
	for path, operations := range readSpec(t).Paths {
		for method := range operations {
			specified = append(specified, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(specified)
	if diff := cmp.Diff(routes(), specified); diff != "" {
		t.Errorf("routes (-) and spec (+) differ; run go generate:\n%s", diff)
	}
}

func TestSpecIsWhole(t *testing.T) {
	doc := readSpec(t)
	if doc.BasePath != Prefix {
		t.Errorf("base path is %q, want %q", doc.BasePath, Prefix)
	}
	ids := map[string]string{}
	for path, operations := range doc.Paths {
		for method, op := range operations {
			name := method + " " + path
			if op.ID == "" || op.Summary == "" || len(op.Tags) != 1 {
				t.Errorf("%s lacks an id, a summary or a tag", name)
			}
			if other, taken := ids[op.ID]; taken {
				t.Errorf("%s and %s have one id: %s", name, other, op.ID)
			}
			ids[op.ID] = name
			if !slices.Contains(op.Produces, "application/problem+json") {
				t.Errorf("%s does not say that it answers problems", name)
			}
			for status, answer := range op.Responses {
				if status >= "400" && answer.Schema.Ref != "#/definitions/Problem" {
					t.Errorf("%s: %s is not a problem", name, status)
				}
			}
			expected := []string{"500"}
			open := slices.Contains([]string{"/auth/login", "/auth/refresh", "/auth/logout"}, path)
			if !open {
				expected = append(expected, "401")
				if len(op.Security) != 1 {
					t.Errorf("%s does not say that it needs a token", name)
				}
			}
			if strings.Contains(path, "{id}") {
				expected = append(expected, "400", "404")
			}
			for _, p := range op.Parameters {
				if p.In == "body" {
					expected = append(expected, "400", "413", "415")
				}
			}
			for _, status := range expected {
				if _, ok := op.Responses[status]; !ok {
					t.Errorf("%s does not list %s", name, status)
				}
			}
		}
	}
}

// Fields of answers are always there (null when they have no value), so that the page's types need no doubt.
func TestSpecRequiresEveryFieldOfAnswers(t *testing.T) {
	for name, def := range readSpec(t).Definitions {
		if strings.HasSuffix(name, "Request") || strings.HasSuffix(name, "Patch") {
			continue
		}
		want := slices.Sorted(maps.Keys(def.Properties))
		if name == "Problem" {
			want = slices.DeleteFunc(want, func(field string) bool { return field == "field" || field == "errors" })
		}
		if diff := cmp.Diff(want, def.Required); diff != "" {
			t.Errorf("%s: properties (-) and required (+) differ:\n%s", name, diff)
		}
	}
}

// Every code that a problem can carry is in its enum, which is the page's list.
func TestProblemCodesAreSpecified(t *testing.T) {
	field, _ := reflect.TypeFor[Problem]().FieldByName("Code")
	enum := strings.Split(field.Tag.Get("enums"), ",")
	for _, code := range enum {
		if !knownCode(code) && !slices.Contains([]string{"forbidden", "upstream", "timeout", "internal"}, code) {
			t.Errorf("%s is specified but never sent", code)
		}
	}
	for kind := range 32 {
		if code := kindCode(fault.Kind(kind)); !slices.Contains(enum, code) {
			t.Errorf("%s of kind %d is not specified", code, kind)
		}
	}
}

// A field that was renamed in Go must not keep its old name in the spec.
func TestSpecFollowsTheTypes(t *testing.T) {
	definitions := readSpec(t).Definitions
	seen := map[string]bool{}
	var follow func(of reflect.Type)
	follow = func(of reflect.Type) {
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		if of.Kind() != reflect.Struct || of == reflect.TypeFor[time.Time]() || reflect.PointerTo(of).Implements(reflect.TypeFor[takesNull]()) || seen[of.Name()] {
			return
		}
		seen[of.Name()] = true
		var fields []string
		for _, f := range reflect.VisibleFields(of) {
			if !f.Anonymous {
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				fields = append(fields, name)
				follow(f.Type)
			}
		}
		slices.Sort(fields)
		if diff := cmp.Diff(fields, slices.Sorted(maps.Keys(definitions[of.Name()].Properties))); diff != "" {
			t.Errorf("%s: type (-) and spec (+) differ; run go generate:\n%s", of.Name(), diff)
		}
	}
	for _, root := range []any{
		Problem{}, LoginRequest{}, RefreshRequest{}, PasswordRequest{}, Tokens{}, Me{}, GeminiKeyList{}, GeminiKeyPatch{}, ImportRequest{},
		ImportResult{}, CheckResult{}, UserKeyList{}, UserKeyRequest{}, UserKeyPatch{}, NewUserKey{}, settings.Settings{}, SettingsPatch{},
		Overview{}, Timeseries{}, System{}, RequestList{}, RequestDetail{}, ModelList{}, ModelRequest{}, ModelSync{},
		GeminiKeyStats{}, UserKeyStats{}, ModelStats{}, OpenSessionList{}, AuditList{}, FileList{}, FileDetail{},
		LiveEvents{}, FailureStats{}, BackupRequest{}, RestoreResult{}, SymbolTrial{}, SymbolSamples{},
		BulkRequest{}, BulkResult{}, CheckEvents{}, SearchEvents{}, GeminiKeyDetails{}, ModelServing{}, CleanupPlan{}, KeepAliveStatus{},
		GeminiKeyHours{}, ProjectNameList{},
	} {
		follow(reflect.TypeOf(root))
	}
	for name := range definitions {
		if !seen[name] {
			t.Errorf("%s is in the spec, but nothing here is made of it", name)
		}
	}
}

func TestSettingsPatchNamesEverySetting(t *testing.T) {
	if diff := cmp.Diff(jsonFields(reflect.TypeFor[settings.Settings]()), jsonFields(reflect.TypeFor[SettingsPatch]())); diff != "" {
		t.Errorf("settings (-) and their patch (+) differ:\n%s", diff)
	}
}

// jsonFields lists the fields of a struct by path, with the tags the spec is made from.
func jsonFields(t reflect.Type) []string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var all []string
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("json")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			for _, sub := range jsonFields(inner) {
				all = append(all, name+"."+sub)
			}
			continue
		}
		all = append(all, strings.Join([]string{name, inner.Kind().String(), f.Tag.Get("enums"), f.Tag.Get("minimum"), f.Tag.Get("maximum")}, " "))
	}
	return all
}

// The document must be about the product alone.
func TestSpecHoldsNothingOfThisMachine(t *testing.T) {
	yaml, err := os.ReadFile("spec/swagger.yaml")
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = here // nobody's home is in it
	}
	for _, text := range []string{string(spec), string(yaml)} {
		for _, forbidden := range []string{here, home, "localhost", "127.0.0.1"} {
			if strings.Contains(text, forbidden) {
				t.Errorf("the spec holds %q", forbidden)
			}
		}
	}
}
