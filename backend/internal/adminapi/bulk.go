package adminapi

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/pool"
)

// BulkRequest is one change of many keys: of those named, or of all that a filter chooses.
type BulkRequest struct {
	IDs    []int64           `json:"ids" validate:"optional" example:"7,8"` // at most 10,000; those nobody has are passed over
	Filter *KeyFilterRequest `json:"filter" validate:"optional"`            // as the list's; an empty one is all keys
	Action string            `json:"action" enums:"enable,disable,remove,restore,weight,project" example:"disable"`
	// of the action weight
	Weight *int `json:"weight" validate:"optional" minimum:"1" maximum:"100" example:"1"`
	// of the action project; null: forget it
	Project nullable `json:"project" validate:"optional" maxLength:"100" swaggertype:"string" extensions:"x-nullable" example:"atlas"`
}

// KeyFilterRequest chooses keys as the list does. Removed keys are chosen only by their state, or to restore them.
type KeyFilterRequest struct {
	Q       string `json:"q" validate:"optional" maxLength:"200" example:"spare"`
	State   string `json:"state" validate:"optional" enums:"healthy,resting,failing,unknown,disabled,removed" example:"failing"`
	Project string `json:"project" validate:"optional" example:"atlas"`
}

// BulkResult is what came of a bulk.
type BulkResult struct {
	Matched int `json:"matched" example:"120"`
	Changed int `json:"changed" example:"118"` // those that were not so before
}

// The actions of a bulk.
const (
	actEnable  = "enable"
	actDisable = "disable"
	actRemove  = "remove"
	actRestore = "restore"
	actWeight  = "weight"
	actProject = "project"
)

// maxBulkIDs bounds how many keys a bulk names one by one; a filter chooses any number.
const maxBulkIDs = 10_000

// changeGeminiKeys changes many keys.
//
//	@Summary		Change many Gemini keys
//	@Description	Of those named by `ids`, or of all that `filter` chooses. A thousand at a time: each is changed or it is not, and what was changed before a failure stays. Asked again, it changes the rest.
//	@ID				changeGeminiKeys
//	@Tags			gemini-keys
//	@Accept			json
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			body				body		BulkRequest	true	"what to change"
//	@Success		200					{object}	BulkResult
//	@Failure		400,401,413,415		{object}	Problem
//	@Failure		500,503				{object}	Problem
//	@Router			/gemini-keys/bulk [post]
func (a *api) changeGeminiKeys(c *gin.Context) error {
	var body BulkRequest
	if err := decode(c, &body, bodyLimit); err != nil {
		return err
	}
	bodyRead(c)
	change, err := body.change()
	if err != nil {
		return err
	}
	ids, err := a.chosen(&body)
	if err != nil {
		return err
	}
	result, err := a.Pool.Bulk(c.Request.Context(), ids, change)
	changed(c, nil, auditedBulkOf(&body, result))
	if err != nil {
		if result.Changed > 0 {
			a.auditPart(c)
		}
		return err
	}
	if result.Changed == 0 {
		changedNothing(c)
	}
	c.JSON(http.StatusOK, BulkResult(result))
	return nil
}

// chosen gives the ids of the keys that are meant.
func (a *api) chosen(body *BulkRequest) ([]int64, error) {
	switch {
	case (body.IDs == nil) == (body.Filter == nil):
		return nil, fault.Field("filter", "or ids must be given, one of them")
	case len(body.IDs) > maxBulkIDs:
		return nil, fault.Field("ids", "must be at most %d; a filter chooses any number", maxBulkIDs)
	case body.IDs != nil:
		return body.IDs, nil
	}
	state, err := keyState("filter.state", body.Filter.State)
	if err != nil {
		return nil, err
	}
	if len(body.Filter.Q) > maxSearch {
		return nil, fault.Field("filter.q", "must be at most %d bytes long", maxSearch)
	}
	if state == "" && body.Action == actRestore {
		state = pool.StateRemoved
	}
	return a.Pool.Select(pool.Query{Q: body.Filter.Q, State: state, Project: body.Filter.Project}), nil
}

// change reads the action and what belongs to it.
func (b *BulkRequest) change() (pool.Bulk, error) {
	yes, no := true, false
	if b.Weight != nil && b.Action != actWeight {
		return pool.Bulk{}, fault.Field("weight", "belongs to the action weight alone")
	}
	if b.Project.Given && b.Action != actProject {
		return pool.Bulk{}, fault.Field("project", "belongs to the action project alone")
	}
	switch b.Action {
	case actEnable:
		return pool.Bulk{Enabled: &yes}, nil
	case actDisable:
		return pool.Bulk{Enabled: &no}, nil
	case actRemove:
		return pool.Bulk{Removed: &yes}, nil
	case actRestore:
		return pool.Bulk{Removed: &no}, nil
	case actWeight:
		if b.Weight == nil {
			return pool.Bulk{}, fault.Field("weight", "is required with the action weight")
		}
		return pool.Bulk{Weight: b.Weight}, nil
	case actProject:
		if !b.Project.Given {
			return pool.Bulk{}, fault.Field("project", "is required with the action project; null forgets it")
		}
		project := value(b.Project.Text)
		return pool.Bulk{Project: &project}, nil
	default:
		return pool.Bulk{}, fault.Field("action", "must be one of enable, disable, remove, restore, weight, project")
	}
}
