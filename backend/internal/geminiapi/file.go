package geminiapi

import (
	"encoding/base64"
	"encoding/hex"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/files"
)

// The sizes of a page of files, as Google's.
const (
	usualFiles = 10
	maxFiles   = 100
)

// fileResource is a file in Google's form (google.golang.org/genai, File).
type fileResource struct {
	Name           string `json:"name"` // "files/abc"
	DisplayName    string `json:"displayName,omitempty"`
	MIMEType       string `json:"mimeType"`
	SizeBytes      string `json:"sizeBytes"`
	CreateTime     string `json:"createTime"`
	UpdateTime     string `json:"updateTime"`
	ExpirationTime string `json:"expirationTime"`
	SHA256Hash     string `json:"sha256Hash"` // base64
	URI            string `json:"uri"`
	State          string `json:"state"`
	Source         string `json:"source"`
}

// filePage is the answer of files.list.
type filePage struct {
	Files         []fileResource `json:"files,omitempty"`
	NextPageToken string         `json:"nextPageToken,omitempty"`
}

// resource gives a file of ours in Google's form. It is ready at once: that Gemini must process its copies is not the client's to wait for.
func (a *api) resource(r *http.Request, f *files.File) fileResource {
	return fileResource{
		Name: "files/" + f.Name, DisplayName: f.DisplayName, MIMEType: f.MIMEType, SizeBytes: strconv.FormatInt(f.Size, 10),
		CreateTime: stamp(f.CreatedAt), UpdateTime: stamp(f.CreatedAt), ExpirationTime: stamp(f.ExpiresAt),
		SHA256Hash: base64.StdEncoding.EncodeToString(f.SHA256), URI: a.base(r) + "/v1beta/files/" + f.Name, State: "ACTIVE", Source: "UPLOADED",
	}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// listFiles answers GET files: what the user key uploaded, newest first.
func (a *api) listFiles(c *gin.Context, query url.Values, owner int64) {
	page, err := a.pageOfFiles(c, query, owner)
	if err != nil {
		respondFault(c, a.Log, err)
		return
	}
	respond(c, page)
}

func (a *api) pageOfFiles(c *gin.Context, query url.Values, owner int64) (*filePage, error) {
	if err := a.mayCome(c, owner); err != nil {
		return nil, err
	}
	size, after, err := paging(query, usualFiles, maxFiles)
	if err != nil {
		return nil, err
	}
	var afterID int64
	if after != "" {
		if afterID, err = strconv.ParseInt(after, 36, 64); err != nil || afterID <= 0 {
			return nil, fault.Field("pageToken", "is not a token that this list gave")
		}
	}
	list, more, err := a.Files.List(c.Request.Context(), owner, files.Page{AfterID: afterID, Limit: size})
	if err != nil {
		return nil, err
	}
	page := &filePage{}
	for i := range list {
		page.Files = append(page.Files, a.resource(c.Request, &list[i]))
	}
	if more {
		page.NextPageToken = base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(list[len(list)-1].ID, 36)))
	}
	return page, nil
}

// ownFile answers what is asked of a file that the user key uploaded, and reports whether it is one: a batch or an operation makes others.
func (a *api) ownFile(c *gin.Context, r *route, query url.Values, owner int64) (answered bool) {
	name := strings.TrimPrefix(r.root, "files/")
	file, err := a.Files.Get(c.Request.Context(), owner, name)
	if fault.Is(err, fault.NotFound) {
		return false
	}
	if err == nil {
		err = a.mayCome(c, owner)
	}
	if err == nil {
		err = a.serveFile(c, r, query, file)
	}
	if err != nil {
		respondFault(c, a.Log, err)
	}
	return true
}

func (a *api) serveFile(c *gin.Context, r *route, query url.Values, file *files.File) error {
	switch {
	case r.below == r.root && isRead(c.Request):
		respond(c, a.resource(c.Request, file))
	case r.below == r.root && c.Request.Method == http.MethodDelete:
		if err := a.Files.Delete(c.Request.Context(), file.Owner, file.Name); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		respond(c, struct{}{})
	case r.method == "download" && isRead(c.Request):
		if parameter(query, "alt") != "media" {
			return fault.Field("alt", "must be media")
		}
		a.sendFile(c, file)
	default:
		return errNoSuchPath(c.Request)
	}
	return nil
}

// downloadPace is the slowest at which a client may read a file, in bytes a second.
const downloadPace = 32 << 10

// sendFile answers with a file as it was uploaded, or the range of it that is asked for. Google gives uploads back to nobody; we have the bytes.
func (a *api) sendFile(c *gin.Context, file *files.File) {
	content := a.Files.Open(c.Request.Context(), file, 0)
	defer func() { _ = content.Close() }() // it was only read
	h := c.Writer.Header()
	h.Set("Content-Type", file.MIMEType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.DisplayName}))
	h.Set("Content-Security-Policy", "sandbox") // it is a stranger's, should a browser show it all the same
	h.Set("ETag", `"`+hex.EncodeToString(file.SHA256)+`"`)
	control := http.NewResponseController(c.Writer)
	limit := answerWriteLimit + time.Duration(file.Size/downloadPace)*time.Second
	_ = control.SetWriteDeadline(time.Now().Add(limit)) // where it cannot be set, the connection's own end will do
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, content)
	_ = control.SetWriteDeadline(time.Time{}) // a client that is gone needs none
}
