package geminiapi

import (
	"bytes"
	"strings"

	"gemini-proxy/backend/internal/files"
)

const (
	bytesPerToken      = 4
	longString         = 4 << 10 // bytes: a shorter string counts as text, whatever it is
	tokensPerMedium    = 258     // what an image costs (ai.google.dev, token counting)
	mediumPerToken     = 1 << 10 // bytes of base64 to a further token: sound and film cost by their length
	sampledForEncoding = 256     // bytes of a long string that tell base64 from text
)

// estimateTokens guesses the prompt tokens of a request from its bytes alone, to take a place in the ledger before the answer says the true
// count: a token for four bytes, but little for media, which come as long strings of base64. It is never 0.
func estimateTokens(body []byte) int {
	total, media := len(body), 0
	for rest := body; len(rest) >= longString; {
		end := bytes.IndexByte(rest, '"') // which quotes open and which close does not matter: only a string's inside looks so
		if end < 0 {
			break
		}
		if end >= longString && isBase64(rest[:sampledForEncoding]) {
			total -= end
			media += tokensPerMedium + end/mediumPerToken
		}
		rest = rest[end+1:]
	}
	return total/bytesPerToken + media + 1
}

// fileTokens guesses what a file of ours costs.
func fileTokens(f *files.File) int {
	if strings.HasPrefix(f.SentType, "text/") {
		return int(f.SentSize / bytesPerToken)
	}
	return tokensPerMedium + int(f.SentSize*4/3/mediumPerToken)
}

// isBase64 reports whether a text is of either base64 alphabet alone. In 256 bytes of prose there is a space, or a letter beyond ASCII.
func isBase64(text []byte) bool {
	for _, c := range text {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '+' && c != '/' && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
