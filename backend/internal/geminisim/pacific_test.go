package geminisim

import (
	"testing"
	"time"
	_ "time/tzdata" // so that every machine has the zone
)

// TestPacific compares the written-out rule with the time zone file, around every change of clocks and by the hour of
// two years.
func TestPacific(t *testing.T) {
	la, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	check := func(at time.Time) {
		t.Helper()
		local := at.In(la)
		want := int(time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400)
		if got := pacificDay(at); got != want {
			t.Fatalf("day of %v: %d, want %d", at, got, want)
		}
		next := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, la)
		if got := pacificMidnight(at); !got.Equal(next) {
			t.Fatalf("midnight after %v: %v, want %v", at, got, next.UTC())
		}
	}
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for at := begin; at.Year() < 2028; at = at.Add(time.Hour) {
		check(at)
	}
	for _, change := range []time.Time{
		time.Date(2026, 3, 8, 10, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC),
		time.Date(2030, 3, 10, 10, 0, 0, 0, time.UTC), time.Date(2030, 11, 3, 9, 0, 0, 0, time.UTC),
	} {
		for minute := -26 * 60; minute < 26*60; minute++ {
			check(change.Add(time.Duration(minute) * time.Minute))
			check(change.Add(time.Duration(minute)*time.Minute - time.Nanosecond))
		}
	}
}
