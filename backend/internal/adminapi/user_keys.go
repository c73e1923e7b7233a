package adminapi

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/usage"
)

// listUserKeys gives one page of the user keys.
//
//	@Summary		List user keys
//	@Description	Answered from memory; the counts come from the database and are null while it does not answer.
//	@ID				listUserKeys
//	@Tags			user-keys
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			page			query		int		false	"from 1"	minimum(1)	default(1)
//	@Param			page_size		query		int		false	"1–200"		minimum(1)	maximum(200)	default(50)
//	@Param			sort			query		string	false	"- before the name: descending"	Enums(id,-id,name,-name,last_used_at,-last_used_at,created_at,-created_at)
//	@Param			q				query		string	false	"part of a name or note"	maxLength(200)
//	@Param			tz				query		string	false	"whose midnight begins today; UTC by default"	example(Asia/Shanghai)
//	@Success		200				{object}	UserKeyList
//	@Failure		400,401,500		{object}	Problem
//	@Router			/user-keys [get]
func (a *api) listUserKeys(c *gin.Context) error {
	q, err := readListQuery(c, "id", "name", "last_used_at", "created_at")
	if err != nil {
		return err
	}
	zone, err := readZone(c)
	if err != nil {
		return err
	}
	keys, total := a.Auth.UserKeys(auth.Query{Page: q.Page, PageSize: q.PageSize, Sort: q.Sort, Q: q.Q})
	counts := a.userKeyCounts(c, zone)
	items := make([]UserKey, 0, len(keys))
	for _, key := range keys {
		items = append(items, counts.userKey(a.Auth, key))
	}
	c.JSON(http.StatusOK, UserKeyList{Items: items, Total: total})
	return nil
}

// createUserKey issues a user key and shows it.
//
//	@Summary		Make a user key
//	@Description	The answer is the only place where the key is ever shown.
//	@ID				createUserKey
//	@Tags			user-keys
//	@Accept			json
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			body				body		UserKeyRequest	true	"its name"
//	@Success		201					{object}	NewUserKey
//	@Failure		400,401,413,415		{object}	Problem
//	@Failure		500,503				{object}	Problem
//	@Router			/user-keys [post]
func (a *api) createUserKey(c *gin.Context) error {
	var body UserKeyRequest
	if err := decode(c, &body, bodyLimit); err != nil {
		return err
	}
	limits := auth.KeyLimits{}
	change, err := body.limits().change()
	if err != nil {
		return err
	}
	change(&limits)
	key, secret, err := a.Auth.CreateLimitedUserKey(c.Request.Context(), body.Name, value(body.Note), limits)
	if err != nil {
		return err
	}
	changed(c, nil, auditedUserKeyOf(key))
	none := userKeyCounts{known: true} // nobody has used it yet
	c.JSON(http.StatusCreated, NewUserKey{UserKey: none.userKey(a.Auth, key), Key: secret})
	return nil
}

// updateUserKey changes a user key's name, note, limits, or whether it is let in.
//
//	@Summary	Change a user key
//	@ID			updateUserKey
//	@Tags		user-keys
//	@Accept		json
//	@Produce	json,application/problem+json
//	@Security	Bearer
//	@Param		id					path		int				true	"the key's id"	minimum(1)
//	@Param		tz					query		string			false	"whose midnight begins today; UTC by default"	example(Asia/Shanghai)
//	@Param		If-Match			header		string			false	"the version the change rests on, in quotes"
//	@Param		body				body		UserKeyPatch	true	"what changes"
//	@Success	200					{object}	UserKey
//	@Header		200					{string}	ETag	"the new version"
//	@Failure	400,401,404,413,415	{object}	Problem
//	@Failure	412					{object}	Problem	"version_conflict"
//	@Failure	500,503				{object}	Problem
//	@Router		/user-keys/{id} [patch]
func (a *api) updateUserKey(c *gin.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	var body UserKeyPatch
	if err := decode(c, &body, bodyLimit); err != nil {
		return err
	}
	zone, err := readZone(c)
	if err != nil {
		return err
	}
	limits, err := body.limits().change()
	if err != nil {
		return err
	}
	want, err := readWanted(c)
	if err != nil {
		return err
	}
	before, err := a.Auth.UserKeyByID(id)
	if err != nil {
		return err
	}
	key, err := a.Auth.UpdateUserKey(c.Request.Context(), id, auth.UserKeyPatch{Name: body.Name, Note: body.Note, Enabled: body.Enabled, Limits: limits,
		If: func(k *auth.UserKey) error { return want.check(userKeyVersion(k)) }})
	if err != nil {
		return err
	}
	changed(c, auditedUserKeyOf(before), auditedUserKeyOf(key))
	setVersion(c, userKeyVersion(&key))
	c.JSON(http.StatusOK, a.userKeyCounts(c, zone).userKey(a.Auth, key))
	return nil
}

