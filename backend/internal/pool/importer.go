package pool

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
)

// Rejected is a piece of pasted text that looked like a key but is none.
type Rejected struct {
	Masked string
	Reason string
}

const (
	minKey      = 30 // characters of a key; AIza… keys have 39
	maxKey      = 256
	googleKey   = 39 // characters of an AIza… key
	maxFound    = 100_000
	maxRejected = 1_000
)

// token is a run of the characters a key can be made of.
var token = regexp.MustCompile(`[A-Za-z0-9_.\-]+`)

// FindKeys finds Gemini keys in any text, by pattern and never by one fixed prefix (Google has changed it once: AIza…, now AQ.…).
// It gives each key once, in order, and says of what came close why it is none. At most 100,000 keys and 1,000 rejections.
func FindKeys(text string) (found []gemini.Secret, invalid []Rejected) {
	seen := map[string]bool{}
	for at := 0; at < len(text) && len(found) < maxFound; {
		span := token.FindStringIndex(text[at:])
		if span == nil {
			break
		}
		word := trimKey(text[at+span[0] : at+span[1]])
		at += span[1]
		if seen[word] {
			continue
		}
		reason, isKey := classify(word)
		if isKey {
			seen[word] = true
			found = append(found, gemini.Secret(strings.Clone(word)))
		} else if reason != "" && len(invalid) < maxRejected {
			seen[word] = true
			invalid = append(invalid, Rejected{Masked: gemini.Secret(word).Mask(), Reason: reason})
		}
	}
	return found, invalid
}

// trimKey takes away what punctuation of the text around it clings to a word.
func trimKey(word string) string { return strings.Trim(word, ".-") }

// classify says whether a word is a key; if it only came close, why it is none; and nothing of other words.
func classify(word string) (reason string, isKey bool) {
	prefixed := strings.HasPrefix(word, "AIza") || strings.HasPrefix(word, "AQ.")
	switch {
	case strings.HasPrefix(word, "sk-"):
		return "this is a user key, not a Gemini key", false
	case len(word) > maxKey:
		return fmt.Sprintf("longer than %d characters", maxKey), false
	case prefixed && len(word) < minKey:
		return "too short", false
	case strings.HasPrefix(word, "AIza") && len(word) != googleKey:
		return fmt.Sprintf("a key that begins with AIza has %d characters, this has %d", googleKey, len(word)), false
	case prefixed:
		return "", true
	case len(word) < minKey || !mixed(word):
		return "", false
	case strings.Contains(word, "..") || strings.Count(word, ".") > 2:
		return "", false // a host name or a path, not a key
	default:
		return "", true
	}
}

// mixed reports whether a word has lower-case letters, capitals and digits, as keys do and prose does not.
func mixed(word string) bool {
	lower, upper, digit := false, false, false
	for i := range len(word) {
		switch c := word[i]; {
		case c >= 'a' && c <= 'z':
			lower = true
		case c >= 'A' && c <= 'Z':
			upper = true
		case c >= '0' && c <= '9':
			digit = true
		}
	}
	return lower && upper && digit
}

// ImportOptions is what new keys start with.
type ImportOptions struct {
	Project  string               // the operator's word; empty is not known
	Weight   int                  // 1–100; 0 is 1
	Prefix   string               // of their names, which are numbered on from the last that begins so; empty is "key-"
	DryRun   bool                 // only tell what would come of it: nothing is kept, and ids are 0
	Progress func(ImportProgress) // told after every batch; may be nil

	last int // the number of the last key whose name begins with Prefix
}

// ImportProgress is how far an import is.
type ImportProgress struct {
	Done, Total       int // keys of the text
	Added, Duplicates int
}

// ImportResult tells what came of an import. The lists name the first thousand of each; the totals count all.
type ImportResult struct {
	Added           []Key
	Duplicates      []Key // were there already, removed ones included
	AddedTotal      int
	DuplicatesTotal int
}

const (
	maxWeight      = 100
	maxProjectName = 100
	maxKeyName     = 100
	maxPrefix      = 90 // of a name, so that a number has room behind it
	maxNote        = 1000
	importBatch    = 1_000 // keys kept and taken into memory in one go
	maxTold        = 1_000 // keys of each kind that a result names
)

// Import keeps new keys and puts them into use at once, a thousand at a time. A key that is there already is reported and left as it is.
// When the store fails or ctx ends, the thousands before stay, and the result tells of them beside the error.
func (p *Pool) Import(ctx context.Context, secrets []gemini.Secret, o ImportOptions) (ImportResult, error) {
	if o.Weight == 0 {
		o.Weight = 1
	}
	if err := checkFields(nil, nil, &o.Project, &o.Weight); err != nil {
		return ImportResult{}, err
	}
	if !printable(o.Prefix, maxPrefix) {
		return ImportResult{}, fault.Field("name_prefix", "must be at most %d printable characters", maxPrefix)
	}
	if o.Progress == nil {
		o.Progress = func(ImportProgress) {}
	}
	if o.Prefix != "" {
		o.last = p.lastNumber(o.Prefix)
	}
	fresh, result := p.sift(secrets)
	total := len(fresh) + result.DuplicatesTotal
	for batch := range slices.Chunk(fresh, importBatch) {
		if err := p.importBatch(ctx, batch, &o, &result); err != nil {
			return result, err
		}
		o.Progress(ImportProgress{
			Done: result.AddedTotal + result.DuplicatesTotal, Total: total, Added: result.AddedTotal, Duplicates: result.DuplicatesTotal,
		})
	}
	return result, nil
}

