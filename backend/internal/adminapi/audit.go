package adminapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/audit"
)

// Audits keeps what operators changed; the store implements it.
type Audits interface {
	AddAudit(ctx context.Context, e audit.Entry) error
	// Audits gives a page of entries, the newest first, and how many there are on all pages.
	Audits(ctx context.Context, q audit.Query) ([]audit.Entry, int, error)
}

// AuditEntry is one change that an operator made.
type AuditEntry struct {
	ID        int64     `json:"id" example:"12"`
	Time      time.Time `json:"time" format:"date-time" example:"2026-11-23T02:48:17Z"`
	Username  string    `json:"username" example:"admin"`
	Address   string    `json:"address" example:"203.0.113.7"`
	Action    string    `json:"action" example:"updateGeminiKey"`                    // the operation's id in this document
	Target    string    `json:"target" example:"/gemini-keys/7"`                     // its path
	Before    AuditText `json:"before" swaggertype:"object" extensions:"x-nullable"` // of what changed; null where there is nothing to tell
	After     AuditText `json:"after" swaggertype:"object" extensions:"x-nullable"`
	RequestID string    `json:"request_id" example:"3q2f7c5m1x9k4t8w"`
}

// AuditText is a JSON object, or null.
type AuditText = json.RawMessage

// AuditList is one page of changes.
type AuditList struct {
	Items []AuditEntry `json:"items"`
	Total int          `json:"total" example:"120"`
}

// listAudit gives one page of what was changed.
//
//	@Summary		List changes
//	@Description	Who changed what, from where, the newest first. Secrets are not in it. Kept as long as usage_retention says.
//	@ID				listAudit
//	@Tags			audit
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			page			query		int		false	"from 1"	minimum(1)	default(1)
//	@Param			page_size		query		int		false	"1–200"		minimum(1)	maximum(200)	default(50)
//	@Param			q				query		string	false	"part of a username, address, action or target"	maxLength(200)
//	@Param			kind			query		string	false	"what was changed"		Enums(sign,keys,users,models,settings,files,backups)
//	@Param			from			query		string	false	"this time and later"	format(date-time)
//	@Param			to				query		string	false	"before this time"		format(date-time)
//	@Success		200				{object}	AuditList
//	@Failure		400,401,500,503	{object}	Problem
//	@Router			/audit [get]
func (a *api) listAudit(c *gin.Context) error {
	q, err := readAuditQuery(c)
	if err != nil {
		return err
	}
	entries, total, err := a.Audits.Audits(c.Request.Context(), q)
	if err != nil {
		return err
	}
	list := AuditList{Items: make([]AuditEntry, 0, len(entries)), Total: total}
	for i := range entries {
		e := &entries[i]
		list.Items = append(list.Items, AuditEntry{ID: e.ID, Time: utc(e.Time), Username: e.Username, Address: e.Address, Action: e.Action, Target: e.Target,
			Before: e.Before, After: e.After, RequestID: e.RequestID})
	}
	c.JSON(http.StatusOK, list)
	return nil
}

// auditTargets gives how the targets of a kind begin; nil for a word that is no kind.
func auditTargets(kind string) []string {
	switch kind {
	case "sign":
		return []string{"/auth/"}
	case "keys":
		return []string{"/gemini-keys", "/cleanup"}
	case "users":
		return []string{"/user-keys"}
	case "models":
		return []string{"/models"}
	case "settings":
		return []string{"/settings"}
	case "files":
		return []string{"/files"}
	case "backups":
		return []string{"/backup", "/restore"}
	}
	return nil
}

// readAuditQuery reads what narrows the list, and its page.
func readAuditQuery(c *gin.Context) (audit.Query, error) {
	var faults fieldFaults
	list, err := readListQuery(c)
	if err != nil && !errors.As(err, &faults) {
		return audit.Query{}, err
	}
	r := &queryReader{c: c, faults: faults}
	kind := r.oneOf("kind", "sign", "keys", "users", "models", "settings", "files", "backups")
	q := audit.Query{Page: list.Page, PageSize: list.PageSize, Q: strings.ToValidUTF8(strings.ReplaceAll(list.Q, "\x00", ""), ""),
		Targets: auditTargets(kind), From: r.time("from"), To: r.time("to")}
	return q, r.end()
}

