package geminiapi

import (
	"net/http"
	"strings"

	"gemini-proxy/backend/internal/fault"
)

// kind is what a path asks for.
type kind int

const (
	listModels kind = iota
	getModel
	callModel
	createInteraction
)

// route is what a request asks for.
type route struct {
	kind    kind
	version string // "v1beta", "v1alpha", "v1"
	model   string // without "models/"
	method  string // of callModel: "generateContent"
}

// streamMethod is the one method whose answer comes in chunks.
const streamMethod = "streamGenerateContent"

func (r *route) streams() bool { return r.kind == callModel && r.method == streamMethod }

// path gives the path upstream. Its parts have been checked: nothing in them needs escaping.
func (r *route) path() string {
	if r.kind == createInteraction {
		return "/" + r.version + "/interactions"
	}
	return "/" + r.version + "/models/" + r.model + ":" + r.method
}

// routeOf reads the path of a request. The errors are faults: NotFound for what the API does not have, Unsupported for what it has and this
// server does not serve, and 405.
func routeOf(req *http.Request) (*route, error) {
	version, rest, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/")
	if version == "upload" {
		return nil, errNotServed("files")
	}
	r := &route{version: version}
	collection, name, named := strings.Cut(strings.TrimSuffix(rest, "/"), "/")
	switch collection {
	case "models":
		if named {
			return r, r.readModel(req, name)
		}
		return r, need(req, http.MethodGet)
	case "interactions":
		r.kind = createInteraction
		if named || req.Method != http.MethodPost {
			return nil, errNotServed("stored interactions")
		}
		return r, nil
	case "openai":
		return nil, fault.New(fault.NotFound, "the OpenAI-compatible API is at /v1, not at %s", req.URL.Path).WithCode("unknown_url")
	}
	if what := heldByProject(collection); what != "" {
		return nil, errNotServed(what)
	}
	return nil, errNoSuchPath(req)
}

// heldByProject names the resources of a collection that belong to one Google project, so that a request for one must reach a key of that
// project; "" for a collection that Gemini does not have.
func heldByProject(collection string) string {
	collection, _, _ = strings.Cut(collection, ":") // "files:register"
	switch collection {
	case "files", "generatedFiles":
		return "files"
	case "cachedContents":
		return "cached contents"
	case "batches":
		return "batches"
	case "operations":
		return "operations"
	case "fileSearchStores", "corpora", "ragStores":
		return "file search stores"
	case "tunedModels":
		return "tuned models"
	case "auth_tokens", "authTokens":
		return "ephemeral tokens"
	case "agents", "environments", "triggers", "webhooks", "dynamic":
		return collection
	}
	return ""
}

// readModel reads "NAME", "NAME:METHOD" and "NAME/operations/…".
func (r *route) readModel(req *http.Request, name string) error {
	model, method, called := strings.Cut(name, ":")
	if _, below, nested := strings.Cut(model, "/"); nested {
		if strings.HasPrefix(below, "operations") {
			return errNotServed("operations")
		}
		return errNoSuchPath(req)
	}
	if !isName(model) {
		return fault.Field("name", "unexpected model name format").WithCode("invalid_model_name")
	}
	r.model, r.method = model, method
	if !called {
		r.kind = getModel
		return need(req, http.MethodGet)
	}
	r.kind = callModel
	if !isName(method) {
		return errNoSuchPath(req)
	}
	switch method {
	case "predictLongRunning":
		return errNotServed("operations")
	case "batchGenerateContent", "asyncBatchEmbedContent":
		return errNotServed("batches")
	}
	return need(req, http.MethodPost)
}

// maxName bounds the names in paths, in bytes.
const maxName = 128

func isName(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= maxName && s != "." && s != ".."
}

func need(req *http.Request, method string) error {
	if req.Method == method {
		return nil
	}
	f := fault.New(fault.Invalid, "%s does not take %s, but %s", req.URL.Path, req.Method, method).WithCode("method_not_allowed")
	f.Status = http.StatusMethodNotAllowed
	return f
}

func errNotServed(what string) *fault.Error {
	f := fault.New(fault.Unsupported, "%s are not served here yet: they belong to one Google project, and requests here go to any", what).WithCode("not_served")
	f.Status = http.StatusNotImplemented
	return f
}
