package adminapi

import (
	"testing"
	"time"
	_ "time/tzdata" // the zones, wherever the tests run
)

func TestSpanBounds(t *testing.T) {
	tests := []struct {
		name, zone, now, from, to string
	}{
		{"1h", "UTC", "2026-11-23T02:48:17Z", "2026-11-23T01:49:00Z", "2026-11-23T02:49:00Z"},
		{"24h", "Asia/Shanghai", "2026-11-23T02:48:17Z", "2026-11-22T03:00:00Z", "2026-11-23T03:00:00Z"},
		{"24h", "Asia/Kathmandu", "2026-11-23T02:48:17Z", "2026-11-22T03:00:00Z", "2026-11-23T03:00:00Z"}, // 5:45 ahead
		{"7d", "UTC", "2026-11-23T00:00:00Z", "2026-11-16T02:00:00Z", "2026-11-23T02:00:00Z"},
		{"30d", "Asia/Shanghai", "2026-11-23T02:48:17Z", "2026-10-24T04:00:00Z", "2026-11-23T04:00:00Z"}, // noon there
	}
	for _, tt := range tests {
		s, err := spanOf(tt.name)
		if err != nil {
			t.Fatal(err)
		}
		from, to := s.bounds(at(t, tt.now, tt.zone))
		if got, want := from.UTC().Format(time.RFC3339)+" "+to.UTC().Format(time.RFC3339), tt.from+" "+tt.to; got != want {
			t.Errorf("%s in %s: %s, want %s", tt.name, tt.zone, got, want)
		}
	}
}

func TestMidnightWhereClocksSkipIt(t *testing.T) {
	tests := []struct{ zone, now, want string }{
		{"UTC", "2026-11-23T02:48:17Z", "2026-11-23T00:00:00Z"},
		{"America/Los_Angeles", "2026-11-01T20:00:00Z", "2026-11-01T07:00:00Z"}, // a day of 25 hours
		{"America/Sao_Paulo", "2018-11-04T15:00:00Z", "2018-11-04T03:00:00Z"},   // 0:00 does not exist
		{"America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-04T03:00:00Z"},
		{"Asia/Beirut", "2022-03-27T10:00:00Z", "2022-03-26T22:00:00Z"},
	}
	for _, tt := range tests {
		if got := midnight(at(t, tt.now, tt.zone)).UTC().Format(time.RFC3339); got != tt.want {
			t.Errorf("midnight before %s in %s is %s, want %s", tt.now, tt.zone, got, tt.want)
		}
	}
}

func at(t *testing.T, instant, zone string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		t.Fatal(err)
	}
	return when.In(loc)
}
