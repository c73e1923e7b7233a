package openai

import (
	"strconv"
	"strings"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
)

// DefaultImageModel draws where the request names no model, or one of OpenAI's.
const DefaultImageModel = "gemini-3.1-flash-image"

// maxPrompt bounds an image's prompt, in bytes; OpenAI's bound is 32,000 characters.
const maxPrompt = 128 << 10

// ImageRequest is a decoded request for images. Long strings in it share the memory of the body it was parsed from.
type ImageRequest struct {
	Model string // Gemini's name; it may be set to another before ToGemini
	N     int    // how many images, each by a call of its own

	prompt  string
	size    size
	quality string
	config  *gemini.ImageConfig // image_config, as Gemini takes it; wins over size and quality
	sources []source            // of an edit: what it begins with
}

// ParseImage decodes the body of POST /v1/images/generations. Its errors are those of ParseChat.
func ParseImage(body []byte) (*ImageRequest, error) {
	p := newParser(body)
	r := &ImageRequest{Model: DefaultImageModel, N: 1}
	p.Object(func(key string) {
		switch {
		case p.imageField(r, key), p.imageRefused(key):
		default:
			p.Skip()
		}
	})
	p.End()
	if err := p.fault(); err != nil {
		return nil, err
	}
	if r.prompt == "" {
		return nil, fault.Field("prompt", "is required")
	}
	return r, checkModel(r.Model)
}

func (p *parser) imageField(r *ImageRequest, key string) bool {
	switch key {
	case "prompt":
		if r.prompt = p.text(); len(r.prompt) > maxPrompt {
			p.Fail("must be at most %d bytes", maxPrompt)
		}
	case "model":
		if name := p.text(); name != "" {
			r.Model = imageModel(name)
		}
	case "n":
		if n := p.count(1, maxChoices); n != nil {
			r.N = *n
		}
	case "size":
		r.size = p.imageSize()
	case "quality":
		r.quality = p.oneOf("auto", "standard", "low", "medium", "high", "xhigh", "max", "hd")
	case "image_config":
		r.config = p.imageConfig()
	default:
		return false
	}
	return true
}

// imageRefused reads the fields whose meaning would be lost, and refuses the values that Gemini cannot heed.
func (p *parser) imageRefused(key string) bool {
	switch key {
	case "response_format":
		if p.text() == "url" {
			p.Fail("images are answered as b64_json: they are not kept here, so there is no URL to give")
		}
	case "output_format":
		if format := p.text(); format != "" && format != "png" {
			p.Fail("%s cannot be made here: Gemini chooses the format, png as a rule; output_format of the answer names it", strconv.Quote(format))
		}
	case "background":
		if p.oneOf("auto", "opaque", "transparent") == "transparent" {
			p.Fail("Gemini makes no transparent images: ask for auto or opaque")
		}
	case "stream":
		if p.flag() {
			p.Fail("Gemini gives no partial images: leave it out")
		}
	default:
		return false
	}
	return true
}

// imageModel gives Gemini's name for a model; OpenAI's own names become the default.
func imageModel(name string) string {
	name = BareModel(name)
	for _, theirs := range []string{"dall-e-", "gpt-image-", "chatgpt-image-"} {
		if strings.HasPrefix(name, theirs) {
			return DefaultImageModel
		}
	}
	return name
}

// madeAtOneSize reports whether the model knows no imageSize: Gemini 2.5 and before.
func madeAtOneSize(model string) bool { return versionOf(model).before(3, 0) }

// size is what an image's size becomes for Gemini; empty fields leave it to the model.
type size struct {
	ratio      string // "16:9"
	resolution string // "2K", "4K"; the model's own is 1K
	given      bool
}

// The bounds of an image's sides, in pixels, and of its pixels at each resolution: 1K is about a million at any ratio, 2K and 4K four and
// sixteen times that. The bounds lie between.
const (
	minSide  = 64
	maxSide  = 6144
	pixels1K = 2_250_000
	pixels2K = 8_000_000
)

