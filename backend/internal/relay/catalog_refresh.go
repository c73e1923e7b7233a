package relay

import (
	"context"
	"time"

	"gemini-proxy/backend/internal/gemini"
)

// Refresh asks Gemini anew, however fresh the list is, and gives the models as Models does.
func (c *Catalog) Refresh(ctx context.Context) ([]gemini.Model, error) {
	c.mu.Lock()
	c.until = time.Time{}
	c.mu.Unlock()
	return c.Models(ctx)
}
