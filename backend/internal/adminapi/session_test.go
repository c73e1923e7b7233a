package adminapi

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestSession(t *testing.T) {
	s := newServer(t)
	me := decodeAs[Me](t, s.get("/auth/me"), http.StatusOK)
	if me.Username != testUsername || time.Since(me.CreatedAt) > time.Minute {
		t.Errorf("me is %+v", me)
	}
	first := decodeAs[Tokens](t, s.post("/auth/login", `{"username":"Admin","password":"`+testPassword+`"}`), http.StatusOK)
	if first.TokenType != "Bearer" || first.ExpiresIn != 900 {
		t.Errorf("tokens are %+v", first)
	}
	second := decodeAs[Tokens](t, s.post("/auth/refresh", `{"refresh_token":"`+first.RefreshToken+`"}`), http.StatusOK)
	s.token = second.AccessToken
	decodeAs[Me](t, s.get("/auth/me"), http.StatusOK)

	if w := s.post("/auth/logout", `{"refresh_token":"`+second.RefreshToken+`"}`); w.Code != http.StatusNoContent || w.Body.Len() != 0 {
		t.Errorf("log-out answers %d %q", w.Code, w.Body)
	}
	expectProblem(t, s.get("/auth/me"), http.StatusUnauthorized, "token_expired")
	expectProblem(t, s.post("/auth/refresh", `{"refresh_token":"`+second.RefreshToken+`"}`), http.StatusUnauthorized, "refresh_invalid")
}

func TestRefreshByAnotherClientEndsTheSession(t *testing.T) {
	s := newServer(t)
	first := decodeAs[Tokens](t, s.post("/auth/login", `{"username":"admin","password":"`+testPassword+`"}`), http.StatusOK)
	second := decodeAs[Tokens](t, s.post("/auth/refresh", `{"refresh_token":"`+first.RefreshToken+`"}`), http.StatusOK)
	thief := s.request(http.MethodPost, "/auth/refresh", `{"refresh_token":"`+first.RefreshToken+`"}`)
	thief.RemoteAddr = "203.0.113.7:4444"
	expectProblem(t, s.do(thief), http.StatusUnauthorized, "refresh_reused")
	expectProblem(t, s.post("/auth/refresh", `{"refresh_token":"`+second.RefreshToken+`"}`), http.StatusUnauthorized, "refresh_invalid")
	s.token = second.AccessToken
	expectProblem(t, s.get("/auth/me"), http.StatusUnauthorized, "token_expired")
}

func TestWrongPasswordsAreSlowed(t *testing.T) {
	s := newServer(t)
	for range 20 {
		w := s.post("/auth/login", `{"username":"admin","password":"guess"}`)
		if w.Code == http.StatusUnauthorized {
			expectProblem(t, w, http.StatusUnauthorized, "bad_credentials")
			continue
		}
		expectProblem(t, w, http.StatusTooManyRequests, "too_many_attempts")
		if w.Header().Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		return
	}
	t.Error("20 wrong passwords were looked at")
}

func TestLoginIsLoggedWithItsAddress(t *testing.T) {
	s := newServer(t)
	r := s.request(http.MethodPost, "/auth/login", `{"username":"admin","password":"guess"}`)
	r.RemoteAddr = "203.0.113.9:4444"
	expectProblem(t, s.do(r), http.StatusUnauthorized, "bad_credentials")
	if !strings.Contains(s.log.String(), "address=203.0.113.9") {
		t.Errorf("the log does not tell where the log-in came from:\n%s", s.log)
	}
}

func TestChangePassword(t *testing.T) {
	s := newServer(t)
	mine := s.token
	other := decodeAs[Tokens](t, s.post("/auth/login", `{"username":"admin","password":"`+testPassword+`"}`), http.StatusOK)
	expectProblem(t, s.send(http.MethodPut, "/auth/password", `{"current_password":"wrong one","new_password":"a longer password"}`),
		http.StatusBadRequest, "bad_credentials", "current_password")
	expectProblem(t, s.send(http.MethodPut, "/auth/password", `{"current_password":"`+testPassword+`","new_password":"short"}`),
		http.StatusBadRequest, "invalid_input", "new_password")
	if w := s.send(http.MethodPut, "/auth/password", `{"current_password":"`+testPassword+`","new_password":"a longer password"}`); w.Code != http.StatusNoContent {
		t.Fatalf("status is %d: %s", w.Code, w.Body)
	}
	s.token = other.AccessToken
	expectProblem(t, s.get("/auth/me"), http.StatusUnauthorized, "token_expired")
	s.token = mine
	decodeAs[Me](t, s.get("/auth/me"), http.StatusOK)
	decodeAs[Tokens](t, s.post("/auth/login", `{"username":"admin","password":"a longer password"}`), http.StatusOK)
}

// expired signs a token anew with its time in the past.
func expired(t *testing.T, token string) string {
	t.Helper()
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
		t.Fatal(err)
	}
	claims["exp"] = time.Now().Add(-time.Minute).Unix()
	return must(jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(testSigner)))(t)
}

func TestEveryRouteNeedsAToken(t *testing.T) {
	s := newServer(t)
	good := s.token
	s.token = ""
	parts := strings.Split(good, ".")
	tests := []struct{ name, header, code string }{
		{"none", "", "token_missing"},
		{"another scheme", "Basic " + good, "token_missing"},
		{"an unknown scheme", "Token " + good, "token_missing"},
		{"no scheme", good, "token_missing"},
		{"expired", "Bearer " + expired(t, good), "token_expired"},
		{"no JWT", "Bearer sk-0000", "token_invalid"},
		{"no signature", "Bearer " + parts[0] + "." + parts[1] + ".", "token_invalid"},
		{"alg none", "Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + parts[1] + ".", "token_invalid"},
	}
	for _, route := range routes() {
		method, path, _ := strings.Cut(route, " ")
		if strings.HasPrefix(path, "/auth/log") || path == "/auth/refresh" {
			continue
		}
		for _, tt := range tests {
			// A token in the URL is no token.
			r := s.request(method, strings.ReplaceAll(path, "{id}", "1")+"?access_token="+good+"&key="+good, "")
			if tt.header != "" {
				r.Header.Set("Authorization", tt.header)
			}
			w := s.do(r)
			if p := problemOf(t, w); p.Status != http.StatusUnauthorized || p.Code != tt.code {
				t.Errorf("%s with %s: %d %s, want 401 %s", route, tt.name, p.Status, p.Code, tt.code)
			}
			if w.Header().Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s with %s: no WWW-Authenticate", route, tt.name)
			}
		}
	}
}
