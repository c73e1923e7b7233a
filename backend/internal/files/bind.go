package files

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
)

// Error is an error in giving a request its files: a fault, or one of the Gemini client's from making a copy.
type Error struct{ Err error }

// Error words it.
func (e *Error) Error() string { return "files of the request: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Use is the key that a request is bound for.
type Use struct {
	KeyID   int64
	Secret  gemini.Secret
	Project string // empty when it is not known: then the key is a project of its own
}

// scope gives under what a copy made with the key is kept.
func (u *Use) scope() string {
	if u.Project != "" {
		return u.Project
	}
	return "key:" + strconv.FormatInt(u.KeyID, 10)
}

// copiesAtOnce is how many files of one request are copied at the same time.
const copiesAtOnce = 4

// Bind fills the holes of a request for a key: the bytes of as many files as may be sent within a request, the smallest first, and of the
// others, and of those that are wanted by name, the copies of the key's project, which are made where there are none. ctx is the request's: what Bind gives reads the database while
// it is sent. A body without holes is given back as it is. The error is an *Error.
func (f *Files) Bind(ctx context.Context, body *jsonio.Body, use Use) (*jsonio.Body, error) {
	if !body.HasHoles() {
		return body, nil
	}
	within, others, err := f.divide(ctx, body)
	if err != nil {
		return nil, &Error{err}
	}
	copies := make([]Copy, len(others))
	group, together := errgroup.WithContext(ctx)
	group.SetLimit(copiesAtOnce)
	for i, e := range others {
		group.Go(func() (err error) {
			copies[i], err = f.copyOf(together, e, use)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, &Error{err}
	}
	f.inline.Add(int64(len(within)))
	return body.Fill(func(place jsonio.Place) jsonio.Filling {
		for i, e := range others {
			if e.file.ID == place.ID {
				return referred(place.Form, &e.file, &copies[i])
			}
		}
		return inline(encoded{f, ctx, &within[place.ID].file})
	}), nil
}

// referred names a copy in a request.
func referred(form jsonio.Form, file *File, c *Copy) jsonio.Filling {
	switch form {
	case jsonio.Link:
		return jsonio.Filling{Head: jsonio.AppendString(nil, c.URI)}
	case jsonio.Name:
		return jsonio.Filling{Head: jsonio.AppendString(nil, c.Name)}
	case jsonio.Member:
	}
	head := append([]byte(nil), `"fileData":{"mimeType":`...)
	head = append(jsonio.AppendString(head, file.SentType), `,"fileUri":`...)
	return jsonio.Filling{Head: append(jsonio.AppendString(head, c.URI), '}')}
}

// inline puts a file's bytes into a request.
func inline(data encoded) jsonio.Filling {
	head := append([]byte(nil), `"inlineData":{"mimeType":`...)
	head = append(jsonio.AppendString(head, data.file.SentType), `,"data":"`...)
	return jsonio.Filling{Head: head, Source: data, Tail: []byte(`"}`)}
}

// divide finds the files of a request's holes, and which of them go within it.
func (f *Files) divide(ctx context.Context, body *jsonio.Body) (within map[int64]*entry, others []*entry, err error) {
	times, named := map[int64]int64{}, map[int64]bool{}
	var all []*entry
	for _, place := range body.Holes() {
		named[place.ID] = named[place.ID] || place.Form != jsonio.Member
		if times[place.ID]++; times[place.ID] > 1 {
			continue
		}
		e, err := f.entryByID(ctx, place.ID)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b *entry) int { return cmp.Compare(a.file.SentSize, b.file.SentSize) })
	room := int64(f.Settings().Files.InlineBytes) - body.Len()/4*3 // what it carries besides is nearly all base64, if it is large
	within = map[int64]*entry{}
	for _, e := range all {
		if named[e.file.ID] {
			others = append(others, e)
			continue
		}
		if room -= e.file.SentSize * times[e.file.ID]; room < 0 {
			others = append(others, e)
			continue
		}
		within[e.file.ID] = e
	}
	return within, others, nil
}

// Holder gives the Gemini key that made the newest live copy of a file that the request cannot carry itself, 0 when there is none: with it, or
// another of its project, the request need not wait for a copy.
func (f *Files) Holder(ctx context.Context, body *jsonio.Body) int64 {
	if !body.HasHoles() {
		return 0
	}
	_, others, err := f.divide(ctx, body)
	if err != nil || len(others) == 0 {
		return 0 // Bind will say what is wrong
	}
	now := f.Now()
	f.index.mu.Lock()
	defer f.index.mu.Unlock()
	var newest Copy
	for _, c := range others[len(others)-1].copies { // the largest
		if c.live(now) && c.CreatedAt.After(newest.CreatedAt) {
			newest = c
		}
	}
	return newest.KeyID
}

// Forget drops what is known of the copies that a request was bound to: Gemini did not take one of them. The next Bind makes new ones.
func (f *Files) Forget(ctx context.Context, body *jsonio.Body, use Use) {
	for _, place := range body.Holes() {
		if e := f.index.findID(place.ID); e != nil {
			f.forgetCopy(ctx, e, use)
		}
	}
}

// renewBefore is how long before Gemini deletes a copy a new one is made.
const renewBefore = 30 * time.Minute

func (c *Copy) live(now time.Time) bool { return now.Before(c.ExpiresAt.Add(-renewBefore)) }
