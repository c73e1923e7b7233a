package files

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/settings"
)

// Keys tells the secret of a Gemini key that is in the pool, to delete the copies it made.
type Keys interface {
	Secret(keyID int64) (secret gemini.Secret, project string, err error)
}

// Config is what files are built on.
type Config struct {
	Store    Store
	Client   *gemini.Client
	Keys     Keys
	Settings func() settings.Settings
	Log      *slog.Logger
	Now      func() time.Time // nil is time.Now
}

// The bounds on what is done at once: each holds a chunk in memory.
const (
	uploadsAtOnce = 48
	readsAtOnce   = 64
	waitForTurn   = 10 * time.Second
)

// Files is all files. It is safe for concurrent use.
type Files struct {
	Config
	used        atomic.Int64 // bytes that all files take, as near as is known here
	inline      atomic.Int64 // as in Stats, with the next two
	reused      atomic.Int64
	made        atomic.Int64
	uploads     *semaphore.Weighted
	reads       *semaphore.Weighted
	conversions *semaphore.Weighted
	buffers     sync.Pool // of *[]byte, a chunk long
	index       index
	flights     flights
}

// New opens the files that the store keeps.
func New(ctx context.Context, c Config) (*Files, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	f := &Files{
		Config:      c,
		uploads:     semaphore.NewWeighted(uploadsAtOnce),
		reads:       semaphore.NewWeighted(readsAtOnce),
		conversions: semaphore.NewWeighted(conversionsAtOnce),
	}
	f.buffers.New = func() any { b := make([]byte, ChunkSize); return &b }
	return f, f.recount(ctx)
}

// recount measures the space that is taken: other servers on the same database take some too.
func (f *Files) recount(ctx context.Context) error {
	size, err := f.Store.FilesSize(ctx)
	if err == nil {
		f.used.Store(size)
	}
	return err
}

// noSuchFile is the fault of a file that is not there, or not its asker's: the two are not told apart.
func noSuchFile(name string) *fault.Error {
	return fault.New(fault.NotFound, "there is no file %q: it does not exist, has expired or was deleted", firstRunes(name, 64)).WithCode("file_not_found")
}

// Get gives an owner's file by its name.
func (f *Files) Get(ctx context.Context, owner int64, name string) (*File, error) {
	e, err := f.entry(ctx, owner, name)
	if err != nil {
		return nil, err
	}
	return &e.file, nil
}

// Page asks for some of an owner's files.
type Page struct {
	After     string // the name of the last file of the page before; empty begins
	AfterID   int64  // the same by its id, which holds when the file is deleted meanwhile; 0 is none
	Limit     int
	Ascending bool   // oldest first
	Purpose   string // empty is any
}

// List gives a page of an owner's files, newest first unless the page says otherwise, and whether more follow.
func (f *Files) List(ctx context.Context, owner int64, p Page) (list []File, more bool, err error) {
	q := Query{Owner: owner, Purpose: p.Purpose, Ascending: p.Ascending, Limit: p.Limit + 1, Now: f.Now(), After: p.AfterID}
	if p.After != "" {
		after, err := f.Store.FindFile(ctx, owner, p.After)
		if fault.Is(err, fault.NotFound) {
			return nil, false, fault.Field("after", "names no file of yours")
		}
		if err != nil {
			return nil, false, err
		}
		q.After = after.ID
	}
	list, err = f.Store.ListFiles(ctx, q)
	if err == nil && len(list) > p.Limit {
		list, more = list[:p.Limit], true
	}
	return list, more, err
}

// Delete deletes an owner's file, its bytes and what Gemini holds of it.
func (f *Files) Delete(ctx context.Context, owner int64, name string) error {
	r, err := f.Store.FindFile(ctx, owner, name)
	if err == nil && r.State == Ready {
		return f.DeleteByID(ctx, r.ID)
	}
	if err == nil || fault.Is(err, fault.NotFound) {
		return noSuchFile(name)
	}
	return err
}

// DeleteByID deletes a file, whoever owns it.
func (f *Files) DeleteByID(ctx context.Context, id int64) error {
	if err := f.Store.HideFile(ctx, id); err != nil {
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "there is no such file").WithCode("file_not_found")
		}
		return err
	}
	f.purge(ctx, id)
	return nil
}

// purgeLimit bounds the deletion of one file's bytes and copies, which goes on when its asker has left.
const purgeLimit = 30 * time.Second

// purge deletes what is left of a hidden file. What it does not manage is left to the sweep.
func (f *Files) purge(ctx context.Context, id int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), purgeLimit)
	defer cancel()
	f.index.forget(id)
	f.dropCopies(ctx, id)
	if err := f.Store.PurgeFile(ctx, id); err != nil {
		f.Log.WarnContext(ctx, "a file's bytes were not deleted, the sweep will", "file_id", id, "error", err)
		return
	}
	if err := f.recount(ctx); err != nil {
		f.Log.WarnContext(ctx, "the space that files take was not measured", "error", err)
	}
}
