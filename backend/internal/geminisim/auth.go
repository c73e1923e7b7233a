package geminisim

import (
	"net/http"
	"slices"
	"strings"
)

// Credential is one credential seen in a request.
type Credential struct {
	// Place is "x-goog-api-key", "key" (the query parameter) or "authorization".
	Place string `json:"place"`
	// Key is the value if the simulator knows it, else a mask.
	Key   string `json:"key"`
	value string
}

// credentials lists every credential of the request; Google accepts exactly one.
func credentials(r *http.Request) []Credential {
	var out []Credential
	for _, v := range r.Header.Values("X-Goog-Api-Key") {
		out = append(out, Credential{Place: "x-goog-api-key", value: v})
	}
	if strings.Contains(r.URL.RawQuery, "key=") {
		for _, v := range r.URL.Query()["key"] {
			out = append(out, Credential{Place: "key", value: v})
		}
	}
	for _, v := range r.Header.Values("Authorization") {
		if len(v) > 7 && strings.EqualFold(v[:7], "bearer ") {
			v = strings.TrimSpace(v[7:])
		}
		out = append(out, Credential{Place: "authorization", value: v})
	}
	return out
}

func sortKeys(keys []Key) {
	slices.SortFunc(keys, func(a, b Key) int { return strings.Compare(a.Value, b.Value) })
}

// authenticate finds the caller's key, or the refusal of gemini-wire §3.1. Bearer is for /v1beta/openai alone: on the
// native paths Google takes it for an OAuth token.
func (w *world) authenticate(seen []Credential, rt route) (*key, *apiError) {
	if len(seen) == 0 {
		return nil, denied("Method doesn't allow unregistered callers (callers without established identity). " +
			"Please use API Key or other form of API consumer identity to call this API.")
	}
	if len(seen) > 1 {
		return nil, invalid("Multiple authentication credentials received. Please pass only one.")
	}
	if seen[0].Place == "authorization" && !rt.openai {
		return nil, errToken(rt)
	}
	value := seen[0].value
	w.mu.RLock()
	defer w.mu.RUnlock()
	k := w.keys[value]
	if k == nil {
		return nil, errUnknownKey(value, rt)
	}
	if e := deadKey(k.state, k.value, k.project.number, rt); e != nil {
		return k, e
	}
	if k.project.banned {
		return k, denied("Your project has been denied access. Please contact support.")
	}
	return k, nil
}

func errUnknownKey(value string, rt route) *apiError {
	if strings.HasPrefix(value, "AQ.") {
		return errToken(rt)
	}
	return errKey("API key not valid. Please pass a valid API key.")
}

// errKey is the 400 for keys that are wrong, expired or deleted: one reason for all.
func errKey(message string) *apiError {
	e := invalid(message)
	e.Details = []any{info("API_KEY_INVALID", map[string]string{"service": googleService}), localized(message)}
	return e
}

// errToken is the 401 for a bad AQ. key.
func errToken(rt route) *apiError {
	return &apiError{
		Code: http.StatusUnauthorized, Status: "UNAUTHENTICATED",
		Message: "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid " +
			"authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
		Details: []any{info("ACCESS_TOKEN_TYPE_UNSUPPORTED", map[string]string{"method": rt.rpc(), "service": googleService})},
	}
}

// deadKey is the refusal for a key state, or nil for a valid key.
func deadKey(state, value, project string, rt route) *apiError {
	consumer := "projects/" + project
	switch state {
	case "", "valid":
		return nil
	case "expired":
		return errKey("API key expired. Please renew the API key.")
	case "deleted":
		return errKey("API Key not found. Please pass a valid API key.")
	case "leaked":
		return denied("Your API key was reported as leaked. Please use another API key.")
	case "suspended": // Google does echo the key here
		message := "Permission denied: Consumer 'api_key:" + value + "' has been suspended."
		return denied(message, info("CONSUMER_SUSPENDED", map[string]string{
			"consumer": consumer, "service": googleService, "containerInfo": "api_key:" + value,
		}), localized(message))
	case "blocked":
		message := "Requests to this API generativelanguage.googleapis.com method " + rt.rpc() + " are blocked."
		return denied(message, info("API_KEY_SERVICE_BLOCKED", map[string]string{
			"consumer": consumer, "service": googleService, "apiName": googleService, "methodName": rt.rpc(),
		}), localized(message))
	case "disabled":
		message := "Generative Language API has not been used in project " + project + " before or it is disabled. Enable it by " +
			"visiting https://console.developers.google.com/apis/api/generativelanguage.googleapis.com/overview?project=" + project +
			" then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry."
		return denied(message, info("SERVICE_DISABLED", map[string]string{"consumer": consumer, "service": googleService}), localized(message))
	}
	return errUnknownKey(value, rt)
}