// deleteUserKey ends a user key; its history stays.
//
//	@Summary	Delete a user key
//	@ID			deleteUserKey
//	@Tags		user-keys
//	@Produce	application/problem+json
//	@Security	Bearer
//	@Param		id					path	int	true	"the key's id"	minimum(1)
//	@Success	204
//	@Failure	400,401,404,500,503	{object}	Problem
//	@Router		/user-keys/{id} [delete]
func (a *api) deleteUserKey(c *gin.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	before, err := a.Auth.UserKeyByID(id)
	if err != nil {
		return err
	}
	if err := a.Auth.DeleteUserKey(c.Request.Context(), id); err != nil {
		return err
	}
	changed(c, auditedUserKeyOf(before), nil)
	c.Status(http.StatusNoContent)
	return nil
}

// rotateUserKey replaces a user key by a new one, which it shows; the old one ends at once.
//
//	@Summary		Rotate a user key
//	@Description	The old key ends at once. The answer is the only place where the new one is ever shown.
//	@ID				rotateUserKey
//	@Tags			user-keys
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			id					path		int		true	"the key's id"	minimum(1)
//	@Param			tz					query		string	false	"whose midnight begins today; UTC by default"	example(Asia/Shanghai)
//	@Success		200					{object}	NewUserKey
//	@Failure		400,401,404,500,503	{object}	Problem
//	@Router			/user-keys/{id}/rotate [post]
func (a *api) rotateUserKey(c *gin.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	zone, err := readZone(c)
	if err != nil {
		return err
	}
	before, err := a.Auth.UserKeyByID(id)
	if err != nil {
		return err
	}
	key, secret, err := a.Auth.RotateUserKey(c.Request.Context(), id)
	if err != nil {
		return err
	}
	changed(c, auditedUserKeyOf(before), auditedUserKeyOf(key))
	c.JSON(http.StatusOK, NewUserKey{UserKey: a.userKeyCounts(c, zone).userKey(a.Auth, key), Key: secret})
	return nil
}

// userKeyCounts is what the database knows of user keys' use; its zero value is that it does not tell.
type userKeyCounts struct {
	known bool
	today map[int64]usage.Sums
	total map[int64]usage.Sums
}

// countsLimit bounds the reading of counts, so that a database that hangs does not hold up what memory knows.
const countsLimit = 3 * time.Second

// userKeyCounts reads the counts, today's in the zone. Where it cannot, the keys are shown without: a list is of use all the same, and a
// key that was just made is shown this once.
func (a *api) userKeyCounts(c *gin.Context, zone *time.Location) userKeyCounts {
	ctx, cancel := context.WithTimeout(c.Request.Context(), countsLimit)
	defer cancel()
	counts, err := a.readUserKeyCounts(ctx, time.Now().In(zone))
	if err != nil {
		a.Log.LogAttrs(ctx, slog.LevelWarn, "user keys shown without counts", slog.String("request_id", requestID(c)), slog.Any("error", err))
		return userKeyCounts{}
	}
	return counts
}

func (a *api) readUserKeyCounts(ctx context.Context, now time.Time) (userKeyCounts, error) {
	rows, err := a.Stats.ByUserKey(ctx, midnight(now), now)
	if err != nil {
		return userKeyCounts{}, err
	}
	total, err := a.Stats.UserKeyTotals(ctx)
	if err != nil {
		return userKeyCounts{}, err
	}
	today := make(map[int64]usage.Sums, len(rows))
	for _, row := range rows {
		today[row.UserKeyID] = row.Sums
	}
	return userKeyCounts{known: true, today: today, total: total}, nil
}

// userKey gives a key's view with its counts.
func (n userKeyCounts) userKey(accounts *auth.Auth, key auth.UserKey) UserKey {
	view := UserKey{ID: key.ID, Name: key.Name, Note: key.Note, Masked: key.Masked(), Enabled: key.Enabled,
		CreatedAt: utc(key.CreatedAt), LastUsedAt: optionalTime(key.LastUsedAt), Version: userKeyVersion(&key),
		UserKeyLimits: userKeyLimitsOf(key.Limits)}
	if use, counted := accounts.Use(key.ID); counted {
		view.Use = &UserKeyUse{InFlight: use.InFlight, MinuteRequests: use.MinuteRequests, MinuteTokens: use.MinuteTokens,
			DayRequests: use.DayRequests, MonthTokens: use.MonthTokens}
	}
	if n.known {
		today, total := n.today[key.ID], n.total[key.ID]
		tokens := today.InputTokens + today.OutputTokens
		view.RequestsToday, view.TokensToday, view.RequestsTotal = &today.Requests, &tokens, &total.Requests
	}
	return view
}