func (p *Pool) importBatch(ctx context.Context, secrets []gemini.Secret, o *ImportOptions, result *ImportResult) error {
	if err := context.Cause(ctx); err != nil {
		return fault.Wrap(fault.Canceled, err, "the request ended after %d keys were added", result.AddedTotal)
	}
	p.operating.Lock()
	defer p.operating.Unlock()
	if o.DryRun {
		for _, r := range p.newRecords(secrets, o, result.AddedTotal) {
			result.add(preview(&r))
		}
		return nil
	}
	kept, err := p.store.AddKeys(ctx, p.newRecords(secrets, o, result.AddedTotal))
	if err != nil {
		return fmt.Errorf("keep imported keys, after %d were added: %w", result.AddedTotal, err)
	}
	p.adopt(kept, result)
	return nil
}

func (r *ImportResult) add(k Key) {
	if r.AddedTotal++; len(r.Added) < maxTold {
		r.Added = append(r.Added, k)
	}
}

func (r *ImportResult) duplicate(k Key) {
	if r.DuplicatesTotal++; len(r.Duplicates) < maxTold {
		r.Duplicates = append(r.Duplicates, k)
	}
}

// sift parts what is new from what is there.
func (p *Pool) sift(secrets []gemini.Secret) (fresh []gemini.Secret, result ImportResult) {
	seen := make(map[gemini.Secret]bool, len(secrets))
	for batch := range slices.Chunk(secrets, importBatch) {
		p.mu.Lock()
		now := p.now()
		for _, secret := range batch {
			if seen[secret] {
				continue
			}
			seen[secret] = true
			if k := p.secrets[secret]; k == nil {
				fresh = append(fresh, secret)
			} else if result.DuplicatesTotal++; len(result.Duplicates) < maxTold {
				result.Duplicates = append(result.Duplicates, p.view(k, now))
			}
		}
		p.unlock()
	}
	return fresh, result
}

// lastNumber gives the highest number that follows a prefix in a key's name; 0 when none does.
func (p *Pool) lastNumber(prefix string) (last int) {
	p.scan(func(k *key, _ moment) {
		if rest, begins := strings.CutPrefix(k.name, prefix); begins && rest != "" && digits(rest) == rest {
			if n, err := strconv.Atoi(rest); err == nil && n < 1_000_000_000 {
				last = max(last, n)
			}
		}
	})
	return last
}

// newRecords gives what is to be kept of new keys, after so many of the same import: numbered on from the last of their prefix, else from
// how many keys there are.
func (p *Pool) newRecords(secrets []gemini.Secret, o *ImportOptions, added int) []Record {
	prefix, number := o.Prefix, o.last+added
	if prefix == "" {
		p.mu.Lock()
		prefix, number = "key-", len(p.order)
		p.unlock()
		if o.DryRun {
			number += added // which are in nobody's memory
		}
	}
	source := SourceUnknown
	if o.Project != "" {
		source = SourceOperator
	}
	records := make([]Record, len(secrets))
	now := time.Now().UTC()
	for i, secret := range secrets {
		records[i] = Record{
			Secret: secret, Name: fmt.Sprintf("%s%02d", prefix, number+i+1), Project: o.Project, ProjectSource: source,
			Weight: o.Weight, Enabled: true, CreatedAt: now,
		}
	}
	return records
}

// preview gives a key as it would be.
func preview(r *Record) Key {
	return Key{
		Masked: r.Secret.Mask(), Name: r.Name, Project: r.Project, ProjectSource: r.ProjectSource, Weight: r.Weight, Enabled: true,
		State: StateUnknown, CreatedAt: r.CreatedAt,
	}
}

// adopt takes kept keys into memory.
func (p *Pool) adopt(kept []Record, result *ImportResult) {
	p.mu.Lock()
	defer p.unlock()
	now := p.now()
	for i := range kept {
		r := &kept[i]
		if r.ID == 0 { // another server of the same database was quicker
			result.duplicate(Key{Masked: r.Secret.Mask(), Name: r.Name})
			continue
		}
		k := newKey(r)
		p.add(k, now)
		if result.AddedTotal++; len(result.Added) < maxTold {
			result.Added = append(result.Added, p.view(k, now))
		}
	}
}

// checkFields finds what an operator may not set, by the names of the admin API. A nil is not set.
func checkFields(name, note, project *string, weight *int) error {
	switch {
	case name != nil && (*name == "" || !printable(*name, maxKeyName)):
		return fault.Field("name", "must be 1 to %d printable characters", maxKeyName)
	case note != nil && len(*note) > maxNote:
		return fault.Field("note", "must be at most %d bytes", maxNote)
	case project != nil && !printable(*project, maxProjectName):
		return fault.Field("project", "must be at most %d printable characters", maxProjectName)
	case weight != nil && (*weight < 1 || *weight > maxWeight):
		return fault.Field("weight", "must be 1 to %d", maxWeight)
	}
	return nil
}

func printable(text string, most int) bool {
	if len([]rune(text)) > most {
		return false
	}
	return strings.TrimSpace(text) == text && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}
