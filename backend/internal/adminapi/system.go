package adminapi

import (
	"context"
	"net/http"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/gin-gonic/gin"
)

// System is what the process says of itself.
type System struct {
	Version       string    `json:"version" example:"1.0.0"`
	Commit        string    `json:"commit" example:"73fa5fa"`
	GoVersion     string    `json:"go_version" example:"go1.26.0"`
	StartedAt     time.Time `json:"started_at" format:"date-time" example:"2026-11-23T02:48:17Z"`
	UptimeSeconds int64     `json:"uptime_seconds" example:"3600"`
	Database      Database  `json:"database"`
	// held by the Go runtime, not given back to the system
	MemoryBytes uint64 `json:"memory_bytes" example:"31457280"`
	Goroutines  int    `json:"goroutines" example:"24"`
}

// Database is where everything that lasts is kept.
type Database struct {
	Kind string `json:"kind" enums:"sqlite,postgres" example:"sqlite"`
	OK   bool   `json:"ok" example:"true"` // it answered just now
}

// pingLimit is how long the database may take to show that it is there.
const pingLimit = 2 * time.Second

// system tells about the process and its database.
//
//	@Summary	About the server
//	@ID			getSystem
//	@Tags		system
//	@Produce	json,application/problem+json
//	@Security	Bearer
//	@Success	200			{object}	System
//	@Failure	401,500		{object}	Problem
//	@Router		/system [get]
func (a *api) system(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), pingLimit)
	defer cancel()
	c.JSON(http.StatusOK, System{
		Version:       a.Version,
		Commit:        a.Commit,
		GoVersion:     runtime.Version(),
		StartedAt:     utc(a.StartedAt),
		UptimeSeconds: int64(time.Since(a.StartedAt).Seconds()),
		Database:      Database{Kind: a.DatabaseKind, OK: a.Ping(ctx) == nil},
		MemoryBytes:   heldMemory(),
		Goroutines:    runtime.NumGoroutine(),
	})
	return nil
}

// heldMemory gives the bytes the Go runtime has from the system, less what it gave back.
func heldMemory() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}
