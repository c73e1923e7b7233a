package openaiapi

import (
	"encoding/hex"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/openai"
)

// findFiles gives the files that a chat names, by their ids as it wrote them. Those that are not there are left out: the field that names
// one is known elsewhere.
func (x *exchange) findFiles(ids []string) (map[string]gemini.FileData, error) {
	found := make(map[string]gemini.FileData, len(ids))
	for _, id := range ids {
		file, err := x.Files.Get(x.c.Request.Context(), x.event.UserKeyID, openai.FileName(id))
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found[id] = gemini.FileData{MIMEType: file.SentType, Held: file.ID, Size: file.SentSize}
	}
	return found, nil
}

// beginFiles finds the user key of a request about files.
func (a *api) beginFiles(c *gin.Context) (owner int64, ok bool) {
	event, ok := a.begin(c, "files")
	if !ok {
		return 0, false
	}
	if key := a.Auth.Limited(event.UserKeyID); key != nil && !key.AllowsAddress(c.ClientIP()) {
		respondFault(c, a.Log, fault.New(fault.Forbidden, "this API key may not be used from this address").WithCode("address_not_allowed"))
		return 0, false
	}
	return event.UserKeyID, true
}

// fileObject gives a file in OpenAI's form.
func (a *api) fileObject(file *files.File) openai.FileObject {
	format := "inlineData"
	if file.SentSize > int64(a.Settings().Files.InlineBytes) {
		format = "fileData"
	}
	purpose := file.Purpose
	if purpose == "" {
		purpose = openai.DefaultPurpose
	}
	return openai.FileObject{
		ID: openai.FileID(file.Name), Object: "file", Bytes: file.Size, CreatedAt: file.CreatedAt.Unix(), ExpiresAt: file.ExpiresAt.Unix(),
		Filename: file.DisplayName, Purpose: purpose, Status: "processed", Format: format, MIMEType: file.MIMEType,
	}
}

// The bounds of a page of files.
const maxFilesPage = 10_000

// listFiles answers GET /v1/files.
func (a *api) listFiles(c *gin.Context) {
	owner, ok := a.beginFiles(c)
	if !ok {
		return
	}
	page, err := filesPage(c)
	if err != nil {
		respondFault(c, a.Log, err)
		return
	}
	list, more, err := a.Files.List(c.Request.Context(), owner, page)
	if err != nil {
		respondFault(c, a.Log, err)
		return
	}
	objects := make([]openai.FileObject, len(list))
	for i := range list {
		objects[i] = a.fileObject(&list[i])
	}
	c.JSON(http.StatusOK, openai.NewFileList(objects, more))
}

func filesPage(c *gin.Context) (files.Page, error) {
	page := files.Page{Limit: maxFilesPage, Purpose: c.Query("purpose"), After: openai.FileName(c.Query("after"))}
	if text := c.Query("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxFilesPage {
			return page, fault.Field("limit", "must be a whole number from 1 to %d", maxFilesPage)
		}
		page.Limit = n
	}
	switch c.Query("order") {
	case "", "desc":
	case "asc":
		page.Ascending = true
	default:
		return page, fault.Field("order", "must be asc or desc")
	}
	return page, nil
}

// namedFile gives the file of a request's path, or answers that there is none.
func (a *api) namedFile(c *gin.Context) (*files.File, bool) {
	owner, ok := a.beginFiles(c)
	if !ok {
		return nil, false
	}
	file, err := a.Files.Get(c.Request.Context(), owner, openai.FileName(c.Param("id")))
	if err != nil {
		respondFault(c, a.Log, noSuchFile(c.Param("id"), err))
		return nil, false
	}
	return file, true
}

// noSuchFile names in the fault of a missing file the id that the client gave.
func noSuchFile(id string, err error) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	const most = 64
	if len(id) > most {
		id = id[:most] + "…"
	}
	f := fault.Wrap(fault.NotFound, err, "no such File object: %s", id).WithCode("file_not_found")
	f.Field = "id"
	return f
}

// getFile answers GET /v1/files/{id}.
func (a *api) getFile(c *gin.Context) {
	if file, ok := a.namedFile(c); ok {
		c.JSON(http.StatusOK, a.fileObject(file))
	}
}

// deleteFile answers DELETE /v1/files/{id}.
func (a *api) deleteFile(c *gin.Context) {
	owner, ok := a.beginFiles(c)
	if !ok {
		return
	}
	id := c.Param("id")
	if err := a.Files.Delete(c.Request.Context(), owner, openai.FileName(id)); err != nil {
		respondFault(c, a.Log, noSuchFile(id, err))
		return
	}
	c.JSON(http.StatusOK, openai.DeletedFile{ID: id, Object: "file", Deleted: true})
}

// downloadPace is the slowest at which a client may read a file, in bytes a second.
const downloadPace = 32 << 10

// fileContent answers GET /v1/files/{id}/content with the file as it was uploaded, or the range of it that is asked for.
func (a *api) fileContent(c *gin.Context) {
	file, ok := a.namedFile(c)
	if !ok {
		return
	}
	content := a.Files.Open(c.Request.Context(), file, 0)
	defer func() { _ = content.Close() }() // it was only read
	h := c.Writer.Header()
	h.Set("Content-Type", file.MIMEType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.DisplayName}))
	h.Set("Content-Security-Policy", "sandbox") // it is a stranger's, should a browser show it all the same
	h.Set("ETag", `"`+hex.EncodeToString(file.SHA256)+`"`)
	control := http.NewResponseController(c.Writer)
	_ = control.SetWriteDeadline(time.Now().Add(answerWriteLimit + time.Duration(file.Size/downloadPace)*time.Second)) // as in send
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, content)
	_ = control.SetWriteDeadline(time.Time{}) // a client that is gone needs none
}
