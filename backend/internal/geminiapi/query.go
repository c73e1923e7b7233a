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
	events  bool // alt=sse
	partial bool // fields=…: what the answer holds is not known
}

// formOf reads the query's parameters that change the answer's form, and refuses those under which it could not be judged.
func formOf(query url.Values, streams bool) (form, error) {
	f := form{partial: parameter(query, "fields") != ""}
	switch alt := parameter(query, "alt"); {
	case alt == "sse" && streams:
		f.events = true
	case alt == "sse":
		return f, fault.Field("alt", "sse goes with :%s alone", streamMethod)
	case alt != "" && alt != "json":
		return f, fault.Field("alt", "must be json or sse")
	}
	if parameter(query, "callback") != "" {
		return f, fault.Field("callback", "is not served")
	}
	return f, nil
}

func parameter(query url.Values, name string) string {
	if value := query.Get(name); value != "" {
		return value
	}
	return query.Get("$" + name)
}
