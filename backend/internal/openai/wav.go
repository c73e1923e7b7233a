package openai

import (
	"encoding/base64"
	"encoding/binary"
	"strings"

	"gemini-proxy/backend/internal/gemini"
)

// soundIn gives the bytes of an audio answer in a format of speech, "wav" or "pcm": a header is put before raw samples, or taken off. It is
// nil for audio that is neither, or that is broken.
func soundIn(format string, blobs []*gemini.Blob) []byte {
	var samples []byte
	rate := defaultRate
	for _, blob := range blobs {
		data, err := base64.StdEncoding.DecodeString(blob.Data)
		if err != nil {
			return nil
		}
		mime := strings.ToLower(blob.MIMEType)
		switch {
		case isRawSound(mime):
			samples, rate = append(samples, data...), rateOf(mime)
		case !isWAV(data):
			return nil
		case format == formatWAV && len(blobs) == 1:
			return data // as it is, whatever its samples are
		default:
			if f, ok := formatOf(data); ok {
				rate = f.rate
			}
			samples = append(samples, samplesOf(data)...)
		}
	}
	if len(samples) == 0 || format != formatWAV {
		return samples
	}
	return append(wavHeader(len(samples), rate), samples...)
}

func isWAV(file []byte) bool {
	return len(file) >= 12 && string(file[:4]) == "RIFF" && string(file[8:12]) == "WAVE"
}

// wavFormat is what a WAV file says of its samples.
type wavFormat struct {
	rate           int // Hz
	bytesPerSecond int
}

// formatOf reads the format chunk of a WAV file.
func formatOf(file []byte) (wavFormat, bool) {
	if !isWAV(file) {
		return wavFormat{}, false
	}
	le := binary.LittleEndian
	for at := 12; at+8 <= len(file); {
		size := int(le.Uint32(file[at+4:]))
		body := at + 8
		if string(file[at:at+4]) == "fmt " && size >= 16 && body+16 <= len(file) {
			f := wavFormat{rate: int(le.Uint32(file[body+4:])), bytesPerSecond: int(le.Uint32(file[body+8:]))}
			return f, f.rate > 0 && f.bytesPerSecond > 0
		}
		at = body + size + size%2
	}
	return wavFormat{}, false
}

// wavSeconds gives how long a WAV file plays, or 0 when it does not tell.
func wavSeconds(file []byte) float64 {
	f, ok := formatOf(file)
	if !ok {
		return 0
	}
	return float64(len(samplesOf(file))) / float64(f.bytesPerSecond)
}
