package openai

import (
	"math"
	"strconv"
	"strings"
)

// Segment is a stretch of a transcript: what is said from one time to another, in seconds from the start of the recording.
type Segment struct {
	Start, End float64
	Text       string
}

// maxClock bounds the times of a transcript, in seconds: no recording is a hundred hours long.
const maxClock = 100 * 3600

// seconds reads a time as a clock shows it: "01:02:03.456", "02:03,456" or "3.456".
func seconds(clock string) (float64, bool) {
	clock = strings.TrimSuffix(strings.TrimSpace(clock), "s")
	fields := strings.Split(strings.ReplaceAll(clock, ",", "."), ":")
	if len(fields) > 3 {
		return 0, false
	}
	total := 0.0
	for i, field := range fields {
		last := i == len(fields)-1
		if field == "" || strings.Trim(field, "0123456789.") != "" || !last && strings.Contains(field, ".") {
			return 0, false
		}
		n, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return 0, false
		}
		total = 60*total + n
	}
	return total, total <= maxClock
}

// settle puts segments in order as a player needs it: no one begins before the last, none ends before it begins or after the recording does,
// when it is known how many seconds that has. Segments without text are left out.
func settle(segments []Segment, duration float64) []Segment {
	kept := segments[:0]
	begin := 0.0
	for _, s := range segments {
		if s.Text = strings.Join(strings.Fields(s.Text), " "); s.Text == "" {
			continue
		}
		if duration > 0 {
			s.Start, s.End = min(s.Start, duration), min(s.End, duration)
		}
		s.Start = max(s.Start, begin)
		s.End = max(s.End, s.Start)
		begin = s.Start
		kept = append(kept, s)
	}
	return kept
}

// appendSRT writes the segments as SubRip subtitles.
func appendSRT(dst []byte, segments []Segment) []byte {
	for i, s := range segments {
		dst = append(strconv.AppendInt(dst, int64(i)+1, 10), '\n')
		dst = appendCue(dst, s, ',')
		dst = append(append(dst, strings.ReplaceAll(s.Text, "-->", "→")...), "\n\n"...)
	}
	return dst
}

// appendVTT writes the segments as WebVTT.
func appendVTT(dst []byte, segments []Segment) []byte {
	dst = append(dst, "WEBVTT\n\n"...)
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	for _, s := range segments {
		dst = appendCue(dst, s, '.')
		dst = append(append(dst, escape.Replace(s.Text)...), "\n\n"...)
	}
	return dst
}

// appendCue writes the line of times; the end is after the start by a millisecond at least, as WebVTT asks for.
func appendCue(dst []byte, s Segment, point byte) []byte {
	from := int64(math.Round(s.Start * 1000))
	to := max(int64(math.Round(s.End*1000)), from+1)
	dst = append(appendClock(dst, from, point), " --> "...)
	return append(appendClock(dst, to, point), '\n')
}

func appendClock(dst []byte, ms int64, point byte) []byte {
	dst = append(appendPadded(dst, ms/3_600_000, 2), ':')
	dst = append(appendPadded(dst, ms/60_000%60, 2), ':')
	dst = append(appendPadded(dst, ms/1000%60, 2), point)
	return appendPadded(dst, ms%1000, 3)
}

func appendPadded(dst []byte, n int64, width int) []byte {
	digits := strconv.FormatInt(n, 10)
	for range width - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}
