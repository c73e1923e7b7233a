package auth

import (
	"log/slog"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/fault"
)

func newAuth(t testing.TB, store Store) *Auth {
	t.Helper()
	a, err := New(t.Context(), Config{Store: store, Key: make([]byte, minKeyBytes), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// limitedKey gives an Auth with one key, and the key as a request sees it.
func limitedKey(t testing.TB, store *memory, limits KeyLimits) (*Auth, *UserKey) {
	t.Helper()
	a := newAuth(t, store)
	_, secret, err := a.CreateLimitedUserKey(t.Context(), "laptop", "", limits)
	if err != nil {
		t.Fatal(err)
	}
	key, err := a.UserKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return a, key
}

// admitted lets a request in that must be let in.
func admitted(t *testing.T, a *Auth, key *UserKey, estimate int64) *Admission {
	t.Helper()
	admission, err := a.Admit(key, "gemini-3.8-flash", "203.0.113.7", estimate)
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	return admission
}

// refused expects a refusal after which a request is let in at once, and not a moment before.
func refused(t *testing.T, a *Auth, key *UserKey, estimate int64, code string, after time.Duration) {
	t.Helper()
	_, err := a.Admit(key, "gemini-3.8-flash", "203.0.113.7", estimate)
	if f := fault.Of(err); err == nil || f.Kind != fault.Limited || f.Code != code || f.RetryAfter != after {
		t.Fatalf("refusal is %v after %s, want %s after %s", err, fault.Of(err).RetryAfter, code, after)
	}
}

func TestKeyWithoutLimitsCostsNothing(t *testing.T) {
	a, key := limitedKey(t, newMemory(), KeyLimits{})
	if key.Limits != nil {
		t.Fatal("no limits are kept as some")
	}
	cost := testing.AllocsPerRun(100, func() {
		admission, err := a.Admit(key, "m", "", 10)
		if err != nil || admission != nil || admission.Rate() != (Rate{}) {
			t.Fatal("a key without limits is counted")
		}
		admission.Release(5)
	})
	if cost != 0 {
		t.Errorf("costs %v allocations", cost)
	}
	if _, counted := a.Use(key.ID); counted {
		t.Error("its use is counted")
	}
}

func TestRequestsPerMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, key := limitedKey(t, newMemory(), KeyLimits{RPM: 2})
		first := admitted(t, a, key, 1)
		if r := first.Rate(); r.LimitRequests != 2 || r.RemainingRequests != 1 || r.ResetRequests != time.Minute || r.LimitTokens != 0 {
			t.Errorf("rate is %+v", r)
		}
		time.Sleep(10 * time.Second)
		admitted(t, a, key, 1).Release(1)
		first.Release(1) // the end of a request gives no place of the minute back
		refused(t, a, key, 1, "rate_limit_exceeded", 50*time.Second)
		time.Sleep(50*time.Second - time.Nanosecond)
		refused(t, a, key, 1, "rate_limit_exceeded", time.Millisecond)
		time.Sleep(time.Nanosecond)
		admitted(t, a, key, 1)
		refused(t, a, key, 1, "rate_limit_exceeded", 10*time.Second)
	})
}

func TestTokensPerMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, key := limitedKey(t, newMemory(), KeyLimits{TPM: 100})
		admitted(t, a, key, 500).Release(30) // one larger than all is let in alone, and costs what it used
		admission := admitted(t, a, key, 60)
		if r := admission.Rate(); r.LimitTokens != 100 || r.RemainingTokens != 10 || r.ResetTokens != time.Minute {
			t.Errorf("rate is %+v", r)
		}
		refused(t, a, key, 20, "rate_limit_exceeded", time.Minute)
		time.Sleep(20 * time.Second)
		admission.Release(65)
		admission.Release(1000) // only the first counts
		admitted(t, a, key, 5)
		refused(t, a, key, 1, "rate_limit_exceeded", 40*time.Second)
	})
}

func TestDayMonthAndConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the bubble begins at midnight UTC of 2000-01-01
		store := newMemory()
		a, key := limitedKey(t, store, KeyLimits{RPD: 2, MonthlyTokens: 100, Concurrency: 1})
		one := admitted(t, a, key, 10)
		refused(t, a, key, 10, "rate_limit_exceeded", time.Second)
		one.Release(40)
		time.Sleep(time.Hour)
		admitted(t, a, key, 10).Release(40)
		refused(t, a, key, 1, "rate_limit_exceeded", 23*time.Hour)
		time.Sleep(23 * time.Hour)
		admitted(t, a, key, 10).Release(20)
		refused(t, a, key, 1, "insufficient_quota", 30*24*time.Hour)
		if use, _ := a.Use(key.ID); use != (KeyUse{MinuteRequests: 1, MinuteTokens: 20, DayRequests: 1, MonthTokens: 100}) {
			t.Errorf("use is %+v", use)
		}

		store.records = []record{ // as the recorder wrote them
			{time.Now().Add(-24 * time.Hour), key.ID, 40}, {time.Now().Add(-23 * time.Hour), key.ID, 40}, {time.Now(), key.ID, 20},
		}
		again := newAuth(t, store)
		refused(t, again, key, 1, "insufficient_quota", 30*24*time.Hour)
		if use, _ := again.Use(key.ID); use.DayRequests != 1 || use.MonthTokens != 100 {
			t.Errorf("after a restart its use is %+v", use)
		}
		time.Sleep(30 * 24 * time.Hour)
		admitted(t, a, key, 10)
	})
}

