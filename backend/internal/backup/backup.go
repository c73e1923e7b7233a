// Package backup makes one sealed file of what cannot be made again (Gemini keys, the hashes of user keys, models, settings, and, if asked
// for, the sums of usage) and puts it back, into an empty server or one in use. The file is JSON lines, packed by gzip and sealed with a
// passphrase in the age format (https://age-encryption.org/v1), so that it can be opened without this program too.
package backup

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// Store gives and takes what is kept.
type Store interface {
	// DumpBackup gives everything a backup holds as it is at one moment: Gemini keys before learnt limits, keys of both kinds before usage.
	DumpBackup(ctx context.Context, usage bool, put func(Record) error) error
	// RestoreBackup takes records until next gives io.EOF, in one transaction, which a preview takes back. What the server has and the
	// records do not name stays.
	RestoreBackup(ctx context.Context, next func() (*Record, error), preview bool) (Summary, error)
}

// Part is a room that has in memory what a restore changes in the store.
type Part interface {
	Reload(ctx context.Context) error
}

// Change counts what a restore does to things of one kind.
type Change struct {
	Added   int // were not there
	Changed int // were there otherwise
	Same    int // were there just so
}

// Summary is what a restore did or would do.
type Summary struct {
	MadeAt    time.Time
	MadeBy    string
	HasUsage  bool
	Keys      Change
	UserKeys  Change
	Models    Change
	Settings  bool // they change
	UsageRows int  // added
}

// Backups makes and restores backups, one at a time: each takes the memory of a whole file.
type Backups struct {
	Config
	single chan struct{}
}

// Config is what Backups stand on.
type Config struct {
	Store Store
	By    string // the program's version
	Parts []Part // are told of every restore, in their order
	Work  int    // the passphrase is stretched 2^Work times; 0 is the usual, and only tests take less
}

// New makes a Backups.
func New(c Config) *Backups {
	c.Work = cmp.Or(c.Work, usualWork)
	return &Backups{Config: c, single: make(chan struct{}, 1)}
}

// Make gives a backup as it is at this moment. A fault.TooLarge says that it is over MaxFile.
func (b *Backups) Make(ctx context.Context, passphrase string, usage bool) ([]byte, error) {
	if err := CheckPassphrase(passphrase); err != nil {
		return nil, err
	}
	done, err := b.begin()
	if err != nil {
		return nil, err
	}
	defer done()
	file := &bounded{}
	w, err := newWriter(file, passphrase, b.Work)
	if err != nil {
		return nil, err
	}
	if err := w.put(Record{Head: &Head{Version: version, MadeAt: time.Now().UTC().Truncate(time.Second), MadeBy: b.By, Usage: usage}}); err != nil {
		return nil, err
	}
	if err := b.Store.DumpBackup(ctx, usage, w.put); err != nil {
		return nil, fmt.Errorf("make a backup: %w", err)
	}
	if err := w.end(); err != nil {
		return nil, fmt.Errorf("make a backup: %w", err)
	}
	return file.Bytes(), nil
}

// Restore puts a backup back, or with preview only tells what that would do. What it brought is in force when it returns. Faults of the file
// and its passphrase are fault.Invalid with their field, and change nothing.
func (b *Backups) Restore(ctx context.Context, file []byte, passphrase string, preview bool) (Summary, error) {
	if passphrase == "" || len(passphrase) > maxPassphrase {
		return Summary{}, wrongPassphrase(nil)
	}
	done, err := b.begin()
	if err != nil {
		return Summary{}, err
	}
	defer done()
	r, err := newReader(file, passphrase)
	if err != nil {
		return Summary{}, err
	}
	summary, err := b.Store.RestoreBackup(ctx, r.next, preview)
	if err != nil {
		return Summary{}, fmt.Errorf("restore a backup: %w", err)
	}
	summary.MadeAt, summary.MadeBy, summary.HasUsage = r.head.MadeAt, r.head.MadeBy, r.head.Usage
	if preview {
		return summary, nil
	}
	// It is restored: whoever asked for it may go away now, but the rooms must learn of it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reloadLimit)
	defer cancel()
	var errs []error
	for _, part := range b.Parts {
		errs = append(errs, part.Reload(ctx))
	}
	if err := errors.Join(errs...); err != nil {
		return summary, fmt.Errorf("take a restored backup into use (a restart does): %w", err)
	}
	return summary, nil
}

// reloadLimit bounds the reading of what was restored.
const reloadLimit = time.Minute

// begin takes the one turn there is.
func (b *Backups) begin() (done func(), err error) {
	select {
	case b.single <- struct{}{}:
		return func() {
			debug.FreeOSMemory() // the stretching took 64 MiB, which the collector alone would keep for minutes
			<-b.single
		}, nil
	default:
		return nil, &fault.Error{Kind: fault.Unavailable, Message: "another backup or restore is under way", RetryAfter: 5 * time.Second}
	}
}

// CheckPassphrase names what is wrong with a passphrase for a new backup.
func CheckPassphrase(passphrase string) error {
	if len(passphrase) < MinPassphrase || len(passphrase) > maxPassphrase {
		return fault.Field("passphrase", "must have %d to %d bytes: whoever has the file can try to guess it", MinPassphrase, maxPassphrase)
	}
	return nil
}

// bounded is a buffer of at most MaxFile bytes.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > MaxFile {
		return 0, fault.New(fault.TooLarge, "the backup is over %d MiB: leave the usage out", MaxFile>>20)
	}
	return b.Buffer.Write(p)
}
