package pool

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
)

const (
	oldKey   = "AIzaSy-FAKE-000000000000000000000000001"
	otherOld = "AIzaSy-FAKE-000000000000000000000000002"
	newKind  = "AQ.FAKE-Ab8RN6Jexample-example-example-0000000000000001"
	noPrefix = "IQ7FAKEexampleExample0123456789abcdefXYZ"
)

func TestFindKeys(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
		invalid    []string // parts of the reasons
	}{
		{"nothing", "", nil, nil},
		{"prose", "Please find the keys of the Internationalization department below.", nil, nil},
		{"lines", oldKey + "\n" + newKind + "\r\n" + noPrefix, []string{oldKey, newKind, noPrefix}, nil},
		{"any separators", oldKey + "," + otherOld + ";" + newKind + "\t" + noPrefix + "  |", []string{oldKey, otherOld, newKind, noPrefix}, nil},
		{"twice", oldKey + " " + otherOld + " " + oldKey, []string{oldKey, otherOld}, nil},
		{"JSON", `{"keys":["` + oldKey + `","` + newKind + `"]}`, []string{oldKey, newKind}, nil},
		{"an env file", "GEMINI_API_KEY=" + oldKey + "\nexport OTHER='" + otherOld + "'", []string{oldKey, otherOld}, nil},
		{"a URL", "https://example.invalid/v1beta/models?key=" + oldKey + "&alt=sse", []string{oldKey}, nil},
		{"a sentence", "The key is " + newKind + ". Use it well.", []string{newKind}, nil},
		{"Chinese", "密钥：" + oldKey + "，备用" + otherOld + "。", []string{oldKey, otherOld}, nil},
		{"a user key", "sk-FAKE0123456789abcdefABCDEF0123456789abcdef", nil, []string{"user key"}},
		{"too short", "AIzaSy-FAKE-1 AQ.FAKE", nil, []string{"too short", "too short"}},
		{"cut off", oldKey[:37], nil, []string{"39 characters"}},
		{"too long", strings.Repeat("aB3", 100), nil, []string{"longer than 256"}},
		{"a hash is no key", strings.Repeat("0123456789abcdef", 4), nil, nil},
		{"a word in capitals", strings.Repeat("ABCDEFGHIJ", 4), nil, nil},
		{"a path", "Some1.Host.With.Many.Dots.example.invalid.Path", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, invalid := FindKeys(tt.text)
			got := []string{}
			for _, s := range found {
				got = append(got, s.Reveal())
			}
			if !slices.Equal(got, tt.want) && len(got)+len(tt.want) > 0 {
				t.Errorf("found %d keys, want %d", len(got), len(tt.want))
			}
			if len(invalid) != len(tt.invalid) {
				t.Fatalf("rejects %v, want %v", invalid, tt.invalid)
			}
			for i, r := range invalid {
				if !strings.Contains(r.Reason, tt.invalid[i]) {
					t.Errorf("rejects for %q, want %q", r.Reason, tt.invalid[i])
				}
				if strings.Contains(tt.text, r.Masked) {
					t.Errorf("shows %q unmasked", r.Masked)
				}
			}
		})
	}
}

func FuzzFindKeys(f *testing.F) {
	f.Add(oldKey + "," + newKind)
	f.Add("GEMINI_API_KEYS=" + noPrefix + "\x00\xff" + otherOld)
	f.Add("sk-" + oldKey + " ... --- AQ. AIza")
	f.Fuzz(func(t *testing.T, text string) {
		found, invalid := FindKeys(text)
		seen := map[gemini.Secret]bool{}
		for _, s := range found {
			key := s.Reveal()
			if seen[s] || len(key) < minKey || len(key) > maxKey || !strings.Contains(text, key) || strings.HasPrefix(key, "sk-") {
				t.Errorf("found what is no key: %d bytes", len(key))
			}
			seen[s] = true
		}
		for _, r := range invalid {
			if r.Reason == "" || !utf8.ValidString(r.Masked) {
				t.Errorf("rejection %+v", r)
			}
		}
		again, _ := FindKeys(strings.Join(reveal(found), "\n"))
		if !slices.Equal(again, found) {
			t.Error("what was found is not found again")
		}
	})
}

func reveal(secrets []gemini.Secret) []string {
	keys := make([]string, len(secrets))
	for i, s := range secrets {
		keys[i] = s.Reveal()
	}
	return keys
}

