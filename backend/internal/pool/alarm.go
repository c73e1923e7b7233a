package pool

// alarm is when something must be looked at again, and its place in a heap of such things (1-based; zero is "in none").
type alarm struct {
	at  moment
	pos int32
}

// alarmed is what a heap of alarms holds: whatever carries one.
type alarmed interface{ clock() *alarm }

// alarms is a heap, the earliest on top, in which each item knows its place and can be moved or taken out.
type alarms[T alarmed] struct{ items []T }

// top gives the earliest moment; never when there is none.
func (h *alarms[T]) top() moment {
	if len(h.items) == 0 {
		return never
	}
	return h.items[0].clock().at
}

// set puts the item at a moment; never or zero takes it out.
func (h *alarms[T]) set(item T, at moment) {
	a := item.clock()
	switch {
	case at == never || at == 0:
		h.remove(item)
	case a.pos == 0:
		a.at = at
		h.items = append(h.items, item)
		a.pos = int32(len(h.items)) //nolint:gosec // bounded by the number of keys
		h.up(len(h.items) - 1)
	case at != a.at:
		a.at = at
		h.fix(int(a.pos) - 1)
	}
}

// remove takes the item out, if it is in.
func (h *alarms[T]) remove(item T) {
	a := item.clock()
	if a.pos == 0 {
		return
	}
	i, last := int(a.pos)-1, len(h.items)-1
	h.swap(i, last)
	var none T
	h.items[last] = none
	h.items = h.items[:last]
	a.pos, a.at = 0, 0
	if i < last {
		h.fix(i)
	}
}

// inOrder visits items from the earliest on until visit says stop or limit is reached.
func (h *alarms[T]) inOrder(limit int, visit func(item T, at moment) (more bool)) {
	if len(h.items) == 0 {
		return
	}
	edge := []int{0} // places whose parents were visited
	for ; limit > 0 && len(edge) > 0; limit-- {
		least := 0
		for i := range edge {
			if h.before(edge[i], edge[least]) {
				least = i
			}
		}
		place := edge[least]
		edge[least] = edge[len(edge)-1]
		edge = edge[:len(edge)-1]
		if !visit(h.items[place], h.items[place].clock().at) {
			return
		}
		for child := 2*place + 1; child <= 2*place+2 && child < len(h.items); child++ {
			edge = append(edge, child)
		}
	}
}

func (h *alarms[T]) before(i, j int) bool { return h.items[i].clock().at < h.items[j].clock().at }

func (h *alarms[T]) swap(i, j int) {
	h.items[i], h.items[j] = h.items[j], h.items[i]
	h.items[i].clock().pos = int32(i + 1) //nolint:gosec // bounded by the number of keys
	h.items[j].clock().pos = int32(j + 1) //nolint:gosec // bounded by the number of keys
}

func (h *alarms[T]) fix(i int) {
	if !h.down(i) {
		h.up(i)
	}
}

func (h *alarms[T]) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h.before(i, parent) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

func (h *alarms[T]) down(i int) (moved bool) {
	for {
		child := 2*i + 1
		if child >= len(h.items) {
			return moved
		}
		if child+1 < len(h.items) && h.before(child+1, child) {
			child++
		}
		if !h.before(child, i) {
			return moved
		}
		h.swap(i, child)
		i, moved = child, true
	}
}