// auditKey is where a handler leaves what it changed in the Gin context.
const auditKey = "adminapi.change"

// change is what a handler tells of its change, beyond who did it and where.
type change struct {
	before, after any
	none          bool
}

// changed tells what something was and is, for the audit: small structs without secrets and without what changes by itself. Either may be
// nil. Of fields that are the same in both nothing is kept.
func changed(c *gin.Context, before, after any) {
	c.Set(auditKey, change{before: before, after: after})
}

// changedNothing tells that a request that could have changed something did not.
func changedNothing(c *gin.Context) { c.Set(auditKey, change{none: true}) }

// auditLimit bounds the keeping of an entry.
const auditLimit = 3 * time.Second

// auditChanges keeps an entry of every request that changed something. The change is made by then: that it could not be noted is told to
// the log, not to the client.
func (a *api) auditChanges(c *gin.Context) {
	c.Next()
	if c.Request.Method == http.MethodGet || c.Writer.Status() >= http.StatusBadRequest || c.IsAborted() {
		return
	}
	session, err := sessionOf(c)
	if err != nil {
		return // it was refused
	}
	a.audit(c, session.Username)
	a.announce(strings.TrimPrefix(c.Request.URL.Path, Prefix))
}

// auditPart keeps an entry of what was changed before a request failed: auditChanges leaves those out that did.
func (a *api) auditPart(c *gin.Context) {
	if session, err := sessionOf(c); err == nil {
		a.audit(c, session.Username)
	}
}

// audit keeps an entry of what was done in a request.
func (a *api) audit(c *gin.Context, username string) {
	value, _ := c.Get(auditKey) // absent: the path says all
	done, _ := value.(change)
	if done.none {
		return
	}
	before, after, err := differences(done.before, done.after)
	entry := audit.Entry{Time: time.Now(), Username: username, Address: clientAddress(c), Action: a.operations[c.Request.Method+" "+c.FullPath()],
		Target: strings.TrimPrefix(c.Request.URL.Path, Prefix), Before: before, After: after, RequestID: requestID(c)}
	if entry.Action == "" {
		entry.Action = c.Request.Method
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), auditLimit)
	defer cancel()
	if err == nil {
		err = a.Audits.AddAudit(ctx, entry)
	}
	if err != nil {
		a.Log.LogAttrs(ctx, slog.LevelError, "change not noted in the audit", slog.String("request_id", entry.RequestID), slog.String("username", username),
			slog.String("action", entry.Action), slog.String("target", entry.Target), slog.Any("error", err))
	}
}

// differences gives the fields of two structs that differ, as JSON objects; nil for a nil one.
func differences(before, after any) (old, now json.RawMessage, err error) {
	was, err := fieldsOf(before)
	if err != nil {
		return nil, nil, err
	}
	is, err := fieldsOf(after)
	if err != nil {
		return nil, nil, err
	}
	for name, value := range was {
		if other, both := is[name]; both && bytes.Equal(value, other) {
			delete(was, name)
			delete(is, name)
		}
	}
	if old, err = textOf(was); err != nil {
		return nil, nil, err
	}
	now, err = textOf(is)
	return old, now, err
}

func fieldsOf(v any) (map[string]json.RawMessage, error) {
	if v == nil {
		return nil, nil //nolint:nilnil // nothing has no fields
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode a change: %w", err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, fmt.Errorf("read a change's fields: %w", err)
	}
	return fields, nil
}

func textOf(fields map[string]json.RawMessage) (json.RawMessage, error) {
	if fields == nil {
		return nil, nil
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("encode a change: %w", err)
	}
	return text, nil
}

// operationIDs gives the id of every operation by its method and Gin's path, out of the specification, so that the audit speaks its words.
func operationIDs() map[string]string {
	var doc struct {
		Paths map[string]map[string]struct {
			ID string `json:"operationId"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(spec, &doc); err != nil {
		panic("the embedded specification is not JSON: " + err.Error())
	}
	parameter := regexp.MustCompile(`\{(\w+)\}`)
	ids := map[string]string{}
	for path, operations := range doc.Paths {
		for method, operation := range operations {
			ids[strings.ToUpper(method)+" "+Prefix+parameter.ReplaceAllString(path, ":$1")] = operation.ID
		}
	}
	return ids
}
