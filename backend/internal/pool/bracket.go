package pool

import (
	"math"
	"math/rand/v2"
)

// unlimited is room for any number of tokens.
const unlimited = math.MaxInt64

// bracket is a tournament of candidates in fixed seats. It answers in O(log n) who comes first by rank, and gives a random one
// by weight, among those with enough room for tokens. A seat that is not ready takes no part.
type bracket struct {
	nodes []node // nodes[1] is the root, nodes[size+i] seat i
	size  int    // a power of two
	ready int
	bulk  bool // seats are being filled in bulk: the sums are made by build
}

// node sums up the seats below it.
type node struct {
	rank   float64 // the least
	room   int64   // the most; -1 when nobody is ready
	weight int32   // the sum
	best   int32   // the seat with the least rank; -1 when nobody is ready
}

func emptyNode() node { return node{rank: math.Inf(1), room: -1, best: -1} }

// grow makes place for n seats.
func (b *bracket) grow(n int) {
	if n <= b.size {
		return
	}
	size := 1
	for size < n {
		size *= 2
	}
	nodes := make([]node, 2*size)
	for i := range nodes {
		nodes[i] = emptyNode()
	}
	if b.size > 0 {
		copy(nodes[size:], b.nodes[b.size:])
	}
	b.nodes, b.size = nodes, size
	b.sum()
}

// sum makes all nodes from their seats.
func (b *bracket) sum() {
	for i := b.size - 1; i >= 1; i-- {
		b.nodes[i] = b.join(i)
	}
}

// build ends filling in bulk.
func (b *bracket) build() {
	b.bulk = false
	b.sum()
}

func (b *bracket) join(i int) node {
	l, r := &b.nodes[2*i], &b.nodes[2*i+1]
	n := node{rank: l.rank, room: max(l.room, r.room), weight: l.weight + r.weight, best: l.best}
	if r.best >= 0 && (l.best < 0 || r.rank < l.rank) {
		n.rank, n.best = r.rank, r.best
	}
	return n
}

// set makes seat i ready.
func (b *bracket) set(i int, rank float64, weight int32, room int64) {
	b.grow(i + 1)
	b.put(i, node{rank: rank, room: room, weight: weight, best: int32(i)}) //nolint:gosec // bounded by the number of keys
}

// clear makes seat i not ready.
func (b *bracket) clear(i int) {
	if i < b.size && b.nodes[b.size+i].best >= 0 {
		b.put(i, emptyNode())
	}
}

func (b *bracket) put(i int, n node) {
	at := b.size + i
	if b.nodes[at].best >= 0 {
		b.ready--
	}
	if n.best >= 0 {
		b.ready++
	}
	b.nodes[at] = n
	if b.bulk {
		return
	}
	for at /= 2; at >= 1; at /= 2 {
		joined := b.join(at)
		if joined == b.nodes[at] {
			return
		}
		b.nodes[at] = joined
	}
}

// has reports whether seat i is ready with room.
func (b *bracket) has(i int, room int64) bool {
	return i < b.size && b.nodes[b.size+i].best >= 0 && b.nodes[b.size+i].room >= room
}

// rankOf gives the rank of seat i; +Inf when it is not ready.
func (b *bracket) rankOf(i int) float64 {
	if i >= b.size {
		return math.Inf(1)
	}
	return b.nodes[b.size+i].rank
}

// weight gives the sum over all that are ready.
func (b *bracket) weight() int32 {
	if b.size == 0 {
		return 0
	}
	return b.nodes[1].weight
}

// lowest gives the least rank of all that are ready; +Inf when nobody is.
func (b *bracket) lowest() float64 {
	if b.size == 0 {
		return math.Inf(1)
	}
	return b.nodes[1].rank
}

// patience is how many nodes a search for the first with room looks at before it takes any with room.
const patience = 256

// first gives the seat with the least rank among those with room; -1 when there is none.
func (b *bracket) first(room int64) int {
	if b.size == 0 || b.nodes[1].room < room {
		return -1
	}
	s := search{b: b, room: room, left: patience, rank: math.Inf(1), best: -1}
	s.walk(1)
	return int(s.best)
}

type search struct {
	b    *bracket
	room int64
	left int // nodes that may still be opened
	rank float64
	best int32
}

func (s *search) walk(i int) {
	n := &s.b.nodes[i]
	if n.room < s.room || (s.best >= 0 && n.rank >= s.rank) {
		return
	}
	if s.b.nodes[s.b.size+int(n.best)].room >= s.room {
		s.best, s.rank = n.best, n.rank
		return
	}
	if s.left--; s.left < 0 {
		if s.best < 0 {
			s.best, s.rank = int32(s.b.anyBelow(i, s.room)), math.Inf(-1) //nolint:gosec // a seat's number
		}
		return
	}
	near, far := 2*i, 2*i+1
	if s.b.nodes[far].rank < s.b.nodes[near].rank {
		near, far = far, near
	}
	s.walk(near)
	s.walk(far)
}

// anyBelow gives some seat with room below a node that has one.
func (b *bracket) anyBelow(i int, room int64) int {
	for i < b.size {
		i *= 2
		if b.nodes[i].room < room {
			i++
		}
	}
	return i - b.size
}

// sample gives a random seat by weight among those with room; -1 when there is none.
func (b *bracket) sample(rng *rand.Rand, room int64) int {
	if b.size == 0 || b.nodes[1].room < room || b.nodes[1].weight <= 0 {
		return -1
	}
	for range 4 {
		i := 1
		for left := rng.Int32N(b.nodes[1].weight); i < b.size; {
			i *= 2
			if left >= b.nodes[i].weight {
				left -= b.nodes[i].weight
				i++
			}
		}
		if b.nodes[i].room >= room {
			return i - b.size
		}
	}
	return b.sampleRoomy(rng, room)
}

// sampleRoomy goes down by weight but never into a branch without room. Branches are weighed whole, so it is only nearly fair.
func (b *bracket) sampleRoomy(rng *rand.Rand, room int64) int {
	i := 1
	for i < b.size {
		l, r := &b.nodes[2*i], &b.nodes[2*i+1]
		i *= 2
		if l.room < room || (r.room >= room && rng.Int32N(l.weight+r.weight) >= l.weight) {
			i++
		}
	}
	return i - b.size
}
