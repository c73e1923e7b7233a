package media

import (
	"mime"
	"net/http"
	"strings"
)

const unknownType = "application/octet-stream"

// typeOf gives the type of what a server sends, from what it says and what the first bytes tell. Where the two cannot both be true it is an
// error: most often a page that asks to log in, sent for a picture.
func typeOf(header string, head []byte) (string, error) {
	named := plain(header)
	seen := plain(http.DetectContentType(head))
	switch {
	case isVague(named):
		return seen, nil
	case seen == named:
		return named, nil
	case seen == "text/html":
		if strings.HasPrefix(named, "text/") || named == "application/xhtml+xml" {
			return named, nil
		}
		return "", wrong("it leads to a web page, not to %s", named)
	case isVague(seen), seen == "text/plain", seen == "text/xml":
		if hasMagic(named) || seen == "text/plain" && isMedia(named) {
			return "", wrong("what its server sends is not %s", named)
		}
		return named, nil // many formats are not told by their first bytes
	case kindOf(seen) == kindOf(named):
		if kindOf(seen) == "image" {
			return seen, nil // the bytes know better
		}
		return named, nil
	case isContainer(seen):
		if kindOf(named) == "image" || named == "application/pdf" {
			break
		}
		return named, nil
	}
	return "", wrong("what its server sends is %s, not %s", seen, named)
}

// plain gives a media type without its parameters, in lower case; one that cannot be read is unknown.
func plain(header string) string {
	kind, _, err := mime.ParseMediaType(header)
	if kind == "" || err != nil && !strings.Contains(kind, "/") {
		return unknownType
	}
	return kind
}

func kindOf(kind string) string {
	before, _, _ := strings.Cut(kind, "/")
	return before
}

// isVague reports a type that says nothing.
func isVague(kind string) bool {
	switch kind {
	case unknownType, "binary/octet-stream", "application/binary", "application/x-binary", "application/force-download", "application/download":
		return true
	}
	return false
}

func isMedia(kind string) bool {
	switch kindOf(kind) {
	case "image":
		return kind != "image/svg+xml"
	case "audio", "video":
		return true
	}
	return kind == "application/pdf"
}

// hasMagic reports a format whose first bytes always tell it.
func hasMagic(kind string) bool {
	switch kind {
	case "image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp", "application/pdf":
		return true
	}
	return false
}

// isContainer reports a format whose first bytes do not tell what is inside: sound or film, an archive or a document.
func isContainer(kind string) bool {
	switch kind {
	case "video/mp4", "video/webm", "application/ogg", "application/zip", "audio/mpeg":
		return true
	}
	return false
}
