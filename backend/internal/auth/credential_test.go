package auth

import (
	"net/http"
	"net/url"
	"testing"
)

func TestFromRequestParts(t *testing.T) {
	const key, other = "sk-FAKE-1", "sk-FAKE-2"
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Add(pairs[i], pairs[i+1])
		}
		return h
	}
	query := url.Values{"key": {other}}
	tests := []struct {
		name   string
		header http.Header
		query  url.Values
		want   string
	}{
		{"nothing", header(), nil, ""},
		{"OpenAI's way", header("Authorization", "Bearer "+key), nil, key},
		{"in lower case, with space", header("authorization", "bearer   "+key+" "), nil, key},
		{"Google's header", header("x-goog-api-key", key), nil, key},
		{"Anthropic's header", header("x-api-key", key), nil, key},
		{"Google's query", header(), query, other},
		{"Bearer before all", header("x-api-key", other, "x-goog-api-key", other, "Authorization", "Bearer "+key), query, key},
		{"Google's before Anthropic's", header("x-api-key", other, "x-goog-api-key", key), query, key},
		{"a header before the query", header("x-api-key", key), query, key},
		{"an empty Bearer counts as none", header("Authorization", "Bearer ", "x-goog-api-key", key), nil, key},
		{"another scheme counts as none", header("Authorization", "Basic "+other, "x-api-key", key), nil, key},
		{"no scheme counts as none", header("Authorization", other), nil, ""},
		{"an empty header counts as none", header("x-goog-api-key", " "), query, other},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := FromRequestParts(test.header, test.query); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func BenchmarkFromRequestParts(b *testing.B) {
	header := http.Header{"X-Api-Key": {"sk-FAKE-1"}}
	b.ReportAllocs()
	for b.Loop() {
		if FromRequestParts(header, nil) == "" {
			b.Fatal("nothing found")
		}
	}
}
