package geminisim

import "sync"

// Project is a Google project: the owner of quota, files and caches. Its keys share all of them.
type Project struct {
	// Number is the project number, as in "projects/N".
	Number string `json:"number"`
	// Tier is "free" (also the empty string) or the name of a paid tier.
	Tier string `json:"tier,omitempty"`
	// Limits are by model name or quota family; "" holds for all other models. They are always enforced.
	Limits map[string]Limits `json:"limits,omitempty"`
	// Banned answers 403 "Your project has been denied access" to every key.
	Banned bool `json:"banned,omitempty"`
	// NewUser makes models that are ClosedToNewUsers answer 404.
	NewUser bool `json:"new_user,omitempty"`
	// Keys belong to the project.
	Keys []Key `json:"keys,omitempty"`
}

// Key is an API key. A value beginning with "AQ." is an auth key: it is refused with 401 where an "AIza…" key gets 400.
type Key struct {
	Value string `json:"value"`
	// State is one of: valid (also the empty string), invalid, expired, deleted, leaked, suspended, blocked (restricted
	// to other services), disabled (the API is not enabled in the project).
	State string `json:"state,omitempty"`
}

// Limits are requests per sliding minute, input tokens per sliding minute, and requests per Pacific day.
// -1 is unlimited, and so is 0 in a value that has any other field set. Limits{} (all zero) means that the model is not
// on the project's tier: the answer is 429 with "limit: 0".
type Limits struct {
	RPM int `json:"rpm"`
	TPM int `json:"tpm"`
	RPD int `json:"rpd"`
}

func (l Limits) none() bool { return l == Limits{} }

// key is a Key in its project.
type key struct {
	value   string
	state   string // guarded by world.mu
	project *project
}

// project is a Project with its account. limits and banned are guarded by world.mu; the rest does not change.
type project struct {
	number, tier string
	newUser      bool
	limits       map[string]Limits
	banned       bool
	*account
}

// account is what a project has used and holds. It outlives a change of the project's settings, so that requests under
// way and later ones share it.
type account struct {
	mu      sync.Mutex
	ledgers map[string]*ledger // by quota family
	files   map[string]*file   // by id
	caches  map[string]*cached // by id
	things  map[string]*thing  // by name: batches, operations, stored interactions, file search stores
}

func newAccount() *account {
	return &account{ledgers: map[string]*ledger{}, files: map[string]*file{}, caches: map[string]*cached{}, things: map[string]*thing{}}
}

func (p *project) free() bool { return p.tier == "" || p.tier == "free" }
