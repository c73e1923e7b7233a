package openai

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestTextTokensCountsCharacters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		ascii, wide := 0, 0
		for _, c := range s {
			if c < utf8.RuneSelf {
				ascii++
			} else {
				wide++
			}
		}
		if got, want := textTokens(s), (ascii+bytesPerToken-1)/bytesPerToken+(wide*2+2)/3; got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	})
}
