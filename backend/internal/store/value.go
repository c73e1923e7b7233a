package store

import (
	"strings"
	"time"
	"unicode/utf8"
)

// micros gives a time as it is kept: microseconds since 1970 in UTC; a zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// at gives a kept time back, in UTC; 0 is the zero time.
func at(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// The longest texts that are kept, in bytes. Names stand in indexes, where Postgres takes no more than about 2,700 bytes.
const (
	nameLimit = 512
	noteLimit = 8 << 10
)

// clean makes a text from outside one that Postgres takes: valid UTF-8, without NUL, and cut to at most limit bytes. Without it one
// odd model name or upstream message would make a whole batch fail for ever.
func clean(text string, limit int) string {
	if len(text) > limit {
		for limit > 0 && !utf8.RuneStart(text[limit]) {
			limit--
		}
		text = text[:limit]
	}
	if strings.IndexByte(text, 0) >= 0 {
		text = strings.ReplaceAll(text, "\x00", "")
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
