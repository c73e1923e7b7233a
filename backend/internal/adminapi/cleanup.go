package adminapi

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/upkeep"
)

// CleanupPlan is what a cleanup would do now, and when one runs.
type CleanupPlan struct {
	// whether it runs by the clock; by hand it runs either way
	Enabled bool `json:"enabled" example:"true"`
	// null while it is off
	NextAt *time.Time `json:"next_at" extensions:"x-nullable" format:"date-time" example:"2026-11-24T03:00:00Z"`
	// null: not since the start
	LastAt      *time.Time `json:"last_at" extensions:"x-nullable" format:"date-time" example:"2026-11-23T03:00:00Z"`
	LastRemoved int        `json:"last_removed" example:"0"`
	// why nothing would be removed at all: Google refuses our location, or no key works; null when nothing stands in the way
	Blocked     *string      `json:"blocked" extensions:"x-nullable" enums:"exit_shut,no_usable_key"`
	Remove      []CleanupKey `json:"would_remove"` // at most 200
	RemoveTotal int          `json:"would_remove_total" example:"1"`
	AtRisk      []CleanupKey `json:"at_risk"` // at most 200, those that are nearest to it in front
	AtRiskTotal int          `json:"at_risk_total" example:"1"`
}

// CleanupKey is a key that does not work, and for how long.
type CleanupKey struct {
	ID     int64  `json:"id" example:"7"`
	Masked string `json:"masked" example:"AIza••••••7f3Q"`
	Name   string `json:"name" example:"key-07"`
	Reason string `json:"reason" example:"dead_key"` // the verdict behind its failing
	// days in a row on which it was asked often enough and nothing went well
	BadDays int `json:"bad_days" example:"2"`
	// more such days until it goes; 0: with the next run
	DaysLeft int      `json:"days_left" example:"1"`
	Days     []KeyDay `json:"days"` // that speak for it, the newest in front
}

// KeyDay is what a key went through on one of Google's days.
type KeyDay struct {
	Day         string `json:"day" format:"date" example:"2026-11-23"` // in Los Angeles
	Requests    int64  `json:"requests" example:"41"`
	Failures    int64  `json:"failures" example:"2"` // of them, those that were the key's own
	Checks      int64  `json:"checks" example:"3"`
	CheckFailed int64  `json:"check_failed" example:"0"`
}

// maxCleanupKeys bounds each list of a plan.
const maxCleanupKeys = 200

// previewCleanup says what a cleanup would do now.
//
//	@Summary		Preview the cleanup
//	@Description	Which keys would be removed now, and which would follow. Only failing keys are, after settings.cleanup.days days in a row on which each was asked often enough and nothing went well; never when no key works, or Google refuses our location.
//	@ID				previewCleanup
//	@Tags			cleanup
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Success		200			{object}	CleanupPlan
//	@Failure		401,500,503	{object}	Problem
//	@Router			/cleanup/preview [get]
func (a *api) previewCleanup(c *gin.Context) error {
	plan, err := a.Cleaner.Plan(c.Request.Context())
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, a.cleanupPlanOf(&plan))
	return nil
}

// runCleanup removes what the preview says.
//
//	@Summary		Run the cleanup
//	@Description	Removes what the preview says, whether the cleanup is on or off, and answers what was removed (`would_remove`) and what is at risk. Removed keys can be restored.
//	@ID				runCleanup
//	@Tags			cleanup
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Success		200			{object}	CleanupPlan
//	@Failure		409			{object}	Problem	"a cleanup is under way"
//	@Failure		401,500,503	{object}	Problem
//	@Router			/cleanup/run [post]
func (a *api) runCleanup(c *gin.Context) error {
	plan, err := a.Cleaner.Run(c.Request.Context())
	if err != nil {
		return err
	}
	changed(c, nil, plan.Cleaned())
	if plan.Blocked != "" || len(plan.Remove) == 0 {
		changedNothing(c)
	}
	c.JSON(http.StatusOK, a.cleanupPlanOf(&plan))
	return nil
}

func (a *api) cleanupPlanOf(plan *upkeep.Plan) CleanupPlan {
	state := a.Cleaner.State()
	return CleanupPlan{
		Enabled: state.Enabled, NextAt: optionalTime(state.NextAt), LastAt: optionalTime(state.LastAt), LastRemoved: state.Removed,
		Blocked: optionalText(plan.Blocked),
		Remove:  cleanupKeysOf(plan.Remove), RemoveTotal: len(plan.Remove), AtRisk: cleanupKeysOf(plan.AtRisk), AtRiskTotal: len(plan.AtRisk),
	}
}

func cleanupKeysOf(candidates []upkeep.Candidate) []CleanupKey {
	candidates = candidates[:min(len(candidates), maxCleanupKeys)]
	keys := make([]CleanupKey, len(candidates))
	for i := range candidates {
		k := &candidates[i]
		keys[i] = CleanupKey{ID: k.Key.ID, Masked: k.Key.Masked, Name: k.Key.Name, Reason: string(k.Key.Reason), BadDays: k.Bad, DaysLeft: k.Left,
			Days: keyDaysOf(k.Days)}
	}
	return keys
}

func keyDaysOf(days []pool.KeyDayRecord) []KeyDay {
	views := make([]KeyDay, len(days))
	for i, d := range days {
		views[i] = KeyDay{Day: d.Day, Requests: d.Requests, Failures: d.Failures, Checks: d.Checks, CheckFailed: d.CheckFailed}
	}
	return views
}