func TestLimitsThatNeedNoCounting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		a := newAuth(t, store)
		made, secret, err := a.CreateLimitedUserKey(t.Context(), "laptop", "", KeyLimits{
			ExpiresAt: time.Now().Add(time.Hour), Models: []string{"gemini-*-flash", "models/gemma-3"}, Networks: []string{"203.0.113.9/24", "2001:db8::1"},
		})
		if err != nil {
			t.Fatal(err)
		}
		key, err := a.UserKey(secret)
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct{ model, address, code string }{
			{"gemini-3.8-flash", "203.0.113.200", ""},
			{"gemma-3", "::ffff:203.0.113.1", ""},
			{"gemma-3", "2001:db8::1", ""},
			{"gemma-3", "2001:db8::2", "address_not_allowed"},
			{"gemma-3", "203.0.114.1", "address_not_allowed"},
			{"gemma-3", "", "address_not_allowed"},
			{"gemma-3", "nonsense", "address_not_allowed"},
			{"gemini-3.8-pro", "203.0.113.200", "model_not_allowed"},
			{"", "203.0.113.200", "model_not_allowed"},
		} {
			_, err := a.Admit(key, tt.model, tt.address, 1)
			if f := fault.Of(err); tt.code == "" != (err == nil) || err != nil && (f.Code != tt.code || f.Kind != fault.Forbidden) {
				t.Errorf("%s from %s: %v, want %q", tt.model, tt.address, err, tt.code)
			}
		}
		time.Sleep(time.Hour)
		if _, err := a.UserKey(secret); fault.Of(err).Code != "invalid_api_key" {
			t.Errorf("an expired key gives %v", err)
		}
		if _, err := a.Admit(key, "gemma-3", "203.0.113.1", 1); !fault.Is(err, fault.Unauthorized) {
			t.Errorf("a key that expires under way gives %v", err)
		}
		if _, err := a.UpdateUserKey(t.Context(), made.ID, UserKeyPatch{Limits: func(l *KeyLimits) { *l = KeyLimits{} }}); err != nil {
			t.Fatal(err)
		}
		if key, err = a.UserKey(secret); err != nil || key.Limits != nil {
			t.Errorf("without its limits the key gives %+v, %v", key, err)
		}
	})
}

func TestLimitsAreChecked(t *testing.T) {
	a, key := limitedKey(t, newMemory(), KeyLimits{RPM: 1})
	for field, change := range map[string]func(*KeyLimits){
		"rpm":            func(l *KeyLimits) { l.RPM = -1 },
		"tpm":            func(l *KeyLimits) { l.TPM = maxKeyLimit + 1 },
		"rpd":            func(l *KeyLimits) { l.RPD = -1 },
		"monthly_tokens": func(l *KeyLimits) { l.MonthlyTokens = -1 },
		"concurrency":    func(l *KeyLimits) { l.Concurrency = -1 },
		"models":         func(l *KeyLimits) { l.Models = []string{"gemini-[", "b"} },
		"networks":       func(l *KeyLimits) { l.Networks = []string{"203.0.113.0/24", "203.0.113.0/33"} },
	} {
		_, err := a.UpdateUserKey(t.Context(), key.ID, UserKeyPatch{Limits: change})
		if f := fault.Of(err); err == nil || f.Kind != fault.Invalid || f.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if kept, err := a.UserKeyByID(key.ID); err != nil || !reflect.DeepEqual(*kept.Limits, KeyLimits{RPM: 1}) {
		t.Errorf("kept is %+v, %v", kept.Limits, err)
	}
}

func TestCountsStayWhenLimitsChange(t *testing.T) {
	a, key := limitedKey(t, newMemory(), KeyLimits{RPM: 5})
	admitted(t, a, key, 1)
	admitted(t, a, key, 1)
	if _, err := a.UpdateUserKey(t.Context(), key.ID, UserKeyPatch{Limits: func(l *KeyLimits) { l.RPM = 2 }}); err != nil {
		t.Fatal(err)
	}
	changed := a.keys.Load().byID[key.ID]
	if _, err := a.Admit(&changed.key, "m", "", 1); !fault.Is(err, fault.Limited) {
		t.Errorf("the minute begins anew with the change: %v", err)
	}
}

func BenchmarkAdmit(b *testing.B) {
	a, key := limitedKey(b, newMemory(), KeyLimits{RPM: maxKeyLimit, TPM: maxKeyLimit, RPD: maxKeyLimit, Models: []string{"gemini-*"}})
	b.ReportAllocs()
	for b.Loop() {
		admission, err := a.Admit(key, "gemini-3.8-flash", "", 10)
		if err != nil {
			b.Fatal(err)
		}
		admission.Release(12)
	}
}
