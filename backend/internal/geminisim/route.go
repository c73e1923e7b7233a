package geminisim

import (
	"net/http"
	"strings"
)

// route is what a path asks for.
type route struct {
	version string // v1beta, v1, v1alpha
	method  string // as in Target.Method; "" is none
	model   string // without "models/"
	id      string // of a file, cache or interaction
	below   string // of an operation of a store
	openai  bool   // under /openai: errors are wrapped in an array
	upload  bool
}

// parseRoute reads method and path; ok is false outside /v1*, where Google shows a page.
func parseRoute(r *http.Request) (rt route, ok bool) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if rest, found := strings.CutPrefix(path, "upload/"); found {
		rt.upload, path = true, rest
	}
	rt.version, path, _ = strings.Cut(path, "/")
	switch rt.version {
	case "v1beta", "v1", "v1alpha":
	default:
		return rt, false
	}
	collection, id, nested := strings.Cut(path, "/")
	switch {
	case rt.upload:
		if path == "files" && r.Method == http.MethodPost {
			rt.method = "files.create"
			if r.URL.Query().Get("upload_id") != "" {
				rt.method = "files.upload"
			}
		}
	case collection == "openai":
		rt.openai = true
	case collection == "models" || collection == "tunedModels":
		rt.readModel(r, id, nested)
	case collection == "files" || collection == "cachedContents" || collection == "interactions" || collection == "batches" || collection == "fileSearchStores":
		rt.readThing(r, collection, id)
	}
	return rt, true
}

func (rt *route) readModel(r *http.Request, id string, nested bool) {
	model, verb, hasVerb := strings.Cut(id, ":")
	rt.model = model
	if below, id, found := strings.Cut(model, "/operations/"); found && r.Method == http.MethodGet {
		rt.model, rt.id, rt.method = below, id, "operations.get"
		return
	}
	switch {
	case hasVerb && r.Method == http.MethodPost:
		rt.method = verb
	case !nested && r.Method == http.MethodGet:
		rt.method = "models.list"
	case nested && !hasVerb && r.Method == http.MethodGet:
		rt.method = "models.get"
	}
}

// readThing reads "ID", "ID:VERB" and "ID/VERB".
func (rt *route) readThing(r *http.Request, collection, id string) {
	name, verb, called := strings.Cut(id, ":")
	if !called {
		name, verb, called = strings.Cut(id, "/")
	}
	rt.id = name
	if operation, found := strings.CutPrefix(verb, "operations/"); found && r.Method == http.MethodGet {
		rt.below, rt.method = operation, collection+".operation"
		return
	}
	switch {
	case called && (r.Method == http.MethodPost || verb == "download" && r.Method == http.MethodGet):
		rt.method = collection + "." + verb
	case !called:
		rt.method = crud(collection, r.Method, name != "")
	}
}

func crud(collection, method string, one bool) string {
	switch {
	case method == http.MethodGet && one:
		return collection + ".get"
	case method == http.MethodGet:
		return collection + ".list"
	case method == http.MethodPost && !one:
		return collection + ".create"
	case method == http.MethodDelete && one:
		return collection + ".delete"
	case method == http.MethodPatch && one:
		return collection + ".patch"
	}
	return ""
}

func (rt route) generates() bool {
	return rt.method == "generateContent" || rt.method == "streamGenerateContent"
}

// infers says that the call is one that a project pays for.
func (rt route) infers() bool {
	switch rt.method {
	case "embedContent", "batchEmbedContents", "predict", "interactions.create", "batchGenerateContent", "asyncBatchEmbedContent", "predictLongRunning":
		return true
	}
	return rt.generates()
}

// rpc is the full method name of the API, as errors tell it.
func (rt route) rpc() string {
	prefix := "google.ai.generativelanguage." + rt.version + "."
	service, verb, found := strings.Cut(rt.method, ".")
	if !found {
		verb = "generateContent"
		if rt.method != "" {
			verb = rt.method
		}
		return prefix + "GenerativeService." + strings.ToUpper(verb[:1]) + verb[1:]
	}
	names := map[string]string{"models": "ModelService", "files": "FileService", "cachedContents": "CacheService", "interactions": "InteractionService",
		"batches": "BatchService", "operations": "OperationService", "fileSearchStores": "RetrieverService"}
	noun := map[string]string{"models": "Model", "files": "File", "cachedContents": "CachedContent", "interactions": "Interaction",
		"batches": "Batch", "operations": "Operation", "fileSearchStores": "FileSearchStore"}[service]
	if verb == "list" {
		noun += "s"
	}
	return prefix + names[service] + "." + strings.ToUpper(verb[:1]) + verb[1:] + noun
}