func TestImport(t *testing.T) {
	w := newWorld(t, 0)
	ctx := t.Context()
	preview, err := w.Import(ctx, []gemini.Secret{oldKey, otherOld}, ImportOptions{DryRun: true})
	if err != nil || len(preview.Added) != 2 || preview.Added[0].ID != 0 || w.Counts().All != 0 || len(w.store.keys) != 0 {
		t.Fatalf("preview %+v, %v", preview, err)
	}
	first, err := w.Import(ctx, []gemini.Secret{oldKey, otherOld, oldKey}, ImportOptions{Project: "atlas", Weight: 5})
	if err != nil || len(first.Added) != 2 || len(first.Duplicates) != 0 {
		t.Fatalf("first %+v, %v", first, err)
	}
	if k := first.Added[1]; k.Name != "key-02" || k.Project != "atlas" || k.ProjectSource != SourceOperator || k.Weight != 5 || k.State != StateUnknown {
		t.Errorf("added %+v", k)
	}
	if err := w.Remove(ctx, 2); err != nil {
		t.Fatal(err)
	}
	second, err := w.Import(ctx, []gemini.Secret{oldKey, newKind, otherOld}, ImportOptions{})
	if err != nil || len(second.Added) != 1 || second.Added[0].Name != "key-03" || len(second.Duplicates) != 2 {
		t.Fatalf("second %+v, %v", second, err)
	}
	if d := second.Duplicates[1]; d.ID != 2 || d.State != StateRemoved {
		t.Errorf("a removed key is reported as %+v", d)
	}
	for _, o := range []ImportOptions{{Weight: 101}, {Weight: -1}, {Project: strings.Repeat("x", 101)}, {Project: "a\nb"}, {Prefix: strings.Repeat("x", 91)}, {Prefix: "a\n"}} {
		if _, err := w.Import(ctx, []gemini.Secret{noPrefix}, o); fault.KindOf(err) != fault.Invalid || fault.Of(err).Field == "" {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if text := fmt.Sprintf("%+v %v %#v", first, second, preview); strings.Contains(text, oldKey) || strings.Contains(text, newKind) {
		t.Error("a result shows a key")
	}
}

func TestImportNumbersOnFromItsPrefix(t *testing.T) {
	w := newWorld(t, 0)
	ctx := t.Context()
	names := func(o ImportOptions, secrets ...gemini.Secret) (names []string) {
		result, err := w.Import(ctx, secrets, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range result.Added {
			names = append(names, k.Name)
		}
		return names
	}
	if got := names(ImportOptions{Prefix: "spare-"}, oldKey); !slices.Equal(got, []string{"spare-01"}) {
		t.Errorf("the first of a prefix: %q", got)
	}
	last, odd := "spare-41", "spare-99x"
	if _, err := w.Update(ctx, 1, Patch{Name: &last}); err != nil {
		t.Fatal(err)
	}
	if err := w.Remove(ctx, 1); err != nil { // its name may come back with it
		t.Fatal(err)
	}
	if got := names(ImportOptions{Prefix: "spare-", DryRun: true}, otherOld, newKind); !slices.Equal(got, []string{"spare-42", "spare-43"}) {
		t.Errorf("previewed as %q", got)
	}
	if got := names(ImportOptions{Prefix: "spare-"}, otherOld); !slices.Equal(got, []string{"spare-42"}) {
		t.Errorf("numbered on as %q", got)
	}
	if _, err := w.Update(ctx, 2, Patch{Name: &odd}); err != nil {
		t.Fatal(err)
	}
	if got := names(ImportOptions{Prefix: "spare-"}, newKind); !slices.Equal(got, []string{"spare-42"}) {
		t.Errorf("a name that is no number counts: %q", got)
	}
	if got := names(ImportOptions{}, noPrefix); !slices.Equal(got, []string{"key-04"}) {
		t.Errorf("without a prefix: %q", got)
	}
}

// A key that another server of the same database kept meanwhile is a duplicate.
func TestImportOfWhatTheStoreHas(t *testing.T) {
	w := newWorld(t, 0)
	if _, err := w.store.AddKeys(t.Context(), []Record{{Secret: oldKey}}); err != nil {
		t.Fatal(err)
	}
	r, err := w.Import(t.Context(), []gemini.Secret{oldKey, otherOld}, ImportOptions{})
	if err != nil || len(r.Added) != 1 || len(r.Duplicates) != 1 || r.Duplicates[0].Masked == "" {
		t.Errorf("%+v, %v", r, err)
	}
}