// imageSize reads "1536x1024", "auto", or one of Gemini's ratios.
func (p *parser) imageSize() size {
	text := p.text()
	if text == "" || text == "auto" {
		return size{}
	}
	for _, ratio := range imageRatios() {
		if text == ratio.name {
			return size{ratio: ratio.name, given: true}
		}
	}
	w, h, _ := strings.Cut(text, "x")
	width, errWidth := strconv.Atoi(w)
	height, errHeight := strconv.Atoi(h)
	if errWidth != nil || errHeight != nil || min(width, height) < minSide || max(width, height) > maxSide {
		p.Fail("must be auto, a size such as 1024x1024, 1536x1024, 1024x1536 or 1792x1024, or a ratio such as 16:9")
		return size{}
	}
	ratio, near := nearestRatio(width, height)
	if !near {
		p.Fail("%s is of no shape that Gemini makes: the nearest is %s", text, ratio)
	}
	s := size{ratio: ratio, given: true}
	switch pixels := width * height; {
	case pixels > pixels2K:
		s.resolution = "4K"
	case pixels > pixels1K:
		s.resolution = "2K"
	}
	return s
}

type imageRatio struct {
	name  string
	value float64
}

// imageRatios gives the shapes that Gemini makes (Google's SDKs, November 2026).
func imageRatios() []imageRatio {
	return []imageRatio{
		{"1:1", 1}, {"2:3", 2. / 3}, {"3:2", 3. / 2}, {"3:4", 3. / 4}, {"4:3", 4. / 3}, {"9:16", 9. / 16}, {"16:9", 16. / 9}, {"21:9", 21. / 9},
	}
}

// ratioTolerance is how far a size may be from a ratio; OpenAI's 1792x1024 is 16:9 but for two in a hundred.
const ratioTolerance = 1.06

func nearestRatio(width, height int) (name string, near bool) {
	asked, best := float64(width)/float64(height), 0.0
	for _, ratio := range imageRatios() {
		off := max(asked/ratio.value, ratio.value/asked)
		if best == 0 || off < best {
			name, best = ratio.name, off
		}
	}
	return name, best <= ratioTolerance
}

// ToGemini gives the request for one of the images. Its error is a *fault.Error, Invalid, for what the model cannot make.
func (r *ImageRequest) ToGemini() (*gemini.Request, error) {
	if r.config == nil && r.size.resolution != "" && madeAtOneSize(r.Model) {
		return nil, fault.Field("size", "%s makes images of about a million pixels alone: ask for 1024x1024, 1536x1024, 1024x1536 or 1792x1024", r.Model)
	}
	config := r.config
	if config == nil {
		config = &gemini.ImageConfig{AspectRatio: r.size.ratio, ImageSize: r.size.resolution}
		switch r.quality {
		case "high", "xhigh", "max", "hd":
			if !r.size.given && !madeAtOneSize(r.Model) {
				config.ImageSize = "2K"
			}
		}
	}
	sources, err := r.sourceParts()
	if err != nil {
		return nil, err
	}
	parts := append([]gemini.Part{{Text: r.prompt}}, sources...)
	out := &gemini.Request{Contents: []gemini.Content{{Role: gemini.RoleUser, Parts: parts}}}
	out.Generation.ResponseModalities = []string{"IMAGE"}
	if *config != (gemini.ImageConfig{}) {
		out.Generation.Image = config
	}
	return out, nil
}

// ImageFlaw says what keeps an answer from holding an image although Gemini did not refuse to make one, or "".
func ImageFlaw(r *gemini.Response) string {
	if imageOf(r) != nil || refusal(r) != nil {
		return ""
	}
	return "no image"
}

