package upkeep

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/geminisim"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/settings"
)

// site is a pool whose keys belong to projects of a simulated Gemini.
type site struct {
	*pool.Pool
	t         *testing.T
	sim       *geminisim.Sim
	client    *gemini.Client
	discovery *Discovery
}

// newSite makes one project of each list of keys, numbered from 100; key n of the pool is fakeKeys' n-th.
func newSite(t *testing.T, projects ...[]int) *site {
	t.Helper()
	s := &site{t: t}
	var conf geminisim.Config
	most := 0
	for i, numbers := range projects {
		p := geminisim.Project{Number: fmt.Sprint(100 + i)}
		for _, n := range numbers {
			p.Keys = append(p.Keys, geminisim.Key{Value: keyValue(n)})
			most = max(most, n)
		}
		conf.Projects = append(conf.Projects, p)
	}
	s.sim = geminisim.New(conf)
	server := httptest.NewServer(s.sim)
	t.Cleanup(func() { s.sim.Close(); server.Close() })
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	s.client = gemini.NewClient(base, "test")
	t.Cleanup(s.client.CloseIdle)
	log := slog.New(slog.DiscardHandler)
	if s.Pool, err = pool.New(t.Context(), pool.Config{Store: newShelf(), Settings: settings.Default, Log: log}); err != nil {
		t.Fatal(err)
	}
	s.take(most)
	s.discovery = NewDiscovery(s.client, s.Pool, NewProber(s.client, s.Pool, log), settings.Default, log)
	s.discovery.settle = time.Millisecond
	return s
}

func keyValue(n int) string { return fakeKeys(n)[n-1].Reveal() }

