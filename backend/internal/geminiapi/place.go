package geminiapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/holding"
	"gemini-proxy/backend/internal/jsonio"
)

// place is where a request must go for what it names, and what must be changed in its body for that.
type place struct {
	home  int64  // the id of a key of the one project that will do; 0 when any will
	what  string // the name of what that project holds
	edits []edit

	tokens int    // of its files, estimated
	here   string // where the client reaches this server
}

// placeOf finds out where what a request names is held. Its errors are faults: for what is not held, in the status that Gemini has for it.
func (a *api) placeOf(req *http.Request, userKeyID int64, r *route, b *body) (*place, error) {
	ctx, p := req.Context(), &place{here: a.base(req)}
	if r.kind == callThing {
		if err := a.settle(ctx, p, userKeyID, mention{name: r.root}); err != nil {
			return nil, err
		}
	}
	if b == nil {
		return p, nil
	}
	for _, m := range b.mentions {
		if err := a.settle(ctx, p, userKeyID, m); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// settle takes one name into account.
func (a *api) settle(ctx context.Context, p *place, userKeyID int64, m mention) error {
	if m.file {
		return a.settleFile(ctx, p, userKeyID, m)
	}
	held, err := a.Holdings.Find(ctx, userKeyID, m.name)
	switch {
	case fault.Is(err, fault.NotFound) && m.maybe:
		return nil
	case fault.Is(err, fault.NotFound):
		return errNotHeld(m.name)
	case err != nil:
		return err
	}
	return a.pin(p, &held, m.field)
}

// pin notes that a request must go where something is held.
func (a *api) pin(p *place, held *holding.Record, field string) error {
	if p.home == 0 {
		p.home, p.what = held.KeyID, held.Name
		return nil
	}
	if a.Pool.Together(p.home, held.KeyID) {
		return nil
	}
	return fault.Field(field, "%s and %s belong to different Google projects, and a request can go to one alone", p.what, held.Name).WithCode("different_projects")
}

// settleFile takes a file into account: one of ours is bound once the key is known, one that Gemini made is its project's, and what else a link
// leads to is Gemini's to fetch.
func (a *api) settleFile(ctx context.Context, p *place, userKeyID int64, m mention) error {
	name := fileIn(m.name)
	if name == "" {
		return nil
	}
	file, err := a.Files.Get(ctx, userKeyID, strings.TrimPrefix(name, "files/"))
	if err == nil {
		e := edit{from: m.part[0], to: m.part[1], file: jsonio.Place{ID: file.ID}}
		if m.part == [2]int{} {
			e.from, e.to, e.file.Form = m.from, m.to, jsonio.Link
			if name == m.name {
				e.file.Form = jsonio.Name
			}
		}
		p.edits = append(p.edits, e)
		p.tokens += fileTokens(file)
		return nil
	}
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	held, err := a.Holdings.Find(ctx, userKeyID, name)
	if fault.Is(err, fault.NotFound) {
		if strings.Contains(m.name, "://") && !a.leadsHere(m.name, p.here) {
			return nil
		}
		return errNotHeld(name)
	}
	if err != nil {
		return err
	}
	if name != m.name {
		p.edits = append(p.edits, edit{from: m.from, to: m.to, value: googleFile + strings.TrimPrefix(m.name[strings.Index(m.name, "/files/"):], "/files/")})
	}
	return a.pin(p, &held, m.field)
}

// googleFile is how Google's links to files begin.
const googleFile = gemini.DefaultBaseURL + "/" + gemini.Version + "/files/"

// fileIn gives the name of the file that a link or a name leads to, "files/abc"; "" when it leads to none.
func fileIn(text string) string {
	id, named := strings.CutPrefix(text, "files/")
	if !named {
		if !strings.HasPrefix(text, "https://") && !strings.HasPrefix(text, "http://") {
			return ""
		}
		_, after, found := strings.Cut(text, "/v1")
		if _, id, _ = strings.Cut(after, "/files/"); !found || id == "" {
			return ""
		}
	}
	if end := strings.IndexAny(id, ":/?#"); end >= 0 {
		id = id[:end]
	}
	if !isName(id) {
		return ""
	}
	return "files/" + id
}

// errNotHeld says that a user key has made no such thing, as Gemini says it of a thing of another project: it does not tell what is not there
// from what is another's.
func errNotHeld(name string) error {
	if strings.HasPrefix(name, "cachedContents/") {
		f := fault.New(fault.NotFound, "CachedContent not found (or permission denied): %s was not made with this key", name).WithCode("not_found")
		f.Status = http.StatusForbidden
		return f
	}
	if id, ok := strings.CutPrefix(name, "files/"); ok {
		f := fault.New(fault.NotFound, "You do not have permission to access the File %s or it may not exist.", id).WithCode("file_not_found")
		f.Status = http.StatusForbidden
		return f
	}
	return fault.New(fault.NotFound, "%s is not found, or was not made with this key", name).WithCode("not_found")
}

// about words a fault for a request that could go to one project alone, and for a path that Gemini has nothing at: it shows a page then, which
// speaks of no model.
func (p *place) about(req *http.Request, model string, err error) error {
	if refused, ok := errors.AsType[*gemini.RawError](err); ok && model == "" && refused.Body == nil && refused.Cause.StatusCode == http.StatusNotFound {
		return errNoSuchPath(req)
	}
	if p.home == 0 {
		return err
	}
	f := fault.Of(err)
	if !slices.Contains([]string{"no_available_key", "rate_limit_exceeded", "insufficient_quota"}, f.Code) || f.Kind == fault.Forbidden {
		return err
	}
	told := *f
	switch f.Kind {
	case fault.NoKey:
		told.Message = "none of the pool's keys of the Google project that holds " + p.what + " works now"
	case fault.Limited:
		told.Message = "the Google project that holds " + p.what + " is at its limit"
	default:
		return err
	}
	told.Err = err
	return &told
}
