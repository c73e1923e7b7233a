package pool

import (
	"fmt"
	"time"
)

// Google resets the quotas of a day at midnight in Los Angeles (ai.google.dev, rate limits), so days are told in that zone:
// 23 hours long when summer time begins and 25 when it ends.
const pacificZone = "America/Los_Angeles"

// dayForm is how a Pacific day is written in records.
const dayForm = "2006-01-02"

// pacificDay is one day in Los Angeles.
type pacificDay struct {
	name       string // "2026-11-23"
	start, end moment // its first moment, and the next day's
}

// calendar tells the Pacific day of a moment. It remembers the last answer, which is nearly always the next one's too.
type calendar struct {
	zone *time.Location
	last pacificDay
}

func newCalendar() (*calendar, error) {
	zone, err := time.LoadLocation(pacificZone)
	if err != nil {
		return nil, fmt.Errorf("load the time zone of Google's quota days: %w", err)
	}
	return &calendar{zone: zone}, nil
}

// on gives the day that m falls in.
func (c *calendar) on(m moment) *pacificDay {
	if m >= c.last.start && m < c.last.end {
		return &c.last
	}
	local := m.time().In(c.zone)
	start := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, c.zone)
	end := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, c.zone)
	c.last = pacificDay{name: start.Format(dayForm), start: momentOf(start), end: momentOf(end)}
	return &c.last
}
