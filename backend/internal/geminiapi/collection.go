package geminiapi

import (
	"strings"
	"time"
)

// collection is one sort of thing that Gemini keeps for the project of the key it was made with.
type collection struct {
	name  string        // as paths begin: "batches"
	items string        // what a list's answer calls them; empty where there is no list
	life  time.Duration // after which Google keeps a thing no longer, unless its answer says when; 0: until it is deleted
}

// The times are those of ai.google.dev (batch, caching, interactions, video), and a little more where Google's are not exact: what is gone is
// told by Google itself. They bound how long a record of ours is kept.
const (
	cacheLife       = time.Hour // without a ttl
	batchLife       = 90 * 24 * time.Hour
	operationLife   = 7 * 24 * time.Hour
	outputLife      = 14 * 24 * time.Hour // files that a batch or an operation made
	interactionLife = 56 * 24 * time.Hour
)

// collectionOf gives the sort of things that a path or a name begins with. A collection that is not known here is taken to be like those that are:
// what Google adds works as soon as it is there.
func collectionOf(name string) (sort collection, known bool) {
	switch name {
	case "cachedContents":
		return collection{name, "cachedContents", cacheLife}, true
	case "batches":
		return collection{name, "operations", batchLife}, true
	case "operations":
		return collection{name, "operations", operationLife}, true
	case "interactions":
		return collection{name, "", interactionLife}, true
	case "files": // those that Gemini made
		return collection{name, name, outputLife}, true
	case "generatedFiles":
		return collection{name, "generatedFiles", outputLife}, true
	case "fileSearchStores", "ragStores", "corpora", "tunedModels", "agents", "environments", "triggers", "voices":
		return collection{name, name, 0}, true
	}
	return collection{name, name, 0}, false
}

// errAbroad words why some of what Gemini has is not served at all: it would let a client past the gateway, or see what others do.
func errAbroad(name string) error {
	name, _, _ = strings.Cut(name, ":") // "files:register"
	switch name {
	case "auth_tokens", "authTokens":
		return errNotServed("ephemeral tokens are", "they would let their holder call Google with a key of the pool, past every limit")
	case "webhooks", "dynamic":
		return errNotServed("webhooks are", "they would tell of everything that is done with the project's keys, by whomever")
	}
	return nil
}

// rootOf gives the name of the thing that a path below the version leads to or into: "cachedContents/abc" of "cachedContents/abc:verb",
// "models/m/operations/x" of itself. It is empty when the path leads to no single thing of a collection.
func rootOf(path string) (root string, sort collection) {
	parts := strings.Split(path, "/")
	for i := range parts {
		parts[i], _, _ = strings.Cut(parts[i], ":")
	}
	if len(parts) >= 4 && parts[0] == "models" && parts[2] == "operations" {
		sort, _ = collectionOf("operations")
		return strings.Join(parts[:4], "/"), sort
	}
	sort, _ = collectionOf(parts[0])
	if parts[0] == "models" || len(parts) < 2 || parts[1] == "" {
		return "", collection{}
	}
	return parts[0] + "/" + parts[1], sort
}
