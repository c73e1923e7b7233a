package intake

import (
	"math/bits"
	"sync"
)

// The sizes of buffers that are kept for the next request: powers of two from 64 KiB to 8 MiB. A fresh megabyte costs more than reading
// one: the system clears its pages, and the collector runs sooner.
const (
	smallestKept = 16 // as a power of two
	largestKept  = 23
)

// buffers keeps the memory of bodies between requests. The collector empties it when it is not used.
type buffers struct {
	kept [largestKept - smallestKept + 1]sync.Pool
}

// Buffer gives memory of at least n bytes, of any content, for a body to be sent on; give takes it back when nothing uses it any more.
func (in *Intake) Buffer(n int) (memory []byte, give func()) {
	memory = in.buffers.take(int64(n))
	return memory, func() { in.buffers.give(memory) }
}

// take gives a buffer of at least n bytes; its content is anything. A negative n, a length not announced, gives none.
func (b *buffers) take(n int64) []byte {
	switch power := bits.Len64(uint64(max(n, 1) - 1)); {
	case n < 0:
		return nil
	case power < smallestKept || power > largestKept:
		return make([]byte, n)
	default:
		if kept, ok := b.kept[power-smallestKept].Get().(*[]byte); ok {
			return *kept
		}
		return make([]byte, 1<<power)
	}
}

// give takes a buffer back; nobody may use it afterwards.
func (b *buffers) give(buffer []byte) {
	n := cap(buffer)
	if power := bits.Len64(uint64(max(n, 1) - 1)); n == 1<<power && power >= smallestKept && power <= largestKept {
		buffer = buffer[:n]
		b.kept[power-smallestKept].Put(&buffer)
	}
}
