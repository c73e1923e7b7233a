package upkeep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/settings"
)

const (
	searchLook     = 5 * time.Second  // how often the pool is asked whether a search is due
	searchParallel = 8                // calls at once: they share the exit with the requests
	searchCall     = 20 * time.Second // bounds one call
	searchSettle   = 2 * time.Second  // until Google lists what was just uploaded; doubled each time a mark is not there yet
	searchLooks    = 3                // how often a key looks for its own mark
	deleteLimit    = 5 * time.Second  // for deleting the marks when the server stops; what is left expires by itself in 48 h
	markLife       = time.Hour        // a mark that is older was left behind by a server that died
)

// markName is the display name of every mark, by which one that was left behind is known.
const markName = "gemini-proxy mark, safe to delete"

// Discovery finds which keys share a Google project: each uploads a few bytes and looks which others' it sees. Files belong to the
// project, so those who see each other's marks are of one. It costs no generation quota, and the number of calls grows with the number of
// keys, not with its square: who was seen by another need not look itself.
type Discovery struct {
	client   *gemini.Client
	pool     *pool.Pool
	settings func() settings.Settings
	log      *slog.Logger
	prober   *Prober // says when the server stops

	settle  time.Duration
	running sync.Mutex // one search at a time
}

// NewDiscovery makes one.
func NewDiscovery(client *gemini.Client, keys *pool.Pool, prober *Prober, now func() settings.Settings, log *slog.Logger) *Discovery {
	return &Discovery{client: client, pool: keys, settings: now, log: log, prober: prober, settle: searchSettle}
}

// The stages of a search.
const (
	StageMark    = "mark"    // the keys upload their marks
	StageLook    = "look"    // they look for the others'
	StageCompare = "compare" // the projects that are known already look for them
	StageDelete  = "delete"  // the marks are deleted
)

// SearchProgress is how far a search is.
type SearchProgress struct {
	Stage       string
	Done, Total int // keys, of this stage
}

// SearchResult is what a search found.
type SearchResult struct {
	Keys     int // that looked
	Projects int // they belong to
	Shared   int // keys that share theirs with another
	Failed   int // keys whose project could not be found
}

// Run searches by the clock while settings.project_discovery is on, until ctx ends: when new keys have come, and when Google counts more
// against a key's quota than the ledger does.
func (d *Discovery) Run(ctx context.Context) error {
	tick := time.NewTicker(searchLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			d.searchIfDue(ctx)
		}
	}
}

// searchIfDue searches if it is time.
func (d *Discovery) searchIfDue(ctx context.Context) {
	if !d.settings().ProjectDiscovery || d.pool.ExitShut() || !d.pool.SearchDue() {
		return
	}
	result, err := d.Search(ctx, false, func() {}, func(SearchProgress) {})
	switch {
	case ctx.Err() != nil || fault.Is(err, fault.Conflict):
	case err != nil:
		d.log.WarnContext(ctx, "projects not found", "error", err)
	default:
		d.log.InfoContext(ctx, "projects found", "keys", result.Keys, "projects", result.Projects, "shared", result.Shared, "failed", result.Failed)
	}
}

// Search finds the projects of the keys whose project is not known, or of all. It calls begin first, unless another search is under way:
// that is a fault.Conflict; and each after every key, one call at a time. When ctx ends nothing of it is kept. The marks are deleted
// whatever happens.
func (d *Discovery) Search(ctx context.Context, all bool, begin func(), each func(SearchProgress)) (SearchResult, error) {
	if !d.running.TryLock() {
		return SearchResult{}, fault.New(fault.Conflict, "a search for projects is under way")
	}
	defer d.running.Unlock()
	begin()
	s := &search{
		Discovery: d, Search: d.pool.NewSearch(all), tell: each,
		secrets: map[int64]gemini.Secret{}, marks: map[string]int64{}, own: map[int64]string{}, groups: map[int64]int64{},
		seen: map[int64]bool{}, broken: map[int64]bool{},
	}
	if len(s.Keys) == 0 {
		return SearchResult{}, nil
	}
	defer s.deleteMarks(ctx)
	s.eachKey(ctx, StageMark, s.Keys, s.mark)
	if len(s.own) > 0 {
		pause(ctx, d.settle)
	}
	s.eachKey(ctx, StageLook, s.Keys, s.look)
	s.eachKey(ctx, StageCompare, s.Known, s.look) // last, when the marks are known to be listed
	if err := context.Cause(ctx); err != nil {
		return SearchResult{}, fault.Wrap(fault.Canceled, err, "the search was stopped")
	}
	if d.prober.stopping() {
		return SearchResult{}, fault.Wrap(fault.Canceled, errStopping, "the search was stopped")
	}
	return s.conclude(), nil
}

