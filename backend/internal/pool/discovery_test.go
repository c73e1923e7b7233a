package pool

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/settings"
)

// names gives what each key's project is called and how that is known.
func (w *world) names(ids ...int64) []string {
	var names []string
	for _, id := range ids {
		k := w.key(id)
		name := k.Project
		if isMadeName(name) {
			name = "made"
		}
		names = append(names, fmt.Sprint(name, "/", k.ProjectSource))
	}
	return names
}

func (w *world) expectNames(what, want string, ids ...int64) {
	w.t.Helper()
	if got := fmt.Sprint(w.names(ids...)); got != want {
		w.t.Errorf("%s: %s, want %s", what, got, want)
	}
}

// A project that marks found is called by the operator's word, else by Google's number, else by a name that is made up and kept.
func TestGroupsAreNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 8)
		atlas := "atlas"
		if _, err := w.Update(t.Context(), 3, Patch{Project: &atlas}); err != nil {
			t.Fatal(err)
		}
		w.lease(Want{Prefer: 5}).Report(Outcome{Verdict: Request, Status: 400, Consumer: "projects/777"})
		w.expectNames("told by an error", "[777/error]", 5)
		w.SetGroups([][]int64{{1, 2}, {3, 4}, {5, 6}, {7}, {99}, {}})
		w.expectNames("found", "[made/marker made/marker atlas/operator atlas/marker 777/marker 777/marker /marker]", 1, 2, 3, 4, 5, 6, 7)
		made := w.key(1).Project
		if made == "" || w.key(2).Project != made {
			t.Errorf("keys of one project are called %q and %q", made, w.key(2).Project)
		}
		w.SetGroups([][]int64{{2, 8}})
		if w.key(8).Project != made {
			t.Errorf("a later key is of %q, want %q", w.key(8).Project, made)
		}
		w.SetGroups([][]int64{{1, 7}}) // the one that was alone
		if w.key(7).Project != made {
			t.Errorf("the key that was alone is of %q, want %q", w.key(7).Project, made)
		}
		w.lease(Want{Prefer: 8}).Report(Outcome{Verdict: Request, Status: 400, Consumer: "projects/888"})
		w.expectNames("the number comes to be known", "[888/marker 888/marker 888/marker 888/marker]", 1, 2, 7, 8)
		w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: Request, Status: 400, Consumer: "projects/999"})
		w.expectNames("another number changes nothing", "[888/marker]", 1)
		w.SetGroups([][]int64{{2, 6}}) // one search missed what the next sees
		w.expectNames("two that turn out to be one", "[888/marker 888/marker 888/marker 888/marker 888/marker 888/marker]", 1, 2, 5, 6, 7, 8)
		w.consistentNow(t)
		if n := len(w.scopes); n != 2 {
			t.Errorf("%d projects are left, want atlas and 888", n)
		}
	})
}

// What the keys had used before it was known that they share a project counts together afterwards.
func TestGroupsShareWhatWasUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 4, limited(flash, 3, -1, -1))
		w.set(func(s *settings.Settings) { s.QueueWait = 0 })
		for id := range int64(4) {
			w.lease(Want{Prefer: id + 1}).Report(Outcome{Verdict: OK, Status: 200})
		}
		w.SetGroups([][]int64{{1, 2}, {3, 4}})
		if c := w.Pool.keys[1].project.cells[0]; c.window.requests != 2 || c.requests != 2 {
			t.Errorf("together they used %d a minute and %d a day, want 2", c.window.requests, c.requests)
		}
		w.SetGroups([][]int64{{1, 3}})
		if c := w.Pool.keys[4].project.cells[0]; c.window.requests != 4 || c.requests != 4 || len(w.Pool.keys[4].project.keys) != 4 {
			t.Errorf("together they used %d a minute and %d a day, want 4", c.window.requests, c.requests)
		}
		if f := w.refused(Want{}); f.Code != "rate_limit_exceeded" {
			t.Errorf("refused with %v", f)
		}
		time.Sleep(time.Minute + time.Second)
		out := w.lease(Want{})
		w.SetGroups([][]int64{{1}, {2}}) // they are known to be one: a search that saw less changes nothing
		out.Report(Outcome{Verdict: OK, Status: 200})
		if c := w.Pool.keys[2].project.cells[0]; c.inFlight != 0 || c.requests != 5 {
			t.Errorf("%d in flight, %d today", c.inFlight, c.requests)
		}
		w.consistent(t, nil)
	})
}

// A second start knows what was found, and does not search again.
func TestFoundProjectsLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 4)
		w.SetGroups([][]int64{{1, 2}, {3}})
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		name := w.key(1).Project
		w.reopen()
		w.expectNames("after a second start", "[made/marker made/marker /marker /unknown]", 1, 2, 3, 4)
		if w.key(2).Project != name {
			t.Errorf("the name is %q, was %q", w.key(2).Project, name)
		}
		if s := w.NewSearch(false); fmt.Sprint(s.Keys) != "[4]" || fmt.Sprint(s.Known) != "[1 3]" {
			t.Errorf("a search looks at %+v", s)
		}
		if s := w.NewSearch(true); len(s.Keys) != 4 || len(s.Known) != 0 {
			t.Errorf("a search of all looks at %+v", s)
		}
	})
}

// A search is due when keys have come and no more are coming, again some time after one that failed, and at once when Google counts more
// than the ledger does.
func TestSearchDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, limited(flash, 10, -1, 100))
		due := func(want bool) {
			t.Helper()
			if got := w.SearchDue(); got != want {
				t.Fatalf("due: %v", got)
			}
		}
		due(false)
		time.Sleep(3 * time.Second)
		w.add(1, ImportOptions{})
		w.add(1, ImportOptions{Project: "atlas"})
		time.Sleep(2 * time.Second)
		due(false) // more are coming
		time.Sleep(3 * time.Second)
		due(true)
		w.SetGroups([][]int64{{1}})
		w.SearchFailed(2)
		due(false)
		time.Sleep(searchAgain)
		due(true)
		w.SearchFailed(2)
		time.Sleep(searchAgain + time.Second)
		due(false) // it waits longer
		limit := func(key, value int64) {
			w.lease(Want{Prefer: key}).Report(Outcome{Verdict: MinuteQuota, Status: 429, Quota: []gemini.Violation{violation(perMinute, value)}})
			time.Sleep(2 * time.Minute)
		}
		limit(1, 10) // its project is known
		limit(3, 10) // so is this one
		due(false)
		limit(2, 0) // says nothing of a count
		due(false)
		limit(2, 10)
		due(true)
		w.SearchFailed(2)
		limit(2, 10)
		due(false) // just looked for
	})
}
