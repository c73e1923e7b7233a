package gemini

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeShape(t *testing.T) {
	cases := map[string]struct {
		in         string
		meaningful bool
		finish     string
		block      string
		usage      int // total tokens
		code       int // of an error
		filled     bool
	}{
		"text":                 {in: `{"candidates":[{"content":{"parts":[{"text":"a"}],"role":"model"}}],"modelVersion":"m","responseId":"r"}`, meaningful: true},
		"a thought":            {in: `{"candidates":[{"content":{"parts":[{"thought":true,"text":"a"}]}}]}`, meaningful: true},
		"no text":              {in: `{"candidates":[{"content":{"parts":[{"text":""}]},"finishReason":"STOP"}],"usageMetadata":{"totalTokenCount":7}}`, finish: "STOP", usage: 7},
		"a signature alone":    {in: `{"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"eA=="}]}}]}`},
		"a call":               {in: `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":[1,"}"]}}}]}}]}`, meaningful: true},
		"an image":             {in: `{"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"` + strings.Repeat("A", 5000) + `"}}]}}]}`, meaningful: true},
		"a part of a new kind": {in: `{"candidates":[{"content":{"parts":[{"hologram":{"x":1}}]}}]}`, meaningful: true},
		"a null part":          {in: `{"candidates":[{"content":{"parts":[{"functionCall":null,"text":null}]}}]}`},
		"the second candidate": {in: `{"candidates":[{"index":0},{"content":{"parts":[{"text":"a"}]}}]}`, meaningful: true},
		"empty content":        {in: `{"candidates":[{"content":{},"finishReason":"MALFORMED_FUNCTION_CALL"}]}`, finish: "MALFORMED_FUNCTION_CALL"},
		"a blocked prompt":     {in: `{"promptFeedback":{"safetyRatings":[],"blockReason":"SAFETY"}}`, block: "SAFETY"},
		"an error":             {in: `{"error":{"code":503,"message":"x"}}`, code: 503},
		"an error in an array": {in: "[{\n\"error\":{\"code\":500}}]", code: 500},
		"a null error":         {in: `{"error":null}`},
		"an embedding":         {in: `{"embedding":{"values":[0.1,-2e-3]},"usageMetadata":{"totalTokenCount":"3"}}`, usage: 3, filled: true},
		"a null embedding":     {in: `{"embedding":null}`},
		"nothing":              {in: `{}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, filled, err := DecodeShape([]byte(tc.in))
			if err != nil {
				t.Fatal(err)
			}
			finish := ""
			for _, c := range got.Candidates {
				finish += c.FinishReason
			}
			code := 0
			if got.Error != nil {
				code = got.Error.StatusCode
			}
			if got.Meaningful() != tc.meaningful || finish != tc.finish || got.BlockReason != tc.block || got.Usage.Total != tc.usage || code != tc.code || filled != tc.filled {
				t.Errorf("%+v, filled %v", got, filled)
			}
		})
	}
	for _, in := range []string{``, `{`, `7`, `"x"`, `{} x`, `{"candidates":7}`, `{"error":7}`, `<html>`} {
		if _, _, err := DecodeShape([]byte(in)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// FuzzDecodeShape wants the shape of whatever can be decoded whole to be the same as the whole one's.
func FuzzDecodeShape(f *testing.F) {
	f.Add([]byte(`{"candidates":[{"content":{"parts":[{"text":"a"},{"functionCall":{"name":"f"}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3}}`))
	f.Add([]byte(`[{"error":{"code":503,"message":"x","status":"UNAVAILABLE"}}]`))
	f.Add([]byte(`{"promptFeedback":{"blockReason":"OTHER"}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		shape, _, err := DecodeShape(in)
		whole, wholeErr := DecodeResponse(in)
		if err != nil || wholeErr != nil {
			return // the one looks into what the other passes over
		}
		if whole.Meaningful() && !shape.Meaningful() || shape.BlockReason != whole.BlockReason || len(shape.Candidates) != len(whole.Candidates) || !cmp.Equal(shape.Usage, whole.Usage) {
			t.Errorf("%+v and %+v", shape, whole)
		}
		for i := range shape.Candidates {
			if shape.Candidates[i].FinishReason != whole.Candidates[i].FinishReason {
				t.Errorf("%+v and %+v", shape, whole)
			}
		}
	})
}

func BenchmarkShaper(b *testing.B) {
	chunk := []byte(`{"candidates":[{"content":{"parts":[{"text":"` + strings.Repeat("word ", 12) + `"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":2304,"candidatesTokenCount":12,"totalTokenCount":2316,"promptTokensDetails":[{"modality":"TEXT","tokenCount":2304}]},"modelVersion":"gemini-2.5-flash","responseId":"Il0taoSYJ5Cez7"}`)
	s := newShaper()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := s.shape(chunk); err != nil {
			b.Fatal(err)
		}
	}
}
