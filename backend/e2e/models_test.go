package e2e

import (
	"net/http"
	"slices"
	"testing"

	"gemini-proxy/backend/e2e/stack"
)

func TestModels(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	page, err := client.Models.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, model := range page.Data {
		if model.Object != "model" || model.OwnedBy == "" || model.Created == 0 {
			t.Errorf("a model is %s", model.RawJSON())
		}
		names = append(names, model.ID)
	}
	for _, want := range []string{flash, flash25, lite, "gemini-flash-latest", "gemini-embedding-001"} {
		if !slices.Contains(names, want) {
			t.Errorf("the list has no %s: %v", want, names)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("the list is not sorted: %v", names)
	}
	model, err := client.Models.Get(t.Context(), flash)
	if err != nil {
		t.Fatal(err)
	}
	if model.ID != flash || model.Object != "model" {
		t.Errorf("the model is %s", model.RawJSON())
	}
	_, err = client.Models.Get(t.Context(), noModel)
	if fault := wantError(t, err, http.StatusNotFound); fault.Code != "model_not_found" {
		t.Errorf("the error is %s", fault.RawJSON())
	}
	for _, call := range s.Sim.Calls(t) {
		if call.Method != "models.list" && call.Method != "models.get" {
			t.Errorf("listing models made a call of %s", call.Method)
		}
	}
}

// TestModelsWithoutKeys lists nothing while there is no key to ask with.
func TestModelsWithoutKeys(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{NoKeys: true})
	client := newClient(s)
	page, err := client.Models.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Data) != 0 {
		t.Errorf("without keys there are %d models", len(page.Data))
	}
}
