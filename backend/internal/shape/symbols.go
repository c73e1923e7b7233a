package shape

import (
	"hash/maphash"
	"strings"
	"sync"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/settings"
)

// What is added. None of it is a letter, a digit, or a mark that prompts use to say something.
const (
	visibleSymbols   = "∀∂∃∅∆∇∈∋∏∑∓∗∘∙√∝∞∠∧∨∩∪∫∴∵∼≅≈≠≡≤≥⊂⊃⊆⊇⊕⊗⊙⊥⋄⋆■□▢▣▤▥▦▧▨▩▪▫▲△▶▷▼▽◀◁◆◇◈◉◊○◎●◐◑◒◓★☆✦✧✩✪✫✬✭✮✯✰←↑→↓↔↕↖↗↘↙⇐⇑⇒⇓⇔⇕※§¶†‡"
	invisibleSymbols = "\u200b\u200c\u2060" // zero width space, zero width non-joiner, word joiner
)

// maxPrompts bounds how many prompts are recognised when they come again.
const maxPrompts = 5000

// Random gives a number from 0 up to n, without n.
type Random func(n int) int

// Symbols adds symbols to users' messages, and remembers which messages it has seen, so that one that comes again goes out otherwise than before. It
// is safe for concurrent use. Texts are kept as hashes alone.
type Symbols struct {
	seed maphash.Seed

	mu    sync.Mutex        // guards all below
	sent  map[uint64]uint64 // what a prompt last became, both as hashes
	order []uint64          // the prompts, a ring
	next  int               // of order
}

// NewSymbols makes a memory that has seen nothing.
func NewSymbols() *Symbols { return &Symbols{seed: maphash.MakeSeed(), sent: map[uint64]uint64{}} }

// Apply adds symbols to the user's last message, if the settings ask for it and the request may be touched: not one for JSON or speech, not
// a step of a tool's use, not one with tools if they are exempt, not one of fewer tokens than the settings say. System text is never touched.
func (s *Symbols) Apply(r *gemini.Request, set *settings.SymbolInjection, tokens int, random Random) {
	if !set.Enabled || set.ExemptTools && len(r.Tools) > 0 || tokens < set.MinTokens || r.Generation.ResponseMIMEType == "application/json" || speaks(r) {
		return
	}
	last := len(r.Contents) - 1
	if last < 0 || lastMessage(r.Contents) != last {
		return
	}
	parts := r.Contents[last].Parts
	if i := lastText(parts); i >= 0 {
		parts[i].Text = s.Vary(parts[i].Text, set.Strategy, random)
	}
}

// Vary gives the text with symbols, and not as it was given the last time.
func (s *Symbols) Vary(text, strategy string, random Random) string {
	if strings.TrimSpace(text) == "" {
		return text
	}
	prompt := maphash.String(s.seed, text)
	s.mu.Lock()
	defer s.mu.Unlock()
	before, again := s.sent[prompt]
	if again && strategy == settings.SymbolsAuto {
		strategy = pick(random, settings.SymbolsMixed, settings.SymbolsInvisible, settings.SymbolsPrefix, settings.SymbolsSuffix)
	}
	const tries = 8 // enough for all but a random source that is none
	var out string
	for range tries {
		out = Decorate(text, strategy, random)
		if !again || maphash.String(s.seed, out) != before {
			break
		}
	}
	s.remember(prompt, maphash.String(s.seed, out))
	return out
}

func (s *Symbols) remember(prompt, sent uint64) {
	if _, known := s.sent[prompt]; !known {
		if len(s.order) < maxPrompts {
			s.order = append(s.order, prompt)
		} else {
			delete(s.sent, s.order[s.next])
			s.order[s.next] = prompt
			s.next = (s.next + 1) % maxPrompts
		}
	}
	s.sent[prompt] = sent
}

// Decorate gives the text with symbols, by a strategy of settings.
func Decorate(text, strategy string, random Random) string {
	if strategy == settings.SymbolsAuto {
		strategy = pick(random, settings.SymbolsPrefix, settings.SymbolsSuffix, settings.SymbolsWrap)
	}
	switch strategy {
	case settings.SymbolsPrefix:
		return draw(visibleSymbols, 2+random(3), random) + " " + text
	case settings.SymbolsWrap:
		return draw(visibleSymbols, 1+random(2), random) + " " + text + " " + draw(visibleSymbols, 1+random(2), random)
	case settings.SymbolsInvisible:
		return text + draw(invisibleSymbols, 2+random(5), random)
	case settings.SymbolsMixed:
		return text + " " + draw(visibleSymbols, 1+random(2), random) + draw(invisibleSymbols, 1, random)
	}
	return text + " " + draw(visibleSymbols, 2+random(3), random)
}

// draw gives n symbols of those given.
func draw(from string, n int, random Random) string {
	symbols := []rune(from)
	out := make([]rune, n)
	for i := range out {
		out[i] = symbols[random(len(symbols))]
	}
	return string(out)
}

func pick(random Random, of ...string) string { return of[random(len(of))] }
