package openai

import (
	"strings"
)

// mimeOf gives the media type of a part: as named, by its format, by its file's name, or by its first bytes. It is empty when none tells.
func mimeOf(raw *rawPart) string {
	if raw.mime != "" && !strings.HasSuffix(raw.mime, "/octet-stream") {
		return normalMIME(raw.mime)
	}
	if raw.format != "" {
		return byExtension(strings.ToLower(raw.format))
	}
	for _, name := range []string{raw.filename, strings.SplitN(raw.url, "?", 2)[0]} {
		if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
			if mime := byExtension(strings.ToLower(name[dot+1:])); mime != "" {
				return mime
			}
		}
	}
	if mime := sniff(raw.data); mime != "" {
		return mime
	}
	return raw.mime
}

// normalMIME brings a media type into the spelling that Gemini documents: lower case, no parameters, one name for each format. Text of
// any kind that Gemini has no name for is plain text to it.
func normalMIME(mime string) string {
	mime, params, _ := strings.Cut(strings.ToLower(strings.TrimSpace(mime)), ";")
	mime = strings.TrimSpace(mime)
	if !strings.Contains(mime, "/") {
		return byExtension(mime) // a format's name: "wav"
	}
	switch mime {
	case "audio/l16", "audio/pcm":
		if params != "" {
			return mime + ";" + params // the rate is needed to hear it
		}
		return mime
	case "image/jpg", "image/pjpeg":
		return "image/jpeg"
	case "audio/mp3", "audio/x-mp3", "audio/mpga":
		return "audio/mpeg"
	case "audio/x-wav", "audio/wave", "audio/vnd.wave":
		return "audio/wav"
	case "audio/x-m4a", "audio/m4a":
		return "audio/mp4"
	case "audio/x-flac":
		return "audio/flac"
	case "audio/x-aac":
		return "audio/aac"
	case "audio/x-aiff":
		return "audio/aiff"
	case "video/mov":
		return "video/quicktime"
	case "video/avi", "video/msvideo":
		return "video/x-msvideo"
	case "video/wmv", "video/x-ms-wmv":
		return "video/wmv"
	case "application/x-pdf":
		return "application/pdf"
	case "text/plain", "text/html", "text/css", "text/csv", "text/xml", "text/rtf", "text/md", "text/markdown", "text/javascript":
		return mime
	case "application/json", "application/x-ndjson", "application/jsonl", "application/xml", "application/yaml", "application/x-yaml",
		"application/toml", "application/javascript", "application/x-javascript", "application/typescript", "application/x-sh",
		"application/x-python", "application/x-python-code", "application/sql":
		return "text/plain"
	}
	if strings.HasPrefix(mime, "text/") {
		return "text/plain"
	}
	return mime
}

// byExtension gives the media type of a file's extension or of a format's name, or "".
func byExtension(ext string) string {
	switch ext {
	case "png", "webp", "heic", "heif", "gif", "bmp", "tiff", "avif":
		return "image/" + ext
	case "jpg", "jpeg", "jfif":
		return "image/jpeg"
	case "svg":
		return "image/svg+xml"
	case "wav", "aac", "flac", "ogg", "aiff":
		return "audio/" + ext
	case "mp3", "mpga":
		return "audio/mpeg"
	case "opus", "oga":
		return "audio/ogg"
	case "m4a":
		return "audio/mp4"
	case "pcm16", "pcm", "l16":
		return "audio/L16;rate=24000" // OpenAI's pcm16 is 24 kHz mono
	case "mp4", "mpeg", "webm", "wmv", "3gpp":
		return "video/" + ext
	case "mpg":
		return "video/mpeg"
	case "m4v":
		return "video/mp4"
	case "mov":
		return "video/quicktime"
	case "avi":
		return "video/x-msvideo"
	case "flv":
		return "video/x-flv"
	case "mkv":
		return "video/x-matroska"
	case "3gp":
		return "video/3gpp"
	case "pdf":
		return "application/pdf"
	case "html", "css", "csv", "rtf":
		return "text/" + ext
	case "htm":
		return "text/html"
	case "md", "markdown":
		return "text/markdown"
	case "xml":
		return "text/xml"
	case "txt", "text", "log", "json", "jsonl", "yaml", "yml", "toml", "ini", "tsv", "srt", "vtt", "tex", "sql", "sh", "go", "py", "js",
		"mjs", "ts", "tsx", "jsx", "java", "kt", "c", "h", "cc", "cpp", "hpp", "cs", "rs", "rb", "php", "swift", "scala", "lua", "r":
		return "text/plain"
	case "docx":
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case "xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case "pptx":
		return "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	case "doc":
		return "application/msword"
	case "xls":
		return "application/vnd.ms-excel"
	}
	return ""
}

