package adminapi

import (
	"context"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/upkeep"
)

// SearchEvents is the data of each event of a search for projects, under the event's name. An event carries its own alone.
type SearchEvents struct {
	Progress SearchProgress `json:"progress"`
	Result   SearchResult   `json:"result"` // the last one, unless it fails
	Error    Problem        `json:"error"`  // the last one when it fails
}

// SearchProgress is how far a search for projects is. It comes after each key.
type SearchProgress struct {
	// keys upload their marks; they look for the others'; the marks are deleted
	Stage string `json:"stage" enums:"mark,look,compare,delete" example:"mark"`
	Done  int    `json:"done" example:"12"` // keys, of this stage
	Total int    `json:"total" example:"50"`
}

// SearchResult is what a search for projects found.
type SearchResult struct {
	Keys     int `json:"keys" example:"50"`     // that were looked at
	Projects int `json:"projects" example:"41"` // they belong to
	Shared   int `json:"shared" example:"12"`   // keys that share their project with another
	Failed   int `json:"failed" example:"1"`    // keys whose project could not be found
}

// discoverProjects finds which keys share a project.
//
//	@Summary		Find the Gemini keys' projects
//	@Description	Every usable key uploads a few bytes, lists its files, and deletes what it uploaded: keys that see each other's are of one project, and share its quota. No generation quota is spent, and a project that the operator named keeps its name. The answer is a stream of events: `progress` after each key, then `result`, or `error`. Closing the connection stops it; nothing is kept then.
//	@ID				discoverProjects
//	@Tags			gemini-keys
//	@Produce		text/event-stream,application/problem+json
//	@Security		Bearer
//	@Success		200			{object}	SearchEvents	"the data of each event, by its name"
//	@Failure		401,500		{object}	Problem
//	@Failure		409			{object}	Problem	"such a search is under way"
//	@Router			/gemini-keys/discover-projects [post]
func (a *api) discoverProjects(c *gin.Context) error {
	changedNothing(c)
	ctx, stop := context.WithCancel(c.Request.Context())
	defer stop()
	var out *eventStream // made once it is known that no other search is under way
	result, err := a.Discovery.Search(ctx, true, func() { out = newEventStream(c) }, func(p upkeep.SearchProgress) {
		if out.send("progress", SearchProgress(p)); out.broken {
			stop()
		}
	})
	if out == nil {
		return err
	}
	defer out.end()
	if err != nil {
		p, _ := a.problem(c, err)
		out.send("error", p)
		return nil
	}
	out.send("result", SearchResult(result))
	return nil
}
