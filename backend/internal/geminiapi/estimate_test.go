package geminiapi

import (
	"strings"
	"testing"
)

func TestEstimateTokens(t *testing.T) {
	prose := strings.Repeat(`some \"words\" to read, `, 2000)
	image := strings.Repeat("iVBORw0KGgo/+A", 100_000)
	cases := map[string]struct {
		body        string
		least, most int
	}{
		"nothing":             {"", 1, 1},
		"a word":              {`{"contents":[{"parts":[{"text":"hello"}]}]}`, 5, 15},
		"prose":               {`{"text":"` + prose + `"}`, len(prose) / 4, len(prose)/4 + 10},
		"an image":            {`{"data":"` + image + `"}`, 258, 258 + len(image)/1000},
		"prose and an image":  {`{"text":"` + prose + `","data":"` + image + `"}`, len(prose) / 4, len(prose)/4 + 300 + len(image)/1000},
		"an odd quote before": {`{"text":"\"","data":"` + image + `"}`, 258, 300 + len(image)/1000},
		"no end":              {`{"data":"` + image, len(image) / 4, len(image)/4 + 10},
	}
	for name, tc := range cases {
		if got := estimateTokens([]byte(tc.body)); got < tc.least || got > tc.most {
			t.Errorf("%s: %d, want %d to %d", name, got, tc.least, tc.most)
		}
	}
}

func TestPassedQuery(t *testing.T) {
	for raw, want := range map[string]string{
		"":                               "",
		"key=x":                          "",
		"alt=sse&key=x":                  "alt=sse",
		"%6Bey=x&a=b%20c&&b=+":           "a=b%20c&b=+",
		"$key=x&KEY=y&access_token=z&c":  "c",
		"keys=1&quotaUser=me&userIp=1.1": "keys=1",
		"k%zz=1&d=2":                     "d=2",
	} {
		if got := passedQuery(raw); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

func BenchmarkEstimateTokens(b *testing.B) {
	for name, body := range map[string][]byte{
		"200Messages": []byte(strings.Repeat(`{"role":"user","parts":[{"text":"`+strings.Repeat("word ", 46)+`"}]},`, 200)),
		"Image1MB":    []byte(`{"data":"` + strings.Repeat("A", 1<<20) + `"}`),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				estimateTokens(body)
			}
		})
	}
}
