package adminapi

import (
	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/roster"
)

// auditedKey is what an operator can change of a Gemini key.
type auditedKey struct {
	Masked  string `json:"masked"`
	Name    string `json:"name"`
	Note    string `json:"note"`
	Project string `json:"project"`
	Weight  int    `json:"weight"`
	Enabled bool   `json:"enabled"`
}

func auditedKeyOf(k pool.Key) auditedKey {
	return auditedKey{Masked: k.Masked, Name: k.Name, Note: k.Note, Project: k.Project, Weight: k.Weight, Enabled: k.Enabled}
}

// auditedKeys is how many keys an import added, and the first of them.
type auditedKeys struct {
	Count int      `json:"count"`
	Added []string `json:"added"` // masked
}

func importedKeys(r pool.ImportResult) auditedKeys {
	const most = 50
	keys := auditedKeys{Count: r.AddedTotal, Added: []string{}}
	for _, k := range r.Added[:min(len(r.Added), most)] {
		keys.Added = append(keys.Added, k.Masked)
	}
	return keys
}

// auditedUserKey is what an operator can change of a user key. The mask changes with the key.
type auditedUserKey struct {
	Masked  string `json:"masked"`
	Name    string `json:"name"`
	Note    string `json:"note"`
	Enabled bool   `json:"enabled"`
	UserKeyLimits
}

func auditedUserKeyOf(k auth.UserKey) auditedUserKey {
	return auditedUserKey{Masked: k.Masked(), Name: k.Name, Note: k.Note, Enabled: k.Enabled, UserKeyLimits: userKeyLimitsOf(k.Limits)}
}

// auditedRow is what is set for a model.
type auditedRow struct {
	Limits
	Enabled bool   `json:"enabled"`
	Alias   string `json:"alias"`
	ModelThinking
}

// auditedModel gives what is set for a model; nil when nothing is.
func (a *api) auditedModel(name string) any {
	for _, m := range a.Models.Rows() {
		if m.Name == name {
			return auditedRowOf(m)
		}
	}
	return nil
}

func auditedRowOf(m roster.Model) auditedRow {
	return auditedRow{
		Limits: Limits{RPM: m.RPM, TPM: m.TPM, RPD: m.RPD}, Enabled: m.Enabled, Alias: m.Alias,
		ModelThinking: ModelThinking{ThinkingBudget: m.Budget, IncludeThoughts: m.Include},
	}
}

// auditedBulk is what was done to many keys at once.
type auditedBulk struct {
	Action  string            `json:"action"`
	IDs     []int64           `json:"ids,omitempty"` // the first of those that were named
	Filter  *KeyFilterRequest `json:"filter,omitempty"`
	Weight  *int              `json:"weight,omitempty"`
	Project *string           `json:"project,omitempty"`
	Matched int               `json:"matched"`
	Changed int               `json:"changed"`
}

func auditedBulkOf(b *BulkRequest, r pool.BulkResult) auditedBulk {
	const most = 50
	return auditedBulk{Action: b.Action, IDs: b.IDs[:min(len(b.IDs), most)], Filter: b.Filter, Weight: b.Weight, Project: b.Project.Text,
		Matched: r.Matched, Changed: r.Changed}
}
