package files

import (
	"context"

	"gemini-proxy/backend/internal/fault"
)

// Search gives a page of the files of all owners, and how many there are on all pages.
func (f *Files) Search(ctx context.Context, s Search) ([]Found, int, error) {
	s.Now = f.Now()
	return f.Store.SearchFiles(ctx, s)
}

// Look gives a file, whoever owns it, with its copies.
func (f *Files) Look(ctx context.Context, id int64) (*File, []Copy, error) {
	r, err := f.Store.FileByID(ctx, id)
	if err == nil && r.State != Ready || fault.Is(err, fault.NotFound) {
		return nil, nil, fault.New(fault.NotFound, "there is no such file").WithCode("file_not_found")
	}
	if err != nil {
		return nil, nil, err
	}
	copies, err := f.Store.Copies(ctx, id)
	return &r.File, copies, err
}

// Used gives the bytes that all files take, as near as is known here.
func (f *Files) Used() int64 { return f.used.Load() }

// Stats is how requests came by their files since the start.
type Stats struct {
	Inline int64 // sent within the request
	Reused int64 // named by a copy that was there
	Made   int64 // named by a copy that was made
}

// Stats gives the counts of now. A file counts once for every attempt that names it.
func (f *Files) Stats() Stats {
	return Stats{Inline: f.inline.Load(), Reused: f.reused.Load(), Made: f.made.Load()}
}
