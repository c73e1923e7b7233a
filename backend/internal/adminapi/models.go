package adminapi

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/roster"
)

// Catalog knows which models Gemini lists for the keys; relay.Catalog is one.
type Catalog interface {
	// Models gives them, from memory while that is fresh.
	Models(ctx context.Context) ([]gemini.Model, error)
	// Refresh asks Gemini anew.
	Refresh(ctx context.Context) ([]gemini.Model, error)
}

// catalogWait is how long a list of models waits for Gemini to tell which it knows.
const catalogWait = 3 * time.Second

// listModels gives one page of the models that are set, listed or were asked for.
//
//	@Summary		List models
//	@Description	Every model that is set, that Gemini lists, or that was asked for lately.
//	@ID				listModels
//	@Tags			models
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			page		query		int		false	"from 1"	minimum(1)	default(1)
//	@Param			page_size	query		int		false	"1–200"		minimum(1)	maximum(200)	default(50)
//	@Param			sort		query		string	false	"- before the name: descending"	Enums(name,-name,requests_today,-requests_today)
//	@Param			q			query		string	false	"part of a name or alias"	maxLength(200)
//	@Success		200			{object}	ModelList
//	@Failure		400,401,500	{object}	Problem
//	@Router			/models [get]
func (a *api) listModels(c *gin.Context) error {
	q, err := readListQuery(c, "name", "requests_today")
	if err != nil {
		return err
	}
	models := a.models(c.Request.Context())
	wanted := strings.ToLower(q.Q)
	models = slices.DeleteFunc(models, func(m Model) bool {
		return !strings.Contains(strings.ToLower(m.Name+"\n"+value(m.Alias)), wanted)
	})
	by, descending := strings.CutPrefix(q.Sort, "-")
	slices.SortStableFunc(models, func(x, y Model) int {
		if descending {
			x, y = y, x
		}
		if by == "requests_today" {
			return cmp.Compare(x.RequestsToday, y.RequestsToday)
		}
		return strings.Compare(x.Name, y.Name)
	})
	from := min((q.Page-1)*q.PageSize, len(models))
	page := models[from:min(from+q.PageSize, len(models))]
	c.JSON(http.StatusOK, ModelList{Items: page, Total: len(models)})
	return nil
}

// putModel sets a model.
//
//	@Summary		Set a model
//	@Description	Sets all of it: an alias that is left out is none, and thinking that is left out is as the settings say. Effective with the next request.
//	@ID				putModel
//	@Tags			models
//	@Accept			json
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			name				path		string			true	"Gemini's name"
//	@Param			If-Match			header		string			false	"the version the change rests on, in quotes"
//	@Param			body				body		ModelRequest	true	"all that is set"
//	@Success		200					{object}	Model
//	@Header			200					{string}	ETag	"the new version"
//	@Failure		400,401,413,415		{object}	Problem
//	@Failure		409					{object}	Problem	"another model has the alias"
//	@Failure		412					{object}	Problem	"version_conflict"
//	@Failure		500,503				{object}	Problem
//	@Router			/models/{name} [put]
func (a *api) putModel(c *gin.Context) error {
	var body ModelRequest
	if err := decode(c, &body, bodyLimit); err != nil {
		return err
	}
	name := c.Param("name")
	want, err := readWanted(c)
	if err != nil {
		return err
	}
	before := a.auditedModel(name)
	err = a.Models.PutIf(c.Request.Context(), roster.Model{Name: name, RPM: body.RPM.Number, TPM: body.TPM.Number, RPD: body.RPD.Number,
		Enabled: body.Enabled, Alias: strings.TrimSpace(value(body.Alias.Text)),
		Thinking: roster.Thinking{Budget: body.ThinkingBudget.Number, Include: body.IncludeThoughts.Flag}}, func(m *roster.Model) error { return want.check(modelVersion(m)) })
	if err != nil {
		return err
	}
	changed(c, before, a.auditedModel(name))
	for _, m := range a.models(c.Request.Context()) {
		if m.Name == name {
			setVersion(c, m.Version)
			c.JSON(http.StatusOK, m)
			return nil
		}
	}
	return fault.New(fault.Conflict, "the model was reset meanwhile")
}

