package openaiapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/openai"
	"gemini-proxy/backend/internal/usage"
)

// modelsSince is when every model is said to have been made, in Unix seconds: Gemini does not tell, and the answers should not change.
const modelsSince = 1735689600

// listModels answers GET /v1/models.
func (a *api) listModels(c *gin.Context) {
	event, ok := a.begin(c, "models")
	if !ok {
		return
	}
	names, err := a.offered(c, event)
	if err != nil {
		respondFault(c, a.Log, err)
		return
	}
	c.JSON(http.StatusOK, openai.NewModelList(names, modelsSince))
}

// getModel answers GET /v1/models/{id}; the id may carry the prefix "models/".
func (a *api) getModel(c *gin.Context) {
	event, ok := a.begin(c, "models")
	if !ok {
		return
	}
	names, err := a.offered(c, event)
	if err != nil {
		respondFault(c, a.Log, err)
		return
	}
	name := openai.BareModel(strings.TrimPrefix(c.Param("id"), "/"))
	if !slices.Contains(names, name) {
		respondFault(c, a.Log, noSuchModel(name))
		return
	}
	c.JSON(http.StatusOK, openai.NewModel(name, modelsSince))
}

// offered gives the names of the models that the key may ask for: what Gemini lists, as the operator offers it.
func (a *api) offered(c *gin.Context, event *usage.Event) ([]string, error) {
	models, err := a.Catalog.Models(c.Request.Context())
	if err != nil {
		return nil, err
	}
	names := make([]string, len(models))
	for i := range models {
		names[i] = models[i].Name
	}
	return slices.DeleteFunc(a.Models.Offered(names), func(name string) bool { return !a.allowed(event, name) }), nil
}
