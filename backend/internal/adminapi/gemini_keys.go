package adminapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/pool"
)

// listGeminiKeys gives one page of the pool's keys.
//
//	@Summary		List Gemini keys
//	@Description	Answered from memory. Without state, removed keys are left out.
//	@ID				listGeminiKeys
//	@Tags			gemini-keys
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			page			query		int		false	"from 1"	minimum(1)	default(1)
//	@Param			page_size		query		int		false	"1–200"		minimum(1)	maximum(200)	default(50)
//	@Param			sort			query		string	false	"- before the name: descending"	Enums(id,-id,name,-name,project,-project,state,-state,requests_today,-requests_today,success_rate,-success_rate,latency_seconds,-latency_seconds,last_used_at,-last_used_at,weight,-weight,created_at,-created_at,removed_at,-removed_at)
//	@Param			q				query		string	false	"part of a name, note, project or masked key"	maxLength(200)
//	@Param			state			query		string	false	"only these"	Enums(healthy,resting,failing,unknown,disabled,removed)
//	@Param			project			query		string	false	"only this project's"
//	@Success		200				{object}	GeminiKeyList
//	@Failure		400,401,500		{object}	Problem
//	@Router			/gemini-keys [get]
func (a *api) listGeminiKeys(c *gin.Context) error {
	q, err := readListQuery(c, "id", "name", "project", "state", "requests_today", "success_rate", "latency_seconds", "last_used_at", "weight", "created_at", "removed_at")
	if err != nil {
		return err
	}
	state, err := keyState("state", c.Query("state"))
	if err != nil {
		return err
	}
	keys, total, counts, err := a.Pool.Keys(pool.Query{Page: q.Page, PageSize: q.PageSize, Sort: q.Sort, Q: q.Q, State: state, Project: c.Query("project")})
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, GeminiKeyList{Items: geminiKeysOf(keys), Total: total, Counts: keyCountsOf(counts)})
	return nil
}

// keyState checks the name of a state; empty is any.
func keyState(field, name string) (string, error) {
	if !slices.Contains([]string{"", "healthy", "resting", "failing", "unknown", "disabled", "removed"}, name) {
		return "", fault.Field(field, "must be one of healthy, resting, failing, unknown, disabled, removed")
	}
	return name, nil
}

// getGeminiKey gives one key.
//
//	@Summary	Read a Gemini key
//	@ID			getGeminiKey
//	@Tags		gemini-keys
//	@Produce	json,application/problem+json
//	@Security	Bearer
//	@Param		id					path		int	true	"the key's id"	minimum(1)
//	@Success	200					{object}	GeminiKey
//	@Header		200					{string}	ETag	"the version, for If-Match"
//	@Failure	400,401,404,500		{object}	Problem
//	@Router		/gemini-keys/{id} [get]
func (a *api) getGeminiKey(c *gin.Context) error {
	return a.answerGeminiKey(c, func(_ context.Context, id int64) (pool.Key, error) { return a.Pool.Key(id) })
}

// updateGeminiKey changes what an operator can change of a key.
//
//	@Summary	Change a Gemini key
//	@ID			updateGeminiKey
//	@Tags		gemini-keys
//	@Accept		json
//	@Produce	json,application/problem+json
//	@Security	Bearer
//	@Param		id					path		int				true	"the key's id"	minimum(1)
//	@Param		If-Match			header		string			false	"the ETag the change rests on"
//	@Param		body				body		GeminiKeyPatch	true	"what changes"
//	@Success	200					{object}	GeminiKey
//	@Header		200					{string}	ETag	"the new version"
//	@Failure	400,401,404,413,415	{object}	Problem
//	@Failure	409					{object}	Problem	"the key is removed"
//	@Failure	412					{object}	Problem	"version_conflict"
//	@Failure	500,503				{object}	Problem
//	@Router		/gemini-keys/{id} [patch]
func (a *api) updateGeminiKey(c *gin.Context) error {
	return a.answerGeminiKey(c, func(ctx context.Context, id int64) (pool.Key, error) {
		var body GeminiKeyPatch
		if err := decode(c, &body, bodyLimit); err != nil {
			return pool.Key{}, err
		}
		want, err := readWanted(c)
		if err != nil {
			return pool.Key{}, err
		}
		patch := pool.Patch{Name: body.Name, Note: body.Note, Weight: body.Weight, Enabled: body.Enabled,
			If: func(r *pool.Record) error { return want.check(recordVersion(r)) }}
		if body.Project.Given {
			project := value(body.Project.Text)
			patch.Project = &project
		}
		before, err := a.Pool.Key(id)
		if err != nil {
			return pool.Key{}, err
		}
		after, err := a.Pool.Update(ctx, id, patch)
		changed(c, auditedKeyOf(before), auditedKeyOf(after))
		return after, err
	})
}

