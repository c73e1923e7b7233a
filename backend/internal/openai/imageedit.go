package openai

import (
	"encoding/base64"
	"strconv"
	"unicode/utf8"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
)

// The bounds of the images that an edit begins with: OpenAI's in number, and in bytes what Gemini surely takes within a request.
const (
	maxSources     = 16
	maxSourceBytes = 20 << 20 // of all together
)

// source is an image that an edit begins with. It shares the memory of the body it was parsed from.
type source struct {
	mime string
	file []byte
}

// ParseImageEdit decodes the body of POST /v1/images/edits, a multipart form. Its errors are those of ParseTranscription.
func ParseImageEdit(contentType string, body []byte) (*ImageRequest, error) {
	parts, err := parseForm(contentType, body)
	if err != nil {
		return nil, err
	}
	var sources []source
	rest := []byte{'{'}
	for i := range parts {
		part := &parts[i]
		switch {
		case part.name == "image" || part.name == "image[]":
			if sources, err = addSource(sources, part.content); err != nil {
				return nil, err
			}
		case part.name == "mask":
			return nil, fault.Field("mask", "Gemini takes no mask: say in the prompt which part of the image to change")
		case part.isFile || len(part.content) > maxPrompt || !utf8.Valid(part.content):
			return nil, fault.Field(part.name, "must be a field of text, UTF-8, of at most %d bytes", maxPrompt)
		default:
			rest = appendField(rest, part.name, string(part.content))
		}
	}
	r, err := ParseImage(append(rest, '}')) // what is no image is as in the other request
	if err != nil {
		return nil, err
	}
	if len(sources) == 0 {
		return nil, fault.Field("image", "is required: a PNG, JPEG, WebP, HEIC or GIF")
	}
	r.sources = sources
	return r, nil
}

// appendField writes a field of a form as a member of a JSON object: numbers and booleans as such where the request has them.
func appendField(dst []byte, name, value string) []byte {
	if len(dst) > 1 {
		dst = append(dst, ',')
	}
	dst = append(jsonio.AppendString(dst, name), ':')
	switch name {
	case "n":
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return jsonio.AppendInt(dst, n)
		}
	case "stream":
		if value == "true" || value == "false" {
			return append(dst, value...)
		}
	}
	return jsonio.AppendString(dst, value)
}

func addSource(sources []source, file []byte) ([]source, error) {
	total := len(file)
	for i := range sources {
		total += len(sources[i].file)
	}
	mime := imageType(file)
	switch {
	case len(sources) == maxSources:
		return nil, fault.Field("image", "there may be at most %d images", maxSources)
	case len(file) == 0:
		return nil, fault.Field("image", "is empty")
	case total > maxSourceBytes:
		f := fault.Field("image", "the images together are larger than the limit of %d MiB", maxSourceBytes>>20).WithCode("file_too_large")
		f.Kind = fault.TooLarge
		return nil, f
	case mime == "":
		return nil, fault.Field("image", "is of no kind that is known by its first bytes: PNG, JPEG, WebP, HEIC or GIF").WithCode("invalid_file_format")
	}
	return append(sources, source{mime: mime, file: file}), nil
}

// imageType tells the media type of an image by its first bytes, "" when it is none that Gemini can be given.
func imageType(file []byte) string {
	const head = 24 // bytes that tell, a multiple of three
	mime := sniff(base64.StdEncoding.EncodeToString(file[:min(head, len(file))]))
	switch mime {
	case "image/png", "image/jpeg", "image/webp", mimeGIF:
		return mime
	}
	if len(file) >= 12 && string(file[4:8]) == "ftyp" {
		switch string(file[8:12]) {
		case "heic", "heix", "heim", "heis":
			return "image/heic"
		case "mif1", "msf1":
			return "image/heif"
		}
	}
	return ""
}

// Encoded gives how much memory ToGemini takes for the images that an edit begins with, in bytes.
func (r *ImageRequest) Encoded() int64 {
	n := 0
	for i := range r.sources {
		n += base64.StdEncoding.EncodedLen(len(r.sources[i].file))
	}
	return int64(n)
}

// sourceParts gives the images as Gemini takes them, copied.
func (r *ImageRequest) sourceParts() ([]gemini.Part, error) {
	parts := make([]gemini.Part, 0, len(r.sources))
	for i := range r.sources {
		blob := gemini.Blob{MIMEType: r.sources[i].mime, Data: base64.StdEncoding.EncodeToString(r.sources[i].file)}
		if blob.MIMEType == mimeGIF {
			still, why := stillOf(blob.Data)
			if why != "" {
				return nil, fault.Field("image", "%s", why)
			}
			blob = still
		}
		parts = append(parts, gemini.Part{InlineData: &blob})
	}
	return parts, nil
}
