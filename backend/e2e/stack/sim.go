package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Project is one of the simulator's projects, as its configuration has it (docs/simulator.md).
type Project struct {
	Number string            `json:"number"`
	Tier   string            `json:"tier,omitempty"`   // "free" or "tier1"
	Limits map[string]Limits `json:"limits,omitempty"` // by model; "" is all others
	Keys   []Key             `json:"keys"`
}

// Limits are a project's limits for one model; −1, or 0 beside one that is set, is none.
type Limits struct {
	RPM int `json:"rpm"`
	TPM int `json:"tpm"`
	RPD int `json:"rpd"`
}

// Key is one of the simulator's keys.
type Key struct {
	Value string `json:"value"`
	State string `json:"state,omitempty"` // "valid", "leaked", "expired", …
}

// Projects makes n projects with so many keys each. Every third key is of the AQ. kind.
func Projects(n, keys int) []Project {
	projects := make([]Project, n)
	made := 0
	for i := range projects {
		projects[i].Number = fmt.Sprint(1_000_000_001 + i)
		for range keys {
			made++
			projects[i].Keys = append(projects[i].Keys, Key{Value: FakeKey(made)})
		}
	}
	return projects
}

// FakeKey gives the nth key that looks like one of Google's and is none.
func FakeKey(n int) string {
	if n%3 == 0 {
		return fmt.Sprintf("AQ.FAKE-e2e-%04d-x7Q2mZr8Lw3Kp9Vb5Tn1Yc6", n)
	}
	return fmt.Sprintf("AIzaSy-FAKE-e2e-%04d-Kp9Vb5Tn1Yc6x7Q2mZ", n)
}

// Step is one outcome of a script, as docs/simulator.md has it: {"do": "minute_429", "retry": "10s"}.
type Step map[string]any

// Target says which calls a script is for; empty fields match all, and an empty method matches inference alone.
type Target struct {
	Key    string `json:"key,omitempty"`
	Model  string `json:"model,omitempty"`
	Method string `json:"method,omitempty"`
}

// Call is one request that the simulator has seen.
type Call struct {
	Seq         int64        `json:"seq"`
	Path        string       `json:"path"`
	Query       string       `json:"query"`
	Method      string       `json:"method"`
	Model       string       `json:"model"`
	Key         string       `json:"key"`
	Project     string       `json:"project"`
	Credentials []Credential `json:"credentials"`
	Header      http.Header  `json:"header"`
	Body        string       `json:"body"`
	Status      int          `json:"status"`
	Done        bool         `json:"done"`
	ClientGone  bool         `json:"client_gone"`
}

// Credential is one that came with a call, and where it was.
type Credential struct {
	Place string `json:"place"`
	Key   string `json:"key"`
}

// Sim is the simulated Gemini.
type Sim struct {
	URL     string
	process *process
	client  *http.Client
}

// StartSim starts a simulator with the projects. It ends with the test.
func StartSim(t testing.TB, projects []Project, flags ...string) *Sim {
	t.Helper()
	directory := t.TempDir()
	encoded, err := json.Marshal(map[string]any{"projects": projects})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(directory, "sim.json")
	if err := os.WriteFile(file, encoded, 0o600); err != nil {
		t.Fatal(err)
	}
	arguments := append([]string{"--addr", "127.0.0.1:0", "--config", file}, flags...)
	p := launch(t, newOutput(), directory, basics(), Program(t, "gemini-sim"), arguments...)
	t.Cleanup(p.kill)
	address := p.await(t, `Simulated Gemini at (http://\S+)`)[1]
	return &Sim{URL: address, process: p, client: newClient(t)}
}

// Script queues outcomes for the calls that match the target.
func (s *Sim) Script(t testing.TB, target Target, steps ...Step) {
	t.Helper()
	s.do(t, http.MethodPost, "/sim/scripts", map[string]any{"target": target, "steps": steps}, nil)
}

// Pending is how many scripted outcomes nobody has met yet.
func (s *Sim) Pending(t testing.TB) int {
	t.Helper()
	var answer struct {
		Pending int `json:"pending_steps"`
	}
	s.do(t, http.MethodGet, "/sim/scripts", nil, &answer)
	return answer.Pending
}

// ClearScript drops what is queued.
func (s *Sim) ClearScript(t testing.TB) {
	t.Helper()
	s.do(t, http.MethodDelete, "/sim/scripts", nil, nil)
}

// SetKey changes a key's state.
func (s *Sim) SetKey(t testing.TB, value, state string) {
	t.Helper()
	s.do(t, http.MethodPut, "/sim/keys", Key{Value: value, State: state}, nil)
}

// Advance moves the simulator's clock.
func (s *Sim) Advance(t testing.TB, by time.Duration) {
	t.Helper()
	s.do(t, http.MethodPost, "/sim/clock", map[string]string{"advance": by.String()}, nil)
}

// Forget empties the log of calls.
func (s *Sim) Forget(t testing.TB) {
	t.Helper()
	s.do(t, http.MethodDelete, "/sim/requests", nil, nil)
}

// Calls gives the calls seen since the last Forget, the latest 1,024.
func (s *Sim) Calls(t testing.TB) []Call {
	t.Helper()
	var answer struct {
		Requests []Call `json:"requests"`
	}
	s.do(t, http.MethodGet, "/sim/requests", nil, &answer)
	return answer.Requests
}

// Generations gives those of the calls that ask for an answer of a model: probes and lists are left out.
func (s *Sim) Generations(t testing.TB) []Call {
	t.Helper()
	var generations []Call
	for _, call := range s.Calls(t) {
		if call.Method == "generateContent" || call.Method == "streamGenerateContent" {
			generations = append(generations, call)
		}
	}
	return generations
}

// Holding counts the logged calls in which a text occurs anywhere, behind masks too.
func (s *Sim) Holding(t testing.TB, text string) int {
	t.Helper()
	var answer struct {
		Count int `json:"count"`
	}
	s.do(t, http.MethodPost, "/sim/requests/search", map[string]string{"contains": text}, &answer)
	return answer.Count
}

func (s *Sim) do(t testing.TB, method, path string, body, answer any) {
	t.Helper()
	status, text := send(t, s.client, method, s.URL+path, nil, body)
	if status != http.StatusOK {
		t.Fatalf("%s %s of the simulator: %d %s", method, path, status, text)
	}
	if answer == nil {
		return
	}
	if err := json.Unmarshal(text, answer); err != nil {
		t.Fatalf("%s %s of the simulator: %v", method, path, err)
	}
}

// basics are the variables every program gets; nothing else of the environment reaches it.
func basics() []string {
	var kept []string
	for _, variable := range os.Environ() {
		switch name, _, _ := strings.Cut(variable, "="); name {
		case "PATH", "HOME", "TMPDIR":
			kept = append(kept, variable)
		}
	}
	return kept
}

// requestLimit bounds the harness's own requests.
const requestLimit = 30 * time.Second

// newClient makes an HTTP client whose connections end with the test.
func newClient(t testing.TB) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 16, ExpectContinueTimeout: requestLimit}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: requestLimit}
}

// requestContext outlives the test's own context, which ends before the clean-up does.
func requestContext(t testing.TB) context.Context { return context.WithoutCancel(t.Context()) }
