package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"gemini-proxy/backend/internal/fault"
)

// Bounds of a password, in characters. NIST SP 800-63B-4 asks for a maximum of at least 64.
const (
	minPassword = 8
	maxPassword = 256
)

// argonCost is RFC 9106's second recommended choice (§4: 3 passes, 4 lanes) with 32 instead of 64 MiB: on a free host's tenth of a
// processor a log-in still takes under a second, and OWASP's floor (19 MiB, 2 passes) is kept by far.
type argonCost struct {
	memory uint32 // KiB
	passes uint32
	lanes  uint8
}

func usualCost() argonCost { return argonCost{memory: 32 << 10, passes: 3, lanes: 4} }

const (
	saltBytes = 16
	hashBytes = 32
)

// tooMuch bounds what a kept hash may ask for, should the database have been tampered with.
func (c argonCost) tooMuch() bool {
	return c.memory < 8 || c.memory > 128<<10 || c.passes < 1 || c.passes > 10 || c.lanes < 1 || c.lanes > 16
}

// checkNewPassword names what is wrong with a password to be set.
func checkNewPassword(field, password string) error {
	if !utf8.ValidString(password) {
		return fault.Field(field, "must be text").WithCode("invalid_input")
	}
	if n := utf8.RuneCountInString(password); n < minPassword || n > maxPassword {
		return fault.Field(field, "must have %d to %d characters", minPassword, maxPassword).WithCode("invalid_input")
	}
	return nil
}

// hash makes the PHC form of a password: $argon2id$v=19$m=…,t=…,p=…$salt$hash.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt, cost := randomBytes(saltBytes), usualCost()
	var sum []byte
	err := h.do(ctx, func() {
		sum = argon2.IDKey([]byte(password), salt, cost.passes, cost.memory, cost.lanes, hashBytes)
	})
	if err != nil {
		return "", err
	}
	return phc{cost, salt, sum}.String(), nil
}

// verify reports whether the password is the one that was hashed. With hash "" it does the same work and says no, so that the time
// taken does not tell whether a name is known.
func (h *hasher) verify(ctx context.Context, hash, password string) (bool, error) {
	kept := phc{usualCost(), randomBytes(saltBytes), randomBytes(hashBytes)}
	if hash != "" {
		var err error
		if kept, err = parsePHC(hash); err != nil {
			return false, err
		}
	}
	if utf8.RuneCountInString(password) > maxPassword {
		password = "" // never set, and as much work
	}
	var same bool
	err := h.do(ctx, func() {
		sum := argon2.IDKey([]byte(password), kept.salt, kept.cost.passes, kept.cost.memory, kept.cost.lanes, uint32(len(kept.sum))) //nolint:gosec // G115: parsePHC bounds it
		same = subtle.ConstantTimeCompare(sum, kept.sum) == 1
	})
	return same, err
}

// phc is a password hash in the form of the Password Hashing Competition.
type phc struct {
	cost      argonCost
	salt, sum []byte
}

func (p phc) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, p.cost.memory, p.cost.passes, p.cost.lanes, b64.EncodeToString(p.salt), b64.EncodeToString(p.sum))
}

// parsePHC reads a kept hash. Its errors show nothing of it.
func parsePHC(text string) (phc, error) {
	bad := fault.New(fault.Internal, "a kept password hash is not readable")
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, bad
	}
	var p phc
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.cost.memory, &p.cost.passes, &p.cost.lanes); err != nil || n != 3 || p.cost.tooMuch() {
		return phc{}, bad
	}
	var saltErr, sumErr error
	p.salt, saltErr = base64.RawStdEncoding.DecodeString(parts[4])
	p.sum, sumErr = base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || sumErr != nil || len(p.salt) < 8 || len(p.salt) > 64 || len(p.sum) < 16 || len(p.sum) > 64 {
		return phc{}, bad
	}
	return p, nil
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails, by its contract
	return b
}
