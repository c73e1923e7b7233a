package geminiapi

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/intake"
)

// The headers of Google's upload protocol (google.golang.org/genai, api_client.go; @google/genai, _uploader).
const (
	uploadProtocol    = "X-Goog-Upload-Protocol"
	uploadCommand     = "X-Goog-Upload-Command"
	uploadOffset      = "X-Goog-Upload-Offset"
	uploadURL         = "X-Goog-Upload-Url"
	uploadControlURL  = "X-Goog-Upload-Control-Url"
	uploadStatus      = "X-Goog-Upload-Status"
	uploadReceived    = "X-Goog-Upload-Size-Received"
	uploadGranularity = "X-Goog-Upload-Chunk-Granularity"
)

// UploadHeaders names the headers of answers to uploads, for browsers to be let see them.
func UploadHeaders() []string {
	return []string{uploadURL, uploadControlURL, uploadStatus, uploadReceived, uploadGranularity, "Location", "Range"}
}

const (
	granularity = 256 << 10 // what clients round their chunks to; any other size is taken too
	maxMetadata = 64 << 10  // bytes of what is said of a file
)

// serveUpload answers what comes under /upload: a file's first request, by the user key, and those that go on with it, by the upload's own name.
func (a *api) serveUpload(c *gin.Context, query url.Values) {
	if err := a.upload(c, query); err != nil {
		respondFault(c, a.Log, err)
	}
}

func (a *api) upload(c *gin.Context, query url.Values) error {
	path := strings.TrimSuffix(strings.TrimPrefix(c.Request.URL.Path, "/upload/"), "/")
	version, what, _ := strings.Cut(path, "/")
	switch {
	case version != "v1beta" && version != "v1alpha" && version != "v1":
		return errNoSuchPath(c.Request)
	case what != "files" && !isStoreUpload(what):
		if _, known := collectionOf(strings.Split(what, "/")[0]); known {
			return errNotServed("uploads to anything but files and file search stores are", "there is nowhere to keep their bytes")
		}
		return errNoSuchPath(c.Request)
	}
	if token := query.Get("upload_id"); token != "" {
		return a.goOn(c, query, what, token)
	}
	key, err := a.Auth.UserKey(auth.FromRequestParts(c.Request.Header, query))
	if err != nil {
		return err
	}
	if err := a.mayCome(c, key.ID); err != nil {
		return err
	}
	if err := need(c.Request, http.MethodPost); err != nil {
		return err
	}
	protocol := protocolOf(c.Request, query)
	if what != "files" {
		return a.beginStoreUpload(c, what, protocol, key.ID)
	}
	switch protocol {
	case "resumable":
		return a.beginUpload(c, key.ID)
	case "multipart":
		return a.takeParts(c, key.ID)
	case "raw", "media":
		meta := files.Meta{MIMEType: c.GetHeader("Content-Type"), DisplayName: files.BaseName(c.GetHeader("X-Goog-Upload-File-Name")), Size: c.Request.ContentLength}
		return a.takeWhole(c, key.ID, meta)
	}
	return fault.Field(uploadProtocol, "must be resumable, multipart or raw")
}

// protocolOf gives how a file is sent: by the header that the SDKs send, or by the parameter of Google's older clients.
func protocolOf(r *http.Request, query url.Values) string {
	if protocol := strings.ToLower(r.Header.Get(uploadProtocol)); protocol != "" {
		return protocol
	}
	if kind := query.Get("uploadType"); kind != "" {
		return kind
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && kind == "multipart/related" {
		return "multipart"
	}
	return ""
}

// metadata is what goes before a file's bytes; Google takes either spelling.
type metadata struct {
	File struct {
		Name             string `json:"name"`
		DisplayName      string `json:"displayName"`
		SnakeDisplayName string `json:"display_name"`
		MIMEType         string `json:"mimeType"`
		SnakeMIMEType    string `json:"mime_type"`
	} `json:"file"`
}

func readMetadata(text []byte) (files.Meta, error) {
	var m metadata
	if len(text) > 0 {
		if err := json.Unmarshal(text, &m); err != nil {
			return files.Meta{}, fault.Wrap(fault.Invalid, err, "what is said of the file is not JSON of the form {\"file\": {…}}").WithCode("invalid_json")
		}
	}
	f := &m.File
	return files.Meta{
		Name: strings.TrimPrefix(f.Name, "files/"), DisplayName: f.DisplayName + f.SnakeDisplayName, MIMEType: f.MIMEType + f.SnakeMIMEType, Size: -1,
	}, nil
}

// beginUpload answers the first request of a resumable upload with where to send the bytes.
func (a *api) beginUpload(c *gin.Context, owner int64) error {
	classic := c.GetHeader(uploadProtocol) == ""
	if command := strings.TrimSpace(c.GetHeader(uploadCommand)); !classic && command != "start" {
		return fault.Field(uploadCommand, "must be start: an upload goes on at the address that its start was answered with")
	}
	text, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxMetadata))
	if err != nil {
		return files.ReadFault(c.Request.Context(), err)
	}
	meta, err := readMetadata(text)
	if err != nil {
		return err
	}
	return a.begin(c, owner, meta, classic, "/upload/v1beta/files?")
}

