// Package replica is the roll of the processes that share one database: each signs it now and then while it runs, so that the operator can
// see how many there are. Nothing is decided by it.
package replica

import (
	"context"
	"time"
)

// Replica is one process of the server.
type Replica struct {
	ID        string // made at each start
	Host      string // the machine's name; in a container its id
	Version   string // of the program
	StartedAt time.Time
	SeenAt    time.Time // when it last signed, by the database's clock
}

// Store keeps the roll. Its clock alone says when a replica was seen: those of the machines may differ by more than a beat.
type Store interface {
	// SignRoll writes a replica down as seen now, and strikes out those that were not seen for so long.
	SignRoll(ctx context.Context, r Replica, gone time.Duration) error
	// LeaveRoll strikes one out.
	LeaveRoll(ctx context.Context, id string) error
	// Roll gives those seen within a time, the longest running first, up to most.
	Roll(ctx context.Context, within time.Duration, most int) ([]Replica, error)
}
