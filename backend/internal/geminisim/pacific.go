package geminisim

import "time"

// pacificDay numbers the day of America/Los_Angeles that holds t; quota by the day resets when it changes. The rule is
// written out (second Sunday of March to first Sunday of November, at 02:00), so that no time zone file is needed and
// the gateway's own reckoning is checked by another.
func pacificDay(t time.Time) int {
	return int(floorDiv(t.Unix()+pacificOffset(t), 86400))
}

// pacificMidnight is the next moment at which pacificDay changes.
func pacificMidnight(t time.Time) time.Time {
	local := (int64(pacificDay(t)) + 1) * 86400
	guess := time.Unix(local+8*3600, 0) // as if in standard time
	if pacificOffset(guess.Add(-time.Hour)) == -7*3600 && pacificDay(guess.Add(-time.Hour)) == pacificDay(t)+1 {
		guess = guess.Add(-time.Hour)
	}
	return guess.UTC()
}

// pacificOffset is the seconds to add to UTC.
func pacificOffset(t time.Time) int64 {
	year := t.UTC().Year()
	start := nthSunday(year, time.March, 2).Add(10 * time.Hour) // 02:00 PST
	end := nthSunday(year, time.November, 1).Add(9 * time.Hour) // 02:00 PDT
	if t.Before(start) || !t.Before(end) {
		return -8 * 3600
	}
	return -7 * 3600
}

func nthSunday(year int, month time.Month, n int) time.Time {
	first := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, (7-int(first.Weekday()))%7+7*(n-1))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
