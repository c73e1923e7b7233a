package gemini

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// Model is an entry of models.list.
type Model struct {
	Name             string   `json:"name"` // without "models/"
	DisplayName      string   `json:"displayName"`
	Description      string   `json:"description"`
	InputTokenLimit  int      `json:"inputTokenLimit"`
	OutputTokenLimit int      `json:"outputTokenLimit"`
	Methods          []string `json:"supportedGenerationMethods"`

	Raw json.RawMessage `json:"-"` // the entry as Google sent it, with all it says
}

// CanBeModel reports whether a name can be a model's, without "models/": letters, digits, dots, dashes and underscores, in parts between
// slashes. Any other, put into a path, could lead to something else than a model.
func CanBeModel(name string) bool {
	if name == "" || len(name) > 200 {
		return false
	}
	word := false // whether the part so far holds more than dots
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
			word = true
		case c == '.':
		case c == '/' && word:
			word = false
		default:
			return false
		}
	}
	return word
}

// maxModelPages bounds the pages of models.list that are read, 1,000 models each.
const maxModelPages = 10

// Models lists the models the key's project may use. It costs no generation quota.
func (c *Client) Models(ctx context.Context, key Secret) ([]Model, error) {
	var all []Model
	token := ""
	for range maxModelPages {
		path := "/models?pageSize=1000"
		if token != "" {
			path += "&pageToken=" + url.QueryEscape(token)
		}
		data, err := c.get(ctx, key, path)
		if err != nil {
			return nil, err
		}
		var page struct {
			Models        []json.RawMessage `json:"models"`
			NextPageToken string            `json:"nextPageToken"`
		}
		if err := json.Unmarshal(data, &page); err != nil {
			return nil, fmt.Errorf("%w: list of models: %w", ErrMalformed, err)
		}
		for _, raw := range page.Models {
			m := Model{Raw: raw}
			if err := json.Unmarshal(raw, &m); err != nil {
				return nil, fmt.Errorf("%w: entry of models.list: %w", ErrMalformed, err)
			}
			m.Name = strings.TrimPrefix(m.Name, "models/")
			all = append(all, m)
		}
		if token = page.NextPageToken; token == "" {
			break
		}
	}
	return all, nil
}

// Probe asks for one model's description: the cheapest call that proves a key, and free of generation quota. An empty model asks
// for the first of the list.
func (c *Client) Probe(ctx context.Context, key Secret, model string) error {
	path := "/models?pageSize=1"
	if model != "" {
		path = "/models/" + url.PathEscape(model)
	}
	_, err := c.get(ctx, key, path)
	return err
}
