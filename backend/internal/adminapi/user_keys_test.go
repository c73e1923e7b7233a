package adminapi

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/usage"
)

func TestUserKeyIsShownOnce(t *testing.T) {
	s := newServer(t)
	w := s.post("/user-keys", `{"name":"laptop","note":"for the editor"}`)
	made := decodeAs[NewUserKey](t, w, http.StatusCreated)
	if !strings.HasPrefix(made.Key, "sk-") || made.Masked != made.Key[:7]+"…"+made.Key[len(made.Key)-4:] || !made.Enabled || made.Name != "laptop" || made.LastUsedAt != nil {
		t.Errorf("made %+v", made)
	}
	if _, err := s.config.Auth.UserKey(made.Key); err != nil {
		t.Errorf("the key made is not let in: %v", err)
	}
	s.secrets = append(s.secrets, made.Key) // every answer from here on is looked through
	path := "/user-keys/" + strconv.FormatInt(made.ID, 10)
	list := decodeAs[UserKeyList](t, s.get("/user-keys"), http.StatusOK)
	if list.Total != 1 || list.Items[0].ID != made.ID || list.Items[0].LastUsedAt == nil {
		t.Errorf("list is %+v", list)
	}
	changed := decodeAs[UserKey](t, s.send(http.MethodPatch, path, `{"name":"desk","enabled":false}`), http.StatusOK)
	if changed.Name != "desk" || changed.Note != "for the editor" || changed.Enabled {
		t.Errorf("changed %+v", changed)
	}
	if _, err := s.config.Auth.UserKey(made.Key); err == nil {
		t.Error("a disabled key is let in")
	}
	s.send(http.MethodPatch, path, `{"enabled":true}`)

	turned := decodeAs[NewUserKey](t, s.post(path+"/rotate", ""), http.StatusOK)
	if turned.ID != made.ID || turned.Key == made.Key || turned.Name != "desk" {
		t.Errorf("rotated %+v", turned)
	}
	if _, err := s.config.Auth.UserKey(made.Key); err == nil {
		t.Error("the rotated key is let in")
	}
	s.secrets = append(s.secrets, turned.Key)
	if w := s.send(http.MethodDelete, path, ""); w.Code != http.StatusNoContent {
		t.Errorf("deleting answers %d", w.Code)
	}
	expectProblem(t, s.send(http.MethodPatch, path, `{"name":"again"}`), http.StatusNotFound, "not_found")
	if list := decodeAs[UserKeyList](t, s.get("/user-keys"), http.StatusOK); list.Total != 0 || list.Items == nil {
		t.Errorf("list after deleting is %+v", list)
	}
}

func TestUserKeyNamesAreChecked(t *testing.T) {
	s := newServer(t)
	for _, name := range []string{"", "   ", strings.Repeat("n", 101), `two\nlines`} {
		expectProblem(t, s.post("/user-keys", `{"name":"`+name+`"}`), http.StatusBadRequest, "invalid_input", "name")
	}
	expectProblem(t, s.post("/user-keys", `{"name":"a","note":"`+strings.Repeat("n", 1001)+`"}`), http.StatusBadRequest, "invalid_input", "note")
}

func TestUserKeyLists(t *testing.T) {
	s := newServer(t)
	for _, name := range []string{"delta", "alpha", "Echo", "bravo"} {
		decodeAs[NewUserKey](t, s.post("/user-keys", `{"name":"`+name+`"}`), http.StatusCreated)
	}
	tests := []struct {
		query string
		total int
		names string
	}{
		{"?sort=name", 4, "alpha bravo delta Echo"},
		{"?sort=-name&page_size=3", 4, "Echo delta bravo"},
		{"?sort=-name&page_size=3&page=2", 4, "alpha"},
		{"?sort=id&page=9", 4, ""},
		{"?sort=created_at", 4, "delta alpha Echo bravo"},
		{"?sort=-last_used_at", 4, "bravo Echo alpha delta"},
		{"?q=eCH", 1, "Echo"},
	}
	for _, tt := range tests {
		list := decodeAs[UserKeyList](t, s.get("/user-keys"+tt.query), http.StatusOK)
		var names []string
		for _, key := range list.Items {
			names = append(names, key.Name)
		}
		if got := strings.Join(names, " "); got != tt.names || list.Total != tt.total {
			t.Errorf("%s gives %q of %d, want %q of %d", tt.query, got, list.Total, tt.names, tt.total)
		}
	}
}

