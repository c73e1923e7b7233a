package openai

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
)

// The formats of audio answers that need no encoder.
const (
	formatWAV = "wav"
	formatPCM = "pcm16"
)

const (
	defaultRate   = 24000 // Hz, of Gemini's speech and of OpenAI's pcm16
	wavHeaderSize = 44
)

// Voice gives the Gemini voice for one of OpenAI's names, chosen by likeness of sound; any other name is Gemini's own and is kept.
func Voice(name string) string {
	switch strings.ToLower(name) {
	case "alloy":
		return "Kore"
	case "ash":
		return "Charon"
	case "ballad":
		return "Enceladus"
	case "coral":
		return "Aoede"
	case "echo":
		return "Puck"
	case "fable":
		return "Fenrir"
	case "nova":
		return "Leda"
	case "onyx":
		return "Orus"
	case "sage":
		return "Sulafat"
	case "shimmer":
		return "Zephyr"
	case "verse":
		return "Iapetus"
	case "marin":
		return "Callirrhoe"
	case "cedar":
		return "Algieba"
	}
	return name
}

// voice reads a voice, by name or as {"id": …}.
func (p *parser) voice() string {
	if p.Kind() != jsonio.Object {
		return p.text()
	}
	name := ""
	p.Object(func(key string) {
		if key == "id" {
			name = p.text()
			return
		}
		p.Skip()
	})
	return name
}

func (p *parser) audioFormat() string {
	switch format := p.text(); format {
	case "", formatWAV, formatPCM:
		return format
	default:
		p.Fail("%s cannot be made here: ask for wav or pcm16", strconv.Quote(format))
		return ""
	}
}

// inFormat gives base64 audio in the format asked for: a WAV header is put before raw samples, or taken off. Audio of a kind that is
// neither is given as it is.
func inFormat(b *gemini.Blob, format string) string {
	mime := strings.ToLower(b.MIMEType)
	switch {
	case format == formatWAV && isRawSound(mime):
		samples, err := base64.StdEncoding.DecodeString(b.Data)
		if err != nil {
			return b.Data
		}
		return base64.StdEncoding.EncodeToString(append(wavHeader(len(samples), rateOf(mime)), samples...))
	case format == formatPCM && strings.HasPrefix(mime, "audio/wav"):
		file, err := base64.StdEncoding.DecodeString(b.Data)
		if err != nil {
			return b.Data
		}
		return base64.StdEncoding.EncodeToString(samplesOf(file))
	}
	return b.Data
}

// isRawSound reports whether audio is bare 16-bit samples, without a header.
func isRawSound(mime string) bool {
	mime = strings.ToLower(mime)
	return strings.HasPrefix(mime, "audio/l16") || strings.HasPrefix(mime, "audio/pcm")
}

// rateOf reads the rate from a media type: "audio/l16;codec=pcm;rate=24000".
func rateOf(mime string) int {
	_, rest, _ := strings.Cut(mime, "rate=")
	digits, _, _ := strings.Cut(rest, ";")
	rate, err := strconv.Atoi(strings.TrimSpace(digits))
	if err != nil || rate <= 0 || rate > 1<<20 {
		return defaultRate
	}
	return rate
}

// wavHeader gives the header of a WAV file of 16-bit mono samples.
func wavHeader(size, rate int) []byte {
	const channels, bytesEach = 1, 2
	le := binary.LittleEndian
	h := make([]byte, 0, wavHeaderSize+size)
	h = le.AppendUint32(append(h, "RIFF"...), uint32(wavHeaderSize-8+size)) //nolint:gosec // an answer is far smaller than 4 GiB
	h = le.AppendUint32(append(h, "WAVEfmt "...), 16)
	h = le.AppendUint16(h, 1) // PCM
	h = le.AppendUint16(h, channels)
	h = le.AppendUint32(h, uint32(rate))                    //nolint:gosec // bounded by rateOf
	h = le.AppendUint32(h, uint32(rate*channels*bytesEach)) //nolint:gosec // bounded by rateOf
	h = le.AppendUint16(h, channels*bytesEach)
	h = le.AppendUint16(h, 8*bytesEach)
	return le.AppendUint32(append(h, "data"...), uint32(size)) //nolint:gosec // an answer is far smaller than 4 GiB
}

// samplesOf gives the samples of a WAV file, all of it when it is none.
func samplesOf(file []byte) []byte {
	if len(file) < 12 || string(file[:4]) != "RIFF" || string(file[8:12]) != "WAVE" {
		return file
	}
	for at := 12; at+8 <= len(file); {
		size := int(binary.LittleEndian.Uint32(file[at+4:]))
		body := at + 8
		if string(file[at:at+4]) == "data" {
			if size == 0 { // a stream that did not know its length
				size = len(file)
			}
			return file[body:min(len(file), body+size)]
		}
		at = body + size + size%2
	}
	return nil
}