// removeGeminiKey takes a key out of the pool; it can be restored.
//
//	@Summary	Remove a Gemini key
//	@ID			removeGeminiKey
//	@Tags		gemini-keys
//	@Produce	application/problem+json
//	@Security	Bearer
//	@Param		id					path	int	true	"the key's id"	minimum(1)
//	@Success	204
//	@Failure	400,401,404,500,503	{object}	Problem
//	@Router		/gemini-keys/{id} [delete]
func (a *api) removeGeminiKey(c *gin.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	if err := a.Pool.Remove(c.Request.Context(), id); err != nil {
		return err
	}
	changed(c, auditedKeyOf(a.labelOf(id)), nil)
	c.Status(http.StatusNoContent)
	return nil
}

// restoreGeminiKey brings a removed key back.
//
//	@Summary	Restore a removed Gemini key
//	@ID			restoreGeminiKey
//	@Tags		gemini-keys
//	@Produce	json,application/problem+json
//	@Security	Bearer
//	@Param		id					path		int	true	"the key's id"	minimum(1)
//	@Success	200					{object}	GeminiKey
//	@Failure	400,401,404,500,503	{object}	Problem
//	@Router		/gemini-keys/{id}/restore [post]
func (a *api) restoreGeminiKey(c *gin.Context) error {
	return a.answerGeminiKey(c, a.Pool.Restore)
}

// wakeGeminiKey ends a key's rests.
//
//	@Summary		End a Gemini key's rests
//	@Description	Its project's rests end too, for every key of the project.
//	@ID				wakeGeminiKey
//	@Tags			gemini-keys
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			id					path		int	true	"the key's id"	minimum(1)
//	@Success		200					{object}	GeminiKey
//	@Failure		400,401,404,500,503	{object}	Problem
//	@Router			/gemini-keys/{id}/wake [post]
func (a *api) wakeGeminiKey(c *gin.Context) error {
	return a.answerGeminiKey(c, func(_ context.Context, id int64) (pool.Key, error) { return a.Pool.Wake(id) })
}

// checkGeminiKey asks Gemini whether a key is good.
//
//	@Summary		Check a Gemini key
//	@Description	Asks Gemini with this key, at no cost in generation quota, and tells the pool what was found.
//	@ID				checkGeminiKey
//	@Tags			gemini-keys
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			id					path		int	true	"the key's id"	minimum(1)
//	@Success		200					{object}	CheckResult
//	@Failure		400,401,404,500		{object}	Problem
//	@Failure		502,503,504			{object}	Problem
//	@Router			/gemini-keys/{id}/check [post]
func (a *api) checkGeminiKey(c *gin.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	began := time.Now()
	outcome, err := a.Prober.Check(c.Request.Context(), id)
	if err != nil {
		return err
	}
	took := time.Since(began)
	a.Pool.Checked(id, outcome)
	changedNothing(c)
	key, err := a.Pool.Key(id)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, CheckResult{OK: outcome.Verdict == pool.OK, Verdict: string(outcome.Verdict), Message: outcome.Message,
		LatencyMS: took.Milliseconds(), Key: geminiKeyOf(key)})
	return nil
}

// answerGeminiKey does something with the key in the path and answers the key as it is then.
func (*api) answerGeminiKey(c *gin.Context, do func(ctx context.Context, id int64) (pool.Key, error)) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	key, err := do(c.Request.Context(), id)
	if err != nil {
		return err
	}
	setVersion(c, keyVersion(&key))
	c.JSON(http.StatusOK, geminiKeyOf(key))
	return nil
}