// begin begins a resumable upload of which so much is said, at an address that its name is added to.
func (a *api) begin(c *gin.Context, owner int64, meta files.Meta, classic bool, address string) error {
	said, length := "X-Goog-Upload-Header-Content-Type", "X-Goog-Upload-Header-Content-Length"
	if classic {
		said, length = "X-Upload-Content-Type", "X-Upload-Content-Length"
	}
	if kind := c.GetHeader(said); kind != "" {
		meta.MIMEType = kind
	}
	if meta.DisplayName == "" {
		meta.DisplayName = files.BaseName(c.GetHeader("X-Goog-Upload-File-Name"))
	}
	if text := c.GetHeader(length); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return fault.Field(length, "must be a number of bytes")
		}
		meta.Size = n
	}
	token, err := a.Files.Begin(c.Request.Context(), owner, meta)
	if err != nil {
		return err
	}
	at := a.base(c.Request) + address + "upload_id=" + url.QueryEscape(token)
	h := c.Writer.Header()
	if classic {
		h.Set("Location", at+"&uploadType=resumable")
	} else {
		at += "&upload_protocol=resumable"
		h.Set(uploadURL, at)
		h.Set(uploadControlURL, at)
		h.Set(uploadStatus, "active")
		h.Set(uploadGranularity, strconv.Itoa(granularity))
	}
	c.Status(http.StatusOK)
	c.Writer.WriteHeaderNow()
	return nil
}

// goOn answers a request to an upload's own address. Whoever knows it may go on: it is sent without a key by some of Google's clients.
func (a *api) goOn(c *gin.Context, query url.Values, what, token string) error {
	ctx := c.Request.Context()
	known, err := a.Files.Upload(ctx, token)
	if err != nil {
		return err
	}
	if query.Get("uploadType") == "resumable" && what == "files" {
		return a.goOnByRange(c, token, known)
	}
	if err := need(c.Request, http.MethodPost); err != nil {
		return err
	}
	command, final, err := commandOf(c.GetHeader(uploadCommand))
	if err != nil {
		return err
	}
	status := "active"
	if known.File != nil {
		status = "final"
	}
	h := c.Writer.Header()
	h.Set(uploadStatus, status)
	h.Set(uploadReceived, strconv.FormatInt(known.Received, 10))
	switch command {
	case "query":
		c.Status(http.StatusOK)
		c.Writer.WriteHeaderNow()
		return nil
	case "cancel":
		if err := a.Files.Cancel(ctx, token); err != nil {
			return err
		}
		h.Set(uploadStatus, "cancelled")
		c.Status(http.StatusOK)
		c.Writer.WriteHeaderNow()
		return nil
	case "upload":
		offset, err := strconv.ParseInt(c.GetHeader(uploadOffset), 10, 64)
		if err != nil || offset < 0 {
			return fault.Field(uploadOffset, "must be where in the file the bytes begin")
		}
		received, err := a.append(c, token, known, offset)
		h.Set(uploadReceived, strconv.FormatInt(received, 10))
		if err != nil {
			return a.giveUp(c, token, err)
		}
	}
	if !final {
		c.Status(http.StatusOK)
		c.Writer.WriteHeaderNow()
		return nil
	}
	file, err := a.Files.Finalize(ctx, token)
	if err != nil {
		return a.giveUp(c, token, err)
	}
	if what != "files" {
		return a.importUpload(c, query, what, file)
	}
	h.Set(uploadStatus, "final")
	h.Set(uploadReceived, strconv.FormatInt(file.Size, 10))
	respond(c, uploaded{a.resource(c.Request, file)})
	return nil
}

// uploaded is the answer to an upload's end.
type uploaded struct {
	File fileResource `json:"file"`
}

