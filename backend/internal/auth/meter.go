package auth

import (
	"sync"
	"time"
)

// meterSeconds is how many seconds a minute that slides holds: those before the running one, and it.
const meterSeconds = 60

// meter counts what one user key does. It exists only for keys with a limit that needs counting.
type meter struct {
	mu      sync.Mutex
	seconds [meterSeconds]second // by Unix second modulo their number

	day         int64 // days since 1970 in UTC
	dayRequests int64
	month       int64 // months since the year 0 in UTC
	monthTokens int64
	flying      int64
}

// second is what was counted in one second.
type second struct{ at, requests, tokens int64 }

func dayOf(now time.Time) int64 { return now.Unix() / (24 * 60 * 60) }

func monthOf(now time.Time) int64 {
	now = now.UTC()
	return int64(now.Year())*12 + int64(now.Month()) - 1
}

// dayEnd and monthEnd give when the running day and month of UTC end.
func dayEnd(now time.Time) time.Time {
	now = now.UTC()
	return time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, time.UTC)
}

func monthEnd(now time.Time) time.Time {
	now = now.UTC()
	return time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, time.UTC)
}

// settle brings day and month up to now. The caller holds mu.
func (m *meter) settle(now time.Time) {
	if day := dayOf(now); day != m.day {
		m.day, m.dayRequests = day, 0
	}
	if month := monthOf(now); month != m.month {
		m.month, m.monthTokens = month, 0
	}
}

// minute sums up the seconds that count at a Unix second. The caller holds mu.
func (m *meter) minute(now int64) (requests, tokens int64) {
	for i := range m.seconds {
		if s := &m.seconds[i]; s.at > now-meterSeconds && s.at <= now {
			requests += s.requests
			tokens += s.tokens
		}
	}
	return requests, tokens
}

// add counts in a second. The caller holds mu.
func (m *meter) add(at, requests, tokens int64) {
	s := &m.seconds[at%meterSeconds]
	if s.at != at {
		*s = second{at: at}
	}
	s.requests += requests
	s.tokens += tokens
}

// opens gives how long it takes until at most requests and tokens remain counted in the minute. The caller holds mu.
func (m *meter) opens(now time.Time, requests, tokens int64) time.Duration {
	at := now.Unix()
	haveRequests, haveTokens := m.minute(at)
	for old := at - meterSeconds + 1; old <= at; old++ {
		if haveRequests <= requests && haveTokens <= tokens {
			break
		}
		if s := &m.seconds[old%meterSeconds]; s.at == old {
			haveRequests -= s.requests
			haveTokens -= s.tokens
		}
		if haveRequests <= requests && haveTokens <= tokens {
			return time.Unix(old+meterSeconds, 0).Sub(now)
		}
	}
	return 0
}
