package auth

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/fault"
)

func TestHashAndVerify(t *testing.T) {
	h := newHasher()
	hash, err := h.hash(t.Context(), "密码-FAKE-1")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^\$argon2id\$v=19\$m=32768,t=3,p=4\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`).MatchString(hash) {
		t.Errorf("hash %q", hash)
	}
	other, err := h.hash(t.Context(), "密码-FAKE-1")
	if err != nil || other == hash {
		t.Errorf("the same password has the same hash twice (%v)", err)
	}
	for given, want := range map[string]bool{
		"密码-FAKE-1": true, "密码-FAKE-2": false, "": false, "密码-FAKE-1 ": false, strings.Repeat("密码-FAKE-1", 100): false,
	} {
		if same, err := h.verify(t.Context(), hash, given); err != nil || same != want {
			t.Errorf("%q: %v, %v", given, same, err)
		}
	}
}

// TestVerifyKnownHash holds the form against one made by the reference implementation:
// echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32 -e (github.com/P-H-C/phc-winner-argon2, README and test.c).
func TestVerifyKnownHash(t *testing.T) {
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	h := newHasher()
	for given, want := range map[string]bool{"password": true, "passwore": false} {
		if same, err := h.verify(t.Context(), hash, given); err != nil || same != want {
			t.Errorf("%q: %v, %v", given, same, err)
		}
	}
}

func TestUnknownNameCostsTheSameWork(t *testing.T) {
	h := newHasher()
	if same, err := h.verify(t.Context(), "", ""); same || err != nil {
		t.Errorf("%v, %v", same, err)
	}
	select {
	case <-h.used:
	default:
		t.Error("nothing was hashed")
	}
}

func TestUnreadableHashes(t *testing.T) {
	const good = "$argon2id$v=19$m=32768,t=3,p=4$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if _, err := parsePHC(good); err != nil {
		t.Fatal(err)
	}
	for what, hash := range map[string]string{
		"nothing":        "$",
		"bcrypt":         "$2b$10$FAKE",
		"argon2i":        strings.Replace(good, "argon2id", "argon2i", 1),
		"version":        strings.Replace(good, "v=19", "v=16", 1),
		"too much":       strings.Replace(good, "m=32768", "m=4194304", 1),
		"too long":       strings.Replace(good, "t=3", "t=1000000", 1),
		"no lanes":       strings.Replace(good, "p=4", "p=0", 1),
		"too many lanes": strings.Replace(good, "p=4", "p=255", 1),
		"negative":       strings.Replace(good, "t=3", "t=-3", 1),
		"salt":           strings.Replace(good, "c29tZXNhbHQ", "FAKE*", 1),
		"short salt":     strings.Replace(good, "c29tZXNhbHQ", "FAKE", 1),
		"short hash":     good[:len(good)-30],
		"more":           good + "$FAKE",
	} {
		_, err := parsePHC(hash)
		if !fault.Is(err, fault.Internal) || strings.Contains(err.Error(), "FAKE") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestHasherIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher()
		release := make(chan struct{})
		results := make(chan error, 20)
		begin := time.Now()
		atOnce, most := 0, 0
		work := func() {
			atOnce++ // no lock: only one may be here
			most = max(most, atOnce)
			<-release
			atOnce--
		}
		for range hashesAtOnce + hashesInLine {
			go func() { results <- h.do(t.Context(), work) }()
		}
		synctest.Wait()
		err := h.do(t.Context(), work)
		wantFault(t, "a full line", err, fault.Limited, "too_many_attempts")
		if fault.Of(err).RetryAfter <= 0 || time.Since(begin) != 0 {
			t.Errorf("sent away after %v, to come back in %v", time.Since(begin), fault.Of(err).RetryAfter)
		}
		time.Sleep(hashWait)
		synctest.Wait()
		for range hashesInLine {
			wantFault(t, "waited too long", <-results, fault.Limited, "too_many_attempts")
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { results <- h.do(ctx, work) }()
		synctest.Wait()
		cancel()
		if err := <-results; !fault.Is(err, fault.Canceled) {
			t.Errorf("canceled: %v", err)
		}
		close(release)
		if err := <-results; err != nil {
			t.Errorf("the first: %v", err)
		}
		if err := h.do(t.Context(), func() {}); err != nil || most != hashesAtOnce {
			t.Errorf("afterwards: %v; %d at once", err, most)
		}
	})
}

func TestReadablePasswords(t *testing.T) {
	form := regexp.MustCompile(`^[a-hjkmnp-z2-9]{5}(-[a-hjkmnp-z2-9]{5}){3}$`)
	seen := map[string]bool{}
	for range 200 {
		p := readablePassword()
		if !form.MatchString(p) || seen[p] {
			t.Fatalf("%q", p)
		}
		seen[p] = true
	}
}

func BenchmarkVerify(b *testing.B) {
	h := newHasher()
	for b.Loop() {
		if _, err := h.verify(b.Context(), "", "FAKE"); err != nil {
			b.Fatal(err)
		}
	}
}