// imageOf gives the image of an answer, the last where there are drafts, or nil.
func imageOf(r *gemini.Response) *gemini.Blob {
	if len(r.Candidates) == 0 {
		return nil
	}
	parts := r.Candidates[0].Content.Parts
	for i := len(parts) - 1; i >= 0; i-- {
		if blob := parts[i].InlineData; blob != nil && isImage(blob) && !parts[i].Thought && blob.Data != "" {
			return blob
		}
	}
	return nil
}

// refusal gives the fault of an answer that Gemini refused for its content, or nil.
func refusal(r *gemini.Response) *fault.Error {
	reason := r.BlockReason
	if reason == "" && len(r.Candidates) > 0 && (&Reply{}).finishOf(r.Candidates[0].FinishReason, false) == finishFilter {
		reason = r.Candidates[0].FinishReason
	}
	if reason == "" {
		return nil
	}
	f := fault.New(fault.Blocked, "Gemini refused this for its content (%s)", reason).WithCode("content_filter")
	if len(r.Candidates) > 0 && r.Candidates[0].FinishMessage != "" {
		f.Message += ": " + r.Candidates[0].FinishMessage
	}
	return f
}

// ImageList is the answer to a request for images.
type ImageList struct {
	Created int64 // Unix seconds
	Images  []*gemini.Blob
	Usage   Usage
}

// NewImageList puts the answers of the calls that succeeded together. Its error, a *fault.Error, says why there is no image in any of them.
// Those without one are left out: the others were paid for.
func NewImageList(created int64, answers []*gemini.Response) (*ImageList, error) {
	list := &ImageList{Created: created}
	var used gemini.Usage
	var refused *fault.Error
	for _, answer := range answers {
		addUsage(&used, &answer.Usage)
		switch image := imageOf(answer); {
		case image != nil:
			list.Images = append(list.Images, image)
		case refused == nil:
			refused = refusal(answer)
		}
	}
	list.Usage = UsageOf(&used)
	if len(list.Images) > 0 {
		return list, nil
	}
	if refused != nil {
		return nil, refused
	}
	return nil, fault.New(fault.Upstream, "Gemini made no image").WithCode("no_image")
}

// AppendJSON writes the answer.
func (l *ImageList) AppendJSON(dst []byte) []byte {
	dst = jsonio.AppendInt(append(dst, `{"created":`...), l.Created)
	dst = append(dst, `,"data":[`...)
	for i, image := range l.Images {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonio.AppendString(append(dst, `{"b64_json":`...), image.Data)
		dst = append(dst, '}')
	}
	format := strings.TrimPrefix(normalMIME(l.Images[0].MIMEType), "image/")
	dst = jsonio.AppendString(append(dst, `],"output_format":`...), format)
	dst = l.Usage.appendTokens(append(dst, `,"usage":`...), `text_tokens`, l.Usage.PromptText, `image_tokens`, l.Usage.PromptImage)
	return append(dst, '}')
}

// Size gives about how long AppendJSON's answer is, in bytes.
func (l *ImageList) Size() int {
	n := 512
	for _, image := range l.Images {
		n += len(image.Data) + 32
	}
	return n
}

// appendTokens writes counts in the form of every OpenAI API but the chat's, with the input split in two.
func (u *Usage) appendTokens(dst []byte, kind string, n int, otherKind string, otherN int) []byte {
	if !u.promptIsSplit { // all the input is what the first kind says
		n = u.Prompt - otherN
	}
	dst = jsonio.AppendInt(append(dst, `{"input_tokens":`...), u.Prompt)
	dst = jsonio.AppendInt(append(append(append(dst, `,"input_tokens_details":{"`...), kind...), `":`...), n)
	dst = jsonio.AppendInt(append(append(append(dst, `,"`...), otherKind...), `":`...), otherN)
	dst = jsonio.AppendInt(append(dst, `},"output_tokens":`...), u.Completion)
	dst = jsonio.AppendInt(append(dst, `,"total_tokens":`...), u.Total)
	return append(dst, '}')
}