// search is one search under way.
type search struct {
	*Discovery
	pool.Search
	tell func(SearchProgress)

	mu      sync.Mutex
	secrets map[int64]gemini.Secret // of the keys that made a mark: it is deleted though the key be removed meanwhile
	marks   map[string]int64        // who made a mark, by its name
	own     map[int64]string        // a key's mark
	groups  map[int64]int64         // union-find: from a key to another of its group
	seen    map[int64]bool          // keys whose mark another has seen
	broken  map[int64]bool          // keys that could not look
}

// eachKey does something with every key, some at a time, and tells how far it is. It ends early with ctx, or when the server stops.
func (s *search) eachKey(ctx context.Context, stage string, ids []int64, do func(ctx context.Context, id int64)) {
	at := SearchProgress{Stage: stage, Total: len(ids)}
	var telling sync.Mutex
	s.tell(at)
	var group errgroup.Group
	group.SetLimit(searchParallel)
	for _, id := range ids {
		if ctx.Err() != nil || stage != StageDelete && s.prober.stopping() {
			break
		}
		group.Go(func() error {
			limited, cancel := context.WithTimeout(ctx, searchCall)
			do(limited, id)
			cancel()
			telling.Lock()
			defer telling.Unlock()
			at.Done++
			s.tell(at)
			return nil
		})
	}
	_ = group.Wait() // they give no errors
}

// mark uploads a key's mark. What comes of it tells of the key too, as a check would.
func (s *search) mark(ctx context.Context, id int64) {
	secret, _, err := s.Discovery.pool.Secret(id)
	if err != nil {
		return // removed meanwhile
	}
	file, err := s.upload(ctx, secret)
	if err == nil {
		s.Discovery.pool.Checked(id, relay.Judge(ctx, nil))
		s.mu.Lock()
		defer s.mu.Unlock()
		s.marks[file.Name], s.own[id], s.groups[id], s.secrets[id] = id, file.Name, id, secret
		return
	}
	if found := relay.Judge(ctx, err); found.Verdict == pool.DeadKey {
		s.Discovery.pool.Checked(id, found)
	}
	s.failed(ctx, id, err)
}

// upload uploads a mark, and tries once more when it was Google's fault.
func (s *search) upload(ctx context.Context, secret gemini.Secret) (*gemini.File, error) {
	content := []byte("a mark")
	u := gemini.Upload{DisplayName: markName, MIMEType: "text/plain", Size: int64(len(content)), Open: func(offset int64) io.ReadCloser {
		return io.NopCloser(bytes.NewReader(content[offset:]))
	}}
	file, err := s.client.Upload(ctx, secret, u)
	if refused, ok := errors.AsType[*gemini.Error](err); ok && refused.Transient() {
		pause(ctx, s.settle)
		file, err = s.client.Upload(ctx, secret, u)
	}
	return file, err
}

func (s *search) failed(ctx context.Context, id int64, err error) {
	s.mu.Lock()
	s.broken[id] = true
	s.mu.Unlock()
	if ctx.Err() == nil {
		s.log.InfoContext(ctx, "project of a key not found", "key_id", id, "error", gemini.Redact(err.Error()))
	}
}

