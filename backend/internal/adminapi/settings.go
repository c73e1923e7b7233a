package adminapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/settings"
)

// SettingsPatch is any part of the settings; what is absent stays. It names every field of settings.Settings (a test sees to it) and
// serves the specification alone: the patch itself is applied and checked by settings.
type SettingsPatch struct {
	Strategy         string                `json:"strategy" validate:"optional" enums:"adaptive,least_used,round_robin" example:"adaptive"`
	FastFailover     bool                  `json:"fast_failover" validate:"optional" example:"true"`
	MaxKeyAttempts   int                   `json:"max_key_attempts" validate:"optional" minimum:"1" maximum:"20" example:"5"`
	RequestTimeout   float64               `json:"request_timeout" validate:"optional" minimum:"1" maximum:"3600" example:"60"`
	FirstByteTimeout float64               `json:"first_byte_timeout" validate:"optional" minimum:"1" maximum:"600" example:"30"`
	QueueWait        float64               `json:"queue_wait" validate:"optional" minimum:"0" maximum:"60" example:"10"`
	FailureThreshold int                   `json:"failure_threshold" validate:"optional" minimum:"1" maximum:"100" example:"3"`
	BackgroundCheck  bool                  `json:"background_check" validate:"optional" example:"true"`
	CheckDelay       float64               `json:"check_delay" validate:"optional" minimum:"1" maximum:"60" example:"5"`
	CheckInterval    float64               `json:"check_interval" validate:"optional" minimum:"60" maximum:"86400" example:"3600"`
	ProjectDiscovery bool                  `json:"project_discovery" validate:"optional" example:"true"`
	Cleanup          *CleanupPatch         `json:"cleanup" validate:"optional"`
	UsageThreshold   *UsageThresholdsPatch `json:"usage_threshold" validate:"optional"`
	Thinking         *ThinkingPatch        `json:"thinking" validate:"optional"`
	PromptInjection  *PromptInjectionPatch `json:"prompt_injection" validate:"optional"`
	StreamMode       string                `json:"stream_mode" validate:"optional" enums:"auto,stream,non_stream" example:"auto"`
	SymbolInjection  *SymbolInjectionPatch `json:"symbol_injection" validate:"optional"`
	Files            *FilesPatch           `json:"files" validate:"optional"`
	KeepAlive        *KeepAlivePatch       `json:"keep_alive" validate:"optional"`
	LogRetention     float64               `json:"log_retention" validate:"optional" minimum:"3600" maximum:"315360000" example:"2592000"`
	UsageRetention   float64               `json:"usage_retention" validate:"optional" minimum:"86400" maximum:"315360000" example:"34560000"`
}

// FilesPatch is any part of the bounds of files.
type FilesPatch struct {
	TTL          float64 `json:"ttl" validate:"optional" minimum:"3600" maximum:"2592000" example:"172800"`
	TotalBytes   int     `json:"total_bytes" validate:"optional" minimum:"0" maximum:"1099511627776" example:"536870912"`
	MaxFileBytes int     `json:"max_file_bytes" validate:"optional" minimum:"1048576" maximum:"2147483648" example:"104857600"`
	InlineBytes  int     `json:"inline_bytes" validate:"optional" minimum:"0" maximum:"73400320" example:"20971520"`
}

// UsageThresholdsPatch is any part of the usage thresholds.
type UsageThresholdsPatch struct {
	Warn    float64 `json:"warn" validate:"optional" minimum:"0" maximum:"1" example:"0.8"`
	Protect float64 `json:"protect" validate:"optional" minimum:"0" maximum:"1" example:"0.95"`
}

// ThinkingPatch is any part of the settings of thinking.
type ThinkingPatch struct {
	Enabled         bool `json:"enabled" validate:"optional" example:"true"`
	Budget          int  `json:"budget" validate:"optional" minimum:"-1" maximum:"32768" example:"-1"`
	IncludeThoughts bool `json:"include_thoughts" validate:"optional" example:"false"`
}

// PromptInjectionPatch is any part of the injected prompt.
type PromptInjectionPatch struct {
	Enabled  bool   `json:"enabled" validate:"optional" example:"false"`
	Content  string `json:"content" validate:"optional" maxLength:"32768" example:"Answer in English."`
	Position string `json:"position" validate:"optional" enums:"system,user_prefix,user_suffix" example:"system"`
}

