package backup

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"

	"gemini-proxy/backend/internal/fault"
)

const phrase = "a passphrase for tests"

// shelf is a store of two records that remembers what was restored.
type shelf struct {
	got  []Record
	told int
}

func (*shelf) DumpBackup(_ context.Context, _ bool, put func(Record) error) error {
	return errors.Join(put(Record{Key: &Key{ID: 1, Secret: "AIzaSy-FAKE-one"}}), put(Record{Settings: &Settings{Document: "{}"}}))
}

func (s *shelf) RestoreBackup(_ context.Context, next func() (*Record, error), _ bool) (Summary, error) {
	for {
		r, err := next()
		if errors.Is(err, io.EOF) {
			return Summary{}, nil
		}
		if err != nil {
			return Summary{}, err
		}
		s.got = append(s.got, *r)
	}
}

func (s *shelf) Reload(context.Context) error {
	s.told++
	return nil
}

func fresh(s *shelf) *Backups {
	return New(Config{Store: s, By: "1.2.3", Parts: []Part{s}, Work: 10})
}

func made(t *testing.T) []byte {
	t.Helper()
	file, err := fresh(&shelf{}).Make(t.Context(), phrase, true)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestWhatIsMadeIsRestored(t *testing.T) {
	file, s := made(t), &shelf{}
	b := fresh(s)
	summary, err := b.Restore(t.Context(), file, phrase, true)
	if err != nil || summary.MadeBy != "1.2.3" || !summary.HasUsage || summary.MadeAt.IsZero() || s.told != 0 {
		t.Fatalf("previewed: %+v %v, %d rooms told", summary, err, s.told)
	}
	if _, err = b.Restore(t.Context(), file, phrase, false); err != nil || s.told != 1 {
		t.Fatalf("restored: %v, %d rooms told", err, s.told)
	}
	if len(s.got) != 4 || s.got[2].Key.Secret != "AIzaSy-FAKE-one" || s.got[3].Settings.Document != "{}" {
		t.Errorf("came back: %d records", len(s.got))
	}
}

// The file is of the age format: `age --decrypt` opens it without this program.
func TestOthersCanOpenIt(t *testing.T) {
	file := made(t)
	identity, err := age.NewScryptIdentity(phrase)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := age.Decrypt(bytes.NewReader(file), identity); err != nil {
		t.Error(err)
	}
	if !bytes.HasPrefix(file, []byte("age-encryption.org/v1\n")) {
		t.Error("it does not say what it is")
	}
}

func TestFilesThatDoNotOpen(t *testing.T) {
	file := made(t)
	changed := bytes.Clone(file)
	changed[len(changed)-20] ^= 1
	head := bytes.Clone(file)
	head[len(head)/4] ^= 1
	for name, tt := range map[string]struct {
		file   []byte
		phrase string
		field  string
	}{
		"wrong passphrase": {file, "another passphrase", "passphrase"},
		"no passphrase":    {file, "", "passphrase"},
		"long passphrase":  {file, strings.Repeat("x", maxPassphrase+1), "passphrase"},
		"changed":          {changed, phrase, "file"},
		"head changed":     {head, phrase, "file"},
		"cut":              {file[:len(file)-17], phrase, "file"},
		"cut in the head":  {file[:40], phrase, "file"},
		"longer":           {append(bytes.Clone(file), "more"...), phrase, "file"},
		"empty":            {nil, phrase, "file"},
		"text":             {[]byte("AIzaSy-FAKE-one"), phrase, "file"},
		"armored":          {[]byte(armor.Header + "\n"), phrase, "file"},
		"costly":           {sealed(t, 18, true), phrase, "file"},
		"not ours":         {sealed(t, 10, false), phrase, "file"},
	} {
		s := &shelf{}
		_, err := fresh(s).Restore(t.Context(), tt.file, tt.phrase, false)
		f := fault.Of(err)
		if err == nil || f.Kind != fault.Invalid || f.Field != tt.field || s.told != 0 {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "FAKE") {
			t.Errorf("%s: the error repeats the file", name)
		}
	}
}

// sealed gives a well-sealed file that is none of ours, stretched as much as is said; cheap only tells its header apart.
func sealed(t *testing.T, factor int, headOnly bool) []byte {
	t.Helper()
	if headOnly { // as a file is that asks for 2^factor: making one would take that memory here
		return []byte("age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 18\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n")
	}
	recipient, err := age.NewScryptRecipient(phrase)
	if err != nil {
		t.Fatal(err)
	}
	recipient.SetWorkFactor(factor)
	var file bytes.Buffer
	w, err := age.Encrypt(&file, recipient)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "not a backup"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// A file that says less than it should was cut where the seal does not show it: by its maker.
func TestRecordsAreCounted(t *testing.T) {
	for name, write := range map[string]func(w *writer) error{
		"no end":       func(w *writer) error { return errors.Join(w.packed.Close(), w.sealed.Close()) },
		"wrong count":  func(w *writer) error { w.records += 2; return w.end() },
		"newer format": func(w *writer) error { return w.end() },
	} {
		var file bytes.Buffer
		w, err := newWriter(&file, phrase, 10)
		if err != nil {
			t.Fatal(err)
		}
		head := &Head{Version: version}
		if name == "newer format" {
			head.Version++
		}
		if err := errors.Join(w.put(Record{Head: head}), write(w)); err != nil {
			t.Fatal(err)
		}
		if _, err := fresh(&shelf{}).Restore(t.Context(), file.Bytes(), phrase, false); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOneAtATimeAndBounded(t *testing.T) {
	b := fresh(&shelf{})
	done, err := b.begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Make(t.Context(), phrase, false); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a second at once: %v", err)
	}
	done()
	if _, err := b.Make(t.Context(), "short", false); !fault.Is(err, fault.Invalid) {
		t.Errorf("a short passphrase: %v", err)
	}
	big := &bounded{}
	big.Grow(MaxFile + 1)
	if _, err := big.Write(make([]byte, MaxFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := big.Write([]byte{1}); !fault.Is(err, fault.TooLarge) {
		t.Errorf("beyond the bound: %v", err)
	}
}
