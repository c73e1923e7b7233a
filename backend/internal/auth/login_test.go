package auth

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/fault"
)

func TestLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, store := withAdmin(t)
		tokens := login(t, a)
		wantCheck(t, a, "after the log-in", tokens, "")
		if tokens.ExpiresIn != 15*time.Minute {
			t.Errorf("expires in %v", tokens.ExpiresIn)
		}
		kept, ok := store.refresh[hashToken(tokens.Refresh)]
		if !ok || kept.ExpiresAt.Sub(kept.CreatedAt) != 30*24*time.Hour || kept.Address != address || kept.UserAgent != browser {
			t.Errorf("kept %+v", kept)
		}
		if len(tokens.Refresh) != 43 || strings.Contains(fmt.Sprint(store.refresh), tokens.Refresh) {
			t.Error("the refresh token itself is kept, or is short")
		}
		if text := fmt.Sprintf("%v %+v %#v %s", tokens, tokens, &tokens, tokens); strings.Contains(text, tokens.Refresh) || strings.Contains(text, "eyJ") {
			t.Errorf("tokens print as %s", text)
		}
		for _, r := range []LoginRequest{
			{Username: "ADMIN", Password: password}, // compared in lower case
		} {
			if _, err := a.Login(t.Context(), r); err != nil {
				t.Errorf("%q: %v", r.Username, err)
			}
		}
	})
}

func TestWrongLogins(t *testing.T) {
	a, _ := withAdmin(t)
	messages := map[string]bool{}
	for i, r := range []LoginRequest{
		{Username: name, Password: "FAKE-other"},
		{Username: name},
		{Username: "nobody", Password: password},
		{Username: "", Password: password},
		{Username: "admin\x00", Password: password},
		{Username: strings.Repeat("a", 1<<16), Password: password},
		{Username: "\xff", Password: "\xff"},
		{Username: name, Password: strings.Repeat(password, 1000)},
	} {
		r.Address = fmt.Sprint("198.51.100.", i)
		_, err := a.Login(t.Context(), r)
		wantFault(t, fmt.Sprintf("%.20q", r.Username), err, fault.Unauthorized, "bad_credentials")
		messages[err.Error()] = true
	}
	if len(messages) != 1 {
		t.Errorf("the faults tell names from passwords: %v", messages)
	}
}

func TestLoginIsLockedAfterFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := withAdmin(t)
		wrong := LoginRequest{Username: name, Password: "FAKE-other", Address: address}
		for range freeFromAddress {
			_, err := a.Login(t.Context(), wrong)
			wantFault(t, "wrong", err, fault.Unauthorized, "bad_credentials")
		}
		right := wrong
		right.Password = password
		_, err := a.Login(t.Context(), right)
		wantFault(t, "locked", err, fault.Limited, "too_many_attempts")
		if got := fault.Of(err).RetryAfter; got != firstLock {
			t.Errorf("retry after %v", got)
		}
		time.Sleep(fault.Of(err).RetryAfter)
		if _, err := a.Login(t.Context(), right); err != nil {
			t.Errorf("after the lock: %v", err)
		}
		// That was the fresh start of the address.
		for range freeFromAddress {
			_, err := a.Login(t.Context(), wrong)
			wantFault(t, "wrong again", err, fault.Unauthorized, "bad_credentials")
		}
	})
}

func TestManyAtOnceGainNoTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := withAdmin(t)
		results := make(chan error, 50)
		for range cap(results) {
			go func() {
				_, err := a.Login(context.Background(), LoginRequest{Username: name, Password: "FAKE-other", Address: address})
				results <- err
			}()
		}
		looked := 0
		for range cap(results) {
			if err := <-results; fault.Is(err, fault.Unauthorized) {
				looked++
			} else if !fault.Is(err, fault.Limited) {
				t.Error(err)
			}
		}
		if looked != freeFromAddress {
			t.Errorf("%d passwords were looked at", looked)
		}
	})
}

func TestLoginWithTheStoreAway(t *testing.T) {
	a, store := withAdmin(t)
	store.setAway(true)
	for range 2 * freeForAccount {
		_, err := a.Login(t.Context(), LoginRequest{Username: name, Password: password, Address: address})
		wantFault(t, "away", err, fault.Unavailable, "database_unavailable")
	}
	store.setAway(false)
	login(t, a)
}

func TestPasswordChangedDuringLogin(t *testing.T) {
	a, store := withAdmin(t)
	admin, err := a.authenticate(t.Context(), name, password)
	if err != nil {
		t.Fatal(err)
	}
	changed := store.admins[admin.ID]
	changed.PasswordHash = "another"
	store.admins[admin.ID] = changed
	_, err = a.begin(t.Context(), admin, LoginRequest{})
	wantFault(t, "the old password", err, fault.Unauthorized, "bad_credentials")
}

