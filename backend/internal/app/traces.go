package app

import (
	"log/slog"

	"gemini-proxy/backend/internal/config"
	"gemini-proxy/backend/internal/trace"
)

// newTracer makes what tells a collector of requests; nil when none is named.
func newTracer(cfg *config.Config, build Build, log *slog.Logger) *trace.Tracer {
	to := cfg.Traces
	if to.Endpoint == nil {
		return nil
	}
	headers := make(map[string]string, len(to.Headers))
	for name, value := range to.Headers {
		headers[name] = value.Reveal()
	}
	return trace.New(trace.Config{Endpoint: to.Endpoint, Headers: headers, Service: to.Service, Version: build.Version, Ratio: to.Ratio, Log: log})
}