// sniff tells the media type by the first characters of base64, for the formats whose first bytes are alike in every file.
func sniff(data string) string {
	for _, magic := range []struct{ head, mime string }{
		{"iVBORw0KGgo", "image/png"},
		{"/9j/", "image/jpeg"},
		{"R0lGOD", "image/gif"},
		{"JVBERi", "application/pdf"},
		{"SUQz", "audio/mpeg"},
		{"ZkxhQw", "audio/flac"},
		{"T2dnUw", "audio/ogg"},
	} {
		if strings.HasPrefix(data, magic.head) {
			return magic.mime
		}
	}
	if strings.HasPrefix(data, "UklGR") && len(data) >= 16 { // RIFF, four bytes of length, then the format; 12 bytes are 16 characters
		switch data[11:16] {
		case "XRUJQ":
			return "image/webp"
		case "XQVZF":
			return "audio/wav"
		}
	}
	return ""
}

// unreadable says why Gemini cannot read media of this type, or gives "". Types it may know and we do not are let through.
// Source: ai.google.dev, image, audio, video and document understanding.
func unreadable(mime string) string {
	switch mime {
	case "image/bmp", "image/tiff", "image/avif", "image/svg+xml", "image/x-icon":
		return "Gemini does not read " + mime + ": convert it to PNG, JPEG, WebP or HEIC"
	case "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint":
		return "Gemini does not read " + mime + ": convert it to PDF or to text"
	case "application/zip", "application/octet-stream", "application/x-zip-compressed", "application/gzip":
		return "Gemini does not read " + mime + ": name the media's own type"
	}
	if strings.HasPrefix(mime, "application/vnd.openxmlformats-officedocument") {
		return "Gemini does not read Office files: upload it by /v1/files, where docx, xlsx and pptx become text, or convert it to PDF"
	}
	return ""
}

// cleanBase64 gives base64 as it can be spliced into a JSON document: with the line breaks that some encoders write taken out, and
// refused where a character would end or escape the string. It does not decode, and copies only when it must take something out.
func cleanBase64(data string) (string, bool) {
	if strings.IndexByte(data, '"') >= 0 || strings.IndexByte(data, '\\') >= 0 {
		return "", false
	}
	if strings.IndexByte(data, '\n') >= 0 || strings.HasPrefix(data, " ") || strings.HasSuffix(data, " ") {
		data = strings.NewReplacer("\n", "", "\r", "", " ", "").Replace(data)
	}
	return data, data != "" && plausible(data)
}

// plausible looks at both ends of data for what is not base64, as in a placeholder or a file's path.
func plausible(data string) bool {
	const sample = 64
	if len(data) <= 2*sample {
		return isBase64(data)
	}
	return isBase64(data[:sample]) && isBase64(data[len(data)-sample:])
}

func isBase64(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '=' || c == '-' || c == '_' {
			continue
		}
		return false
	}
	return true
}

// needsNoFetching reports whether Gemini takes the link itself and nobody else can fetch its media: its own files, Google's storage and
// public YouTube videos.
func needsNoFetching(url string) bool {
	if schemeOf(url) == "gs" {
		return true
	}
	_, rest, _ := strings.Cut(url, "://")
	host, path, _ := strings.Cut(rest, "/")
	switch strings.ToLower(host) {
	case "youtu.be", "youtube.com", "www.youtube.com", "m.youtube.com":
		return true
	case "generativelanguage.googleapis.com":
		return strings.Contains(path, "files/")
	}
	return false
}
