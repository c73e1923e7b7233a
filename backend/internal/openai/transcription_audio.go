package openai

import (
	"bytes"
	"strings"
)

// audioType tells the media type of a recording by its first bytes, in Gemini's words; "" when it is none that is known. A container that
// may hold film counts as film only where a track of it is.
func audioType(file []byte) string {
	switch {
	case isWAV(file):
		return "audio/wav"
	case bytes.HasPrefix(file, []byte("ID3")):
		return "audio/mpeg"
	case bytes.HasPrefix(file, []byte("fLaC")):
		return "audio/flac"
	case bytes.HasPrefix(file, []byte("OggS")):
		return "audio/ogg"
	case len(file) >= 12 && string(file[:4]) == "FORM" && strings.HasPrefix(string(file[8:12]), "AIF"):
		return "audio/aiff"
	case len(file) >= 12 && string(file[4:8]) == "ftyp":
		if hasFilmInMP4(file) {
			return "video/mp4"
		}
		return "audio/mp4"
	case bytes.HasPrefix(file, []byte{0x1A, 0x45, 0xDF, 0xA3}): // EBML: WebM, Matroska
		if bytes.Contains(file[:min(len(file), webmTracks)], []byte("V_")) {
			return "video/webm"
		}
		return "audio/webm"
	case len(file) >= 2 && file[0] == 0xFF && file[1]&0xF6 == 0xF0: // an ADTS frame: layer 0
		return "audio/aac"
	case len(file) >= 2 && file[0] == 0xFF && file[1]&0xE0 == 0xE0 && file[1]&0x06 != 0: // a frame of MPEG audio
		return "audio/mpeg"
	}
	return ""
}

// webmTracks is how far into a WebM file its tracks are described, in bytes; "V_VP9" and the like name the codec of film.
const webmTracks = 8 << 10

// hasFilmInMP4 looks for the handler of a film track: "hdlr", version and flags, a reserved word, then the kind of track
// (ISO/IEC 14496-12, 8.4.3).
func hasFilmInMP4(file []byte) bool {
	for {
		_, rest, found := bytes.Cut(file, []byte("hdlr"))
		if !found || len(rest) < 12 {
			return false
		}
		if string(rest[8:12]) == "vide" {
			return true
		}
		file = rest
	}
}
