package openaiapi

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/intake"
	"gemini-proxy/backend/internal/openai"
)

// The bounds of an upload's form beside its file.
const (
	maxFormFields = 32
	maxFormField  = 4 << 10 // bytes
	maxFormExtra  = 1 << 20 // bytes of all that is not the file
)

// createFile answers POST /v1/files. The file goes into the store as it comes.
func (a *api) createFile(c *gin.Context) {
	owner, ok := a.beginFiles(c)
	if !ok {
		return
	}
	limit := int64(a.Settings().Files.MaxFileBytes)
	if c.Request.ContentLength > limit+maxFormExtra {
		intake.Drain(c.Writer, c.Request)
		respondFault(c, a.Log, files.TooLarge(limit))
		return
	}
	body := intake.Paced(c.Writer, c.Request)
	request := *c.Request // the server looks at its own to see what was left unread
	request.Body = http.MaxBytesReader(c.Writer, body, limit+maxFormExtra)
	file, err := a.takeForm(&request, owner)
	if closed := body.Close(); err == nil && closed != nil {
		err = closed
	}
	if err != nil {
		if !fault.Is(err, fault.Timeout) {
			intake.Drain(c.Writer, c.Request)
		}
		respondFault(c, a.Log, err)
		return
	}
	c.JSON(http.StatusOK, a.fileObject(file))
}

// takeForm reads an upload's form up to its file, has that kept, and then reads what comes after it.
func (a *api) takeForm(r *http.Request, owner int64) (*files.File, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the body must be a form: multipart/form-data with a boundary")
	}
	form := uploadForm{parts: parts, meta: files.Meta{Size: -1, Purpose: openai.DefaultPurpose}}
	file, err := form.next()
	if err != nil {
		return nil, files.ReadFault(r.Context(), err)
	}
	if file == nil {
		return nil, fault.Field("file", "is required")
	}
	form.meta.DisplayName = files.BaseName(file.FileName())
	form.meta.MIMEType = file.Header.Get("Content-Type")
	form.meta.Amend = func(meta *files.Meta) error {
		another, err := form.next()
		if err == nil && another != nil {
			err = fault.Field("file", "is there twice: one file an upload")
		}
		meta.Purpose, meta.TTL = form.meta.Purpose, form.meta.TTL
		return err
	}
	return a.Files.Create(r.Context(), owner, form.meta, file)
}

// uploadForm is the form of an upload, read part by part.
type uploadForm struct {
	parts    *multipart.Reader
	count    int
	meta     files.Meta
	anchored bool // expires_after names its anchor
}

// next reads fields up to the next file, which is nil after the last part.
func (f *uploadForm) next() (*multipart.Part, error) {
	for {
		part, err := f.parts.NextPart()
		if errors.Is(err, io.EOF) {
			if f.meta.TTL > 0 && !f.anchored {
				return nil, fault.Field("expires_after[anchor]", "is required: created_at")
			}
			return nil, nil //nolint:nilnil // the form has ended
		}
		if err != nil {
			return nil, err
		}
		if f.count++; f.count > maxFormFields {
			return nil, fault.New(fault.Invalid, "the form has more than %d fields", maxFormFields)
		}
		if part.FormName() == "file" {
			return part, nil
		}
		value, err := io.ReadAll(io.LimitReader(part, maxFormField+1))
		if err != nil {
			return nil, err
		}
		if len(value) > maxFormField {
			return nil, fault.Field(part.FormName(), "is longer than %d bytes", maxFormField)
		}
		if err := f.field(part.FormName(), string(value)); err != nil {
			return nil, err
		}
	}
}

// field takes a field that is not the file; those that are not known say nothing.
func (f *uploadForm) field(name, value string) error {
	switch name {
	case "purpose":
		if !openai.KnownPurpose(value) {
			return fault.Field("purpose", "must be one of %v", openai.FilePurposes())
		}
		f.meta.Purpose = value
	case "expires_after[anchor]", "expires_after.anchor":
		if value != "created_at" {
			return fault.Field("expires_after[anchor]", "must be created_at")
		}
		f.anchored = true
	case "expires_after[seconds]", "expires_after.seconds":
		n, err := strconv.ParseInt(value, 10, 32)
		life := time.Duration(n) * time.Second
		if err != nil || life < openai.MinFileLife || life > openai.MaxFileLife {
			return fault.Field("expires_after[seconds]", "must be a whole number from %d to %d", int(openai.MinFileLife.Seconds()), int(openai.MaxFileLife.Seconds()))
		}
		f.meta.TTL = life
	}
	return nil
}