func TestUserKeyCountsComeFromTheStore(t *testing.T) {
	s := newServer(t)
	made := decodeAs[NewUserKey](t, s.post("/user-keys", `{"name":"busy"}`), http.StatusCreated)
	now := time.Now()
	s.saveEvents(
		usage.Event{RequestID: "a", Time: now, UserKeyID: made.ID, Model: "gemini-flash-latest", Status: 200, Outcome: "ok", InputTokens: 100, OutputTokens: 20},
		usage.Event{RequestID: "b", Time: now, UserKeyID: made.ID, Model: "gemini-flash-latest", Status: 200, Outcome: "ok", InputTokens: 10, OutputTokens: 2},
		usage.Event{RequestID: "c", Time: now.AddDate(0, 0, -3), UserKeyID: made.ID, Model: "gemini-flash-latest", Status: 200, Outcome: "ok", InputTokens: 1},
	)
	key := decodeAs[UserKeyList](t, s.get("/user-keys?tz="+zoneWithNoon(now)), http.StatusOK).Items[0]
	if *key.RequestsToday != 2 || *key.TokensToday != 132 || *key.RequestsTotal != 3 {
		t.Errorf("counts are %d, %d, %d", *key.RequestsToday, *key.TokensToday, *key.RequestsTotal)
	}
}

// zoneWithNoon gives a zone where it is about noon now, so that no test runs across midnight.
func zoneWithNoon(now time.Time) string {
	hours := 12 - now.UTC().Hour() // −11 to 12; the names of these zones have the sign turned round
	switch {
	case hours > 0:
		return "Etc/GMT-" + strconv.Itoa(hours)
	case hours < 0:
		return "Etc/GMT%2B" + strconv.Itoa(-hours)
	}
	return "UTC"
}

func TestUserKeyLimits(t *testing.T) {
	s := newServer(t)
	made := decodeAs[NewUserKey](t, s.post("/user-keys", `{"name":"limited","expires_at":"2099-01-01T08:00:00+08:00","rpm":2,"monthly_tokens":1000,
		"models":["gemini-*"],"networks":["203.0.113.7","2001:db8::/32"]}`), http.StatusCreated)
	s.secrets = append(s.secrets, made.Key)
	if made.ExpiresAt == nil || made.ExpiresAt.Format(time.RFC3339) != "2099-01-01T00:00:00Z" || *made.RPM != 2 || made.TPM != nil || *made.MonthlyTokens != 1000 ||
		made.Use == nil || !slices.Equal(made.Models, []string{"gemini-*"}) || !slices.Equal(made.Networks, []string{"203.0.113.7/32", "2001:db8::/32"}) {
		t.Errorf("made %+v", made)
	}
	key := must(s.config.Auth.UserKey(made.Key))(t)
	must(s.config.Auth.Admit(key, "gemini-3.8-flash", "203.0.113.7", 30))(t).Release(40)
	changed := decodeAs[UserKey](t, s.send(http.MethodPatch, fmt.Sprint("/user-keys/", made.ID), `{"rpm":null,"tpm":500,"networks":[]}`), http.StatusOK)
	if changed.RPM != nil || *changed.TPM != 500 || *changed.MonthlyTokens != 1000 || len(changed.Networks) != 0 || len(changed.Models) != 1 ||
		*changed.Use != (UserKeyUse{MinuteRequests: 1, MinuteTokens: 40, DayRequests: 1, MonthTokens: 40}) {
		t.Errorf("changed to %+v, use %+v", changed, changed.Use)
	}
	path := fmt.Sprint("/user-keys/", made.ID)
	expectProblem(t, s.send(http.MethodPatch, path, `{"rpm":0,"concurrency":-1,"expires_at":"soon"}`), http.StatusBadRequest, "invalid_input", "rpm", "concurrency", "expires_at")
	expectProblem(t, s.send(http.MethodPatch, path, `{"networks":["203.0.113.0/99"]}`), http.StatusBadRequest, "invalid_input", "networks")
	expectProblem(t, s.send(http.MethodPatch, path, `{"models":"gemini"}`), http.StatusBadRequest, "invalid_input", "models")
	expectProblem(t, s.send(http.MethodPatch, path, `{"models":null}`), http.StatusBadRequest, "invalid_input", "models")
	if list := decodeAs[UserKeyList](t, s.get("/user-keys"), http.StatusOK); *list.Items[0].TPM != 500 {
		t.Errorf("listed %+v", list.Items[0])
	}
}
