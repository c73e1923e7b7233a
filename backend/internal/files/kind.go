package files

import (
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// The kinds of content, by what is to be done for Gemini to read them.
type kind int

const (
	unreadable kind = iota
	readable        // as it is
	text            // as it is when it is UTF-8
	picture         // a GIF: its first picture
	archive         // perhaps an Office document
)

// supported is what a refusal tells the client to send instead.
const supported = "images (PNG, JPEG, WebP, HEIC, GIF), audio (MP3, WAV, FLAC, AAC, OGG, M4A, AIFF), video (MP4, MOV, AVI, WebM, MPEG, FLV, WMV, 3GP), PDF, text of any kind, and Office documents (docx, xlsx, pptx)"

// kindOf tells content by its first bytes: its type, the type Gemini knows it by, and what is to be done with it.
// What Gemini reads: ai.google.dev, image, audio, video and document understanding, November 2026.
func kindOf(head []byte) (mime, sent string, what kind) {
	found := mimetype.Detect(head)
	mime, _, _ = strings.Cut(found.String(), ";")
	switch mime {
	case "image/png", "image/jpeg", "image/webp", "image/heic", "image/heif", "application/pdf",
		"audio/mpeg", "audio/wav", "audio/flac", "audio/aac", "audio/aiff", "audio/ogg", "audio/mp4",
		"video/mp4", "video/quicktime", "video/x-msvideo", "video/webm", "video/mpeg", "video/x-flv", "video/3gpp", "video/x-matroska":
		return mime, mime, readable
	case "image/gif":
		return mime, "image/png", picture
	case "image/heic-sequence", "image/heif-sequence":
		return mime, strings.TrimSuffix(mime, "-sequence"), readable
	case "audio/x-m4a", "audio/x-m4b":
		return "audio/mp4", "audio/mp4", readable
	case "application/ogg":
		return "audio/ogg", "audio/ogg", readable
	case "video/ogg":
		return mime, mime, readable
	case "audio/webm":
		return mime, "video/webm", readable
	case "video/x-m4v":
		return "video/mp4", "video/mp4", readable
	case "video/x-ms-asf", "video/x-ms-wmv", "audio/x-ms-wma":
		return mime, "video/wmv", readable
	case "video/3gpp2":
		return mime, "video/3gpp", readable
	}
	for m := found; m != nil; m = m.Parent() {
		switch {
		case m.Is("text/plain"):
			return mime, textType(mime), text
		case m.Is("application/zip"):
			return mime, "text/plain", archive
		}
	}
	return mime, "", unreadable
}

// textType gives the type under which Gemini takes text of a kind: one of the few it has a name for, or plain.
func textType(mime string) string {
	switch mime {
	case "text/html", "text/css", "text/csv", "text/xml", "text/rtf", "text/markdown", "text/javascript":
		return mime
	}
	return "text/plain"
}

// namedText gives the type of text as its name and its sender have it, where they name a kind of text; plain text could be any.
func namedText(displayName, said string) string {
	if dot := strings.LastIndexByte(displayName, '.'); dot >= 0 {
		switch strings.ToLower(displayName[dot+1:]) {
		case "html", "htm":
			return "text/html"
		case "css":
			return "text/css"
		case "csv":
			return "text/csv"
		case "md", "markdown":
			return "text/markdown"
		case "js", "mjs":
			return "text/javascript"
		case "xml":
			return "text/xml"
		case "json":
			return "application/json"
		}
	}
	said, _, _ = strings.Cut(strings.ToLower(said), ";")
	if said = strings.TrimSpace(said); strings.HasPrefix(said, "text/") {
		return said
	}
	return "text/plain"
}
