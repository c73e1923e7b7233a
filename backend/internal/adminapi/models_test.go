package adminapi

import (
	"net/http"
	"slices"
	"testing"

	"gemini-proxy/backend/internal/pool"
)

func (s *server) model(name string) *Model {
	s.t.Helper()
	list := decodeAs[ModelList](s.t, s.get("/models?page_size=200&q="+name), http.StatusOK)
	if i := slices.IndexFunc(list.Items, func(m Model) bool { return m.Name == name }); i >= 0 {
		return &list.Items[i]
	}
	return nil
}

func TestModelsAreListedWithTheirUse(t *testing.T) {
	s := newServer(t)
	if m := s.model("gemini-2.5-flash"); m == nil || m.Source != "seed" || *m.Limits.RPM != 5 || m.Listed != nil || m.Projects != 0 {
		t.Errorf("without keys the seed is %+v", m)
	}
	s.importKeys(fakeKey("aaaa"), fakeKey("bbbb"))
	lease := must(s.config.Pool.Lease(t.Context(), pool.Want{Model: "asked-for", Tokens: 7}))(t)
	lease.Report(pool.Outcome{Verdict: pool.OK, Status: http.StatusOK})
	sync := decodeAs[ModelSync](t, s.post("/models/sync", ""), http.StatusOK)
	if !slices.Equal(sync.Listed, []string{"gemini-3.8-flash", "gemini-flash-latest"}) || !slices.Contains(sync.Gone, "gemini-2.5-flash") || slices.Contains(sync.Gone, "gemini-3.8-flash") {
		t.Errorf("sync found %+v", sync)
	}
	if m := s.model("gemini-2.5-flash"); m.Projects != 2 || *m.RPM.Limit != 10 || *m.RPD.Limit != 40 || *m.Listed {
		t.Errorf("the seed is %+v", m)
	}
	if m := s.model("asked-for"); m == nil || m.Source != "none" || !m.Enabled || m.RequestsToday != 1 || m.RPM.Used != 1 || m.RPM.Limit != nil || *m.Listed {
		t.Errorf("the model asked for is %+v", m)
	}
	if m := s.model("gemini-flash-latest"); m == nil || !*m.Listed || *m.InputTokens != 1000 || m.OutputTokens != nil || m.Projects != 2 {
		t.Errorf("the listed model is %+v", m)
	}
	if list := decodeAs[ModelList](t, s.get("/models?sort=-requests_today&page_size=1"), http.StatusOK); list.Items[0].Name != "asked-for" || list.Total != 9 {
		t.Errorf("the busiest of %d is %+v", list.Total, list.Items)
	}
}

func TestModelsAreSetAndReset(t *testing.T) {
	s := newServer(t)
	s.importKeys(fakeKey("aaaa"))
	set := decodeAs[Model](t, s.send(http.MethodPut, "/models/gemini-3.8-flash", `{"rpm":7,"tpm":null,"rpd":null,"enabled":true,"alias":"gpt-4o"}`), http.StatusOK)
	if *set.Limits.RPM != 7 || set.Limits.RPD != nil || *set.Alias != "gpt-4o" || set.Source != "operator" || *set.RPM.Limit != 7 {
		t.Errorf("set to %+v", set)
	}
	if bare, ok := s.config.Models.Resolve("gpt-4o"); bare != "gemini-3.8-flash" || !ok {
		t.Errorf("the alias is %s, %v", bare, ok)
	}
	if m := s.model("gemini-3.8-flash"); *m.RPM.Limit != 7 { // the pool knows
		t.Errorf("listed as %+v", m)
	}
	if list := decodeAs[ModelList](t, s.get("/models?q=GPT"), http.StatusOK); list.Total != 1 {
		t.Errorf("by its alias are found %+v", list)
	}
	decodeAs[Model](t, s.send(http.MethodPut, "/models/gemini-3.8-flash", `{"rpm":null,"tpm":null,"rpd":null,"enabled":false}`), http.StatusOK)
	if _, ok := s.config.Models.Resolve("gemini-3.8-flash"); ok {
		t.Error("a model that is off is offered")
	}
	if w := s.send(http.MethodDelete, "/models/gemini-3.8-flash", ""); w.Code != http.StatusNoContent {
		t.Errorf("reset answers %d: %s", w.Code, w.Body)
	}
	if m := s.model("gemini-3.8-flash"); *m.Limits.RPD != 20 || m.Limits.RPM != nil || m.Source != "seed" || !m.Enabled || m.Alias != nil {
		t.Errorf("reset to %+v", m)
	}
	expectProblem(t, s.send(http.MethodDelete, "/models/unknown", ""), http.StatusNotFound, "not_found")
}

func TestModelsThinkAsTheyAreSet(t *testing.T) {
	s := newServer(t)
	const rest = `"rpm":null,"tpm":null,"rpd":null,"enabled":true`
	set := decodeAs[Model](t, s.send(http.MethodPut, "/models/gemini-3.8-flash", `{`+rest+`,"thinking_budget":-1,"include_thoughts":true}`), http.StatusOK)
	if set.ThinkingBudget == nil || *set.ThinkingBudget != -1 || set.IncludeThoughts == nil || !*set.IncludeThoughts {
		t.Errorf("set to %+v", set.ModelThinking)
	}
	if own := s.config.Models.ThinkingOf("gemini-3.8-flash"); own.Budget == nil || *own.Budget != -1 || own.Include == nil || !*own.Include {
		t.Errorf("in force is %+v", own)
	}
	set = decodeAs[Model](t, s.send(http.MethodPut, "/models/gemini-3.8-flash", `{`+rest+`,"thinking_budget":null}`), http.StatusOK)
	if own := s.config.Models.ThinkingOf("gemini-3.8-flash"); set.ModelThinking != (ModelThinking{}) || own.Budget != nil || own.Include != nil {
		t.Errorf("left to the settings it is %+v, in force %+v", set.ModelThinking, own)
	}
	for body, field := range map[string]string{`"thinking_budget":-2`: "thinking_budget", `"thinking_budget":32769`: "thinking_budget", `"thinking_budget":"much"`: "thinking_budget", `"include_thoughts":1`: "include_thoughts"} {
		expectProblem(t, s.send(http.MethodPut, "/models/gemini-3.8-flash", `{`+rest+`,`+body+`}`), http.StatusBadRequest, "invalid_input", field)
	}
}

func TestModelsNameWhatIsWrong(t *testing.T) {
	s := newServer(t)
	body := `{"rpm":-1,"tpm":null,"rpd":null,"enabled":true}`
	expectProblem(t, s.send(http.MethodPut, "/models/x", body), http.StatusBadRequest, "invalid_input", "rpm")
	expectProblem(t, s.send(http.MethodPut, "/models/x", `{"rpm":1.5,"enabled":null}`), http.StatusBadRequest, "invalid_input", "rpm", "tpm", "rpd", "enabled")
	expectProblem(t, s.send(http.MethodPut, "/models/a%20b", `{"rpm":1,"tpm":1,"rpd":1,"enabled":true}`), http.StatusBadRequest, "invalid_input", "name")
	s.send(http.MethodPut, "/models/a", `{"rpm":1,"tpm":1,"rpd":1,"enabled":true,"alias":"z"}`)
	expectProblem(t, s.send(http.MethodPut, "/models/b", `{"rpm":1,"tpm":1,"rpd":1,"enabled":true,"alias":"z"}`), http.StatusConflict, "conflict", "alias")
	expectProblem(t, s.get("/models?sort=rpm"), http.StatusBadRequest, "invalid_input", "sort")
}
