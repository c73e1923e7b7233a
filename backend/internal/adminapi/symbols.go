package adminapi

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/shape"
)

// SymbolTrial is a text to be tried with symbol injection.
type SymbolTrial struct {
	Text string `json:"text" minLength:"1" maxLength:"8192" example:"Why is the sky blue?"`
}

// SymbolSamples is what symbol injection can make of a text.
type SymbolSamples struct {
	Items []SymbolSample `json:"items"`
}

// SymbolSample is a text as one strategy leaves it. Symbols are drawn at random: another try gives others.
type SymbolSample struct {
	Strategy string `json:"strategy" enums:"auto,prefix,suffix,wrap,invisible,mixed" example:"suffix"`
	Text     string `json:"text" example:"Why is the sky blue? ∇≈⊕"`
	// characters that were added, invisible ones too
	Added int `json:"added" example:"4"`
	// the strategy of the settings, whether symbol injection is on or off
	Current bool `json:"current" example:"false"`
}

// maxTrial bounds a text that is tried, in bytes.
const maxTrial = 8 << 10

// trySymbols shows what symbol injection does to a text, by each strategy. Nothing is sent or kept.
//
//	@Summary		Try symbol injection
//	@Description	What each strategy makes of a text. Nothing is sent to Gemini, and nothing is kept.
//	@ID				trySymbolInjection
//	@Tags			tools
//	@Accept			json
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			body				body		SymbolTrial	true	"the text"
//	@Success		200					{object}	SymbolSamples
//	@Failure		400,401,413,415		{object}	Problem
//	@Failure		500					{object}	Problem
//	@Router			/tools/symbol-injection [post]
func (a *api) trySymbols(c *gin.Context) error {
	var body SymbolTrial
	if err := decode(c, &body, bodyLimit); err != nil {
		return err
	}
	if strings.TrimSpace(body.Text) == "" || len(body.Text) > maxTrial {
		return fault.Field("text", "must be a text of 1 to %d bytes, not of spaces alone", maxTrial).WithCode("invalid_input")
	}
	current := a.Settings.Now().SymbolInjection.Strategy
	answer := SymbolSamples{}
	for _, strategy := range []string{
		settings.SymbolsAuto, settings.SymbolsPrefix, settings.SymbolsSuffix, settings.SymbolsWrap, settings.SymbolsInvisible, settings.SymbolsMixed,
	} {
		text := shape.Decorate(body.Text, strategy, rand.IntN)
		answer.Items = append(answer.Items, SymbolSample{
			Strategy: strategy, Text: text, Added: utf8.RuneCountInString(text) - utf8.RuneCountInString(body.Text), Current: strategy == current,
		})
	}
	c.JSON(http.StatusOK, answer)
	return nil
}
