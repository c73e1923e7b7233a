package openai

import (
	"strconv"
	"strings"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
)

// part is one piece of a message: text, or media held here, by a link, or in a file of ours.
type part struct {
	text      string
	mime      string // normalised; empty when not known
	data      string // base64
	url       string
	fileID    string
	signature string // of an image the model made
	place     string // where in the message the media was named: "content[0].image_url.url"
	level     string // gemini.Part.MediaResolution
}

func (p *part) isMedia() bool { return p.data != "" || p.url != "" || p.fileID != "" }

// rawPart is a content part as written: every form of it that is in use, told apart by type once all of it is read.
type rawPart struct {
	part
	kind     string
	filename string
	format   string
	below    string // where below the part the media was named
	hasText  bool
}

// part reads one content part of m.
func (p *parser) part(m *message, i int) {
	if p.Kind() == jsonio.String {
		m.parts = append(m.parts, part{text: p.Text()})
		return
	}
	var raw rawPart
	p.Object(func(key string) { p.partField(&raw, key) })
	switch raw.kind {
	case "":
		p.refuse("type", "is required")
	case "text", "input_text", "output_text", "refusal":
		if !raw.hasText {
			p.refuse(strings.TrimPrefix(strings.TrimPrefix(raw.kind, "input_"), "output_"), "is required")
		}
		m.parts = append(m.parts, part{text: raw.text})
	case "reasoning_text", "summary_text": // thoughts are not sent back
	case "image_url", "input_image", "image", "input_audio", "audio_url", "audio", "input_video", "video_url", "video",
		"file", "input_file", "document", "document_url":
		p.media(&raw, i)
		m.parts = append(m.parts, raw.part)
	default:
		p.refuse("type", "%s is not a kind of content that can be read", strconv.Quote(raw.kind))
	}
}

func (p *parser) partField(raw *rawPart, key string) {
	switch key {
	case "type":
		raw.kind = p.Word()
	case "text", "refusal":
		raw.text, raw.hasText = p.prose(), true
	case "image_url", "video_url", "audio_url", "document_url", "file_url":
		p.link(raw, key)
	case "input_audio", "input_video", "audio", "video", "image", "document", "file":
		p.carrier(raw, key)
	case "inline_data", "inlineData":
		p.carrier(raw, key)
	case "file_data", "fileData":
		p.fileData(raw, key)
	case "file_id":
		raw.setFile(p.text(), key)
	case "filename":
		raw.filename = p.text()
	case "mime_type", "mimeType":
		raw.mime = p.text()
	case "detail":
		raw.level = p.detail()
	case "extra_content":
		raw.signature = p.extraContent()
	default:
		p.Skip()
	}
}

// link reads a URL, plain or as {url, detail}; it may be a data URL.
func (p *parser) link(raw *rawPart, key string) {
	if p.Kind() != jsonio.Object {
		p.url(raw, key)
		return
	}
	p.Object(func(inner string) {
		switch inner {
		case "url":
			p.url(raw, key+".url")
		case "detail":
			raw.level = p.detail()
		case "mime_type", "mimeType", "format":
			raw.mime = p.text()
		default:
			p.Skip()
		}
	})
}

// carrier reads an object that carries media in one of the forms {data, format}, {url}, {mime_type, data}, {file_data, filename}
// and {file_id}; a plain string is base64 or a URL.
func (p *parser) carrier(raw *rawPart, key string) {
	if p.Kind() == jsonio.String {
		p.data(raw, key)
		return
	}
	p.Object(func(inner string) {
		switch inner {
		case "data", "file_data":
			p.data(raw, key+"."+inner)
		case "url", "file_url", "uri":
			p.url(raw, key+"."+inner)
		case "file_id":
			raw.setFile(p.text(), key+".file_id")
		case "format":
			raw.format = p.text()
		case "mime_type", "mimeType":
			raw.mime = p.text()
		case "filename":
			raw.filename = p.text()
		case "detail":
			raw.level = p.detail()
		default:
			p.Skip()
		}
	})
}

// fileData reads {file_id, mime_type}, {file_uri, mime_type}, or base64 as a plain string.
func (p *parser) fileData(raw *rawPart, key string) {
	if p.Kind() != jsonio.Object {
		p.data(raw, key)
		return
	}
	p.Object(func(inner string) {
		switch inner {
		case "file_id", "fileId":
			raw.setFile(p.text(), key+"."+inner)
		case "file_uri", "fileUri":
			p.url(raw, key+"."+inner)
		case "data":
			p.data(raw, key+".data")
		case "mime_type", "mimeType":
			raw.mime = p.text()
		default:
			p.Skip()
		}
	})
}

func (r *rawPart) setFile(id, below string) {
	if id != "" {
		r.fileID, r.below = id, below
	}
}

