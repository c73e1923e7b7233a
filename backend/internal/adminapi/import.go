package adminapi

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
)

// importLimit bounds the text of an import, in bytes: a hundred thousand keys.
const importLimit = 4 << 20

// importGeminiKeys takes the keys in a text into the pool, or says what it would take.
//
//	@Summary		Import Gemini keys
//	@Description	Finds keys by their pattern in any text, of any prefix, at most 100,000. In a dry run nothing is saved. With `Accept: text/event-stream` the same job tells how it goes on by events: `progress` ({done, total, added, duplicates, invalid}) after each thousand, then `result` with this answer, or `error` with a problem. Each thousand is kept or it is not; closing the connection ends the job after the thousand it is at, and what was added stays.
//	@ID				importGeminiKeys
//	@Tags			gemini-keys
//	@Accept			json
//	@Produce		json,text/event-stream,application/problem+json
//	@Security		Bearer
//	@Param			body				body		ImportRequest	true	"the text"
//	@Success		200					{object}	ImportResult
//	@Failure		400,401,413,415		{object}	Problem
//	@Failure		500,503				{object}	Problem
//	@Router			/gemini-keys/import [post]
func (a *api) importGeminiKeys(c *gin.Context) error {
	var body ImportRequest
	if err := decode(c, &body, importBodyLimit); err != nil {
		return err
	}
	bodyRead(c)
	if len(body.Text) > importLimit {
		return &fault.Error{Kind: fault.TooLarge, Field: "text", Message: "text is over the limit of 4 MiB"}
	}
	options := pool.ImportOptions{Project: value(body.Project), Weight: value(body.Weight), Prefix: value(body.NamePrefix), DryRun: value(body.DryRun)}
	if body.Weight != nil && *body.Weight == 0 {
		return fault.Field("weight", "must be 1 to 100") // to the pool, 0 is not given
	}
	found, rejected := pool.FindKeys(body.Text)
	if wantsEvents(c) {
		a.streamImport(c, found, rejected, options)
		return nil
	}
	result, err := a.Pool.Import(c.Request.Context(), found, options)
	a.noteImport(c, &result, options.DryRun, err)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, importResultOf(result, rejected, options.DryRun))
	return nil
}

// streamImport tells how an import goes on.
func (a *api) streamImport(c *gin.Context, found []gemini.Secret, rejected []pool.Rejected, options pool.ImportOptions) {
	out := newEventStream(c)
	defer out.end()
	ctx, stop := context.WithCancel(c.Request.Context())
	defer stop()
	options.Progress = func(p pool.ImportProgress) {
		out.send("progress", ImportProgress{Done: p.Done, Total: p.Total, Added: p.Added, Duplicates: p.Duplicates, Invalid: len(rejected)})
		if out.broken {
			stop()
		}
	}
	options.Progress(pool.ImportProgress{Total: len(found)})
	result, err := a.Pool.Import(ctx, found, options)
	a.noteImport(c, &result, options.DryRun, nil) // the status is that of the stream
	if err != nil {
		p, _ := a.problem(c, err)
		out.send("error", p)
		return
	}
	out.send("result", importResultOf(result, rejected, options.DryRun))
}

// noteImport tells the audit what was added, though the rest may have failed.
func (a *api) noteImport(c *gin.Context, result *pool.ImportResult, dryRun bool, err error) {
	changed(c, nil, importedKeys(*result))
	switch {
	case dryRun || result.AddedTotal == 0:
		changedNothing(c)
	case err != nil:
		a.auditPart(c)
	}
}