// commandOf reads "upload", "upload, finalize", "finalize", "query" and "cancel".
func commandOf(text string) (command string, final bool, err error) {
	for word := range strings.SplitSeq(text, ",") {
		switch word = strings.ToLower(strings.TrimSpace(word)); word {
		case "finalize":
			final = true
		case "upload", "query", "cancel":
			if command != "" {
				return "", false, fault.Field(uploadCommand, "must be one command, or upload and finalize")
			}
			command = word
		default:
			return "", false, fault.Field(uploadCommand, "must be upload, finalize, query or cancel")
		}
	}
	if final && command != "" && command != "upload" {
		return "", false, fault.Field(uploadCommand, "must be one command, or upload and finalize")
	}
	return command, final, nil
}

// append adds a request's bytes to an upload. What is kept of them already, because an earlier try was cut off or its answer lost, is passed over:
// Google's SDKs send a chunk again from its beginning, without asking how far it came.
func (a *api) append(c *gin.Context, token string, known *files.Upload, offset int64) (received int64, err error) {
	body := intake.Paced(c.Writer, c.Request)
	ctx := c.Request.Context()
	again := known.Received - offset
	if again > 0 {
		_, err = io.CopyN(io.Discard, body, again)
		if errors.Is(err, io.EOF) {
			return known.Received, body.Close() // all of it was kept
		}
		if err != nil {
			return known.Received, errors.Join(files.ReadFault(ctx, err), body.Close())
		}
		offset = known.Received
	}
	if known.File != nil {
		_, err = io.CopyN(io.Discard, body, 1)
		if closed := body.Close(); errors.Is(err, io.EOF) {
			return known.Received, closed
		}
		return known.Received, fault.New(fault.Conflict, "the upload has been finalized").WithCode("upload_final")
	}
	received, err = a.Files.Append(ctx, token, offset, body)
	if closed := body.Close(); err == nil {
		err = closed
	}
	return received, err
}

// giveUp ends an upload that cannot become a file, and tells why. One that may go on is left.
func (a *api) giveUp(c *gin.Context, token string, err error) error {
	switch fault.KindOf(err) {
	case fault.TooLarge, fault.InsufficientStorage:
		if cancelled := a.Files.Cancel(c.Request.Context(), token); cancelled != nil && !fault.Is(cancelled, fault.NotFound) {
			a.Log.WarnContext(c.Request.Context(), "an upload over the limit was not deleted, the sweep will", "error", cancelled)
		}
		c.Header(uploadStatus, "final")
	case fault.Invalid:
		if fault.Of(err).Code != "incomplete_body" || fault.Of(err).Field != "" { // its bytes are no file, and were deleted
			c.Header(uploadStatus, "final")
		}
	default:
	}
	return err
}

// takeWhole keeps a file that comes in one request. What had come of one that is cut off is deleted.
func (a *api) takeWhole(c *gin.Context, owner int64, meta files.Meta) error {
	body := intake.Paced(c.Writer, c.Request)
	file, err := a.Files.Create(c.Request.Context(), owner, meta, body)
	if closed := body.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	c.Header(uploadStatus, "final")
	respond(c, uploaded{a.resource(c.Request, file)})
	return nil
}

// takeParts keeps a file that comes with what is said of it in one body of two parts.
func (a *api) takeParts(c *gin.Context, owner int64) error {
	_, params, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return fault.Field("Content-Type", "must be multipart/related with a boundary")
	}
	body := intake.Paced(c.Writer, c.Request)
	file, err := a.takeRelated(c, owner, multipart.NewReader(body, params["boundary"]))
	if closed := body.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	c.Header(uploadStatus, "final")
	respond(c, uploaded{a.resource(c.Request, file)})
	return nil
}

func (a *api) takeRelated(c *gin.Context, owner int64, parts *multipart.Reader) (*files.File, error) {
	ctx := c.Request.Context()
	head, err := parts.NextRawPart()
	if err != nil {
		return nil, wantTwoParts(c, err)
	}
	text, err := io.ReadAll(io.LimitReader(head, maxMetadata+1))
	if err != nil {
		return nil, files.ReadFault(ctx, err)
	}
	if len(text) > maxMetadata {
		return nil, fault.New(fault.TooLarge, "what is said of the file is longer than %d KiB", maxMetadata>>10).WithCode("request_too_large")
	}
	meta, err := readMetadata(text)
	if err != nil {
		return nil, err
	}
	media, err := parts.NextRawPart()
	if err != nil {
		return nil, wantTwoParts(c, err)
	}
	if kind := media.Header.Get("Content-Type"); kind != "" {
		meta.MIMEType = kind
	}
	return a.Files.Create(ctx, owner, meta, media)
}

func wantTwoParts(c *gin.Context, err error) error {
	if errors.Is(err, io.EOF) {
		return fault.Wrap(fault.Invalid, err, "the body must have two parts: what is said of the file, and the file")
	}
	return files.ReadFault(c.Request.Context(), err)
}
