package files

import (
	"context"
	"errors"
	"io"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
)

// The bounds of making a copy.
const (
	copyLimit   = 10 * time.Minute // to upload it and have it processed
	pollFirst   = 250 * time.Millisecond
	pollLongest = 5 * time.Second
	copyLife    = 48 * time.Hour // when Gemini does not say
	saveLimit   = 10 * time.Second
)

// copyOf gives a copy of a file that the key can use and Gemini has processed. Requests that want the same one at the same time make it once.
func (f *Files) copyOf(ctx context.Context, e *entry, use Use) (Copy, error) {
	for {
		if c, ok := f.knownCopy(e, use); ok && c.Active {
			f.reused.Add(1)
			return c, nil
		}
		fl, mine := f.flights.join(flightKey{e.file.ID, use.scope()})
		if mine {
			f.flights.fly(ctx, fl, func(ctx context.Context) (Copy, error) { return f.makeCopy(ctx, e, use) })
		}
		c, err := fl.wait(ctx)
		if _, final := errors.AsType[*fault.Error](err); err == nil || mine || final || ctx.Err() != nil {
			return c, err
		}
		// Another request's key could not make it. What is wrong with that one need not be wrong with this.
	}
}

// knownCopy gives the copy of the key's project, or the one that the key made before its project was known.
func (f *Files) knownCopy(e *entry, use Use) (Copy, bool) {
	now := f.Now()
	f.index.mu.Lock()
	defer f.index.mu.Unlock()
	if c, ok := e.copies[use.scope()]; ok && c.live(now) {
		return c, true
	}
	own := Use{KeyID: use.KeyID}
	c, ok := e.copies[own.scope()]
	return c, ok && c.live(now)
}

func (f *Files) noteCopy(ctx context.Context, e *entry, c Copy) {
	f.index.mu.Lock()
	e.copies[c.Scope] = c
	f.index.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveLimit)
	defer cancel()
	if err := f.Store.SaveCopy(ctx, c); err != nil {
		f.Log.WarnContext(ctx, "a file's copy was not noted", "file_id", c.FileID, "scope", c.Scope, "error", err) // it serves until a restart
	}
}

func (f *Files) forgetCopy(ctx context.Context, e *entry, use Use) {
	own := Use{KeyID: use.KeyID}
	for _, scope := range []string{use.scope(), own.scope()} {
		f.index.mu.Lock()
		_, known := e.copies[scope]
		delete(e.copies, scope)
		f.index.mu.Unlock()
		if !known {
			continue
		}
		if err := f.Store.DeleteCopy(ctx, e.file.ID, scope); err != nil {
			f.Log.WarnContext(ctx, "a file's copy was not forgotten", "file_id", e.file.ID, "scope", scope, "error", err)
		}
	}
}

// makeCopy uploads a file with a key, unless it has been, and waits until Gemini has processed it.
func (f *Files) makeCopy(ctx context.Context, e *entry, use Use) (Copy, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, copyLimit, errNotProcessed(&e.file))
	defer cancel()
	c, ok := f.knownCopy(e, use)
	if !ok {
		var err error
		if c, err = f.uploadCopy(ctx, e, use); err != nil {
			return Copy{}, err
		}
	}
	for wait := pollFirst; !c.Active; wait = min(wait*2, pollLongest) {
		if err := pauseFor(ctx, wait); err != nil {
			return Copy{}, err
		}
		held, err := f.Client.File(ctx, use.Secret, c.Name)
		if passes(err) && ctx.Err() == nil {
			continue
		}
		if err == nil {
			err = f.settleCopy(&c, &e.file, held)
		}
		if err != nil {
			f.forgetRefused(ctx, e, use, err)
			return Copy{}, err
		}
		if c.Active {
			f.noteCopy(ctx, e, c)
		}
	}
	return c, nil
}

// passes reports whether an error may be gone when Gemini is asked again.
func passes(err error) bool {
	if refused, ok := errors.AsType[*gemini.Error](err); ok {
		return refused.Transient() || refused.QuotaExceeded()
	}
	_, cut := errors.AsType[*gemini.TransportError](err)
	return cut
}

// forgetRefused forgets a copy that cannot be waited for; an error of the key alone leaves it for the project's other keys.
func (f *Files) forgetRefused(ctx context.Context, e *entry, use Use, err error) {
	refused, ok := errors.AsType[*gemini.Error](err)
	_, failed := errors.AsType[*fault.Error](err)
	if failed && ctx.Err() == nil || ok && refused.FileRefused() {
		f.forgetCopy(ctx, e, use)
	}
}

func (f *Files) uploadCopy(ctx context.Context, e *entry, use Use) (Copy, error) {
	started := f.Now()
	held, err := f.Client.Upload(ctx, use.Secret, gemini.Upload{
		MIMEType: e.file.SentType, Size: e.file.SentSize,
		Open: func(offset int64) io.ReadCloser { return f.openSent(ctx, &e.file, offset) },
	})
	if err != nil {
		return Copy{}, err
	}
	c := Copy{FileID: e.file.ID, Scope: use.scope(), KeyID: use.KeyID, Name: held.Name, URI: held.URI, CreatedAt: started, ExpiresAt: started.Add(copyLife)}
	if !held.Expiration.IsZero() && held.Expiration.Before(c.ExpiresAt) {
		c.ExpiresAt = held.Expiration
	}
	f.made.Add(1)
	err = f.settleCopy(&c, &e.file, held)
	if err == nil {
		f.noteCopy(ctx, e, c)
	}
	return c, err
}

// settleCopy reads from Gemini's word of a copy whether it can be used.
func (f *Files) settleCopy(c *Copy, file *File, held *gemini.File) error {
	c.Active = held.State == gemini.FileActive
	if held.State != gemini.FileFailed {
		return nil
	}
	why := "Gemini could not process it"
	if held.Error != nil && held.Error.Message != "" {
		why += ": " + gemini.Redact(held.Error.Message)
	}
	return fault.New(fault.Invalid, "the file %q cannot be used: %s", title(file), why).WithCode("file_not_processed")
}

func errNotProcessed(file *File) error {
	return fault.New(fault.Timeout, "Gemini did not take the file %q and process it within %d minutes", title(file), int(copyLimit.Minutes())).WithCode("file_not_processed")
}

// title is what a client knows a file by.
func title(file *File) string {
	if file.DisplayName != "" {
		return firstRunes(file.DisplayName, 64)
	}
	return file.Name
}

func pauseFor(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// dropCopies deletes what Gemini holds of a file, where the key that made it is still in the pool; elsewhere Gemini does after 48 hours.
func (f *Files) dropCopies(ctx context.Context, id int64) {
	copies, err := f.Store.Copies(ctx, id)
	if err != nil {
		f.Log.WarnContext(ctx, "a file's copies were not deleted", "file_id", id, "error", err)
		return
	}
	for _, c := range copies {
		secret, _, err := f.Keys.Secret(c.KeyID)
		if err != nil || !f.Now().Before(c.ExpiresAt) {
			continue
		}
		if err := f.Client.DeleteFile(ctx, secret, c.Name); err != nil {
			f.Log.InfoContext(ctx, "a file's copy was not deleted, it expires", "file_id", id, "scope", c.Scope, "error", err)
		}
	}
}
