package adminapi

import (
	"context"
	"encoding/csv"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/audit"
)

// exportedChanges is how many entries are in one file.
const exportedChanges = 100_000

// exportAudit gives changes as a table.
//
//	@Summary		Export changes as CSV
//	@Description	The filters are those of the list. The newest first, at most 100,000: go on with to set to the last row's time. A download that breaks off is not whole.
//	@ID				exportAudit
//	@Tags			audit
//	@Produce		text/csv,application/problem+json
//	@Security		Bearer
//	@Param			q				query		string	false	"part of a username, address, action or target"	maxLength(200)
//	@Param			kind			query		string	false	"what was changed"		Enums(sign,keys,users,models,settings,files,backups)
//	@Param			from			query		string	false	"this time and later"	format(date-time)
//	@Param			to				query		string	false	"before this time"		format(date-time)
//	@Success		200				{string}	string	"a header line, then one line a change"
//	@Failure		400,401,500,503	{object}	Problem
//	@Router			/audit.csv [get]
func (a *api) exportAudit(c *gin.Context) error {
	q, err := readAuditQuery(c)
	if err != nil {
		return err
	}
	q.Page, q.PageSize = 1, exportPage
	ctx := c.Request.Context()
	entries, _, err := a.Audits.Audits(ctx, q) // before the answer begins, so that a fault can still be told
	if err != nil {
		return err
	}
	a.sendCSV(c, "audit.csv", func(out *csv.Writer) error { return a.writeAuditCSV(ctx, out, q, entries) })
	return nil
}

// writeAuditCSV writes the first page of a query's entries and all that follow it, within the limit.
func (a *api) writeAuditCSV(ctx context.Context, out *csv.Writer, q audit.Query, entries []audit.Entry) error {
	if err := out.Write([]string{"id", "time", "username", "address", "action", "target", "before", "after", "request_id"}); err != nil {
		return err
	}
	for written := 0; ; {
		for i := range entries {
			if err := out.Write(auditRow(&entries[i])); err != nil {
				return err
			}
		}
		if written += len(entries); len(entries) < exportPage || written >= exportedChanges {
			break
		}
		q.Before = entries[len(entries)-1].ID
		var err error
		if entries, _, err = a.Audits.Audits(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// auditRow gives an entry's line, in the header's order.
func auditRow(e *audit.Entry) []string {
	row := []string{strconv.FormatInt(e.ID, 10), utc(e.Time).Format(time.RFC3339Nano), e.Username, e.Address, e.Action, e.Target, string(e.Before), string(e.After), e.RequestID}
	for i := range row {
		row[i] = harmlessCell(row[i])
	}
	return row
}
