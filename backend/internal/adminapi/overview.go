package adminapi

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/usage"
)

// How much of each list the overview holds.
const (
	overviewProjects  = 50
	overviewAttention = 20
	overviewShares    = 10
	overviewFailures  = 10
)

// overview gives what the console shows.
//
//	@Summary	The console in one answer
//	@ID			getOverview
//	@Tags		stats
//	@Produce	json,application/problem+json
//	@Security	Bearer
//	@Param		tz				query		string	false	"whose midnight begins today; UTC by default"	example(Asia/Shanghai)
//	@Success	200				{object}	Overview
//	@Failure	400,401,500,503	{object}	Problem
//	@Router		/stats/overview [get]
func (a *api) overview(c *gin.Context) error {
	zone, err := readZone(c)
	if err != nil {
		return err
	}
	now := time.Now().In(zone)
	view := Overview{GeneratedAt: utc(now)}
	if err := a.addRequests(c.Request.Context(), &view, now); err != nil {
		return err
	}
	if err := a.addAttention(&view); err != nil {
		return err
	}
	a.addQuota(&view)
	view.UserKeys.All, view.UserKeys.Enabled = a.Auth.UserKeyCounts()
	c.JSON(http.StatusOK, view)
	return nil
}

// addRequests fills in what the database knows of requests.
func (a *api) addRequests(ctx context.Context, view *Overview, now time.Time) error {
	today, yesterday := midnight(now), now.AddDate(0, 0, -1)
	totals, err := a.Stats.Totals(ctx, today, now)
	if err != nil {
		return err
	}
	view.Today = dayTotalsOf(totals)
	if totals, err = a.Stats.Totals(ctx, midnight(yesterday), yesterday); err != nil {
		return err
	}
	view.Yesterday = dayTotalsOf(totals)
	shares, rest, err := a.Stats.ByGeminiKey(ctx, today, now, overviewShares)
	if err != nil {
		return err
	}
	view.SharesRest = rest.Requests
	view.Shares = make([]KeyShare, 0, len(shares))
	for _, s := range shares {
		key := a.labelOf(s.KeyID)
		view.Shares = append(view.Shares, KeyShare{KeyID: s.KeyID, Masked: key.Masked, Name: key.Name, Requests: s.Requests})
	}
	failures, err := a.Stats.RecentFailures(ctx, overviewFailures)
	if err != nil {
		return err
	}
	view.RecentFailures = make([]RecentFailure, 0, len(failures))
	for _, f := range failures {
		view.RecentFailures = append(view.RecentFailures, RecentFailure{ID: f.RequestID, Time: utc(f.Time), Model: f.Model, Outcome: f.Outcome,
			Status: f.Status, Attempts: f.Attempts, Seconds: f.Total.Seconds(), KeyMasked: optionalText(a.labelOf(f.KeyID).Masked)})
	}
	return nil
}

func dayTotalsOf(t usage.Totals) DayTotals {
	day := DayTotals{Requests: t.Requests, Failures: t.Failures, InputTokens: t.InputTokens, OutputTokens: t.OutputTokens}
	if t.HasLatency {
		p50, p95, p99 := t.P50.Seconds(), t.P95.Seconds(), t.P99.Seconds()
		day.P50, day.P95, day.P99 = &p50, &p95, &p99
	}
	return day
}

// labelOf gives the key of an id for its labels alone; a key that is not there has none.
func (a *api) labelOf(id int64) pool.Key {
	key, err := a.Pool.Key(id)
	if err != nil {
		return pool.Key{}
	}
	return key
}

// addAttention fills in how the keys are, and those that need a look: failing ones first, then resting ones, the busiest in front.
func (a *api) addAttention(view *Overview) error {
	view.Attention = []AttentionKey{}
	for _, state := range []string{pool.StateFailing, pool.StateResting} {
		keys, _, counts, err := a.Pool.Keys(pool.Query{State: state, Sort: "-requests_today", PageSize: overviewAttention})
		if err != nil {
			return err
		}
		view.Keys = keyCountsOf(counts)
		for _, key := range keys[:min(len(keys), overviewAttention-len(view.Attention))] {
			view.Attention = append(view.Attention, attentionKeyOf(key))
		}
	}
	if view.Keys.Resting > 0 {
		view.FirstBackAt = optionalTime(a.Pool.FirstBack())
	}
	return nil
}

func attentionKeyOf(k pool.Key) AttentionKey {
	view := AttentionKey{KeyID: k.ID, Masked: k.Masked, Name: k.Name, State: k.State, Reason: string(k.Reason)}
	if len(k.Rests) > 0 && k.State == pool.StateResting {
		rest := k.Rests[0]
		view.Model, view.Since, view.Until = rest.Model, optionalTime(rest.Since), optionalTime(rest.Until)
	}
	return view
}

// addQuota fills in projects and models with what is used of their quota.
func (a *api) addQuota(view *Overview) {
	projects, all := a.Pool.Projects(overviewProjects)
	view.ProjectsTotal = all.Projects
	view.Capacity = Capacity{Projects: all.Serving, RPMUsed: all.Used, RPMLimit: all.Limit, RPMLeast: all.Least, RPMMost: all.Most, Unknown: all.Unknown}
	view.Projects = make([]Project, 0, len(projects))
	for _, p := range projects {
		view.Projects = append(view.Projects, projectOf(p))
	}
	models := a.Pool.Models()
	view.Models = make([]ModelQuota, 0, len(models))
	for _, m := range models {
		view.Models = append(view.Models, ModelQuota{Name: m.Name, RequestsToday: m.RequestsToday, Projects: m.Projects,
			RPM: quotaOf(m.RPM), TPM: quotaOf(m.TPM), RPD: quotaOf(m.RPD)})
	}
}

// projectOf gives a project's view. Its limit is the sum over the models that were asked for today, and known when each one's is.
func projectOf(p pool.ProjectView) Project {
	view := Project{Name: p.Name, Source: p.Source, Keys: make([]ProjectKey, 0, len(p.Keys)), KeysTotal: p.KeysTotal, RPMUsed: p.RPM.Used}
	for _, k := range p.Keys {
		key := ProjectKey{ID: k.ID, Masked: k.Masked, Name: k.Name, State: k.State, Reason: optionalText(string(k.Reason))}
		if len(k.Rests) > 0 {
			key.RestSince, key.RestUntil = optionalTime(k.Rests[0].Since), optionalTime(k.Rests[0].Until)
		}
		view.Keys = append(view.Keys, key)
	}
	if view.Name == "" && len(p.Keys) > 0 {
		view.Name = p.Keys[0].Name
	}
	view.RPMLimit = quotaOf(p.RPM).Limit
	return view
}

func quotaOf(u pool.Usage) Quota {
	quota := Quota{Used: u.Used}
	if u.Limit >= 0 {
		quota.Limit = &u.Limit
	}
	return quota
}
