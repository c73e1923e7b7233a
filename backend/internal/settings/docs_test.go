package settings

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDocsListEverySetting compares the table in docs/configuration.md with the settings: names, defaults and what is allowed.
func TestDocsListEverySetting(t *testing.T) {
	text, err := os.ReadFile("../../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## Settings\n")
	if !found {
		t.Fatal("docs/configuration.md has no section Settings")
	}
	got := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\| `([^`]*)` \\| ([^|]*) \\|").FindAllStringSubmatch(section, -1) {
		got[row[1]] = row[2] + ", " + strings.ReplaceAll(row[3], "`", "")
	}
	want := map[string]string{}
	plain := Default()
	for _, f := range fields(&plain) {
		value, allowed := fmt.Sprint(f.value.Interface()), strings.ReplaceAll(f.tag.Get("enums"), ",", ", ")
		switch {
		case f.value.CanFloat():
			value = strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.6f", f.value.Float()), "0"), ".")
			fallthrough
		case f.value.CanInt():
			allowed = f.tag.Get("minimum") + "–" + f.tag.Get("maximum")
		case f.tag.Get("maxLength") != "":
			value, allowed = `""`, "text of at most "+f.tag.Get("maxLength")+" bytes"
		case allowed == "":
			allowed = "true, false"
		}
		want[f.name] = value + ", " + allowed
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("- is in the code, + is in docs/configuration.md:\n%s", diff)
	}
}

// TestSpecificationNamesEveryDefault compares the tags that the API's specification takes its defaults from with Default; the page
// offers them from there.
func TestSpecificationNamesEveryDefault(t *testing.T) {
	plain := Default()
	for _, f := range fields(&plain) {
		if named, want := f.tag.Get("default"), fmt.Sprintf("%v", f.value.Interface()); named != want && !sameNumber(named, want) {
			t.Errorf("the default of %s is named %q, and is %q", f.name, named, want)
		}
	}
}

// sameNumber compares "34560000" with "3.456e+07".
func sameNumber(a, b string) bool {
	x, err := strconv.ParseFloat(a, 64)
	y, wrong := strconv.ParseFloat(b, 64)
	return err == nil && wrong == nil && x == y
}
