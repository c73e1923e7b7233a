package adminapi

import (
	"context"
	"math"
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
	// those that share the database, the longest running first, at most 100; null while the database is away
	Replicas []Replica `json:"replicas" extensions:"x-nullable"`
}

// Replica is a process of the server. Each counts quota by itself: several may pass a limit together.
type Replica struct {
	ID        string    `json:"id" example:"4ZQKX7N2M5T6R3V8W9Y2A4C6E8"` // made at each start
	Host      string    `json:"host" example:"gateway-7d9f"`
	Version   string    `json:"version" example:"1.0.0"`
	StartedAt time.Time `json:"started_at" format:"date-time" example:"2026-11-23T02:48:17Z"`
	SeenAt    time.Time `json:"seen_at" format:"date-time" example:"2026-11-23T03:48:17Z"` // it signs every minute; one that misses two is not listed
	Current   bool      `json:"current" example:"true"`                                    // it is the one that answers
}

// Database is where everything that lasts is kept.
type Database struct {
	Kind string `json:"kind" enums:"sqlite,postgres" example:"sqlite"`
	OK   bool   `json:"ok" example:"true"` // it answered just now
	// the answer took so long
	LatencyMS float64 `json:"latency_ms" example:"0.4"`
	// on its disk; null when it does not tell
	SizeBytes *int64 `json:"size_bytes" extensions:"x-nullable" example:"7340032"`
}

// pingLimit is how long the database may take to show that it is there.
const pingLimit = 2 * time.Second

// system tells about the process, its database and the processes that share it.
//
//	@Summary		About the server
//	@Description	With Postgres several replicas can share a database. Each counts quota by itself, so that together they may pass a limit.
//	@ID				getSystem
//	@Tags			system
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Success		200			{object}	System
//	@Failure		401,500		{object}	Problem
//	@Router			/system [get]
func (a *api) system(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), pingLimit)
	defer cancel()
	c.JSON(http.StatusOK, System{
		Version:       a.Version,
		Commit:        a.Commit,
		GoVersion:     runtime.Version(),
		StartedAt:     utc(a.StartedAt),
		UptimeSeconds: int64(time.Since(a.StartedAt).Seconds()),
		Database:      a.database(ctx),
		MemoryBytes:   heldMemory(),
		Goroutines:    runtime.NumGoroutine(),
		Replicas:      a.replicas(ctx),
	})
	return nil
}

func (a *api) database(ctx context.Context) Database {
	asked := time.Now()
	d := Database{Kind: a.DatabaseKind, OK: a.Ping(ctx) == nil}
	d.LatencyMS = math.Round(time.Since(asked).Seconds()*1e5) / 100
	if !d.OK {
		return d
	}
	if size, err := a.DatabaseSize(ctx); err == nil { // some hosts do not let it be asked
		d.SizeBytes = &size
	}
	return d
}

// replicas gives the processes at work; nil while the database cannot be asked.
func (a *api) replicas(ctx context.Context) []Replica {
	present, err := a.Replicas.Present(ctx)
	if err != nil {
		return nil // the database's own state says why
	}
	list := make([]Replica, 0, len(present))
	for _, r := range present {
		list = append(list, Replica{ID: r.ID, Host: r.Host, Version: r.Version, StartedAt: utc(r.StartedAt), SeenAt: utc(r.SeenAt), Current: r.ID == a.Replicas.Self()})
	}
	return list
}

// heldMemory gives the bytes the Go runtime has from the system, less what it gave back.
func heldMemory() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}
