package openaiapi

import (
	"strings"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/media"
	"gemini-proxy/backend/internal/openai"
)

// follow fetches the media that the request links to. Its memory is held for as long as the request's own.
func (x *exchange) follow(request *openai.ChatRequest, links []string) (map[string]gemini.Blob, error) {
	named := make([]media.Link, len(links))
	for i, link := range links {
		named[i] = media.Link{URL: link, Field: request.Place(link)}
	}
	found, release, err := x.Links.Fetch(x.c.Request.Context(), named)
	if err != nil {
		return nil, err
	}
	x.draft.hold(release)
	blobs := make(map[string]gemini.Blob, len(found))
	for _, link := range named {
		blob := found[link.URL]
		if blob.MIMEType == "text/html" && strings.Contains(link.Field, "image_url") {
			return nil, fault.Field(link.Field, "cannot be fetched: it leads to a web page, not to an image").WithCode("link_not_fetched")
		}
		blobs[link.URL] = gemini.Blob{MIMEType: blob.MIMEType, Data: blob.Data}
	}
	return blobs, nil
}