func TestFirstAdmin(t *testing.T) {
	store := newMemory()
	a := start(t, store)
	_, err := a.FirstAdmin(t.Context(), name, "FAKE-pw")
	wantFault(t, "a short password", err, fault.Invalid, "invalid_input")
	made, err := a.FirstAdmin(t.Context(), name, "")
	if err != nil || len(made) < 20 {
		t.Fatalf("made %d characters, %v", len(made), err)
	}
	if _, err := a.Login(t.Context(), LoginRequest{Username: name, Password: made}); err != nil {
		t.Errorf("with the made password: %v", err)
	}
	if again, err := a.FirstAdmin(t.Context(), "other", "FAKE-password-2"); again != "" || err != nil || len(store.admins) != 1 {
		t.Errorf("the second start: %q, %v, %d admins", again, err, len(store.admins))
	}
	if given, err := start(t, newMemory()).FirstAdmin(t.Context(), name, password); given != "" || err != nil {
		t.Errorf("with a password given: %q, %v", given, err)
	}
	store.setAway(true)
	_, err = a.FirstAdmin(t.Context(), name, "")
	wantFault(t, "away", err, fault.Unavailable, "database_unavailable")
}

// firstElsewhere is a store on which another replica makes the first admin between our question and our answer.
type firstElsewhere struct{ *memory }

func (f firstElsewhere) AdminCount(ctx context.Context) (int, error) {
	n, err := f.memory.AdminCount(ctx)
	if err == nil {
		_, err = f.CreateAdmin(ctx, Admin{Username: "admin", PasswordHash: "theirs"})
	}
	return n, err
}

func TestFirstAdminOfTwoReplicas(t *testing.T) {
	store := firstElsewhere{newMemory()}
	made, err := start(t, store).FirstAdmin(t.Context(), name, "")
	if made != "" || err != nil || store.admins[1].PasswordHash != "theirs" {
		t.Errorf("made %d characters, %v", len(made), err)
	}
}

func TestNewRefusesAWeakSigningKey(t *testing.T) {
	c := Config{Store: newMemory(), Key: signingKey[1:], Log: start(t, newMemory()).log}
	if _, err := New(t.Context(), c); err == nil {
		t.Error("31 bytes pass")
	}
	if _, err := New(t.Context(), Config{Key: signingKey}); err == nil {
		t.Error("no store passes")
	}
}

func TestMe(t *testing.T) {
	a, store := withAdmin(t)
	session, err := a.Check(t.Context(), login(t, a).Access)
	if err != nil {
		t.Fatal(err)
	}
	me, err := a.Me(t.Context(), session)
	if err != nil || me.Username != name || me.CreatedAt.IsZero() || me.PasswordChangedAt.IsZero() {
		t.Errorf("%+v, %v", me, err)
	}
	delete(store.admins, session.AdminID)
	if _, err := a.Me(t.Context(), session); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

func TestChangePassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := withAdmin(t)
		mine, other := login(t, a), login(t, a)
		session, err := a.Check(t.Context(), mine.Access)
		if err != nil {
			t.Fatal(err)
		}
		for what, test := range map[string]struct{ current, next, field, code string }{
			"wrong":     {"FAKE-other", "FAKE-password-2", "current_password", "bad_credentials"},
			"short":     {password, "FAKE-pw", "new_password", "invalid_input"},
			"long":      {password, strings.Repeat("密", 257), "new_password", "invalid_input"},
			"not text":  {password, "FAKE-\xff\xff\xff\xff", "new_password", "invalid_input"},
			"no change": {"", "", "new_password", "invalid_input"},
		} {
			err := a.ChangePassword(t.Context(), session, test.current, test.next)
			wantFault(t, what, err, fault.Invalid, test.code)
			if fault.Of(err).Field != test.field {
				t.Errorf("%s: field %q", what, fault.Of(err).Field)
			}
		}
		next := strings.Repeat("密", 256)
		if err := a.ChangePassword(t.Context(), session, password, next); err != nil {
			t.Fatal(err)
		}
		wantCheck(t, a, "the session that changed it", mine, "")
		wantCheck(t, a, "another session, at once", other, "token_expired")
		_, err = a.Refresh(t.Context(), other.Refresh, address, browser)
		wantFault(t, "another session's refresh", err, fault.Unauthorized, "refresh_invalid")
		if _, err := a.Refresh(t.Context(), mine.Refresh, address, browser); err != nil {
			t.Errorf("the session that changed it cannot be continued: %v", err)
		}
		_, err = a.Login(t.Context(), LoginRequest{Username: name, Password: password, Address: address})
		wantFault(t, "the old password", err, fault.Unauthorized, "bad_credentials")
		fresh, err := a.Login(t.Context(), LoginRequest{Username: name, Password: next, Address: address})
		if err != nil {
			t.Fatal(err)
		}
		wantCheck(t, a, "the new password", fresh, "") // in the same second as the change
	})
}

func TestGuessingTheCurrentPasswordIsSlowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := withAdmin(t)
		session, err := a.Check(t.Context(), login(t, a).Access)
		if err != nil {
			t.Fatal(err)
		}
		for range freeFromAddress {
			err := a.ChangePassword(t.Context(), session, "FAKE-guess", "FAKE-password-2")
			wantFault(t, "wrong", err, fault.Invalid, "bad_credentials")
		}
		err = a.ChangePassword(t.Context(), session, password, "FAKE-password-2")
		wantFault(t, "locked", err, fault.Limited, "too_many_attempts")
		login(t, a) // logging in is another matter
	})
}
