package pool

import (
	"math"
	"time"
)

// moment is a point in time in nanoseconds since 1970, so that ledgers compare and add without the weight of time.Time.
// Zero is "none".
type moment int64

// never is later than every moment.
const never moment = math.MaxInt64

func momentOf(t time.Time) moment {
	if t.IsZero() {
		return 0
	}
	return moment(t.UnixNano())
}

func (m moment) time() time.Time {
	if m == 0 || m == never {
		return time.Time{}
	}
	return time.Unix(0, int64(m)).UTC()
}

func (m moment) add(d time.Duration) moment { return m + moment(d) }

func (m moment) sub(o moment) time.Duration { return time.Duration(m - o) }
