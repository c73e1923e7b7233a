package main

import (
	"os"
	"runtime/debug"
)

// How the collector works unless GOGC and GOMEMLIMIT say otherwise. What a request needs is garbage at its end, and little else is held:
// at the runtime's own setting the collector would run every few dozen requests. The limit keeps the whole within a 512 MB host.
const (
	collectAt   = 300       // percent of growth
	memoryLimit = 384 << 20 // bytes
)

func setMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
