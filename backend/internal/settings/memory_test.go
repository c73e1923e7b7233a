package settings

import (
	"context"
	"sync"

	"gemini-proxy/backend/internal/fault"
)

// memory keeps the document as a database would. The real store is on a floor above, and is tried with Live in its own tests.
type memory struct {
	mu       sync.Mutex
	document []byte
	version  int64
	away     error // given instead of an answer
}

func (m *memory) LoadSettings(context.Context) ([]byte, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.document, m.version, m.away
}

func (m *memory) SaveSettings(_ context.Context, document []byte, version int64) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away != nil {
		return 0, m.away
	}
	if version != m.version {
		return 0, fault.New(fault.Precondition, "another version is kept")
	}
	m.document, m.version = document, version+1
	return m.version, nil
}
