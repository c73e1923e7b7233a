package intake

import "context"

// Reserve takes n bytes of the memory that all large bodies share, for what a request brings in beside its body. It waits a little; its
// error is a fault, Unavailable or Canceled. Whoever reserves gives back with Release.
func (in *Intake) Reserve(ctx context.Context, n int64) error { return in.reserve(ctx, n) }

// Release gives back n bytes that were reserved.
func (in *Intake) Release(n int64) { in.memory.Release(n) }
