package adminapi

import (
	"strings"
	"time"

	"gemini-proxy/backend/internal/pulse"
)

// LiveEvents is the data of each event, under the event's name. An event carries its own alone.
type LiveEvents struct {
	Counters LiveCounters `json:"counters"`
	Changed  LiveChange   `json:"changed"`
	End      LiveEnd      `json:"end"`
}

// LiveCounters is what goes on at one moment: the data of an event "counters".
type LiveCounters struct {
	Time     time.Time   `json:"time" format:"date-time" example:"2026-11-23T02:48:17Z"`
	Minute   LiveTraffic `json:"minute"` // the last minute; less while the server is younger
	Latest   LiveTraffic `json:"latest"` // since the counters before, for a chart that moves
	InFlight int         `json:"in_flight" example:"3"`
	Waiting  int         `json:"waiting" example:"0"` // requests that wait for room in the pool
	Keys     KeyCounts   `json:"keys"`
}

// LiveTraffic is what went through in a time.
type LiveTraffic struct {
	Seconds      float64 `json:"seconds" example:"60"` // how long that time is
	Requests     int64   `json:"requests" example:"84"`
	Failures     int64   `json:"failures" example:"1"` // answered with an error that was not the client's own
	InputTokens  int64   `json:"input_tokens" example:"12800"`
	OutputTokens int64   `json:"output_tokens" example:"4100"`
}

// LiveChange says what is not as it was last read: the data of an event "changed".
type LiveChange struct {
	What string `json:"what" enums:"keys,user_keys,models,settings,files" example:"keys"`
}

// LiveEnd says why a stream ends: the data of the event "end", the last one.
type LiveEnd struct {
	Reason string `json:"reason" enums:"session,stopping" example:"session"` // the session or its access token has ended; the server stops
}

func liveCountersOf(c *pulse.Counters) LiveCounters {
	return LiveCounters{Time: utc(c.Time), Minute: liveTrafficOf(c.Minute), Latest: liveTrafficOf(c.Latest),
		InFlight: c.Load.InFlight, Waiting: c.Load.Waiting, Keys: keyCountsOf(c.Keys)}
}

func liveTrafficOf(t pulse.Traffic) LiveTraffic {
	return LiveTraffic{Seconds: t.Over.Seconds(), Requests: t.Requests, Failures: t.Failures, InputTokens: t.InputTokens, OutputTokens: t.OutputTokens}
}

// announce tells the watchers what a change at a path, like "/gemini-keys/7", was made to.
func (a *api) announce(path string) {
	room, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch room {
	case "gemini-keys", "cleanup":
		a.Pulse.Changed(pulse.Keys)
	case "user-keys":
		a.Pulse.Changed(pulse.UserKeys)
	case "models":
		a.Pulse.Changed(pulse.Models)
	case "settings":
		a.Pulse.Changed(pulse.Settings)
	case "files":
		a.Pulse.Changed(pulse.Files)
	case "restore":
		for _, what := range []string{pulse.Keys, pulse.UserKeys, pulse.Models, pulse.Settings} {
			a.Pulse.Changed(what)
		}
	}
}
