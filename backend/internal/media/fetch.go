package media

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
)

// haul is what one request fetches.
type haul struct {
	fetcher  *Fetcher
	left     atomic.Int64 // bytes that may still come
	reserved atomic.Int64
}

func (h *haul) release() { h.fetcher.memory.Release(h.reserved.Swap(0)) }

// sniffed is how many bytes tell a type; http.DetectContentType looks at no more.
const sniffed = 512

// fetch gets one link, and makes base64 of it as it comes: the bytes themselves are never held.
func (h *haul) fetch(ctx context.Context, link string) (Blob, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	answer, err := h.fetcher.ask(ctx, link)
	if err != nil {
		return Blob{}, err
	}
	defer func() { _ = answer.Body.Close() }() // all that matters has been read
	length := answer.ContentLength
	if length > maxBytes {
		return Blob{}, errTooLarge()
	}
	if length > h.left.Load() {
		return Blob{}, errTooLargeTogether()
	}
	held := int64(base64.StdEncoding.EncodedLen(maxBytes))
	if length >= 0 {
		held = int64(base64.StdEncoding.EncodedLen(int(length)))
	}
	if err := h.fetcher.memory.Reserve(ctx, held); err != nil {
		return Blob{}, err
	}
	blob, err := h.read(answer, max(length, 0))
	if err != nil {
		h.fetcher.memory.Release(held)
		return Blob{}, err
	}
	used := min(int64(len(blob.Data)), held)
	h.fetcher.memory.Release(held - used)
	h.reserved.Add(used)
	return blob, nil
}

// ask gives the answer of a link's server, whose body the caller closes.
func (f *Fetcher) ask(ctx context.Context, link string) (*http.Response, error) {
	if len(link) > maxURL {
		return nil, wrong("it is longer than %d bytes", maxURL)
	}
	u, err := url.Parse(link)
	if err != nil {
		return nil, wrong("it is not a URL")
	}
	if err := checkURL(u); err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, wrong("it is not a URL")
	}
	request.Header.Set("User-Agent", f.userAgent)
	request.Header.Set("Accept", "image/*, audio/*, video/*, application/pdf, text/*;q=0.8, */*;q=0.5")
	answer, err := f.http.Do(request)
	if err != nil {
		return nil, err
	}
	switch encoding := answer.Header.Get("Content-Encoding"); {
	case answer.StatusCode != http.StatusOK:
		err = statusError(answer.StatusCode)
	case encoding != "" && !strings.EqualFold(encoding, "identity"):
		err = wrong("its server sends it compressed")
	default:
		return answer, nil
	}
	_ = answer.Body.Close() // it is not wanted
	return nil, err
}

func (h *haul) read(answer *http.Response, length int64) (Blob, error) {
	head := make([]byte, sniffed)
	n, err := io.ReadFull(answer.Body, head)
	switch head = head[:n]; {
	case n == 0 && errors.Is(err, io.EOF):
		return Blob{}, wrong("its server sends nothing")
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF), int64(n) < min(length, sniffed):
		return Blob{}, cut(err)
	}
	mime, err := typeOf(answer.Header.Get("Content-Type"), head)
	if err != nil {
		return Blob{}, err
	}
	var text strings.Builder
	text.Grow(base64.StdEncoding.EncodedLen(int(max(length, sniffed))))
	encoder := base64.NewEncoder(base64.StdEncoding, &text)
	_, err = io.Copy(encoder, &meter{h: h, from: io.MultiReader(bytes.NewReader(head), answer.Body)})
	if err == nil {
		err = encoder.Close()
	}
	if err != nil {
		return Blob{}, cut(err)
	}
	return Blob{MIMEType: mime, Data: text.String()}, nil
}

// cut words an error in reading an answer.
func cut(err error) error {
	if _, told := errors.AsType[*wrongError](err); told || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return errors.Join(wrong("its server broke off"), err)
}

func errTooLarge() error { return wrong("it is larger than the limit of %d MiB", maxBytes>>20) }

func errTooLargeTogether() error {
	return wrong("with the request's other links it is larger than the limit of %d MiB", maxTotal>>20)
}

// meter counts what is read against the bounds of one link and of all.
type meter struct {
	h    *haul
	from io.Reader
	read int64
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.from.Read(p)
	m.read += int64(n)
	switch {
	case m.read > maxBytes:
		return 0, errTooLarge()
	case m.h.left.Add(-int64(n)) < 0:
		return 0, errTooLargeTogether()
	}
	return n, err
}
