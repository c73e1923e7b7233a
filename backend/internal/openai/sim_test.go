package openai_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/geminisim"
	"gemini-proxy/backend/internal/openai"
)

// TestTheSimulatorTakesEveryRequest sends what the golden cases send upstream to the simulated Gemini, which refuses what Gemini refuses: unknown
// fields, turns out of order, lost signatures, settings the model does not have.
func TestTheSimulatorTakesEveryRequest(t *testing.T) {
	models := geminisim.DefaultModels()
	for _, name := range []string{"gemini-2.0-flash", "gemini-3-pro-preview", "gemini-9-quark", "gemma-3-27b-it"} { // gone, or to come
		models = append(models, geminisim.Model{Name: name})
	}
	sim := geminisim.New(geminisim.Config{Models: models, Projects: []geminisim.Project{{Number: "1", Tier: "tier1", Keys: []geminisim.Key{{Value: "AIzaSy-FAKE-golden"}}}}})
	paths, err := filepath.Glob(filepath.Join("testdata", "*", "request.gemini.json"))
	if err != nil || len(paths) < 100 {
		t.Fatalf("%d cases, %v", len(paths), err)
	}
	for _, path := range paths {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			written, _ := read(t, dir, "request.openai.json")
			request := parse(t, string(written))
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			url := "/v1beta/models/" + openai.BareModel(request.Model) + ":generateContent"
			asked := httptest.NewRequest(http.MethodPost, url, bytes.NewReader(body))
			asked.Header.Set("X-Goog-Api-Key", "AIzaSy-FAKE-golden")
			answer := httptest.NewRecorder()
			sim.ServeHTTP(answer, asked)
			if why := needsMore(filepath.Base(dir)); why != "" {
				if !strings.Contains(answer.Body.String(), why) {
					t.Errorf("%d, not for want of %q: %s", answer.Code, why, answer.Body)
				}
				return
			}
			if answer.Code != http.StatusOK {
				t.Errorf("%d %s", answer.Code, strings.Join(strings.Fields(answer.Body.String()), " "))
			}
		})
	}
}

// needsMore gives what Gemini says of the cases that name what only a whole gateway would have put there.
func needsMore(name string) string {
	switch name {
	case "file_id_beside_type", "file_id_of_openai_form", "image_seed_form_file_data_with_file_id":
		return "unsupported file uri" // ours, until the files are bound to a project
	case "image_seed_form_file_uri":
		return "do not have permission to access the File"
	case "reasoning_google_extension_at_the_top":
		return "CachedContent not found"
	case "tool_signature_carried_by_the_client", "tool_signature_kept_by_the_server":
		return "Invalid thought signature"
	}
	return ""
}
