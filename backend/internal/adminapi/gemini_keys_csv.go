package adminapi

import (
	"encoding/csv"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/pool"
)

// exportGeminiKeys gives keys as a table.
//
//	@Summary		Export Gemini keys as CSV
//	@Description	The filters are those of the list. The keys are masked: whole ones leave only in a backup. A download that breaks off is not whole.
//	@ID				exportGeminiKeys
//	@Tags			gemini-keys
//	@Produce		text/csv,application/problem+json
//	@Security		Bearer
//	@Param			q			query		string	false	"part of a name, note, project or masked key"	maxLength(200)
//	@Param			state		query		string	false	"only these"	Enums(healthy,resting,failing,unknown,disabled,removed)
//	@Param			project		query		string	false	"only this project's"
//	@Success		200			{string}	string	"a header line, then one line a key"
//	@Failure		400,401,500	{object}	Problem
//	@Router			/gemini-keys.csv [get]
func (a *api) exportGeminiKeys(c *gin.Context) error {
	q, err := readListQuery(c)
	if err != nil {
		return err
	}
	state, err := keyState("state", c.Query("state"))
	if err != nil {
		return err
	}
	ids := a.Pool.Select(pool.Query{Q: q.Q, State: state, Project: c.Query("project")})
	a.sendCSV(c, "gemini-keys.csv", func(out *csv.Writer) error { return a.writeKeysCSV(out, ids) })
	return nil
}

func (a *api) writeKeysCSV(out *csv.Writer, ids []int64) error {
	err := out.Write([]string{"id", "key", "name", "note", "project", "project_source", "weight", "enabled", "state", "reason", "requests_today",
		"success_rate", "latency_seconds", "last_used_at", "last_error", "created_at", "removed_at"})
	if err != nil {
		return err
	}
	for _, id := range ids {
		key, err := a.Pool.Key(id)
		if err != nil {
			return err
		}
		if err := out.Write(keyRow(geminiKeyOf(key))); err != nil {
			return err
		}
	}
	return nil
}

// keyRow gives a key's line, in the header's order.
func keyRow(k GeminiKey) []string {
	when := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.Format(time.RFC3339)
	}
	number := func(n *float64) string {
		if n == nil {
			return ""
		}
		return seconds(*n)
	}
	last := ""
	if k.LastError != nil {
		last = k.LastError.Message
	}
	row := []string{strconv.FormatInt(k.ID, 10), k.Masked, k.Name, k.Note, value(k.Project), k.ProjectSource, strconv.Itoa(k.Weight),
		strconv.FormatBool(k.Enabled), k.State, value(k.Reason), strconv.FormatInt(k.RequestsToday, 10), number(k.SuccessRate), number(k.LatencySeconds),
		when(k.LastUsedAt), last, k.CreatedAt.Format(time.RFC3339), when(k.RemovedAt)}
	for i := range row {
		row[i] = harmlessCell(row[i])
	}
	return row
}