// url reads a link or a data URL into raw.
func (p *parser) url(raw *rawPart, below string) {
	text := p.text()
	if text == "" {
		return
	}
	raw.below = below
	switch scheme := schemeOf(text); scheme {
	case "data":
		p.dataURL(raw, text)
	case "http", "https", "gs":
		raw.url = text
	case "":
		p.Fail("must be a URL: https://… or data:…;base64,…")
	default:
		p.Fail("must be an http, https, gs or data URL, not %s:", scheme)
	}
}

// data reads base64, plain or as a data URL, or a link.
func (p *parser) data(raw *rawPart, below string) {
	text := p.text()
	switch schemeOf(text) {
	case "data":
		raw.below = below
		p.dataURL(raw, text)
	case "http", "https", "gs":
		raw.below, raw.url = below, text
	default:
		raw.below = below
		if raw.data = text; text == "" {
			p.Fail("holds no data")
		}
	}
}

func (p *parser) dataURL(raw *rawPart, text string) {
	head, data, found := strings.Cut(text[len("data:"):], ",")
	mime, isBase64 := strings.CutSuffix(strings.TrimSpace(head), ";base64")
	switch {
	case !found || !isBase64:
		p.Fail("must be a base64 data URL: data:image/png;base64,…")
	case data == "":
		p.Fail("holds no data")
	}
	raw.data = data
	if mime != "" {
		raw.mime = mime
	}
}

// schemeOf gives the scheme of a URL in lower case, or "" when s does not begin with one.
func schemeOf(s string) string {
	const longest = 8
	for i := 0; i < len(s) && i <= longest; i++ {
		switch c := s[i]; {
		case c == ':':
			return strings.ToLower(s[:i])
		case c < 'A' || c > 'z' || c > 'Z' && c < 'a':
			return ""
		}
	}
	return ""
}

// media settles what a part of media holds, once all of it is read.
func (p *parser) media(raw *rawPart, i int) {
	if !raw.isMedia() {
		p.refuse("", "a part of type %s must carry data, a URL or a file id", raw.kind)
		return
	}
	raw.text = ""
	raw.place = "content[" + strconv.Itoa(i) + "]." + raw.below
	raw.mime = mimeOf(raw)
	if raw.mime == "" && raw.data != "" {
		p.refuse(raw.below, "does not say what kind of media it is: name its mime type, as in data:image/png;base64,…, or a filename")
		return
	}
	if why := unreadable(raw.mime); why != "" && raw.fileID == "" { // of a file of ours its bytes tell
		p.refuse(raw.below, "%s", why)
		return
	}
	if raw.data == "" {
		return
	}
	ok := plausible(raw.data)
	if !p.isVerbatim(raw.data) {
		raw.data, ok = cleanBase64(raw.data)
	}
	if !ok {
		p.refuse(raw.below, "is not base64")
		return
	}
	p.recode(raw)
}

// recode makes of media that Gemini does not read what it does, where that loses nothing that matters.
func (p *parser) recode(raw *rawPart) {
	switch {
	case raw.mime == mimeGIF:
		still, why := stillOf(raw.data)
		if why != "" {
			p.refuse(raw.below, "%s", why)
		}
		raw.mime, raw.data = still.MIMEType, still.Data
	case isRawSound(raw.mime): // Gemini reads no bare samples
		raw.data = inFormat(&gemini.Blob{MIMEType: raw.mime, Data: raw.data}, formatWAV)
		raw.mime = "audio/wav"
	}
}

// shownImage reads an image of an assistant's message, in the form this server answers with, so that a conversation about an image
// can go on.
func (p *parser) shownImage(m *message, i int) {
	raw := rawPart{kind: "image_url"}
	p.Object(func(key string) {
		switch key {
		case "image_url":
			p.link(&raw, key)
		case "extra_content":
			raw.signature = p.extraContent()
		default:
			p.Skip()
		}
	})
	p.media(&raw, i)
	raw.place = "images[" + strconv.Itoa(i) + "]." + raw.below
	m.parts = append(m.parts, raw.part)
}

// detail reads OpenAI's level of detail as Gemini's media resolution; "auto" leaves it to the model.
func (p *parser) detail() string {
	switch p.oneOf("auto", "low", "high", "original") {
	case "low":
		return "MEDIA_RESOLUTION_LOW"
	case "high", "original":
		return "MEDIA_RESOLUTION_HIGH"
	}
	return ""
}

// gemini gives the part as Gemini takes it. The file of its id must be among the options.
func (p *part) gemini(o *Options, f *Family) gemini.Part {
	out := gemini.Part{ThoughtSignature: p.signature}
	if f.PartResolution {
		out.MediaResolution = p.level
	}
	switch {
	case p.data != "":
		out.InlineData = &gemini.Blob{MIMEType: p.mime, Data: p.data}
	case p.fileID != "":
		file := o.Files[p.fileID]
		out.FileData = &file
	case p.url != "":
		if blob, fetched := o.Links[p.url]; fetched {
			out.InlineData = &blob
			break
		}
		out.FileData = &gemini.FileData{MIMEType: p.mime, FileURI: p.url}
	default:
		out = gemini.Part{Text: p.text}
	}
	return out
}
