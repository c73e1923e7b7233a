package stack

import (
	"bytes"
	"slices"
	"strings"
	"sync"
)

// secrets are the words that must not appear where anybody could read them. It is safe for concurrent use.
type secrets struct {
	mu    sync.Mutex
	words []secret
}

type secret struct{ name, word string }

func (s *secrets) add(name, word string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.words = append(s.words, secret{name, word})
}

// in gives the names of the secrets that a text holds, each once.
func (s *secrets) in(text []byte) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []string
	for _, one := range s.words {
		if bytes.Contains(text, []byte(one.word)) && !slices.Contains(found, one.name) {
			found = append(found, one.name)
		}
	}
	return found
}

// redact takes the secrets out of a text that is to be printed.
func (s *secrets) redact(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.words {
		text = strings.ReplaceAll(text, one.word, "["+one.name+"]")
	}
	return text
}