// SymbolInjectionPatch is any part of the settings of symbol injection.
type SymbolInjectionPatch struct {
	Enabled     bool   `json:"enabled" validate:"optional" example:"false"`
	Strategy    string `json:"strategy" validate:"optional" enums:"auto,prefix,suffix,wrap,invisible,mixed" example:"auto"`
	ExemptTools bool   `json:"exempt_tools" validate:"optional" example:"true"`
	MinTokens   int    `json:"min_tokens" validate:"optional" minimum:"0" maximum:"1000000" example:"0"`
}

// CleanupPatch is any part of the cleanup's settings.
type CleanupPatch struct {
	Enabled         bool    `json:"enabled" validate:"optional" example:"false"`
	Days            int     `json:"days" validate:"optional" minimum:"1" maximum:"30" example:"3"`
	MinChecksPerDay int     `json:"min_checks_per_day" validate:"optional" minimum:"1" maximum:"100" example:"5"`
	Interval        float64 `json:"interval" validate:"optional" minimum:"3600" maximum:"604800" example:"86400"`
}

// KeepAlivePatch is any part of the settings of the keep-alive.
type KeepAlivePatch struct {
	Enabled  bool    `json:"enabled" validate:"optional" example:"false"`
	Interval float64 `json:"interval" validate:"optional" minimum:"60" maximum:"3600" example:"600"`
}

// getSettings gives all settings.
//
//	@Summary	Read the settings
//	@ID			getSettings
//	@Tags		settings
//	@Produce	json,application/problem+json
//	@Security	Bearer
//	@Success	200			{object}	settings.Settings
//	@Header		200			{string}	ETag	"the version, for If-Match"
//	@Failure	401,500		{object}	Problem
//	@Router		/settings [get]
func (a *api) getSettings(c *gin.Context) error {
	now, version := a.Settings.Versioned()
	return answerSettings(c, now, version)
}

// updateSettings changes some settings, effective with the next request.
//
//	@Summary		Change settings
//	@Description	Merges (RFC 7396); null sets the default again. Every fault is told at once and nothing is changed then. With If-Match the change is made only to that version.
//	@ID				updateSettings
//	@Tags			settings
//	@Accept			json
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			If-Match			header		string			false	"the ETag the change rests on"
//	@Param			body				body		SettingsPatch	true	"what changes"
//	@Success		200					{object}	settings.Settings
//	@Header			200					{string}	ETag	"the new version"
//	@Failure		400,401,413,415		{object}	Problem
//	@Failure		412					{object}	Problem	"version_conflict"
//	@Failure		500,503				{object}	Problem
//	@Router			/settings [patch]
func (a *api) updateSettings(c *gin.Context) error {
	version, err := ifMatch(c)
	if err != nil {
		return err
	}
	body, err := readJSON(c, bodyLimit)
	if err != nil {
		return err
	}
	if _, err := object(body); err != nil {
		return err
	}
	before := a.Settings.Now()
	now, saved, err := a.Settings.Update(c.Request.Context(), body, version)
	if err != nil {
		return err
	}
	changed(c, before, now)
	return answerSettings(c, now, saved)
}

func answerSettings(c *gin.Context, now settings.Settings, version int64) error {
	c.Header("ETag", `"`+strconv.FormatInt(version, 10)+`"`)
	c.JSON(http.StatusOK, now)
	return nil
}

// ifMatch reads the version a change rests on; nil when any will do.
func ifMatch(c *gin.Context) (*int64, error) {
	header := strings.TrimSpace(c.GetHeader("If-Match"))
	if header == "" || header == "*" {
		return nil, nil //nolint:nilnil // no condition is a good answer
	}
	text, quoted := strings.CutPrefix(header, `"`)
	text, closed := strings.CutSuffix(text, `"`)
	version, err := strconv.ParseInt(text, 10, 64)
	if err != nil || !quoted || !closed {
		return nil, fault.Field("If-Match", "must be the ETag of an answer, like \"3\"")
	}
	return &version, nil
}