// look lists what a key's project holds and joins those whose marks are there. A key that another has seen need not look.
func (s *search) look(ctx context.Context, id int64) {
	s.mu.Lock()
	own, marked := s.own[id]
	needless := s.broken[id] || marked && s.seen[id]
	s.mu.Unlock()
	if needless {
		return
	}
	secret, _, err := s.Discovery.pool.Secret(id)
	if err != nil {
		return // removed meanwhile
	}
	for try := range searchLooks {
		if try > 0 {
			pause(ctx, s.settle<<(try-1))
		}
		var seenOwn bool
		if seenOwn, err = s.list(ctx, id, secret, own); err != nil || seenOwn || !marked {
			break
		}
		err = errNoOwnMark
	}
	if err != nil && marked {
		s.failed(ctx, id, err)
	}
}

// errNoOwnMark is a list in which a key does not find what it has just uploaded: what else is missing nobody knows.
var errNoOwnMark = errors.New("google does not list the mark yet")

// list reads what a project holds once.
func (s *search) list(ctx context.Context, id int64, secret gemini.Secret, own string) (seenOwn bool, err error) {
	var stale []string
	err = s.client.Files(ctx, secret, func(files []gemini.ListedFile) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i := range files {
			f := &files[i]
			maker, ours := s.marks[f.Name]
			switch {
			case ours:
				seenOwn = seenOwn || f.Name == own
				s.join(id, maker)
			case f.DisplayName == markName && time.Since(f.Created) > markLife:
				stale = append(stale, f.Name)
			}
		}
		return true
	})
	for _, name := range stale[:min(len(stale), 20)] {
		if err := s.client.DeleteFile(ctx, secret, name); err != nil {
			break // it expires by itself
		}
	}
	if err != nil {
		return false, fmt.Errorf("list files: %w", err)
	}
	return seenOwn, nil
}

// join notes that one key sees another's mark.
func (s *search) join(a, b int64) {
	s.seen[b] = s.seen[b] || a != b
	if x, y := s.root(a), s.root(b); x != y {
		s.groups[max(x, y)] = min(x, y)
	}
}

// root gives the key that stands for a key's group.
func (s *search) root(id int64) int64 {
	for {
		up, have := s.groups[id]
		if !have {
			s.groups[id] = id
			return id
		}
		if up == id {
			return id
		}
		s.groups[id] = s.root(up)
		id = s.groups[id]
	}
}

// conclude tells the pool what was found. A key that could not look counts only where another has seen it.
func (s *search) conclude() SearchResult {
	result := SearchResult{Keys: len(s.Keys)}
	members := map[int64][]int64{}
	for id := range s.groups {
		root := s.root(id)
		members[root] = append(members[root], id)
	}
	for _, id := range s.Keys {
		if _, marked := s.own[id]; !marked || s.broken[id] && !s.seen[id] {
			s.Discovery.pool.SearchFailed(id)
			result.Failed++
		}
	}
	var groups [][]int64
	for _, ids := range members {
		sure := len(ids) > 1
		for _, id := range ids {
			if s.own[id] != "" && !s.broken[id] {
				sure = true
			}
		}
		if !sure {
			continue
		}
		groups = append(groups, ids)
		result.Projects++
		if len(ids) > 1 {
			result.Shared += len(ids)
		}
	}
	s.Discovery.pool.SetGroups(groups)
	return result
}

// deleteMarks deletes the marks, though ctx may have ended or the server stop: then as many as there is time for.
func (s *search) deleteMarks(ctx context.Context) {
	if ctx.Err() != nil || s.prober.stopping() {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), deleteLimit)
		defer cancel()
		ctx = limited
	}
	made := make([]int64, 0, len(s.own))
	for id := range s.own {
		made = append(made, id)
	}
	if len(made) == 0 {
		return
	}
	s.eachKey(ctx, StageDelete, made, func(ctx context.Context, id int64) {
		secret := s.secrets[id]
		err := s.client.DeleteFile(ctx, secret, s.own[id])
		if refused, ok := errors.AsType[*gemini.Error](err); ok && refused.Transient() {
			pause(ctx, s.settle)
			err = s.client.DeleteFile(ctx, secret, s.own[id])
		}
		if err != nil {
			s.log.InfoContext(ctx, "mark not deleted; it expires by itself", "key_id", id, "file", s.own[id], "error", gemini.Redact(err.Error()))
		}
	})
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
