package openai

import (
	"bytes"
	"encoding/base64"
	"image/gif"
	"image/png"
	"strings"

	"gemini-proxy/backend/internal/gemini"
)

// mimeGIF is the one image format in wide use that Gemini does not read and that can be made into one it does.
const mimeGIF = "image/gif"

// maxStillPixels bounds what a GIF may unfold to: its few bytes can claim a huge canvas.
const maxStillPixels = 16 << 20

// stillOf gives the first picture of a GIF as a PNG. It says in words why it cannot.
func stillOf(data string) (blob gemini.Blob, why string) {
	const cannot = "is a GIF that cannot be read: convert it to PNG, JPEG or WebP"
	file, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return blob, cannot
	}
	size, err := gif.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return blob, cannot
	}
	if size.Width*size.Height > maxStillPixels {
		return blob, "is too large a GIF: at most 16 million pixels"
	}
	picture, err := gif.Decode(bytes.NewReader(file))
	if err != nil {
		return blob, cannot
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&out, picture); err != nil {
		return blob, cannot
	}
	return gemini.Blob{MIMEType: "image/png", Data: base64.StdEncoding.EncodeToString(out.Bytes())}, ""
}

// readable gives fetched media in a form Gemini reads, or says in words why there is none.
func readable(b gemini.Blob) (gemini.Blob, string) {
	b.MIMEType = normalMIME(b.MIMEType)
	if b.MIMEType == mimeGIF {
		return stillOf(b.Data)
	}
	if b.MIMEType == "" || strings.HasPrefix(b.MIMEType, "application/octet-stream") {
		b.MIMEType = sniff(b.Data)
	}
	if b.MIMEType == "" {
		return b, "is of a kind that its server does not name"
	}
	return b, unreadable(b.MIMEType)
}
