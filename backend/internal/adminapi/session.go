package adminapi

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/fault"
)

// LoginRequest is an admin's name and password.
type LoginRequest struct {
	Username string `json:"username" example:"admin"`
	Password string `json:"password" example:"correct horse battery" format:"password"`
}

// RefreshRequest is a refresh token to be exchanged or ended.
type RefreshRequest struct {
	RefreshToken string `json:"refresh_token" format:"password"`
}

// PasswordRequest changes the admin's own password.
type PasswordRequest struct {
	CurrentPassword string `json:"current_password" format:"password"`
	NewPassword     string `json:"new_password" format:"password" minLength:"8" maxLength:"256"`
}

// Tokens opens a session: the access token for the Authorization header, the refresh token for one exchange.
type Tokens struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type" enums:"Bearer" example:"Bearer"`
	ExpiresIn    int    `json:"expires_in" example:"900"` // seconds the access token is good for
	RefreshToken string `json:"refresh_token"`
}

// Me is the admin who asks.
type Me struct {
	Username          string    `json:"username" example:"admin"`
	CreatedAt         time.Time `json:"created_at" format:"date-time" example:"2026-11-23T02:48:17Z"`
	PasswordChangedAt time.Time `json:"password_changed_at" format:"date-time" example:"2026-11-23T02:48:17Z"`
}

// sessionKey is where requireSession leaves the session in the Gin context.
const sessionKey = "adminapi.session"

// requireSession lets a request pass that carries a good access token, by Authorization: Bearer and nothing else.
func (a *api) requireSession(c *gin.Context) error {
	session, err := a.Auth.Check(c.Request.Context(), bearer(c))
	if err != nil {
		return err
	}
	c.Set(sessionKey, session)
	return nil
}

// bearer gives the token in the Authorization header; empty when there is none.
func bearer(c *gin.Context) string {
	scheme, token, _ := strings.Cut(c.GetHeader("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// sessionOf gives the session that requireSession found.
func sessionOf(c *gin.Context) (*auth.Session, error) {
	value, _ := c.Get(sessionKey) // absent is no session
	session, ok := value.(*auth.Session)
	if !ok {
		return nil, fault.New(fault.Internal, "a handler behind the session check has no session")
	}
	return session, nil
}

// login opens a session.
//
//	@Summary		Log in
//	@Description	Slowed and locked per account and per address after wrong passwords: 429 with Retry-After.
//	@ID				login
//	@Tags			auth
//	@Accept			json
//	@Produce		json,application/problem+json
//	@Param			body			body		LoginRequest	true	"name and password"
//	@Success		200				{object}	Tokens
//	@Failure		400,413,415		{object}	Problem
//	@Failure		401				{object}	Problem	"bad_credentials"
//	@Failure		429				{object}	Problem	"too_many_attempts"
//	@Header			429				{integer}	Retry-After	"seconds"
//	@Failure		500,503			{object}	Problem
//	@Router			/auth/login [post]
func (a *api) login(c *gin.Context) error {
	var body LoginRequest
	if err := decode(c, &body, bodyLimit); err != nil {
		return err
	}
	tokens, err := a.Auth.Login(c.Request.Context(), auth.LoginRequest{Username: body.Username, Password: body.Password,
		Address: clientAddress(c), UserAgent: c.Request.UserAgent()})
	if err != nil {
		return err
	}
	a.audit(c, body.Username)
	c.JSON(http.StatusOK, tokensOf(tokens))
	return nil
}

// refresh exchanges a refresh token for a new pair.
//
//	@Summary		Exchange a refresh token
//	@Description	Each refresh token is good for one exchange. One that comes back after its exchange ends its whole session: refresh_reused.
//	@ID				refresh
//	@Tags			auth
//	@Accept			json
//	@Produce		json,application/problem+json
//	@Param			body			body		RefreshRequest	true	"the refresh token"
//	@Success		200				{object}	Tokens
//	@Failure		400,413,415		{object}	Problem
//	@Failure		401				{object}	Problem	"refresh_invalid, refresh_reused"
//	@Failure		429,500,503		{object}	Problem
//	@Router			/auth/refresh [post]
func (a *api) refresh(c *gin.Context) error {
	var body RefreshRequest
	if err := decode(c, &body, bodyLimit); err != nil {
		return err
	}
	tokens, err := a.Auth.Refresh(c.Request.Context(), body.RefreshToken, clientAddress(c), c.Request.UserAgent())
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, tokensOf(tokens))
	return nil
}

// logout ends the session of a refresh token.
//
//	@Summary		Log out
//	@Description	Ends the session of the refresh token, its access tokens included. Needs no access token, so that an expired session can be ended.
//	@ID				logout
//	@Tags			auth
//	@Accept			json
//	@Produce		json,application/problem+json
//	@Param			body			body	RefreshRequest	true	"the refresh token"
//	@Success		204
//	@Failure		400,401,413,415	{object}	Problem
//	@Failure		500,503			{object}	Problem
//	@Router			/auth/logout [post]
func (a *api) logout(c *gin.Context) error {
	var body RefreshRequest
	if err := decode(c, &body, bodyLimit); err != nil {
		return err
	}
	if err := a.Auth.Logout(c.Request.Context(), body.RefreshToken); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// me tells who is logged in.
//
//	@Summary	Who is logged in
//	@ID			me
//	@Tags		auth
//	@Produce	json,application/problem+json
//	@Security	Bearer
//	@Success	200				{object}	Me
//	@Failure	401,500,503		{object}	Problem
//	@Router		/auth/me [get]
func (a *api) me(c *gin.Context) error {
	session, err := sessionOf(c)
	if err != nil {
		return err
	}
	admin, err := a.Auth.Me(c.Request.Context(), session)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, Me{Username: admin.Username, CreatedAt: utc(admin.CreatedAt), PasswordChangedAt: utc(admin.PasswordChangedAt)})
	return nil
}

// changePassword sets a new password.
//
//	@Summary		Change the password
//	@Description	Every other session of the admin ends.
//	@ID				changePassword
//	@Tags			auth
//	@Accept			json
//	@Produce		json,application/problem+json
//	@Security		Bearer
//	@Param			body			body	PasswordRequest	true	"both passwords"
//	@Success		204
//	@Failure		400,401,413,415	{object}	Problem
//	@Failure		429				{object}	Problem	"too_many_attempts"
//	@Header			429				{integer}	Retry-After	"seconds"
//	@Failure		500,503			{object}	Problem
//	@Router			/auth/password [put]
func (a *api) changePassword(c *gin.Context) error {
	session, err := sessionOf(c)
	if err != nil {
		return err
	}
	var body PasswordRequest
	if err := decode(c, &body, bodyLimit); err != nil {
		return err
	}
	if err := a.Auth.ChangePassword(c.Request.Context(), session, body.CurrentPassword, body.NewPassword); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

func tokensOf(t auth.Tokens) Tokens {
	return Tokens{AccessToken: t.Access, TokenType: "Bearer", ExpiresIn: int(t.ExpiresIn.Seconds()), RefreshToken: t.Refresh}
}
