package pool

import (
	"fmt"
	"strings"
	"testing"
)

func TestProjectNames(t *testing.T) {
	w := newWorld(t, 1)
	for i, name := range []string{"team-10", "team-2", "Atlas", "team-2"} {
		w.add(i+1, ImportOptions{Project: name})
	}
	gone := w.add(1, ImportOptions{Project: "gone"})
	for _, k := range gone {
		if err := w.Remove(t.Context(), k.ID); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		q          string
		page, size int
		want       string
		total      int
	}{
		{"", 1, 50, "Atlas 3, team-2 6, team-10 1", 3},
		{"", 2, 2, "team-10 1", 3},
		{"", 9, 2, "", 3},
		{"TEAM", 1, 50, "team-2 6, team-10 1", 2},
		{"none", 1, 50, "", 0},
	} {
		items, total := w.ProjectNames(tt.q, tt.page, tt.size)
		var got []string
		for _, item := range items {
			if item.Source != SourceOperator {
				t.Errorf("source of %+v", item)
			}
			got = append(got, fmt.Sprintf("%s %d", item.Name, item.Keys))
		}
		if all := strings.Join(got, ", "); all != tt.want || total != tt.total {
			t.Errorf("%q, page %d of %d: %q of %d, want %q of %d", tt.q, tt.page, tt.size, all, total, tt.want, tt.total)
		}
	}
	if n, err := w.KeySiblings(3); err != nil || n != 5 {
		t.Errorf("a key of team-2 shares with %d, %v", n, err)
	}
	if n, err := w.KeySiblings(1); err != nil || n != 0 {
		t.Errorf("a key of its own shares with %d, %v", n, err)
	}
	if _, err := w.KeySiblings(99); err == nil {
		t.Error("a key that is none has siblings")
	}
}
