// Package stack runs the real programs for a test: the simulated Gemini and the gateway, on free ports of 127.0.0.1, with keys, an
// operator and a user key. It ends them with the test, and fails the test when a secret shows where none may.
package stack

import (
	"crypto/rand"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Config says what a stack is made of. The zero value is three keys in three projects without limits, and SQLite.
type Config struct {
	Projects    []Project // of the simulator; their keys are imported
	SimFlags    []string  // more flags of gemini-sim
	DatabaseURL string    // empty: SQLite in a directory of the test's own
	Environment []string  // more variables of the gateway
	NoKeys      bool      // leave the simulator's keys out of the pool
}

// Stack is the whole at work.
type Stack struct {
	*Gateway

	Sim     *Sim
	Admin   *Admin
	UserKey string       // of a client
	Client  *http.Client // watches what clients are answered
	secrets *secrets
}

// secretKey is what the gateway seals with; the real ones are made with openssl.
const secretKey = "FAKE-secret-key-of-the-tests-0123456789" //nolint:gosec // it keeps nothing

// Start starts a stack and makes it ready for clients. It ends with the test.
func Start(t testing.TB, config Config) *Stack {
	t.Helper()
	s := Prepare(t, config)
	s.Gateway.Start(t)
	s.Admin.LogIn(t)
	if !config.NoKeys {
		s.importKeys(t, config.Projects)
	}
	s.UserKey = s.Admin.NewUserKey(t, "client").Key
	return s
}

// Prepare starts the simulator alone; the gateway is the test's to start.
func Prepare(t testing.TB, config Config) *Stack {
	t.Helper()
	if config.Projects == nil {
		config.Projects = Projects(3, 1)
	}
	hidden := &secrets{}
	for _, key := range keysOf(config.Projects) {
		hidden.add("Gemini key", key)
	}
	password := rand.Text()
	hidden.add("password", password)
	hidden.add("secret key", secretKey)
	sim := StartSim(t, config.Projects, config.SimFlags...)
	environment := append([]string{"ADMIN_PASSWORD=" + password, "GEMINI_BASE_URL=" + sim.URL, "SECRET_KEY=" + secretKey}, config.Environment...)
	if config.DatabaseURL != "" {
		environment = append(environment, "DATABASE_URL="+config.DatabaseURL)
	}
	gateway := newGateway(t, environment)
	s := &Stack{
		Gateway: gateway, Sim: sim, Client: watch(t), secrets: hidden,
		Admin: &Admin{gateway: gateway, client: newClient(t), secrets: hidden, password: password},
	}
	t.Cleanup(func() { s.end(t) })
	return s
}

// importKeys takes the simulator's keys into the pool.
func (s *Stack) importKeys(t testing.TB, projects []Project) {
	t.Helper()
	if projects == nil {
		projects = Projects(3, 1)
	}
	keys := keysOf(projects)
	if result := s.Admin.Import(t, strings.Join(keys, "\n")); len(result.Added) != len(keys) {
		t.Fatalf("of %d keys %d were imported, %d refused", len(keys), len(result.Added), len(result.Invalid))
	}
}

func keysOf(projects []Project) []string {
	var keys []string
	for _, project := range projects {
		for _, key := range project.Keys {
			keys = append(keys, key.Value)
		}
	}
	return keys
}

// end stops the gateway and looks for secrets in what it printed and in what it wrote.
func (s *Stack) end(t testing.TB) {
	switch {
	case s.Running():
		s.Stop(t)
	case s.process != nil && !s.stopped:
		t.Errorf("the gateway ended by itself: %v", s.process.err)
	}
	log := s.Log()
	for _, name := range s.secrets.in([]byte(log)) {
		t.Errorf("the gateway's log shows a secret: the %s", name)
	}
	if strings.Contains(log, `"msg":"panic"`) || strings.Contains(log, "\ngoroutine ") {
		t.Error("the gateway panicked")
	}
	s.searchFiles(t)
	if t.Failed() {
		t.Logf("what the gateway printed:\n%s", s.secrets.redact(log))
	}
}

// searchFiles looks for secrets in the data directory: the database keeps Gemini keys sealed and the rest as hashes.
func (s *Stack) searchFiles(t testing.TB) {
	err := filepath.WalkDir(s.directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, name := range s.secrets.in(content) {
			t.Errorf("%s holds a secret as it is: the %s", filepath.Base(path), name)
		}
		return nil
	})
	if err != nil {
		t.Errorf("searching the data for secrets: %v", err)
	}
}

// Do makes a request of the client API with the user key, unless the header brings a credential of its own, and gives the answer.
// The caller closes its body.
func (s *Stack) Do(t testing.TB, request *http.Request) *http.Response {
	t.Helper()
	if request.Header.Get("Authorization") == "" {
		request.Header.Set("Authorization", "Bearer "+s.UserKey)
	}
	response, err := s.Client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	return response
}
