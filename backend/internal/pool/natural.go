package pool

import (
	"cmp"
	"strings"
)

// compareNatural orders texts as people do: runs of digits count as numbers, so that key-2 stands before key-10. Texts that differ in
// leading zeros alone are ordered by them, so that no two different texts are equal.
func compareNatural(a, b string) int {
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		if !isDigit(a[i]) || !isDigit(b[j]) {
			if a[i] != b[j] {
				return cmp.Compare(a[i], b[j])
			}
			i++
			j++
			continue
		}
		one, other := digits(a[i:]), digits(b[j:])
		i, j = i+len(one), j+len(other)
		one, other = strings.TrimLeft(one, "0"), strings.TrimLeft(other, "0")
		if c := cmp.Or(cmp.Compare(len(one), len(other)), strings.Compare(one, other)); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(len(a)-i, len(b)-j), strings.Compare(a, b))
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// digits gives the run of digits that a text begins with.
func digits(text string) string {
	n := 0
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	return text[:n]
}
