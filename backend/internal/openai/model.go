package openai

import "strings"

// Model is one entry of /v1/models.
type Model struct {
	ID      string `json:"id"`       // without "models/"
	Object  string `json:"object"`   // "model"
	Created int64  `json:"created"`  // Unix seconds
	OwnedBy string `json:"owned_by"` // "google"
}

// ModelList is the answer of /v1/models.
type ModelList struct {
	Object string  `json:"object"` // "list"
	Data   []Model `json:"data"`
}

// NewModel describes a model by Gemini's name, with or without "models/". Gemini does not say when a model was made: created is what the
// caller knows best.
func NewModel(name string, created int64) Model {
	return Model{ID: strings.TrimPrefix(name, "models/"), Object: "model", Created: created, OwnedBy: "google"}
}

// NewModelList describes the models by Gemini's names, in the order given.
func NewModelList(names []string, created int64) ModelList {
	list := ModelList{Object: "list", Data: make([]Model, len(names))}
	for i, name := range names {
		list.Data[i] = NewModel(name, created)
	}
	return list
}
