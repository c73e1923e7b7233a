package stack

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// Admin is the operator: a client of the admin API.
type Admin struct {
	gateway  *Gateway
	client   *http.Client
	secrets  *secrets
	password string
	token    string
}

// GeminiKey is what the tests read of a key's view.
type GeminiKey struct {
	ID            int64   `json:"id"`
	Masked        string  `json:"masked"`
	Name          string  `json:"name"`
	State         string  `json:"state"`
	Reason        *string `json:"reason"`
	Rests         []Rest  `json:"rests"`
	RequestsToday int64   `json:"requests_today"`
	Weight        int     `json:"weight"`
	Enabled       bool    `json:"enabled"`
}

// Rest is a time in which a key is not asked.
type Rest struct {
	Model  string    `json:"model"`
	Reason string    `json:"reason"`
	Until  time.Time `json:"until"`
}

// ImportResult is what became of a text with keys in it.
type ImportResult struct {
	Added      []GeminiKey       `json:"added"`
	Duplicates []json.RawMessage `json:"duplicates"`
	Invalid    []json.RawMessage `json:"invalid"`
}

// UserKey is what the tests read of a user key's view. Key is filled in once, when it is made.
type UserKey struct {
	ID            int64  `json:"id"`
	Name          string `json:"name"`
	Enabled       bool   `json:"enabled"`
	RequestsTotal *int64 `json:"requests_total"`
	Key           string `json:"key"`
}

// Overview is what the tests read of the console's figures.
type Overview struct {
	Keys struct {
		All, Healthy, Resting, Failing, Unknown, Disabled int
	} `json:"keys"`
	Today struct {
		Requests     int64 `json:"requests"`
		Failures     int64 `json:"failures"`
		InputTokens  int64 `json:"input_tokens"`
		OutputTokens int64 `json:"output_tokens"`
	} `json:"today"`
	Shares []struct {
		KeyID    int64 `json:"key_id"`
		Requests int64 `json:"requests"`
	} `json:"shares"`
	RecentFailures []Failure `json:"recent_failures"`
}

// Failure is a request that was answered with an error.
type Failure struct {
	ID       string `json:"id"`
	Model    string `json:"model"`
	Outcome  string `json:"outcome"`
	Status   int    `json:"status"`
	Attempts int    `json:"attempts"`
}

// Problem is the admin API's error form.
type Problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// adminName is the default of ADMIN_USERNAME.
const adminName = "admin"

// LogIn opens a session; the later calls are made in it.
func (a *Admin) LogIn(t testing.TB) {
	t.Helper()
	var tokens struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
	}
	a.token = ""
	a.must(t, http.MethodPost, "/auth/login", map[string]string{"username": adminName, "password": a.password}, &tokens)
	if tokens.AccessToken == "" || tokens.RefreshToken == "" {
		t.Fatal("a log-in gave no tokens")
	}
	a.secrets.add("access token", tokens.AccessToken)
	a.secrets.add("refresh token", tokens.RefreshToken)
	a.token = tokens.AccessToken
}

// Import takes the keys in a text into the pool.
func (a *Admin) Import(t testing.TB, text string) ImportResult {
	t.Helper()
	var result ImportResult
	a.must(t, http.MethodPost, "/gemini-keys/import", map[string]string{"text": text}, &result)
	return result
}

// Keys gives all Gemini keys, in the order of their ids.
func (a *Admin) Keys(t testing.TB) []GeminiKey {
	t.Helper()
	var list struct {
		Items []GeminiKey `json:"items"`
	}
	a.must(t, http.MethodGet, "/gemini-keys?sort=id&page_size=200", nil, &list)
	return list.Items
}

// PatchKey changes a Gemini key.
func (a *Admin) PatchKey(t testing.TB, id int64, change map[string]any) GeminiKey {
	t.Helper()
	var key GeminiKey
	a.must(t, http.MethodPatch, fmt.Sprintf("/gemini-keys/%d", id), change, &key)
	return key
}

// Wake ends a Gemini key's rests.
func (a *Admin) Wake(t testing.TB, id int64) GeminiKey {
	t.Helper()
	var key GeminiKey
	a.must(t, http.MethodPost, fmt.Sprintf("/gemini-keys/%d/wake", id), nil, &key)
	return key
}

// NewUserKey makes a user key.
func (a *Admin) NewUserKey(t testing.TB, name string) UserKey {
	t.Helper()
	var key UserKey
	a.must(t, http.MethodPost, "/user-keys", map[string]string{"name": name}, &key)
	if key.Key == "" {
		t.Fatal("a new user key is not shown")
	}
	a.secrets.add("user key", key.Key)
	return key
}

// PatchUserKey changes a user key.
func (a *Admin) PatchUserKey(t testing.TB, id int64, change map[string]any) UserKey {
	t.Helper()
	var key UserKey
	a.must(t, http.MethodPatch, fmt.Sprintf("/user-keys/%d", id), change, &key)
	return key
}

// UserKeys gives all user keys, in the order of their ids.
func (a *Admin) UserKeys(t testing.TB) []UserKey {
	t.Helper()
	var list struct {
		Items []UserKey `json:"items"`
	}
	a.must(t, http.MethodGet, "/user-keys?sort=id", nil, &list)
	return list.Items
}

// Settings gives the settings.
func (a *Admin) Settings(t testing.TB) map[string]any {
	t.Helper()
	var settings map[string]any
	a.must(t, http.MethodGet, "/settings", nil, &settings)
	return settings
}

// Set changes settings.
func (a *Admin) Set(t testing.TB, change map[string]any) {
	t.Helper()
	a.must(t, http.MethodPatch, "/settings", change, nil)
}

// Overview gives the console's figures.
func (a *Admin) Overview(t testing.TB) Overview {
	t.Helper()
	var overview Overview
	a.must(t, http.MethodGet, "/stats/overview", nil, &overview)
	return overview
}

// Ask makes any call and gives the answer's status and, for an error, the problem in it.
func (a *Admin) Ask(t testing.TB, method, path string, body any) (int, Problem) {
	t.Helper()
	status, text := a.send(t, method, path, body)
	var problem Problem
	if status >= http.StatusBadRequest {
		if err := json.Unmarshal(text, &problem); err != nil {
			t.Fatalf("%s %s: %d with a body that is no problem: %s", method, path, status, text)
		}
	}
	return status, problem
}

// must makes a call that must succeed.
func (a *Admin) must(t testing.TB, method, path string, body, answer any) {
	t.Helper()
	status, text := a.send(t, method, path, body)
	if status >= http.StatusMultipleChoices {
		t.Fatalf("%s %s: %d %s", method, path, status, a.secrets.redact(string(text)))
	}
	if answer == nil {
		return
	}
	if err := json.Unmarshal(text, answer); err != nil {
		t.Fatalf("%s %s: %v in %s", method, path, err, a.secrets.redact(string(text)))
	}
}

// send makes a call and sees to it that the answer shows no secret that was known before: a new user key or token is shown once.
func (a *Admin) send(t testing.TB, method, path string, body any) (int, []byte) {
	t.Helper()
	header := http.Header{}
	if a.token != "" {
		header.Set("Authorization", "Bearer "+a.token)
	}
	status, text := send(t, a.client, method, a.gateway.URL+"/admin/v1"+path, header, body)
	for _, name := range a.secrets.in(text) {
		t.Errorf("%s %s shows a secret: the %s", method, path, name)
	}
	return status, text
}
