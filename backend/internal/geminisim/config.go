package geminisim

import "time"

// Config says how a Sim begins. The zero value is a simulator that knows no key, so refuses every call.
type Config struct {
	// Seed fixes ids, jitter and random faults; equal seeds and equal requests in equal order give equal answers.
	Seed int64
	// Now is the clock for quota, expiry and file processing; nil means time.Now. Sim.Advance shifts it.
	Now func() time.Time
	// Projects hold the keys and quota.
	Projects []Project
	// Models are the models served; nil means DefaultModels().
	Models []Model
	// EnforceLimits applies each model's default free-tier limits to free projects that set none of their own.
	// Limits that a project does set are always enforced.
	EnforceLimits bool
	// LF ends stream lines with "\n" instead of the "\r\n" that Google uses.
	LF bool
	// SplitEvery cuts streams into writes of this many bytes, whatever they hold; 0 writes one event at a time.
	SplitEvery int
	// Latency passes before the headers of every inference answer; ChunkDelay before each later stream event.
	Latency, ChunkDelay time.Duration
	// FileProcessing is how long an uploaded file stays PROCESSING; 0 makes it ACTIVE at once.
	FileProcessing time.Duration
	// InlineLimit is the largest request body in bytes; 0 means Google's 100 MB (since 2026-01-08).
	InlineLimit int64
	// FileLimit is the largest file in bytes; 0 means 120 MB, the most the simulator will hold in one upload
	// (Google takes 2 GB).
	FileLimit int64
	// SignaturesPerProject refuses a thought signature minted for another project.
	SignaturesPerProject bool
	// LogSize is how many requests are remembered (0 means 1,024); LogBody how many bytes of each body (0 means 32 KiB).
	LogSize, LogBody int
	// FaultRate is the share (0…1) of inference calls answered with a random 500, 502, 503 or 504.
	FaultRate float64
}

const (
	maxBody        = 120 << 20
	defaultInline  = 100 << 20
	defaultLogSize = 1024
	defaultLogBody = 32 << 10
)

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Models == nil {
		c.Models = DefaultModels()
	}
	if c.InlineLimit <= 0 || c.InlineLimit > maxBody {
		c.InlineLimit = defaultInline
	}
	if c.FileLimit <= 0 || c.FileLimit > maxBody {
		c.FileLimit = maxBody
	}
	if c.LogSize <= 0 {
		c.LogSize = defaultLogSize
	}
	if c.LogBody <= 0 {
		c.LogBody = defaultLogBody
	}
	return c
}
