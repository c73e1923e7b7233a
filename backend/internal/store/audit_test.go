package store_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/audit"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
)

func TestAudit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var added []audit.Entry
		for i := range 5 {
			e := audit.Entry{Time: now().Add(time.Duration(i) * time.Second), Username: "Admin", Address: "203.0.113.7", Action: "updateGeminiKey",
				Target: fmt.Sprint("/gemini-keys/", i+1), RequestID: fmt.Sprint("r", i)}
			if i%2 == 0 {
				e.Before, e.After = json.RawMessage(`{"name":"a"}`), json.RawMessage(`{"name":"b_%"}`)
			}
			if err := s.AddAudit(ctx, e); err != nil {
				t.Fatal(err)
			}
			added = append(added, e)
		}
		page, total, err := s.Audits(ctx, audit.Query{Page: 2, PageSize: 2})
		if err != nil || total != 5 || len(page) != 2 {
			t.Fatalf("page 2 of %d is %+v: %v", total, page, err)
		}
		want := []audit.Entry{added[2], added[1]}
		want[0].ID, want[1].ID = page[0].ID, page[1].ID
		if diff := cmp.Diff(want, page); diff != "" {
			t.Errorf("page (-want +got):\n%s", diff)
		}
		for q, want := range map[string]int{"ADMIN": 5, "geminikey": 5, "/gemini-keys/3": 1, "%": 0, "_": 0, `\`: 0, "nobody": 0} {
			if _, total, err := s.Audits(ctx, audit.Query{Page: 1, PageSize: 10, Q: q}); err != nil || total != want {
				t.Errorf("%q finds %d, want %d: %v", q, total, want, err)
			}
		}
		third := page[0].ID
		for name, tt := range map[string]struct {
			query audit.Query
			want  int
		}{
			"an address":         {audit.Query{Q: "203.0.113"}, 5},
			"targets":            {audit.Query{Targets: []string{"/gemini-keys/1", "/gemini-keys/4"}}, 2},
			"a target elsewhere": {audit.Query{Targets: []string{"/keys"}}, 0},
			"a span":             {audit.Query{From: added[1].Time, To: added[3].Time}, 2},
			"older ones":         {audit.Query{Before: third}, 2},
			"all together":       {audit.Query{Q: "admin", Targets: []string{"/gemini-keys"}, From: added[1].Time, Before: third}, 1},
		} {
			tt.query.Page, tt.query.PageSize = 1, 10
			if list, total, err := s.Audits(ctx, tt.query); err != nil || total != tt.want || len(list) != tt.want {
				t.Errorf("%s finds %d, want %d: %v", name, total, tt.want, err)
			}
		}
		if _, err := s.Prune(ctx, now(), now().Add(2500*time.Millisecond), 10); err != nil {
			t.Fatal(err)
		}
		if _, total, err := s.Audits(ctx, audit.Query{Page: 1, PageSize: 10}); err != nil || total != 2 {
			t.Errorf("after pruning there are %d: %v", total, err)
		}
	})
}

func TestSessionsAreListed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		admin, other := newAdmin(t, s, "admin"), newAdmin(t, s, "other")
		newToken(t, s, admin, "a1", "one")
		useToken(t, s, "a1", "a2")
		newToken(t, s, admin, "b1", "two")
		newToken(t, s, admin, "c1", "ended")
		newToken(t, s, other, "d1", "foreign")
		if err := s.RevokeFamily(t.Context(), "ended", now()); err != nil {
			t.Fatal(err)
		}
		listed, err := s.OpenSessions(t.Context(), admin.ID, now())
		if err != nil || len(listed) != 2 {
			t.Fatalf("open are %+v: %v", listed, err)
		}
		families := map[string]bool{}
		for _, session := range listed {
			families[session.Last.Family] = true
			if session.Last.Hash == "a1" || session.StartedAt.IsZero() || session.StartedAt.After(session.Last.CreatedAt) {
				t.Errorf("open is %+v", session)
			}
			token, err := s.RefreshByID(t.Context(), session.Last.ID)
			if err != nil || token.Family != session.Last.Family {
				t.Errorf("by its id is found %+v: %v", token, err)
			}
		}
		if !families["one"] || !families["two"] {
			t.Errorf("open are %v", families)
		}
		if later, err := s.OpenSessions(t.Context(), admin.ID, now().Add(100*24*time.Hour)); err != nil || len(later) != 0 {
			t.Errorf("open after they ran out are %+v: %v", later, err)
		}
	})
}
