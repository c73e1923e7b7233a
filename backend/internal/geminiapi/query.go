package geminiapi

import (
	"net/url"
	"strings"

	"gemini-proxy/backend/internal/fault"
)

// passedQuery gives the query to pass on: as it came, in its order, without credentials and what names the client's user.
func passedQuery(raw string) string {
	if raw == "" {
		return ""
	}
	kept := make([]string, 0, 4)
	for parameter := range strings.SplitSeq(raw, "&") {
		name, _, _ := strings.Cut(parameter, "=")
		name, err := url.QueryUnescape(name)
		if err != nil || parameter == "" {
			continue
		}
		switch strings.ToLower(strings.TrimPrefix(name, "$")) { // Google's own parameters may carry a dollar sign
		case "key", "access_token", "oauth_token", "bearer_token", "api_key", "quotauser", "userip":
		default:
			kept = append(kept, parameter)
		}
	}
	return strings.Join(kept, "&")
}

// form is what the query says of the answer's form.
type form struct {
	events  bool // server-sent events
	partial bool // fields=…: what the answer holds is not known
	media   bool // alt=media: bytes of any kind
}

// formOf reads the query's parameters that change the answer's form, and refuses those under which it could not be judged.
func formOf(query url.Values, r *route) (form, error) {
	f := form{partial: parameter(query, "fields") != ""}
	follows := r.kind == createInteraction || r.kind == callThing && r.sort.name == "interactions"
	switch alt := parameter(query, "alt"); {
	case alt == "sse" && (r.streams() || follows):
		f.events = true
	case alt == "sse":
		return f, fault.Field("alt", "sse goes with :%s alone", streamMethod)
	case alt == "media" && r.kind == callThing:
		f.media = true
	case alt != "" && alt != "json":
		return f, fault.Field("alt", "must be json or sse")
	}
	if parameter(query, "callback") != "" {
		return f, fault.Field("callback", "is not served")
	}
	if follows && query.Get("stream") == "true" {
		f.events = true
	}
	return f, nil
}

func parameter(query url.Values, name string) string {
	if value := query.Get(name); value != "" {
		return value
	}
	return query.Get("$" + name)
}
