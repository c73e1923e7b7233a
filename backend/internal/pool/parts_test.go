package pool

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A window must never count less than what really is in the last minute, and hardly more.
func TestWindowNeverForgetsTheLastMinute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type made struct {
			at     moment
			tokens int64
		}
		var w window
		var all []made
		now := moment(1_700_000_000 * time.Second)
		for range rapid.IntRange(1, 400).Draw(t, "steps") {
			now += moment(rapid.Int64Range(0, int64(2*time.Second)).Draw(t, "pause"))
			w.expire(now)
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				if len(all) > 0 {
					m := &all[rapid.IntRange(0, len(all)-1).Draw(t, "which")]
					if m.at.add(time.Minute) > now {
						w.amend(m.at, 0, 7-m.tokens)
						m.tokens = 7
					}
				}
			default:
				tokens := rapid.Int64Range(1, 1000).Draw(t, "tokens")
				w.add(now, 1, tokens)
				all = append(all, made{now, tokens})
			}
			var least, most, leastTokens int64
			for _, m := range all {
				if m.at.add(time.Minute) > now {
					least++
					leastTokens += m.tokens
				}
				if m.at.add(span+grain) > now {
					most++
				}
			}
			if w.requests < least || w.requests > most || w.tokens < leastTokens {
				t.Fatalf("counts %d requests and %d tokens, want %d–%d and at least %d", w.requests, w.tokens, least, most, leastTokens)
			}
			if live := len(w.entries) - w.head; live > exactEntries+int(span/grain)+1 {
				t.Fatalf("%d entries, memory is not bounded", live)
			}
			if opens := w.opening(now, w.requests-1, math.MaxInt64); w.requests > 0 && (opens <= now || opens > now.add(span+grain)) {
				t.Fatalf("opens %v after now", opens.sub(now))
			}
		}
	})
}

func TestWindowRefundAfterAMinuteChangesNothing(t *testing.T) {
	var w window
	start := moment(time.Hour)
	w.add(start, 1, 10)
	later := start.add(2 * time.Minute)
	w.expire(later)
	w.add(later, 1, 20)
	w.amend(start, -1, -10)
	if w.requests != 1 || w.tokens != 20 {
		t.Errorf("an old refund took from a new request: %d requests, %d tokens", w.requests, w.tokens)
	}
}

// The bracket answers like a plain list would.
func TestBracketAgreesWithAList(t *testing.T) {
	type seat struct {
		rank   float64
		weight int32
		room   int64
	}
	rapid.Check(t, func(t *rapid.T) {
		var b bracket
		plain := map[int]seat{}
		rng := rand.New(rand.NewPCG(1, 2))
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			i := rapid.IntRange(0, 40).Draw(t, "seat")
			if rapid.Bool().Draw(t, "set") {
				s := seat{rapid.Float64Range(0, 10).Draw(t, "rank"), rapid.Int32Range(1, 100).Draw(t, "weight"), rapid.Int64Range(0, 100).Draw(t, "room")}
				b.set(i, s.rank, s.weight, s.room)
				plain[i] = s
			} else {
				b.clear(i)
				delete(plain, i)
			}
			room := rapid.Int64Range(0, 100).Draw(t, "need")
			best, fitting := math.Inf(1), 0
			var weight int32
			for _, s := range plain {
				weight += s.weight
				if s.room >= room {
					fitting++
					best = min(best, s.rank)
				}
			}
			if b.ready != len(plain) || b.weight() != weight {
				t.Fatalf("%d ready with weight %d, want %d with %d", b.ready, b.weight(), len(plain), weight)
			}
			got := b.first(room)
			if (got >= 0) != (fitting > 0) || got >= 0 && plain[got].rank != best {
				t.Fatalf("first is seat %d, want one of rank %v (%d fit)", got, best, fitting)
			}
			drawn := b.sample(rng, room)
			if (drawn >= 0) != (fitting > 0) || drawn >= 0 && plain[drawn].room < room {
				t.Fatalf("drew seat %d, %d fit", drawn, fitting)
			}
		}
	})
}

// Who has the best rank may have no room; however many are so, one with room is found.
func TestBracketFindsTheOneWithRoom(t *testing.T) {
	var b bracket
	const seats = 20_000
	for i := range seats {
		b.set(i, float64(i), 1, 1)
	}
	b.set(seats-7, seats, 1, 1000)
	if got := b.first(500); got != seats-7 {
		t.Errorf("first with room is %d", got)
	}
	if got := b.sample(rand.New(rand.NewPCG(1, 2)), 500); got != seats-7 {
		t.Errorf("drew %d", got)
	}
	for i := range seats / 2 { // many with room, scattered behind many without
		b.set(2*i, float64(i), 1, 1000)
	}
	if got := b.first(500); got < 0 || b.nodes[b.size+got].room < 500 {
		t.Errorf("first with room is %d", got)
	}
}

type clockItem struct{ alarm }

func (c *clockItem) clock() *alarm { return &c.alarm }

func TestAlarmsAgreeWithAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h alarms[*clockItem]
		items := make([]*clockItem, 30)
		for i := range items {
			items[i] = &clockItem{}
		}
		set := map[*clockItem]moment{}
		for range rapid.IntRange(1, 150).Draw(t, "steps") {
			x := items[rapid.IntRange(0, len(items)-1).Draw(t, "item")]
			at := moment(rapid.IntRange(0, 50).Draw(t, "at"))
			h.set(x, at)
			if at == 0 {
				delete(set, x)
			} else {
				set[x] = at
			}
			least := never
			for _, at := range set {
				least = min(least, at)
			}
			if h.top() != least || len(h.items) != len(set) {
				t.Fatalf("top %v of %d, want %v of %d", h.top(), len(h.items), least, len(set))
			}
			last, seen := moment(0), 0
			h.inOrder(1000, func(x *clockItem, at moment) bool {
				if at < last || set[x] != at {
					t.Fatalf("visits %v after %v", at, last)
				}
				last = at
				seen++
				return true
			})
			if seen != len(set) {
				t.Fatalf("visits %d of %d", seen, len(set))
			}
		}
	})
}

func TestPacificDay(t *testing.T) {
	c, err := newCalendar()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, at, day string
		hours         float64
	}{
		{"winter", "2026-11-23T07:59:59Z", "2026-11-22", 24},
		{"winter midnight", "2026-11-23T08:00:00Z", "2026-11-23", 24},
		{"summer", "2026-07-01T06:59:59Z", "2026-06-30", 24},
		{"summer midnight", "2026-07-01T07:00:00Z", "2026-07-01", 24},
		{"summer time begins", "2026-03-08T20:00:00Z", "2026-03-08", 23},
		{"the last moment of the short day", "2026-03-09T06:59:59.999Z", "2026-03-08", 23},
		{"the day after", "2026-03-09T07:00:00Z", "2026-03-09", 24},
		{"summer time ends", "2026-11-01T12:00:00Z", "2026-11-01", 25},
		{"the last moment of the long day", "2026-11-02T07:59:59.999Z", "2026-11-01", 25},
		{"the day after the long day", "2026-11-02T08:00:00Z", "2026-11-02", 24},
		{"new year", "2027-01-01T07:00:00Z", "2026-12-31", 24},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339Nano, tt.at)
			if err != nil {
				t.Fatal(err)
			}
			day := c.on(momentOf(at))
			if day.name != tt.day || day.end.sub(day.start).Hours() != tt.hours {
				t.Errorf("day %s of %v hours, want %s of %v", day.name, day.end.sub(day.start).Hours(), tt.day, tt.hours)
			}
		})
	}
}
