package adminapi

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/backup"
	"gemini-proxy/backend/internal/fault"
)

// backupLimit bounds the making and the restoring of a backup, the way of the file included: a free host is slow.
const backupLimit = 5 * time.Minute

// BackupRequest asks for a backup.
type BackupRequest struct {
	// seals the file; without it nobody can open it
	Passphrase   string `json:"passphrase" format:"password" minLength:"12" maxLength:"1024"`
	IncludeUsage *bool  `json:"include_usage" validate:"optional" default:"false"` // the hourly sums too; single requests are in no backup
}

// RestoreResult is what a restore did or, as a preview, would do. What the server has besides stays.
type RestoreResult struct {
	Preview   bool          `json:"preview" example:"true"`
	MadeAt    time.Time     `json:"made_at" format:"date-time" example:"2026-11-23T02:48:17Z"` // the backup
	MadeBy    string        `json:"made_by" example:"1.0.0"`                                   // the version that made it
	HasUsage  bool          `json:"has_usage" example:"false"`
	Keys      RestoreCounts `json:"gemini_keys"`
	UserKeys  RestoreCounts `json:"user_keys"`
	Models    RestoreCounts `json:"models"`
	Settings  bool          `json:"settings_changed" example:"true"`
	UsageRows int           `json:"usage_rows_added" example:"0"`
}

// RestoreCounts is what becomes of things of one kind.
type RestoreCounts struct {
	Added   int `json:"added" example:"12"`
	Changed int `json:"changed" example:"1"` // were there otherwise: the file's word holds
	Same    int `json:"same" example:"3"`    // were there just so
}

// makeBackup gives a sealed file.
//
//	@Summary		Make a backup
//	@Description	One file with the Gemini keys, the hashes of the user keys, models and settings, and with include_usage the hourly sums, sealed with the passphrase in the age format. Admins, sessions, the audit, single requests and uploaded files are not in it.
//	@ID				makeBackup
//	@Tags			system
//	@Accept			json
//	@Produce		application/octet-stream,application/problem+json
//	@Security		Bearer
//	@Param			body			body		BackupRequest	true	"the passphrase"
//	@Success		200				{file}		file			"the sealed file"
//	@Header			200				{string}	Content-Disposition	"a name for the file"
//	@Failure		400,401,413,415	{object}	Problem
//	@Failure		500				{object}	Problem
//	@Failure		503				{object}	Problem	"the database is away, or another backup is under way"
//	@Router			/backup [post]
func (a *api) makeBackup(c *gin.Context) error {
	var body BackupRequest
	if err := decode(c, &body, bodyLimit); err != nil {
		return err
	}
	usage := body.IncludeUsage != nil && *body.IncludeUsage
	file, err := a.Backups.Make(c.Request.Context(), body.Passphrase, usage)
	if err != nil {
		return err
	}
	changed(c, nil, auditedBackup{Bytes: len(file), Usage: usage})
	c.Header("Content-Disposition", `attachment; filename="gemini-proxy-`+time.Now().UTC().Format("2006-01-02-150405")+`.backup.age"`)
	c.Data(http.StatusOK, "application/octet-stream", file)
	return nil
}

// auditedBackup is what is noted of a backup that left the server.
type auditedBackup struct {
	Bytes int  `json:"bytes"`
	Usage bool `json:"include_usage"`
}

