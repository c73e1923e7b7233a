package adminapi

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// ProjectName is a project with a name, for choosing among its keys.
type ProjectName struct {
	Name   string `json:"name" example:"atlas"`
	Source string `json:"source" enums:"marker,error,operator" example:"marker"` // how it became known
	Keys   int    `json:"keys" example:"12"`                                     // that are not removed
}

// ProjectNameList is one page of the named projects.
type ProjectNameList struct {
	Items []ProjectName `json:"items"`
	Total int           `json:"total" example:"40"`
}

// listProjects gives one page of the named projects.
//
//	@Summary		List projects
//	@Description	Those with a name that have keys, by name. Answered from memory.
//	@ID				listProjects
//	@Tags			gemini-keys
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			page			query		int		false	"from 1"	minimum(1)	default(1)
//	@Param			page_size		query		int		false	"1–200"		minimum(1)	maximum(200)	default(50)
//	@Param			q				query		string	false	"part of a name"	maxLength(200)
//	@Success		200				{object}	ProjectNameList
//	@Failure		400,401,500		{object}	Problem
//	@Router			/projects [get]
func (a *api) listProjects(c *gin.Context) error {
	q, err := readListQuery(c)
	if err != nil {
		return err
	}
	projects, total := a.Pool.ProjectNames(q.Q, q.Page, q.PageSize)
	view := ProjectNameList{Items: make([]ProjectName, len(projects)), Total: total}
	for i, p := range projects {
		view.Items[i] = ProjectName(p)
	}
	c.JSON(http.StatusOK, view)
	return nil
}
