package geminisim

import (
	"encoding/base64"
	"encoding/hex"
	"hash/fnv"
	"strings"
)

func encodeBase64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

const signatureMark = "gemini-sim thought"

// signature mints a thought signature that tells its project and can be checked.
func (s *Sim) signature(p *project) string {
	body := signatureMark + "|" + p.number + "|" + s.id(16)
	return encodeBase64([]byte(body + "|" + checksum(body)))
}

// checkSignature returns what is wrong with a signature sent back, or "". The two values that switch validation off
// are accepted, as the documentation says.
func (s *Sim) checkSignature(sig string, p *project) string {
	raw, err := decodeBase64(sig)
	for _, skip := range []string{"skip_thought_signature_validator", "context_engineering_is_the_way_to_go"} {
		if sig == skip || err == nil && string(raw) == skip {
			return ""
		}
	}
	fields := strings.Split(string(raw), "|")
	switch {
	case err != nil || len(fields) != 4 || fields[0] != signatureMark:
		return "Invalid thought signature."
	case checksum(strings.Join(fields[:3], "|")) != fields[3]:
		return "Corrupted thought signature."
	case s.conf.SignaturesPerProject && fields[1] != p.number:
		return "Corrupted thought signature."
	}
	return ""
}

func checksum(s string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s)) // never fails
	return hex.EncodeToString(h.Sum(nil))
}
