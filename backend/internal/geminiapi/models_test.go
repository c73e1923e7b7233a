package geminiapi_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/geminisim"
)

type modelList struct {
	Models        []map[string]any `json:"models"`
	NextPageToken string           `json:"nextPageToken"`
}

func (s *server) list(t *testing.T, query string) modelList {
	t.Helper()
	a := s.do(t, http.MethodGet, "/v1beta/models"+query, "", "x-goog-api-key: "+s.key)
	var list modelList
	if err := json.Unmarshal([]byte(a.body), &list); err != nil || a.status != http.StatusOK {
		t.Fatalf("%d %s, %v", a.status, a.body, err)
	}
	return list
}

func TestModels(t *testing.T) {
	s := newServer(t, 3, nil)
	all := s.list(t, "?pageSize=1000")
	if len(all.Models) != len(geminisim.DefaultModels()) || all.NextPageToken != "" {
		t.Fatalf("%d models, next %q", len(all.Models), all.NextPageToken)
	}
	var paged []map[string]any
	query := "?pageSize=7"
	for {
		page := s.list(t, query)
		paged = append(paged, page.Models...)
		if page.NextPageToken == "" {
			break
		}
		if len(page.Models) != 7 {
			t.Fatalf("a page of %d", len(page.Models))
		}
		query = "?pageSize=7&pageToken=" + url.QueryEscape(page.NextPageToken)
	}
	if diff := cmp.Diff(all.Models, paged); diff != "" {
		t.Error(diff)
	}
	for _, m := range all.Models {
		name, _ := m["name"].(string)
		a := s.do(t, http.MethodGet, "/v1beta/"+name, "", "x-goog-api-key: "+s.key)
		var one map[string]any
		if err := json.Unmarshal([]byte(a.body), &one); err != nil {
			t.Fatalf("%s: %d %s", name, a.status, a.body)
		}
		if diff := cmp.Diff(m, one); diff != "" {
			t.Error(diff)
		}
		if name == "models/"+flash && (m["version"] != "001" || m["inputTokenLimit"] != 1048576.0 || m["maxTemperature"] != 2.0) {
			t.Errorf("%v", m)
		}
	}
	if n := len(s.sim.Requests()); n != 3 {
		t.Errorf("Gemini was asked %d times for 3 projects", n)
	}
}

func TestModelsOfAnEmptyPool(t *testing.T) {
	s := newServer(t, 0, nil)
	if list := s.list(t, ""); len(list.Models) != 0 {
		t.Errorf("%v", list)
	}
}
