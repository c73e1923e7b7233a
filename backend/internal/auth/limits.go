package auth

import (
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"gemini-proxy/backend/internal/fault"
)

// KeyLimits bounds what a user key may do. Zero values bound nothing.
type KeyLimits struct {
	ExpiresAt     time.Time
	RPM           int64    // requests in a minute that slides
	TPM           int64    // tokens, in and out, in such a minute
	RPD           int64    // requests in a day of UTC
	MonthlyTokens int64    // tokens, in and out, in a calendar month of UTC
	Concurrency   int64    // requests at one time
	Models        []string // patterns of Gemini's names, "gemini-*-flash"; any one must match
	Networks      []string // "203.0.113.0/24" or a single address; one must hold the client
}

// None reports whether nothing is bounded.
func (l *KeyLimits) None() bool {
	return l.ExpiresAt.IsZero() && l.RPM == 0 && l.TPM == 0 && l.RPD == 0 && l.MonthlyTokens == 0 && l.Concurrency == 0 &&
		len(l.Models) == 0 && len(l.Networks) == 0
}

// counted reports whether what the key does must be counted.
func (l *KeyLimits) counted() bool {
	return l.RPM != 0 || l.TPM != 0 || l.RPD != 0 || l.MonthlyTokens != 0 || l.Concurrency != 0
}

// Bounds of limits.
const (
	maxKeyLimit    = 1_000_000_000_000
	maxKeyModels   = 100
	maxKeyNetworks = 100
	maxPattern     = 128 // bytes
)

// checkLimits names what is wrong with limits, and brings lists into the form they are kept in.
func checkLimits(l *KeyLimits) error {
	for _, number := range []struct {
		field string
		value int64
	}{{"rpm", l.RPM}, {"tpm", l.TPM}, {"rpd", l.RPD}, {"monthly_tokens", l.MonthlyTokens}, {"concurrency", l.Concurrency}} {
		if number.value < 0 || number.value > maxKeyLimit {
			return fault.Field(number.field, "must be from 1 to %d, or null for no limit", int64(maxKeyLimit)).WithCode("invalid_input")
		}
	}
	if len(l.Models) > maxKeyModels {
		return fault.Field("models", "must be at most %d patterns", maxKeyModels).WithCode("invalid_input")
	}
	for i, pattern := range l.Models {
		pattern = strings.TrimPrefix(strings.TrimSpace(pattern), "models/")
		_, err := path.Match(pattern, "")
		if err != nil || pattern == "" || len(pattern) > maxPattern || strings.ContainsFunc(pattern, unicode.IsControl) {
			return fault.Field("models", "must be names like gemini-3.8-flash or patterns like gemini-*, the %s is none", ordinal(i)).WithCode("invalid_input")
		}
		l.Models[i] = pattern
	}
	if len(l.Networks) > maxKeyNetworks {
		return fault.Field("networks", "must be at most %d networks", maxKeyNetworks).WithCode("invalid_input")
	}
	for i, text := range l.Networks {
		prefix, err := parseNetwork(text)
		if err != nil {
			return fault.Field("networks", "must be networks like 203.0.113.0/24 or addresses, the %s is none", ordinal(i)).WithCode("invalid_input")
		}
		l.Networks[i] = prefix.String()
	}
	return nil
}

// ordinal counts for people: "1st", "2nd", "3rd", "4th".
func ordinal(i int) string {
	words := [...]string{"1st", "2nd", "3rd"}
	if i < len(words) {
		return words[i]
	}
	return "one after the " + words[len(words)-1]
}

func parseNetwork(text string) (netip.Prefix, error) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "/") {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Prefix{}, err
		}
		address = address.Unmap().WithZone("")
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	if address := prefix.Addr(); address.Is4In6() && prefix.Bits() >= 96 {
		prefix = netip.PrefixFrom(address.Unmap(), prefix.Bits()-96)
	}
	return prefix.Masked(), nil
}

// AllowsModel reports whether the key may use the model, by Gemini's name without "models/".
func (k *UserKey) AllowsModel(name string) bool {
	if k.Limits == nil || len(k.Limits.Models) == 0 {
		return true
	}
	return slices.ContainsFunc(k.Limits.Models, func(pattern string) bool {
		matched, err := path.Match(pattern, name)
		return err == nil && matched // patterns were tried when they were set
	})
}

// AllowsAddress reports whether the key may be used from a client's address, "203.0.113.7". One that is not an address is in no network.
func (k *UserKey) AllowsAddress(text string) bool {
	if k.Limits == nil || len(k.Limits.Networks) == 0 {
		return true
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return false
	}
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(k.Limits.Networks, func(text string) bool {
		prefix, err := netip.ParsePrefix(text)
		return err == nil && prefix.Contains(address)
	})
}

// expired reports whether the key is past its time.
func (k *UserKey) expired(now time.Time) bool {
	return k.Limits != nil && !k.Limits.ExpiresAt.IsZero() && !now.Before(k.Limits.ExpiresAt)
}

// counted reports whether what the key does must be counted.
func (k *UserKey) counted() bool { return k.Limits != nil && k.Limits.counted() }
