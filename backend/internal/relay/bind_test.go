package relay

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
)

// TestJudgeOfFiles holds that what goes wrong with files blames a key only where the key itself is not taken.
func TestJudgeOfFiles(t *testing.T) {
	gone, leave := context.WithCancel(t.Context())
	leave()
	full := fault.New(fault.Unavailable, "the database is not available").WithCode("database_unavailable")
	cases := map[string]struct {
		err     error
		verdict pool.Verdict
		again   bool
		status  int
		code    string
	}{
		"a leaked key":           {&gemini.Error{StatusCode: 403, Message: "Your API key was reported as leaked."}, pool.DeadKey, true, 503, "no_available_key"},
		"a bad AQ key":           {&gemini.Error{StatusCode: 401}, pool.Unauthenticated, true, 503, "no_available_key"},
		"the API is off":         {&gemini.Error{StatusCode: 403, Message: "it is disabled"}, pool.MisconfiguredKey, true, 503, "no_available_key"},
		"the wrong country":      {&gemini.Error{StatusCode: 400, Message: "User location is not supported for the API use."}, pool.Exit, true, 503, "location_not_supported"},
		"the Files API's 429":    {&gemini.Error{StatusCode: 429, Status: "RESOURCE_EXHAUSTED"}, pool.Transient, true, 502, ""},
		"overloaded":             {&gemini.Error{StatusCode: 503, Message: "high demand"}, pool.Transient, true, 503, ""},
		"an upload that is gone": {&gemini.Error{StatusCode: 404, Message: "Upload not found."}, pool.Transient, true, 502, ""},
		"a copy that is gone":    {&gemini.Error{StatusCode: 403, Message: "You do not have permission to access the File x or it may not exist."}, pool.Transient, true, 502, ""},
		"a file it cannot take":  {&gemini.Error{StatusCode: 400, Message: "Unsupported MIME type: a/b"}, pool.Request, false, 400, ""},
		"a broken wire":          {&gemini.TransportError{Err: errors.New("reset")}, pool.Transient, true, 502, ""},
		"no database":            {full, pool.Request, false, 503, "database_unavailable"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := error(&files.Error{Err: tc.err})
			for range 2 { // as Bind gives it, and as it comes back from the HTTP client that reads the body
				outcome, again := judge(t.Context(), err)
				f := faultOf(t.Context(), err)
				if outcome.Verdict != tc.verdict || again != tc.again || f.HTTPStatus() != tc.status || f.Code != tc.code {
					t.Errorf("%s, again %v: %d %s", outcome.Verdict, again, f.HTTPStatus(), f.Code)
				}
				err = &gemini.TransportError{Err: err}
			}
			if outcome, again := judge(gone, err); outcome.Verdict != pool.ClientGone || again {
				t.Errorf("%s, again %v after the client left", outcome.Verdict, again)
			}
		})
	}
	if (&fault.Error{Kind: fault.Upstream}).HTTPStatus() != http.StatusBadGateway {
		t.Error("the cases above are read wrongly")
	}
}