// resetModel forgets what is set for a model.
//
//	@Summary		Reset a model
//	@Description	Back to the limits the program came with, or to none at all.
//	@ID				resetModel
//	@Tags			models
//	@Produce		application/problem+json
//	@Security		Bearer
//	@Param			name			path	string	true	"Gemini's name"
//	@Success		204
//	@Failure		401,404,500,503	{object}	Problem
//	@Router			/models/{name} [delete]
func (a *api) resetModel(c *gin.Context) error {
	before := a.auditedModel(c.Param("name"))
	if err := a.Models.Reset(c.Request.Context(), c.Param("name")); err != nil {
		return err
	}
	changed(c, before, a.auditedModel(c.Param("name")))
	c.Status(http.StatusNoContent)
	return nil
}

// syncModels asks Gemini which models it lists.
//
//	@Summary		Ask Gemini for its models
//	@Description	With a key of each project, at no cost in quota. Nothing is set by it.
//	@ID				syncModels
//	@Tags			models
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Success		200					{object}	ModelSync
//	@Failure		401,500,502,503,504	{object}	Problem
//	@Router			/models/sync [post]
func (a *api) syncModels(c *gin.Context) error {
	listed, err := a.Catalog.Refresh(c.Request.Context())
	if err != nil {
		return err
	}
	changedNothing(c)
	sync := ModelSync{At: utc(time.Now()), Listed: make([]string, 0, len(listed)), Gone: []string{}}
	for i := range listed {
		sync.Listed = append(sync.Listed, listed[i].Name)
	}
	for _, m := range a.Models.Rows() {
		if len(listed) > 0 && !slices.Contains(sync.Listed, m.Name) {
			sync.Gone = append(sync.Gone, m.Name)
		}
	}
	c.JSON(http.StatusOK, sync)
	return nil
}

// models gives every model that anybody knows, by name.
func (a *api) models(ctx context.Context) []Model {
	known := map[string]*Model{}
	of := func(name string) *Model {
		m := known[name]
		if m == nil {
			m = &Model{Name: name, Enabled: true, Source: "none", Version: modelVersion(nil)}
			known[name] = m
		}
		return m
	}
	for _, row := range a.Models.Rows() {
		of(row.Name).set(row)
	}
	used, most := a.Pool.Models(), 0
	for i := range used {
		of(used[i].Name).use(&used[i])
		most = max(most, used[i].Projects)
	}
	listed, ok := a.listed(ctx)
	for i := range listed {
		if name := listed[i].Name; known[name] == nil {
			of(name).Projects = most // nobody asked for it yet, so nobody was refused it
		}
	}
	all := make([]Model, 0, len(known))
	for _, m := range known {
		if ok {
			m.list(listed)
		}
		all = append(all, *m)
	}
	slices.SortFunc(all, func(x, y Model) int { return strings.Compare(x.Name, y.Name) })
	return all
}

// listed gives what Gemini lists, and whether it is known.
func (a *api) listed(ctx context.Context) ([]gemini.Model, bool) {
	ctx, cancel := context.WithTimeout(ctx, catalogWait)
	defer cancel()
	models, err := a.Catalog.Models(ctx)
	if err != nil {
		a.Log.LogAttrs(ctx, slog.LevelInfo, "models shown without Gemini's list", slog.Any("error", err))
	}
	return models, err == nil && len(models) > 0
}

func (m *Model) set(row roster.Model) {
	m.Version = modelVersion(&row)
	m.Enabled, m.Alias, m.Source = row.Enabled, optionalText(row.Alias), "operator"
	m.Limits = Limits{RPM: row.RPM, TPM: row.TPM, RPD: row.RPD}
	m.ModelThinking = ModelThinking{ThinkingBudget: row.Budget, IncludeThoughts: row.Include}
	if row.Seeded {
		m.Source = "seed"
	}
}

func (m *Model) use(v *pool.ModelView) {
	m.RequestsToday, m.InFlight, m.Waiting, m.Projects = v.RequestsToday, v.InFlight, v.Waiting, v.Projects
	m.RPM, m.TPM, m.RPD = quotaOf(v.RPM), quotaOf(v.TPM), quotaOf(v.RPD)
}

// list notes what Gemini says of the model.
func (m *Model) list(listed []gemini.Model) {
	is := false
	m.Listed = &is
	for i := range listed {
		if l := &listed[i]; l.Name == m.Name {
			is = true
			m.InputTokens, m.OutputTokens = optionalNumber(l.InputTokenLimit), optionalNumber(l.OutputTokenLimit)
			return
		}
	}
}

// optionalNumber gives nil for 0, which stands for not known.
func optionalNumber(n int) *int64 {
	if n == 0 {
		return nil
	}
	wide := int64(n)
	return &wide
}
