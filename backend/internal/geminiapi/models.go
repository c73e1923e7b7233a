package geminiapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/usage"
)

// The sizes of a page of models.list, as Google's.
const (
	usualPage = 50
	maxPage   = 1000
)

// modelPage is the answer of models.list. The entries are as Google sent them.
type modelPage struct {
	Models        []json.RawMessage `json:"models,omitempty"`
	NextPageToken string            `json:"nextPageToken,omitempty"`
}

// listModels answers GET models: what all projects can use, together.
func (a *api) listModels(c *gin.Context, query url.Values, event *usage.Event) {
	size, after, err := paging(query, usualPage, maxPage)
	if err != nil {
		respondFault(c, a.Log, err)
		return
	}
	models, err := a.Catalog.Models(c.Request.Context())
	if err != nil {
		respondFault(c, a.Log, err)
		return
	}
	models = slices.DeleteFunc(slices.Clone(models), func(m gemini.Model) bool { return !a.allowed(event, m.Name) })
	from, found := slices.BinarySearchFunc(models, after, byName)
	if found {
		from++
	}
	to := min(from+size, len(models))
	var page modelPage
	for i := range models[from:to] {
		page.Models = append(page.Models, models[from+i].Raw)
	}
	if to < len(models) {
		page.NextPageToken = base64.RawURLEncoding.EncodeToString([]byte(models[to-1].Name))
	}
	respond(c, page)
}

func byName(m gemini.Model, name string) int { return strings.Compare(m.Name, name) }

// getModel answers GET models/{name}.
func (a *api) getModel(c *gin.Context, r *route, event *usage.Event) {
	models, err := a.Catalog.Models(c.Request.Context())
	if err != nil {
		respondFault(c, a.Log, err)
		return
	}
	at, found := slices.BinarySearchFunc(models, r.model, byName)
	if !found || !a.allowed(event, r.model) {
		respondFault(c, a.Log, fault.New(fault.NotFound, "Model is not found: models/%s for api version %s", r.model, r.version).WithCode("model_not_found"))
		return
	}
	respond(c, models[at].Raw)
}

// paging reads pageSize and pageToken. A token names the last item of the page before, so that it holds when the list changes.
func paging(query url.Values, usual, most int) (size int, after string, err error) {
	size = usual
	if text := either(query, "pageSize", "page_size"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return 0, "", fault.Field("pageSize", "must be a whole number from 0 to %d", most)
		}
		if n > 0 {
			size = min(n, most)
		}
	}
	token, err := base64.RawURLEncoding.DecodeString(either(query, "pageToken", "page_token"))
	if err != nil {
		return 0, "", fault.Field("pageToken", "is not a token that this list gave")
	}
	return size, string(token), nil
}

func either(query url.Values, camel, snake string) string {
	if value := query.Get(camel); value != "" {
		return value
	}
	return query.Get(snake)
}

// respond answers with a document, indented as Google's are.
func respond(c *gin.Context, answer any) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(answer); err != nil {
		respondFault(c, nil, fault.Wrap(fault.Internal, err, "internal error"))
		return
	}
	c.Data(http.StatusOK, jsonType, out.Bytes())
}
