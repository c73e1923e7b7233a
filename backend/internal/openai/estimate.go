package openai

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode/utf8"

	"gemini-proxy/backend/internal/gemini"
)

// What media costs (ai.google.dev, token counting): an image a fixed number, more at a high resolution, audio and video by the second, a
// document by the page. Seconds and pages are not known without decoding, so they are guessed from the size at common bit rates.
const (
	tokensPerImage       = 258
	tokensPerImageHigh   = 1120 // Gemini 3 and later, MEDIA_RESOLUTION_HIGH
	tokensPerAudioSecond = 32
	tokensPerVideoSecond = 263
	tokensPerPage        = 258
	bytesPerAudioSecond  = 16_000  // 128 kbit/s
	bytesPerPCMSecond    = 48_000  // 24 kHz, 16 bit, mono
	bytesPerVideoSecond  = 250_000 // 2 Mbit/s
	bytesPerPage         = 50_000
	bytesPerToken        = 4 // of ASCII
	tokensOfUnknownFile  = 1024
	tokensPerPart        = 2 // what frames a turn
)

// EstimateTokens guesses the prompt tokens of a request from its bytes and its media, to take a place in the ledger before the answer
// says the true count. It is never 0.
func EstimateTokens(r *gemini.Request) int {
	total := 1
	for i := range r.Contents {
		total += contentTokens(&r.Contents[i])
	}
	if r.SystemInstruction != nil {
		total += contentTokens(r.SystemInstruction)
	}
	for i := range r.Tools {
		for j := range r.Tools[i].Functions {
			f := &r.Tools[i].Functions[j]
			total += textTokens(f.Name) + textTokens(f.Description) + len(f.ParametersJSONSchema)/bytesPerToken
		}
	}
	return total + len(r.Generation.ResponseJSONSchema)/bytesPerToken
}

func contentTokens(c *gemini.Content) int {
	total := 0
	for i := range c.Parts {
		p := &c.Parts[i]
		total += tokensPerPart + textTokens(p.Text)
		switch {
		case p.InlineData != nil:
			total += mediaTokens(p.InlineData.MIMEType, len(p.InlineData.Data)/4*3, p.MediaResolution)
		case p.FileData != nil:
			total += fileTokens(p.FileData, p.MediaResolution)
		case p.FunctionCall != nil:
			total += textTokens(p.FunctionCall.Name) + len(p.FunctionCall.Args)/bytesPerToken
		case p.FunctionResponse != nil:
			total += textTokens(p.FunctionResponse.Name) + textTokens(string(p.FunctionResponse.Response))
			for j := range p.FunctionResponse.Parts {
				blob := &p.FunctionResponse.Parts[j]
				total += mediaTokens(blob.MIMEType, len(blob.Data)/4*3, "")
			}
		}
	}
	return total
}

// textTokens counts a token for four bytes of ASCII, and two for three characters of any other script.
func textTokens(s string) int {
	const highs = 0x8080808080808080
	other, inner := 0, 0 // bytes that are not ASCII, and those of them that go on with a character
	i := 0
	for ; len(s)-i >= 8; i += 8 {
		if w := binary.LittleEndian.Uint64([]byte(s[i:i+8])) & (highs | highs>>1); w&highs != 0 {
			other += bits.OnesCount64(w & highs)
			inner += bits.OnesCount64(w & highs &^ (w << 1))
		}
	}
	for ; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			other++
			if !utf8.RuneStart(s[i]) {
				inner++
			}
		}
	}
	ascii, wide := len(s)-other, other-inner
	return (ascii+bytesPerToken-1)/bytesPerToken + (wide*2+2)/3
}

func mediaTokens(mime string, size int, resolution string) int {
	kind, _, _ := strings.Cut(strings.ToLower(mime), "/")
	switch {
	case kind == "image" && strings.HasSuffix(resolution, "_HIGH"):
		return tokensPerImageHigh
	case kind == "image":
		return tokensPerImage
	case kind == "video":
		return tokensPerVideoSecond * (size/bytesPerVideoSecond + 1)
	case kind == "audio" && (strings.HasPrefix(mime, "audio/wav") || strings.HasPrefix(strings.ToLower(mime), "audio/l16")):
		return tokensPerAudioSecond * (size/bytesPerPCMSecond + 1)
	case kind == "audio":
		return tokensPerAudioSecond * (size/bytesPerAudioSecond + 1)
	case strings.HasPrefix(mime, "application/pdf"):
		return tokensPerPage * (size/bytesPerPage + 1)
	}
	return size / bytesPerToken
}

// fileTokens guesses for a file whose size is not known here: a minute of sound or film, a few pages.
func fileTokens(f *gemini.FileData, resolution string) int {
	if f.Size > 0 {
		return mediaTokens(f.MIMEType, int(f.Size), resolution)
	}
	kind, _, _ := strings.Cut(f.MIMEType, "/")
	switch kind {
	case "image":
		return mediaTokens(f.MIMEType, 0, resolution)
	case "audio":
		return 60 * tokensPerAudioSecond
	case "video":
		return 60 * tokensPerVideoSecond
	}
	return tokensOfUnknownFile
}
