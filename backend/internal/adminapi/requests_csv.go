package adminapi

import (
	"context"
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/usage"
)

const exportedRequests = 100_000 // in one file

// exportRequests gives requests as a table.
//
//	@Summary		Export requests as CSV
//	@Description	The filters are those of the list. The newest first, at most 100,000: go on with to set to the last row's time. A download that breaks off is not whole.
//	@ID				exportRequests
//	@Tags			requests
//	@Produce		text/csv,application/problem+json
//	@Security		Bearer
//	@Param			from			query		string	false	"this time and later"	format(date-time)
//	@Param			to				query		string	false	"before this time"		format(date-time)
//	@Param			model			query		string	false	"Gemini's name"			maxLength(200)
//	@Param			user_key_id		query		int		false	"of this user key"		minimum(1)
//	@Param			gemini_key_id	query		int		false	"whose last attempt was with this Gemini key"	minimum(1)
//	@Param			outcome			query		string	false	"ok, or the word of a fault"	maxLength(200)
//	@Param			status			query		string	false	"the class of the status"	Enums(2xx,4xx,5xx)
//	@Param			stream			query		bool	false	"only streams, or only whole answers"
//	@Param			retried			query		bool	false	"only those that took more than one attempt, or only those that did not"
//	@Param			q				query		string	false	"how the request id begins"	maxLength(200)
//	@Success		200				{string}	string	"a header line, then one line a request"
//	@Failure		400,401,500,503	{object}	Problem
//	@Router			/requests.csv [get]
func (a *api) exportRequests(c *gin.Context) error {
	q, err := readRequestQuery(c)
	if err != nil {
		return err
	}
	q.Limit = exportPage
	ctx := c.Request.Context()
	records, err := a.Records.Records(ctx, q) // before the answer begins, so that a fault can still be told
	if err != nil {
		return err
	}
	a.sendCSV(c, "requests.csv", func(out *csv.Writer) error { return a.writeRequestsCSV(ctx, out, q, records) })
	return nil
}

// writeRequestsCSV writes the first page of a query's requests and all that follow it, within the limit.
func (a *api) writeRequestsCSV(ctx context.Context, out *csv.Writer, q usage.RecordQuery, records []usage.Record) error {
	if err := out.Write(csvHeader()); err != nil {
		return err
	}
	for written := 0; ; {
		for i := range records {
			if err := out.Write(csvRow(a.requestOf(&records[i]))); err != nil {
				return err
			}
		}
		if written += len(records); len(records) < exportPage || written >= exportedRequests {
			break
		}
		last := &records[len(records)-1]
		q.After = usage.Cursor{Time: last.Time, ID: last.ID}
		var err error
		if records, err = a.Records.Records(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

func csvHeader() []string {
	return []string{"id", "request_id", "time", "api", "model", "stream", "status", "outcome", "finish", "user_key_id", "user_key", "gemini_key_id",
		"gemini_key", "attempts", "input_tokens", "output_tokens", "thoughts_tokens", "cached_tokens", "first_byte_seconds", "seconds"}
}

// csvRow gives a request's line, in the header's order.
func csvRow(r RequestRecord) []string {
	row := []string{strconv.FormatInt(r.ID, 10), r.RequestID, r.Time.Format(time.RFC3339Nano), r.API, r.Model, strconv.FormatBool(r.Stream),
		strconv.Itoa(r.Status), r.Outcome, r.Finish, strconv.FormatInt(r.UserKeyID, 10), value(r.UserKey), "", value(r.KeyName), strconv.Itoa(r.Attempts),
		strconv.Itoa(r.InputTokens), strconv.Itoa(r.OutputTokens), strconv.Itoa(r.Thoughts), strconv.Itoa(r.Cached), "", seconds(r.Seconds)}
	if r.KeyID != nil {
		row[11] = strconv.FormatInt(*r.KeyID, 10)
	}
	if r.FirstByteSeconds != nil {
		row[18] = seconds(*r.FirstByteSeconds)
	}
	for i := range row {
		row[i] = harmlessCell(row[i])
	}
	return row
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', -1, 64) }

// harmlessCell keeps a spreadsheet from running a text that a client chose as a formula
// (https://owasp.org/www-community/attacks/CSV_Injection).
func harmlessCell(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(cell)[0]) {
		return "'" + cell
	}
	return cell
}
