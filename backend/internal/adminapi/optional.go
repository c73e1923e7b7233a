package adminapi

import "time"

// utc gives a time for an answer: UTC, whole milliseconds.
func utc(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// optionalTime gives nil for the zero time, which stands for never.
func optionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = utc(t)
	return &t
}

// optionalText gives nil for the empty text, which stands for not known.
func optionalText(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// value gives what a pointer points to, or the zero value for nil.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
