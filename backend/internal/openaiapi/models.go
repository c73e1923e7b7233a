package openaiapi

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/openai"
)

// modelsSince is when every model is said to have been made, in Unix seconds: Gemini does not tell, and the answers should not change.
const modelsSince = 1735689600

// listModels answers GET /v1/models.
func (a *api) listModels(c *gin.Context) {
	if _, ok := a.begin(c, "models"); !ok {
		return
	}
	models, err := a.Catalog.Models(c.Request.Context())
	if err != nil {
		respondFault(c, a.Log, err)
		return
	}
	names := make([]string, len(models))
	for i := range models {
		names[i] = models[i].Name
	}
	c.JSON(http.StatusOK, openai.NewModelList(names, modelsSince))
}

// getModel answers GET /v1/models/{id}; the id may carry the prefix "models/".
func (a *api) getModel(c *gin.Context) {
	if _, ok := a.begin(c, "models"); !ok {
		return
	}
	models, err := a.Catalog.Models(c.Request.Context())
	if err != nil {
		respondFault(c, a.Log, err)
		return
	}
	name := openai.BareModel(strings.TrimPrefix(c.Param("id"), "/"))
	for i := range models {
		if models[i].Name == name {
			c.JSON(http.StatusOK, openai.NewModel(name, modelsSince))
			return
		}
	}
	f := fault.New(fault.NotFound, "the model %q does not exist", name).WithCode("model_not_found")
	f.Field = "model"
	respondFault(c, a.Log, f)
}
