package pool

import (
	"slices"
	"strings"
)

// NamedProject is a project with a name, and how many keys it has that are not removed.
type NamedProject struct {
	Name   string
	Source string // of one of its keys
	Keys   int
}

// ProjectNames lists the named projects that have keys, in the natural order of their names: those of the page whose name holds q in any
// case, and how many do.
func (p *Pool) ProjectNames(q string, page, size int) (items []NamedProject, total int) {
	q = strings.ToLower(q)
	place := map[string]int{}
	p.scan(func(k *key, _ moment) {
		if k.removedAt != 0 || k.projectName == "" || !strings.Contains(strings.ToLower(k.projectName), q) {
			return
		}
		at, known := place[k.projectName]
		if !known {
			at = len(items)
			place[k.projectName] = at
			items = append(items, NamedProject{Name: k.projectName, Source: k.source})
		}
		items[at].Keys++
	})
	slices.SortFunc(items, func(a, b NamedProject) int { return compareNatural(a.Name, b.Name) })
	total = len(items)
	from := min((max(page, 1)-1)*size, total)
	return items[from:min(from+size, total)], total
}
