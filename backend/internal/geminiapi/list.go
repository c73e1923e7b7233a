package geminiapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/holding"
	"gemini-proxy/backend/internal/relay"
)

// The sizes of a page of things, as Google's for most. What is asked for at once is bounded, and so is what a page brings together: a page may
// be shorter than asked for.
const (
	usualThings   = 50
	maxThings     = 100
	askedAtOnce   = 4
	maxThingBytes = 16 << 20
)

// listThings answers GET of a collection: what the user key made there, each as Gemini tells it now. Google's own list would show what others made.
func (a *api) listThings(c *gin.Context, r *route, query url.Values, userKeyID int64) {
	answer, err := a.pageOfThings(c, r, query, userKeyID)
	if err != nil {
		respondFault(c, a.Log, err)
		return
	}
	respond(c, answer)
}

func (a *api) pageOfThings(c *gin.Context, r *route, query url.Values, userKeyID int64) (map[string]any, error) {
	ctx, prefix := c.Request.Context(), r.sort.name+"/"
	if err := a.mayCome(c, userKeyID); err != nil {
		return nil, err
	}
	size, after, err := paging(query, usualThings, maxThings)
	if err != nil {
		return nil, err
	}
	if after != "" && !strings.HasPrefix(after, prefix) {
		return nil, fault.Field("pageToken", "is not a token that this list gave")
	}
	var page []json.RawMessage
	for bytesSoFar := 0; len(page) < size && bytesSoFar < maxThingBytes; {
		most := min(size-len(page), askedAtOnce)
		records, err := a.Holdings.List(ctx, userKeyID, prefix, after, most+1) // one more tells whether a page follows
		if err != nil {
			return nil, err
		}
		last := len(records) <= most
		records = records[:min(len(records), most)]
		for _, thing := range a.things(c, r, records) {
			page = append(page, thing)
			bytesSoFar += len(thing)
		}
		if last {
			after = ""
			break
		}
		after = records[len(records)-1].Name
	}
	if len(page) == 0 && !r.known {
		return nil, errNoSuchPath(c.Request)
	}
	answer := map[string]any{}
	if len(page) > 0 {
		answer[r.sort.items] = page
	}
	if after != "" {
		answer["nextPageToken"] = base64.RawURLEncoding.EncodeToString([]byte(after))
	}
	return answer, nil
}

// things asks for each of the things, in their order. One that Gemini has no more is left out; one that cannot be asked for now is told by its
// name alone.
func (a *api) things(c *gin.Context, r *route, records []holding.Record) []json.RawMessage {
	id := requestID(c) // a writer of answers is for one goroutine
	found := make([]json.RawMessage, len(records))
	var group sync.WaitGroup
	for i := range records {
		group.Go(func() { found[i] = a.thing(c.Request, id, r, &records[i]) })
	}
	group.Wait()
	return slices.DeleteFunc(found, func(thing json.RawMessage) bool { return thing == nil })
}

func (a *api) thing(req *http.Request, id string, r *route, held *holding.Record) json.RawMessage {
	got, _, err := a.Relay.Do(req.Context(), relay.RawCall{
		RequestID: id, Quota: ":" + r.sort.name, Home: held.KeyID, Trace: &relay.Trace{},
		Upstream: gemini.RawCall{Method: http.MethodGet, Path: "/" + r.version + "/" + held.Name, Header: http.Header{}},
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	var compact bytes.Buffer
	if err == nil && json.Compact(&compact, a.relink(req, got.Data)) == nil {
		return compact.Bytes()
	}
	name, err := json.Marshal(map[string]string{"name": held.Name})
	if err != nil {
		return nil
	}
	return name
}

// mayCome reports why a key may not be used from where the request comes, if so; it is asked where no model is.
func (a *api) mayCome(c *gin.Context, userKeyID int64) error {
	if key := a.Auth.Limited(userKeyID); key != nil && !key.AllowsAddress(c.ClientIP()) {
		return fault.New(fault.Forbidden, "this API key may not be used from this address").WithCode("address_not_allowed")
	}
	return nil
}
