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
	createInteraction // of a model or an agent
	listFiles
	makeThing // in a collection that a project holds
	listThings
	callThing // a thing that is held, or something below it
)

// route is what a request asks for.
type route struct {
	kind    kind
	version string // "v1beta", "v1alpha", "v1"
	model   string // without "models/"; empty where no model is called
	method  string // of callModel, and of callThing where there is one: "generateContent", "cancel"
	below   string // makeThing and what follows: the path below the version, checked
	root    string // callThing: the name of what is held
	sort    collection
	known   bool // listThings: the sort is one that this server knows
}

// streamMethod is the one method whose answer comes in chunks.
const streamMethod = "streamGenerateContent"

func (r *route) streams() bool { return r.method == streamMethod }

// generates reports whether the answer is the model's content.
func (r *route) generates() bool { return r.method == "generateContent" || r.streams() }

// path gives the path upstream. Its parts have been checked: nothing in them needs escaping.
func (r *route) path() string {
	switch r.kind {
	case createInteraction:
		return "/" + r.version + "/interactions"
	case makeThing, listThings, callThing:
		return "/" + r.version + "/" + r.below
	case listModels, getModel, callModel, listFiles:
	}
	return "/" + r.version + "/models/" + r.model + ":" + r.method
}

// routeOf reads the path of a request. The errors are faults: NotFound for what the API does not have, Unsupported for what it has and this
// server does not serve, and 405.
func routeOf(req *http.Request) (*route, error) {
	version, rest, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/")
	r := &route{version: version}
	rest = strings.TrimSuffix(rest, "/")
	first, name, named := strings.Cut(rest, "/")
	switch first {
	case "models":
		if !named {
			return r, need(req, http.MethodGet)
		}
		if strings.Contains(name, "/") {
			return r, r.readThing(req, rest)
		}
		return r, r.readModel(req, name)
	case "interactions":
		if !named {
			r.kind, r.sort.life = createInteraction, interactionLife
			return r, need(req, http.MethodPost)
		}
	case "files:register":
		return nil, errNotServed("registered files are", "they are links to a Google Cloud project's storage")
	case "files":
		if !named {
			r.kind = listFiles
			if req.Method == http.MethodPost {
				return nil, fault.New(fault.Invalid, "a file is made by uploading it: POST /upload/%s/files", version).WithCode("upload_required")
			}
			return r, need(req, http.MethodGet)
		}
	case "openai":
		return nil, fault.New(fault.NotFound, "the OpenAI-compatible API is at /v1, not at %s", req.URL.Path).WithCode("unknown_url")
	}
	if err := errAbroad(first); err != nil {
		return nil, err
	}
	return r, r.readThing(req, rest)
}

// readThing reads the path of a collection or of what is in it.
func (r *route) readThing(req *http.Request, path string) error {
	for part := range strings.SplitSeq(path, "/") {
		name, method, called := strings.Cut(part, ":")
		if !isName(name) || called && !isName(method) {
			return errNoSuchPath(req)
		}
		r.method = method
	}
	r.below = path
	if !strings.Contains(path, "/") {
		return r.readCollection(req, path)
	}
	r.kind = callThing
	if r.root, r.sort = rootOf(path); r.root == "" {
		return errNoSuchPath(req)
	}
	if r.generates() {
		r.model = r.root
	}
	return nil
}

// readCollection reads "NAME" of a collection, and "NAME:METHOD".
func (r *route) readCollection(req *http.Request, name string) error {
	bare, _, called := strings.Cut(name, ":")
	r.kind = makeThing
	r.sort, r.known = collectionOf(bare)
	if called || !isRead(req) {
		return need(req, http.MethodPost)
	}
	r.kind = listThings
	return nil
}

// readModel reads "NAME" and "NAME:METHOD".
func (r *route) readModel(req *http.Request, name string) error {
	model, method, called := strings.Cut(name, ":")
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

func isRead(req *http.Request) bool {
	return req.Method == http.MethodGet || req.Method == http.MethodHead
}

func need(req *http.Request, method string) error {
	if req.Method == method || method == http.MethodGet && isRead(req) {
		return nil
	}
	f := fault.New(fault.Invalid, "%s does not take %s, but %s", req.URL.Path, req.Method, method).WithCode("method_not_allowed")
	f.Status = http.StatusMethodNotAllowed
	return f
}

func errNotServed(what, why string) *fault.Error {
	f := fault.New(fault.Unsupported, "%s not served here: %s", what, why).WithCode("not_served")
	f.Status = http.StatusNotImplemented
	return f
}