// take imports the first n keys.
func (s *site) take(n int) {
	s.t.Helper()
	if _, err := s.Import(s.t.Context(), fakeKeys(n), pool.ImportOptions{}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) search(all bool) SearchResult {
	s.t.Helper()
	result, err := s.discovery.Search(s.t.Context(), all, func() {}, func(SearchProgress) {})
	if err != nil {
		s.t.Fatal(err)
	}
	return result
}

// found gives which keys the pool says are of one project, and those that are alone in theirs; known ones only.
func (s *site) found() (shared [][]int64, alone []int64) {
	s.t.Helper()
	keys, _, _, err := s.Keys(pool.Query{PageSize: 200})
	if err != nil {
		s.t.Fatal(err)
	}
	by := map[string][]int64{}
	for _, k := range keys {
		switch {
		case k.ProjectSource == pool.SourceUnknown:
		case k.Project == "":
			alone = append(alone, k.ID)
		default:
			by[k.Project] = append(by[k.Project], k.ID)
		}
	}
	for _, ids := range by {
		shared = append(shared, ids)
	}
	slices.SortFunc(shared, func(a, b []int64) int { return int(a[0] - b[0]) })
	return shared, alone
}

func (s *site) expect(shared, alone string) {
	s.t.Helper()
	together, single := s.found()
	if got, other := fmt.Sprint(together), fmt.Sprint(single); got != shared || other != alone {
		s.t.Errorf("found %s shared and %s alone, want %s and %s", got, other, shared, alone)
	}
}

// nothingLeft fails when a project still holds a file, or generation quota was spent.
func (s *site) nothingLeft(keys ...int) {
	s.t.Helper()
	for _, n := range keys {
		err := s.client.Files(s.t.Context(), gemini.Secret(keyValue(n)), func(files []gemini.ListedFile) bool {
			if len(files) > 0 {
				s.t.Errorf("the project of key %d still holds %d marks", n, len(files))
			}
			return true
		})
		if err != nil {
			s.t.Error(err)
		}
	}
	for _, r := range s.sim.Requests() {
		if strings.Contains(r.Method, "enerate") {
			s.t.Errorf("a search spends quota: %s", r.Method)
		}
	}
}

// calls counts the calls of each method since the last count.
func (s *site) calls() map[string]int {
	n := map[string]int{}
	for _, r := range s.sim.Requests() {
		n[r.Method]++
	}
	s.sim.ClearRequests()
	return n
}

// Keys of one project find each other, whoever is alone is known to be, and the number of calls grows with the number of keys.
func TestProjectsAreFound(t *testing.T) {
	s := newSite(t, []int{1, 4, 7}, []int{2, 5}, []int{3}, []int{6}, []int{8})
	if err := s.sim.SetKeyState(keyValue(8), "invalid"); err != nil {
		t.Fatal(err)
	}
	if r := s.search(false); r != (SearchResult{Keys: 8, Projects: 4, Shared: 5, Failed: 1}) {
		t.Errorf("result %+v", r)
	}
	s.expect("[[1 4 7] [2 5]]", "[3 6]")
	n := s.calls()
	if n["files.create"] != 8 || n["files.upload"] != 7 || n["files.list"] > 7 || n["files.delete"] != 7 {
		t.Errorf("calls: %v", n)
	}
	s.nothingLeft(1, 2, 3, 6)
	if k, err := s.Key(8); err != nil || k.Reason != pool.DeadKey {
		t.Errorf("the key that is none: %+v, %v", k.Reason, err)
	}
	if k, err := s.Key(3); err != nil || k.State != pool.StateHealthy {
		t.Errorf("a key that made a mark is %s, %v", k.State, err)
	}
}

// A later key is found to belong to a project that is known, without its keys marking it again; so is one of a key that was alone.
func TestLaterKeysJoin(t *testing.T) {
	s := newSite(t, []int{1, 2}, []int{3}, []int{4})
	s.search(false)
	known, err := s.Key(1)
	if err != nil {
		t.Fatal(err)
	}
	s.sim.SetProjects([]geminisim.Project{
		{Number: "100", Keys: []geminisim.Key{{Value: keyValue(1)}, {Value: keyValue(2)}, {Value: keyValue(5)}}},
		{Number: "101", Keys: []geminisim.Key{{Value: keyValue(3)}, {Value: keyValue(6)}}},
		{Number: "102", Keys: []geminisim.Key{{Value: keyValue(4)}}},
		{Number: "103", Keys: []geminisim.Key{{Value: keyValue(7)}}},
	})
	s.take(7)
	s.calls()
	if r := s.search(false); r.Keys != 3 || r.Failed != 0 {
		t.Errorf("result %+v", r)
	}
	s.expect("[[1 2 5] [3 6]]", "[4 7]")
	if n := s.calls(); n["files.create"] != 3 || n["files.list"] != 3+3 || n["files.delete"] != 3 {
		t.Errorf("calls: %v", n)
	}
	if k, err := s.Key(5); err != nil || k.Project != known.Project || k.ProjectSource != pool.SourceMarker {
		t.Errorf("key 5 is of %q by %s, want %q", k.Project, k.ProjectSource, known.Project)
	}
	s.nothingLeft(1, 3, 4, 7)
}

// Google may be slow to list a mark, and calls may fail: nothing false is concluded, and the marks are deleted all the same.
func TestSearchThatPartlyFails(t *testing.T) {
	s := newSite(t, []int{1, 2}, []int{3}, []int{4})
	s.sim.Script(geminisim.Target{Key: keyValue(3), Method: "files.list"}, geminisim.Status(500))
	s.sim.Script(geminisim.Target{Key: keyValue(4), Method: "files.delete"}, geminisim.Status(503))
	s.sim.Script(geminisim.Target{Key: keyValue(2), Method: "files.create"}, geminisim.Status(503))
	if r := s.search(false); r != (SearchResult{Keys: 4, Projects: 2, Shared: 2, Failed: 1}) {
		t.Errorf("result %+v", r)
	}
	s.expect("[[1 2]]", "[4]")
	s.nothingLeft(1, 3, 4)
	if s.SearchDue() {
		t.Error("what failed is due again at once")
	}
	if r := s.search(false); r.Keys != 1 || r.Failed != 0 {
		t.Errorf("the next search: %+v", r)
	}
	s.expect("[[1 2]]", "[3 4]")
}

// A search that is stopped keeps nothing, and leaves no mark.
func TestSearchIsStopped(t *testing.T) {
	s := newSite(t, []int{1, 2}, []int{3})
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.discovery.Search(ctx, false, func() {
		if _, err := s.discovery.Search(ctx, false, func() {}, nil); fault.KindOf(err) != fault.Conflict {
			t.Errorf("a second search meanwhile: %v", err)
		}
	}, func(p SearchProgress) {
		if p.Stage == StageLook {
			cancel()
		}
	})
	if fault.KindOf(err) != fault.Canceled {
		t.Errorf("stopped with %v", err)
	}
	s.expect("[]", "[]")
	s.nothingLeft(1, 3)
	s.discovery.prober.Close() // the server stops
	if _, err := s.discovery.Search(t.Context(), false, func() {}, func(SearchProgress) {}); fault.KindOf(err) != fault.Canceled {
		t.Errorf("while the server stops: %v", err)
	}
	s.nothingLeft(1, 3)
}

// Asked for all, keys that are named by the operator look too: theirs is the name, and their word stays.
func TestSearchOfAll(t *testing.T) {
	s := newSite(t, []int{1, 2, 3}, []int{4, 5})
	atlas, other := "atlas", "other"
	for id, name := range map[int64]*string{2: &atlas, 3: &other} {
		if _, err := s.Update(t.Context(), id, pool.Patch{Project: name}); err != nil {
			t.Fatal(err)
		}
	}
	if r := s.search(true); r.Keys != 5 || r.Projects != 2 || r.Shared != 5 {
		t.Errorf("result %+v", r)
	}
	s.expect("[[1 2] [3] [4 5]]", "[]")
	if k, err := s.Key(1); err != nil || k.Project != "atlas" || k.ProjectSource != pool.SourceMarker {
		t.Errorf("key 1 is of %q by %s", k.Project, k.ProjectSource)
	}
	if again := s.search(true); again.Keys != 5 {
		t.Errorf("again: %+v", again)
	}
	s.expect("[[1 2] [3] [4 5]]", "[]")
	s.nothingLeft(1, 4)
}

// Marks that a server left behind when it died are deleted once they are old.
func TestOldMarksAreDeleted(t *testing.T) {
	var deleted []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			deleted = append(deleted, r.URL.Path)
			fmt.Fprint(w, "{}")
			return
		}
		entry := func(id, name string, age time.Duration) string {
			return fmt.Sprintf(`{"name":"files/%s","displayName":%q,"createTime":%q}`, id, name, time.Now().Add(-age).UTC().Format(time.RFC3339Nano))
		}
		switch r.URL.Query().Get("pageToken") { // on three pages
		case "":
			fmt.Fprint(w, `{"files":[`, entry("young", markName, time.Minute), `],"nextPageToken":"a b"}`)
		case "a b":
			fmt.Fprint(w, `{"files":[`, entry("somebodys", "holiday.jpg", 24*time.Hour), `],"nextPageToken":"c"}`)
		case "c":
			fmt.Fprint(w, `{"files":[`, entry("old", markName, 2*time.Hour), `,`, entry("own", markName, 0), `]}`)
		}
	}))
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := gemini.NewClient(base, "test")
	t.Cleanup(client.CloseIdle)
	s := &search{Discovery: &Discovery{client: client}, marks: map[string]int64{"files/own": 1}, groups: map[int64]int64{1: 1}, seen: map[int64]bool{}}
	if seen, err := s.list(t.Context(), 1, "AIzaSy-FAKE-000000000000000000000000001", "files/own"); err != nil || !seen {
		t.Errorf("its own mark on the third page: %v, %v", seen, err)
	}
	if fmt.Sprint(deleted) != "[/v1beta/files/old]" {
		t.Errorf("deleted %v", deleted)
	}
}

// By the clock a search comes after new keys, unless the setting is off; the setting holds at once.
func TestSearchByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, 2)
		on := false
		now := func() settings.Settings {
			s := settings.Default()
			s.ProjectDiscovery = on
			return s
		}
		nowhere := &url.URL{Scheme: "http", Host: "127.0.0.1:0"}
		client := gemini.NewClient(nowhere, "test")
		log := slog.New(slog.DiscardHandler)
		d := NewDiscovery(client, h.Pool, NewProber(client, h.Pool, log), now, log)
		if h.SearchDue() {
			t.Error("due while keys may still be coming")
		}
		for range 12 {
			d.searchIfDue(t.Context())
			time.Sleep(5 * time.Second)
		}
		if !h.SearchDue() {
			t.Fatal("it searches though it is off")
		}
		on = true
		d.searchIfDue(t.Context())
		if h.SearchDue() {
			t.Error("it does not search though it is on")
		}
	})
}
