package geminiapi

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
)

// maxUnpacked bounds a body that came packed, in bytes: as one that did not.
const maxUnpacked = 64 << 20

// read gives a request's body, unpacked. Call release when it is not used any more. What is not JSON is refused, since what it names could not be
// seen: Gemini takes protocol buffers too.
func (a *api) read(c *gin.Context) (text []byte, release func(), err error) {
	if sort, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); err == nil && (strings.Contains(sort, "protobuf") || strings.Contains(sort, "grpc")) {
		return nil, nil, unsupportedMedia("a body must be JSON, not %s", sort)
	}
	packing := strings.ToLower(strings.TrimSpace(c.GetHeader("Content-Encoding")))
	if packing != "" && packing != "identity" && packing != "gzip" {
		return nil, nil, unsupportedMedia("the Content-Encoding must be gzip or none, not %q", packing)
	}
	text, release, err = a.Intake.Read(c.Writer, c.Request)
	if err != nil || packing != "gzip" {
		return text, release, err
	}
	defer release()
	if err := a.Intake.Reserve(c.Request.Context(), maxUnpacked); err != nil {
		return nil, nil, err
	}
	give := func() { a.Intake.Release(maxUnpacked) }
	unpacked, err := unpack(text)
	if err != nil {
		give()
		return nil, nil, err
	}
	return unpacked, give, nil
}

var errTooMuch = errors.New("longer than the limit")

func unpack(packed []byte) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err == nil {
		var text []byte
		if text, err = io.ReadAll(io.LimitReader(reader, maxUnpacked+1)); err == nil && len(text) > maxUnpacked {
			return nil, fault.Wrap(fault.TooLarge, errTooMuch, "the request's body is larger than the limit of %d MiB", maxUnpacked>>20).WithCode("request_too_large")
		}
		if err == nil {
			return text, nil
		}
	}
	return nil, fault.Wrap(fault.Invalid, err, "the body is not gzip, as its Content-Encoding says").WithCode("invalid_encoding")
}

func unsupportedMedia(format string, args ...any) error {
	f := fault.New(fault.Invalid, format, args...).WithCode("unsupported_media_type")
	f.Status = http.StatusUnsupportedMediaType
	return f
}
