package store

import (
	"strings"
	"time"

	"gorm.io/gorm"
)

// hourMicros is an hour in the unit of kept times.
const hourMicros = int64(time.Hour / time.Microsecond)

// hourOf gives the beginning of the hour, in UTC, that a time since 1970 lies in.
func hourOf(micros int64) int64 { return micros - micros%hourMicros }

// hourFrom gives the first beginning of an hour that is not before a time.
func hourFrom(micros int64) int64 { return hourOf(micros + hourMicros - 1) }

// stretch is the time from from until before to, in kept times.
type stretch struct{ from, to int64 }

func (s stretch) empty() bool { return s.from >= s.to }

// span says from which rows the sums of a stretch of time are read: whole hours from the hourly sums, what sticks out at its ends from
// the requests. So a span is right in any time zone, also in those that lie a half or a quarter of an hour off. Of hours whose
// requests are no longer kept, only the sum is known: such an hour counts where it begins.
type span struct {
	hours    stretch
	requests []stretch
}

// wholeHours splits a stretch so that few requests are read. horizon is the beginning of the first hour whose requests are kept.
func wholeHours(all stretch, horizon int64) span {
	hours := stretch{hourFrom(all.from), hourOf(all.to)}
	if hours.from > hours.to {
		return span{requests: []stretch{all}} // inside one hour
	}
	first, rest := stretch{all.from, hours.from}, stretch{hours.to, all.to}
	if !rest.empty() && hours.to < horizon {
		hours.to, rest = hours.to+hourMicros, stretch{}
	}
	return span{hours: hours, requests: []stretch{first, rest}}
}

// singleRequests splits a stretch so that every request is read on its own as far back as they are kept, for steps that are not hours.
func singleRequests(all stretch, horizon int64) span {
	return span{
		hours:    stretch{hourFrom(all.from), min(hourFrom(all.to), horizon)},
		requests: []stretch{{max(all.from, horizon), all.to}},
	}
}

// narrowing chooses rows by the value of one column, which the requests and the hourly sums have both.
type narrowing struct {
	hourTable string // which of the hourly sums have it
	column    string
	value     any
}

// source gives the SQL of a span's rows, as a table with the named columns, and its arguments; "" for a span without rows. only may be nil.
func (s span) source(fromRequests, fromHours, hourTable string, only *narrowing) (string, []any) {
	var parts []string
	var args []any
	add := func(columns, table, at string, rows stretch) {
		if rows.empty() {
			return
		}
		query := "SELECT " + columns + " FROM " + table + " WHERE " + at + " >= ? AND " + at + " < ?"
		args = append(args, rows.from, rows.to)
		if only != nil {
			query += " AND " + only.column + " = ?"
			args = append(args, only.value)
		}
		parts = append(parts, query)
	}
	for _, part := range s.requests {
		add(fromRequests, "requests", "time", part)
	}
	add(fromHours, hourTable, "hour", s.hours)
	return strings.Join(parts, " UNION ALL "), args
}

// horizon gives the beginning of the first hour whose requests are kept; when none is, a time after all others.
func horizon(db *gorm.DB) (int64, error) {
	var oldest *int64
	if err := db.Raw("SELECT MIN(time) FROM requests").Row().Scan(&oldest); err != nil {
		return 0, err
	}
	if oldest == nil {
		return 1<<62 - (1<<62)%hourMicros, nil
	}
	return hourOf(*oldest), nil
}