// restoreBackup takes a sealed file in.
//
//	@Summary		Restore a backup
//	@Description	Takes everything in the file or, when something is wrong with it, nothing. What it brings is in force at once. Gemini keys are known by their secret, user keys by their hash, models by name: the file's word on them holds, what it does not name stays, and no Gemini key in use is taken out. With preview nothing is changed.
//	@ID				restoreBackup
//	@Tags			system
//	@Accept			multipart/form-data
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			passphrase		formData	string	true	"that of the backup"	format(password)
//	@Param			file			formData	file	true	"the backup, at most 64 MiB"
//	@Param			preview			formData	boolean	false	"only say what would happen"	default(false)
//	@Success		200				{object}	RestoreResult
//	@Failure		400				{object}	Problem	"with the field at fault: passphrase or file"
//	@Failure		401,408,409		{object}	Problem
//	@Failure		413,415,500		{object}	Problem
//	@Failure		503				{object}	Problem	"the database is away, or another restore is under way"
//	@Router			/restore [post]
func (a *api) restoreBackup(c *gin.Context) error {
	form, err := readRestoreForm(c)
	if err != nil {
		return err
	}
	summary, err := a.Backups.Restore(c.Request.Context(), form.file, form.passphrase, form.preview)
	if err != nil {
		return err
	}
	result := restoreResultOf(&summary, form.preview)
	if form.preview {
		changedNothing(c)
	} else {
		changed(c, nil, result)
	}
	c.JSON(http.StatusOK, result)
	return nil
}

func restoreResultOf(s *backup.Summary, preview bool) RestoreResult {
	return RestoreResult{Preview: preview, MadeAt: utc(s.MadeAt), MadeBy: s.MadeBy, HasUsage: s.HasUsage, Keys: RestoreCounts(s.Keys),
		UserKeys: RestoreCounts(s.UserKeys), Models: RestoreCounts(s.Models), Settings: s.Settings, UsageRows: s.UsageRows}
}

// restoreForm is what a restore is asked with.
type restoreForm struct {
	passphrase string
	file       []byte
	preview    bool
	seen       map[string]bool
}

// formTextLimit bounds a field of a form that is no file.
const formTextLimit = 4 << 10

// readRestoreForm reads the form, whose file is held in memory.
func readRestoreForm(c *gin.Context) (*restoreForm, error) {
	kind, parameters, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || kind != "multipart/form-data" || parameters["boundary"] == "" {
		return nil, &fault.Error{Kind: fault.Invalid, Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type",
			Message: "the body must be a form, with Content-Type: multipart/form-data"}
	}
	parts := multipart.NewReader(http.MaxBytesReader(c.Writer, c.Request.Body, backup.MaxFile+bodyLimit), parameters["boundary"])
	form := &restoreForm{seen: map[string]bool{}}
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, formFault(err)
		}
		if err := form.take(part); err != nil {
			return nil, err
		}
	}
	var missing fieldFaults
	for _, name := range []string{"passphrase", "file"} {
		if !form.seen[name] {
			missing = append(missing, FieldFault{Field: name, Message: "is required"})
		}
	}
	if len(missing) > 0 {
		return nil, missing
	}
	return form, nil
}

// take reads one field.
func (f *restoreForm) take(part *multipart.Part) error {
	name := part.FormName()
	limit := int64(formTextLimit)
	switch name {
	case "passphrase", "preview":
	case "file":
		limit = backup.MaxFile
	default:
		return fault.Field(clip(name), "is not known here; known are passphrase, file, preview")
	}
	if f.seen[name] {
		return fault.Field(name, "comes twice")
	}
	f.seen[name] = true
	var content bytes.Buffer
	n, err := io.Copy(&content, io.LimitReader(part, limit+1))
	if err != nil {
		return formFault(err)
	}
	if n > limit {
		return &fault.Error{Kind: fault.TooLarge, Field: name, Message: "is over the limit of " + strconv.FormatInt(max(limit>>20, 1), 10) + " MiB"}
	}
	switch name {
	case "passphrase":
		f.passphrase = content.String()
	case "file":
		f.file = content.Bytes()
	default:
		if f.preview, err = strconv.ParseBool(content.String()); err != nil {
			return fault.Field(name, "must be true or false")
		}
	}
	return nil
}

// formFault words a form that could not be read to its end.
func formFault(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.New(fault.TooLarge, "the form is over the limit of %d MiB", (backup.MaxFile+bodyLimit)>>20)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &fault.Error{Kind: fault.Timeout, Status: http.StatusRequestTimeout, Message: "the body did not arrive within the time allowed"}
	}
	return fault.Wrap(fault.Invalid, err, "the form could not be read to its end")
}
