package geminiapi

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever a body names is seen: the quick look over its strings never says no where reading it finds something.
func TestQuickLookMissesNothing(t *testing.T) {
	words := []string{`"cachedContent"`, `"cached_content"`, `"fileData"`, `"file_data"`, `"fileSearchStoreNames"`, `"file_search_store_names"`, `"c\u0061chedContent"`,
		`"\u0063\u0061\u0063\u0068\u0065\u0064Content"`}
	noise := []string{`"text"`, `"a\"b"`, `"\\"`, `"\\\\\""`, `"cached"`, `"日本語"`, `"` + strings.Repeat("QUJD", 99) + `"`, "7", "null", "[]", `{"x":"}"}`}
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		b.WriteString("{")
		for i := range rapid.IntRange(0, 6).Draw(t, "before") {
			if i > 0 {
				b.WriteString(" ,")
			}
			b.WriteString(`"k` + strings.Repeat("x", i) + `" : ` + rapid.SampledFrom(noise).Draw(t, "noise"))
		}
		head := b.String()
		if head != "{" {
			head += ","
		}
		word := rapid.SampledFrom(words).Draw(t, "word")
		value := `"cachedContents/abc"`
		switch {
		case strings.Contains(word, "Data"), strings.Contains(word, "_data"):
			value = `{"fileUri":"files/abc"}`
		case strings.Contains(word, "earch"):
			value = `["fileSearchStores/abc"]`
		}
		text := head + word + " :" + value + "}"
		seen, err := readBody([]byte(text))
		if err != nil || len(seen.mentions) != 1 {
			t.Fatalf("%s: %+v, %v", text, seen, err)
		}
		if !mayMention([]byte(text)) {
			t.Fatalf("not seen in %s", text)
		}
		m := seen.mentions[0]
		if got := text[m.from:m.to]; !strings.HasSuffix(got, `/abc"`) || got[0] != '"' {
			t.Fatalf("the mention is %s", got)
		}
		if m.part != [2]int{} && text[m.part[0]:m.part[1]] != word+" :"+value {
			t.Fatalf("the member is %s", text[m.part[0]:m.part[1]])
		}
	})
}

func TestMentions(t *testing.T) {
	cases := map[string]struct {
		text string
		want string // names, with commas
	}{
		"of a function's own":         {`{"contents":[{"parts":[{"functionCall":{"args":{"cachedContent":"cachedContents/x"}}}]}]}`, ""},
		"in a schema":                 {`{"generationConfig":{"responseJsonSchema":{"properties":{"fileData":{"fileUri":"files/x"}}}}}`, ""},
		"in a function's parts":       {`{"contents":[{"parts":[{"functionResponse":{"response":{"fileUri":"files/x"},"parts":[{"fileData":{"fileUri":"files/y"}}]}}]}]}`, "files/y"},
		"an interaction that goes on": {`{"model":"m","previous_interaction_id":"v1_x","input":"hi"}`, "interactions/v1_x"},
		"of an agent":                 {`{"agent":"mine","environment":"env-1","input":"hi"}`, "agents/mine,environments/env-1"},
		"no strings":                  {`{"cachedContent":null,"fileData":7,"previous_interaction_id":{}}`, ""},
		"a bare name":                 {`{"cachedContent":"abc"}`, "cachedContents/abc"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			seen, err := readBody([]byte(tc.text))
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, m := range seen.mentions {
				names = append(names, m.name)
			}
			if got := strings.Join(names, ","); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}

func TestFileIn(t *testing.T) {
	for text, want := range map[string]string{
		"files/abc": "files/abc", "https://generativelanguage.googleapis.com/v1beta/files/abc": "files/abc", "http://localhost:8000/v1/files/a-1:download?alt=media": "files/a-1",
		"https://example.com/files/abc.pdf": "", "gs://bucket/v1/files/abc": "", "https://youtu.be/v1": "", "files/": "", "files/a b": "", "": "", "https://example.com/v1beta/files/": "",
	} {
		if got := fileIn(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
