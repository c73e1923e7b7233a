package adminapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/usage"
)

// Records finds requests that were kept; the store implements it.
type Records interface {
	// Records gives the requests that a query chooses, the newest first, without their attempts.
	Records(ctx context.Context, q usage.RecordQuery) ([]usage.Record, error)
	// CountRecords counts them, whatever the query's After and Limit, and stops at most.
	CountRecords(ctx context.Context, q usage.RecordQuery, most int) (int, error)
	// Record gives one request with its attempts; fault.NotFound when it is not kept.
	Record(ctx context.Context, id int64) (*usage.Record, error)
}

// countedRequests is where the counting of a search ends.
const countedRequests = 10_000

// listRequests gives one page of requests.
//
//	@Summary		List requests
//	@Description	The newest first, as far back as log_retention says. Pages are asked for by cursor: next of one answer is after of the next question.
//	@ID				listRequests
//	@Tags			requests
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			after			query		string	false	"next of the page before"
//	@Param			page_size		query		int		false	"1–200"	minimum(1)	maximum(200)	default(50)
//	@Param			from			query		string	false	"this time and later"	format(date-time)
//	@Param			to				query		string	false	"before this time"		format(date-time)
//	@Param			model			query		string	false	"Gemini's name"			maxLength(200)
//	@Param			user_key_id		query		int		false	"of this user key"		minimum(1)
//	@Param			gemini_key_id	query		int		false	"whose last attempt was with this Gemini key"	minimum(1)
//	@Param			outcome			query		string	false	"ok, or the word of a fault"	maxLength(200)
//	@Param			status			query		string	false	"the class of the status"	Enums(2xx,4xx,5xx)
//	@Param			stream			query		bool	false	"only streams, or only whole answers"
//	@Param			retried			query		bool	false	"only those that took more than one attempt, or only those that did not"
//	@Param			q				query		string	false	"how the request id begins; an answer's id (chatcmpl-…) will do"	maxLength(200)
//	@Success		200				{object}	RequestList
//	@Failure		400,401,500,503	{object}	Problem
//	@Router			/requests [get]
func (a *api) listRequests(c *gin.Context) error {
	q, err := readRequestQuery(c)
	if err != nil {
		return err
	}
	size := q.Limit
	q.Limit++ // one more tells whether there is a next page
	ctx := c.Request.Context()
	records, err := a.Records.Records(ctx, q)
	if err != nil {
		return err
	}
	list := RequestList{Items: make([]RequestRecord, 0, size)}
	for i := range records[:min(len(records), size)] {
		list.Items = append(list.Items, a.requestOf(&records[i]))
	}
	more := len(records) > size
	if more {
		next := cursorText(&records[size-1])
		list.Next = &next
	}
	if q.After == (usage.Cursor{}) {
		total := len(records)
		if more {
			if total, err = a.Records.CountRecords(ctx, q, countedRequests); err != nil {
				return err
			}
		}
		list.Total = &total
	}
	c.JSON(http.StatusOK, list)
	return nil
}

// getRequest gives one request with every attempt.
//
//	@Summary	Read a request
//	@ID			getRequest
//	@Tags		requests
//	@Produce	json,application/problem+json
//	@Security	Bearer
//	@Param		id					path		int	true	"its id, not its request id"	minimum(1)
//	@Success	200					{object}	RequestDetail
//	@Failure	400,401,404,500,503	{object}	Problem
//	@Router		/requests/{id} [get]
func (a *api) getRequest(c *gin.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	record, err := a.Records.Record(c.Request.Context(), id)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, RequestDetail{Request: a.requestOf(record), Tries: a.attemptsOf(record.Attempts)})
	return nil
}

// queryReader reads parameters of a URL and gathers what is wrong with them.
type queryReader struct {
	c      *gin.Context
	faults fieldFaults
}

func (r *queryReader) fault(field, message string) {
	r.faults = append(r.faults, FieldFault{Field: field, Message: message})
}

// end gives all faults, or nil.
func (r *queryReader) end() error {
	if len(r.faults) > 0 {
		return r.faults
	}
	return nil
}

// text reads a text of at most maxSearch bytes.
func (r *queryReader) text(name string) string {
	text := strings.TrimSpace(r.c.Query(name))
	if len(text) > maxSearch {
		r.fault(name, "must be at most "+strconv.Itoa(maxSearch)+" bytes long")
	}
	return text
}

// oneOf reads one of a few words.
func (r *queryReader) oneOf(name string, words ...string) string {
	text, given := r.c.GetQuery(name)
	if !given {
		return ""
	}
	for _, word := range words {
		if text == word {
			return text
		}
	}
	r.fault(name, "must be one of "+strings.Join(words, ", "))
	return ""
}

// number reads a whole number from 1 to most; without it, usual.
func (r *queryReader) number(name string, usual, most int64) int64 {
	text, given := r.c.GetQuery(name)
	if !given {
		return usual
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > most {
		r.fault(name, "must be a whole number from 1 to "+strconv.FormatInt(most, 10))
		return usual
	}
	return n
}

// time reads a time by RFC 3339; the zero time without it.
func (r *queryReader) time(name string) time.Time {
	text, given := r.c.GetQuery(name)
	if !given {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Year() < 2000 || t.Year() > 2200 {
		r.fault(name, "must be a time like 2026-11-23T02:48:17Z")
		return time.Time{}
	}
	return t
}

// maxID is beyond any id there will be, and a number that every JSON reader keeps exactly.
const maxID = 1 << 53

// readRequestQuery reads which requests are asked for.
func readRequestQuery(c *gin.Context) (usage.RecordQuery, error) {
	r := queryReader{c: c}
	q := usage.RecordQuery{
		From: r.time("from"), To: r.time("to"), Model: r.text("model"), Outcome: r.text("outcome"),
		UserKeyID: r.number("user_key_id", 0, maxID), KeyID: r.number("gemini_key_id", 0, maxID),
		RequestID: strings.TrimPrefix(r.text("q"), "chatcmpl-"), Limit: int(r.number("page_size", defaultPageSize, maxPageSize)),
	}
	if class := r.oneOf("status", "2xx", "4xx", "5xx"); class != "" {
		q.StatusClass = int(class[0] - '0')
	}
	if stream := r.oneOf("stream", "true", "false"); stream != "" {
		only := stream == "true"
		q.Stream = &only
	}
	if retried := r.oneOf("retried", "true", "false"); retried != "" {
		only := retried == "true"
		q.Retried = &only
	}
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		r.fault("to", "must be after from")
	}
	if text, given := c.GetQuery("after"); given {
		after, ok := readCursor(text)
		if !ok {
			r.fault("after", "must be next of an answer")
		}
		q.After = after
	}
	for _, text := range []string{q.Model, q.Outcome, q.RequestID} {
		if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == '\uFFFD' }) {
			r.fault("q", "must be plain text")
			break
		}
	}
	return q, r.end()
}

// cursorText gives a record's place in the list: its time in microseconds, and its id.
func cursorText(r *usage.Record) string {
	return strconv.FormatInt(r.Time.UnixMicro(), 10) + "-" + strconv.FormatInt(r.ID, 10)
}

func readCursor(text string) (usage.Cursor, bool) {
	at, id, found := strings.Cut(text, "-")
	micros, err := strconv.ParseInt(at, 10, 64)
	if !found || err != nil || micros <= 0 || micros > maxID {
		return usage.Cursor{}, false
	}
	n, err := strconv.ParseInt(id, 10, 64)
	return usage.Cursor{Time: time.UnixMicro(micros), ID: n}, err == nil && n > 0
}
