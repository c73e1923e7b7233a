package geminisim

import (
	"net/url"
	"slices"
	"strconv"
)

type modelJSON struct {
	Name             string   `json:"name"`
	Version          string   `json:"version"`
	DisplayName      string   `json:"displayName"`
	Description      string   `json:"description"`
	InputTokenLimit  int      `json:"inputTokenLimit"`
	OutputTokenLimit int      `json:"outputTokenLimit"`
	Methods          []string `json:"supportedGenerationMethods"`
	Temperature      float64  `json:"temperature,omitempty"`
	TopP             float64  `json:"topP,omitempty"`
	TopK             int      `json:"topK,omitempty"`
	MaxTemperature   float64  `json:"maxTemperature,omitempty"`
	Thinking         bool     `json:"thinking,omitempty"`
}

func (m *model) json() modelJSON {
	out := modelJSON{
		Name: "models/" + m.Name, Version: "001", DisplayName: m.Name, Description: "Simulated " + m.Name,
		InputTokenLimit: m.InputTokens, OutputTokenLimit: m.OutputTokens, Methods: m.methods(), Thinking: m.thinking.byDefault,
	}
	if m.makes == makesText {
		out.Temperature, out.TopP, out.TopK, out.MaxTemperature = 1, 0.95, 64, 2
	}
	return out
}

func (c *call) listModels() *apiError {
	visible := slices.DeleteFunc(slices.Clone(c.sim.order), func(m *model) bool {
		return m.ClosedToNewUsers && c.key.project.newUser
	})
	from, to, next, e := page(c.r.URL.Query(), len(visible), 50, 1000)
	if e != nil {
		return e
	}
	out := struct {
		Models []modelJSON `json:"models,omitempty"`
		Next   string      `json:"nextPageToken,omitempty"`
	}{Next: next}
	for _, m := range visible[from:to] {
		out.Models = append(out.Models, m.json())
	}
	return c.writeJSON(out)
}

func (c *call) getModel() *apiError {
	name := c.route.model
	if name == "" || !validModelName(name) {
		return invalid("* GetModelRequest.name: unexpected model name format\n")
	}
	m := c.sim.models[name]
	if m == nil {
		return notFound("Model is not found: models/" + name + " for api version " + c.route.version)
	}
	if m.ClosedToNewUsers && c.key.project.newUser {
		return errNewUsers(name)
	}
	return c.writeJSON(m.json())
}

func validModelName(s string) bool {
	for _, ch := range s {
		if (ch < 'a' || ch > 'z') && (ch < 'A' || ch > 'Z') && (ch < '0' || ch > '9') && ch != '-' && ch != '.' && ch != '_' {
			return false
		}
	}
	return true
}

// page reads pageSize and pageToken, and cuts n items accordingly. Tokens are opaque to clients.
func page(q url.Values, n, usual, most int) (from, to int, next string, e *apiError) {
	size := usual
	raw := q.Get("pageSize") + q.Get("page_size")
	if raw != "" {
		v, err := strconv.Atoi(raw)
		if err != nil || v < 0 {
			return 0, 0, "", invalid("Invalid value at 'page_size' (TYPE_INT32), \"" + raw + "\"")
		}
		if v > 0 {
			size = min(v, most)
		}
	}
	if token := q.Get("pageToken") + q.Get("page_token"); token != "" {
		raw, err := decodeBase64(token)
		if err == nil {
			from, err = strconv.Atoi(string(raw))
		}
		if err != nil || from < 0 {
			return 0, 0, "", invalid("Invalid page token.")
		}
	}
	from = min(from, n)
	to = min(from+size, n)
	if to < n {
		next = encodeBase64([]byte(strconv.Itoa(to)))
	}
	return from, to, next, nil
}
