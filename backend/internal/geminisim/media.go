package geminisim

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"math"
)

// tinyPNG is an 8×8 picture in a colour of the seed's.
func tinyPNG(seed uint32) []byte {
	img := image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{
		color.RGBA{R: byte(seed), G: byte(seed >> 8), B: byte(seed >> 16), A: 255}, color.RGBA{A: 255}, //nolint:gosec // the low bytes are wanted
	})
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err) // an 8×8 palette image into memory
	}
	return out.Bytes()
}

const speechRate = 24_000 // samples a second, mono, 16 bits

// speech is a tone of n samples: WAV, or bare little-endian PCM under the type older models give it.
func speech(wav bool, n int) *blob {
	pcm := make([]byte, 2*n)
	for i := range n {
		v := int16(3000 * math.Sin(2*math.Pi*440*float64(i)/speechRate))
		binary.LittleEndian.PutUint16(pcm[2*i:], uint16(v)) //nolint:gosec // two's complement is the format
	}
	if !wav {
		return &blob{MimeType: "audio/L16;codec=pcm;rate=24000", Data: pcm}
	}
	var head bytes.Buffer
	size := uint32(len(pcm)) //nolint:gosec // bounded by the longest speech
	for _, v := range []any{
		[]byte("RIFF"), size + 36, []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1),
		uint32(speechRate), uint32(speechRate * 2), uint16(2), uint16(16), []byte("data"), size,
	} {
		if err := binary.Write(&head, binary.LittleEndian, v); err != nil {
			panic(err) // fixed-size values into memory
		}
	}
	return &blob{MimeType: "audio/wav", Data: append(head.Bytes(), pcm...)}
}
