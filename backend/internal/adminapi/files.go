package adminapi

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/files"
)

// listFiles gives one page of the files that clients uploaded.
//
//	@Summary		List files
//	@Description	The files of all user keys, the newest first. What clients upload is kept until it expires or is deleted.
//	@ID				listFiles
//	@Tags			files
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			page			query		int		false	"from 1"	minimum(1)	default(1)
//	@Param			page_size		query		int		false	"1–200"		minimum(1)	maximum(200)	default(50)
//	@Param			sort			query		string	false	"- before the name: descending"	Enums(created,-created,size,-size,expires,-expires,filename,-filename)
//	@Param			q				query		string	false	"part of a name, a type or an owner's name"	maxLength(200)
//	@Success		200				{object}	FileList
//	@Failure		400,401,500,503	{object}	Problem
//	@Router			/files [get]
func (a *api) listFiles(c *gin.Context) error {
	q, err := readListQuery(c, "created", "size", "expires", "filename")
	if err != nil {
		return err
	}
	found, total, err := a.Files.Search(c.Request.Context(), files.Search{Page: q.Page, PageSize: q.PageSize, Sort: q.Sort, Q: q.Q})
	if err != nil {
		return err
	}
	list := FileList{Items: make([]File, len(found)), Total: total, Bytes: a.Files.Used(), BytesLimit: int64(a.Settings.Now().Files.TotalBytes)}
	for i := range found {
		list.Items[i] = newFile(&found[i].File, found[i].OwnerName, found[i].Copies)
	}
	c.JSON(http.StatusOK, list)
	return nil
}

// getFile gives a file and its copies.
//
//	@Summary		Get a file
//	@Description	With what Gemini holds of it, project by project. Its bytes are not to be had here.
//	@ID				getFile
//	@Tags			files
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			id					path		int	true	"the file's id"	minimum(1)
//	@Success		200					{object}	FileDetail
//	@Failure		400,401,404,500,503	{object}	Problem
//	@Router			/files/{id} [get]
func (a *api) getFile(c *gin.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	file, copies, err := a.Files.Look(c.Request.Context(), id)
	if err != nil {
		return err
	}
	owner := ""
	if key, err := a.Auth.UserKeyByID(file.Owner); err == nil { // one that was deleted has no name here
		owner = key.Name
	}
	detail := FileDetail{File: newFile(file, owner, len(copies)), Copies: make([]FileCopy, len(copies))}
	for i, held := range copies {
		detail.Copies[i] = FileCopy{Project: held.Scope, KeyID: held.KeyID, Active: held.Active, CreatedAt: held.CreatedAt, ExpiresAt: held.ExpiresAt}
	}
	c.JSON(http.StatusOK, detail)
	return nil
}

// deleteFile deletes a file.
//
//	@Summary		Delete a file
//	@Description	Its bytes, and what Gemini holds of it. A chat that names it is answered 404 from then on.
//	@ID				deleteFile
//	@Tags			files
//	@Produce		application/problem+json
//	@Security		Bearer
//	@Param			id					path	int	true	"the file's id"	minimum(1)
//	@Success		204
//	@Failure		400,401,404,500,503	{object}	Problem
//	@Router			/files/{id} [delete]
func (a *api) deleteFile(c *gin.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	file, _, err := a.Files.Look(c.Request.Context(), id)
	if err != nil {
		return err
	}
	if err := a.Files.DeleteByID(c.Request.Context(), id); err != nil {
		return err
	}
	changed(c, auditedFileOf(file), nil)
	c.Status(http.StatusNoContent)
	return nil
}
