package auth

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// Admission is the right of one request to be served, for a key whose use is counted; nil for every other key. It ends with Release.
type Admission struct {
	meter    *meter
	at       int64 // the Unix second it was counted in
	estimate int64
	done     bool
	rate     Rate
}

// Rate is what a key has of its limits, as the x-ratelimit headers tell it. A limit that is 0 is none, and is not told.
type Rate struct {
	LimitRequests, RemainingRequests int64
	ResetRequests                    time.Duration // until nothing is counted any more
	LimitTokens, RemainingTokens     int64
	ResetTokens                      time.Duration
}

// Admit lets a request of a key in, for a model by Gemini's name, from a client's address, with the tokens its prompt is estimated at, or
// says why not: fault.Forbidden for a model or a network that is not the key's, fault.Limited with the time after which it would be let in.
// For a key whose use is counted the admission is given in either case, with the numbers of its limits; of a refusal it holds nothing
// else. A key without limits costs nothing.
func (a *Auth) Admit(key *UserKey, model, address string, estimate int64) (*Admission, error) {
	if key.Limits == nil {
		return nil, nil //nolint:nilnil // a nil admission is a good one
	}
	now := time.Now()
	switch {
	case key.expired(now):
		return nil, expiredKey()
	case !key.AllowsAddress(address):
		return nil, fault.New(fault.Forbidden, "this API key may not be used from this address").WithCode("address_not_allowed")
	case !key.AllowsModel(model):
		f := fault.New(fault.Forbidden, "this API key may not use the model %q", model).WithCode("model_not_allowed")
		f.Field = "model"
		return nil, f
	}
	h := a.keys.Load().byID[key.ID]
	if h == nil || h.meter == nil {
		return nil, nil //nolint:nilnil // a nil admission is a good one
	}
	return h.meter.admit(key.Limits, now, max(estimate, 0))
}

func expiredKey() error {
	return fault.New(fault.Unauthorized, "this API key has expired").WithCode("invalid_api_key")
}

// admit counts a request, unless a limit is in its way. The one that opens last is told.
func (m *meter) admit(l *KeyLimits, now time.Time, estimate int64) (*Admission, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.settle(now)
	admission := &Admission{meter: m, at: now.Unix(), estimate: estimate, done: true}
	err := m.refusal(l, now, estimate)
	if err == nil {
		admission.done = false
		m.add(admission.at, 1, estimate)
		m.dayRequests++
		m.monthTokens += estimate
		m.flying++
	}
	admission.rate = m.rate(l, now)
	return admission, err
}

// refusal says which limit is in the way of a request. A prompt that is larger than a whole minute's tokens is let in when nothing else is
// counted, since it would fit no better later. The caller holds mu.
func (m *meter) refusal(l *KeyLimits, now time.Time, estimate int64) error {
	if l.MonthlyTokens > 0 && m.monthTokens >= l.MonthlyTokens {
		return limited(monthEnd(now).Sub(now), true, "insufficient_quota", "this API key has used its %d tokens of the month", l.MonthlyTokens)
	}
	if l.RPD > 0 && m.dayRequests >= l.RPD {
		return limited(dayEnd(now).Sub(now), true, "rate_limit_exceeded", "this API key has used its %d requests of the day", l.RPD)
	}
	requests, tokens := m.minute(now.Unix())
	overRequests := l.RPM > 0 && requests >= l.RPM
	overTokens := l.TPM > 0 && tokens > 0 && tokens+estimate > l.TPM
	roomRequests, roomTokens := int64(maxKeyLimit), int64(maxKeyLimit)
	if l.RPM > 0 {
		roomRequests = l.RPM - 1
	}
	if l.TPM > 0 {
		roomTokens = max(l.TPM-estimate, 0)
	}
	switch {
	case overTokens:
		return limited(m.opens(now, roomRequests, roomTokens), false, "rate_limit_exceeded", "this API key has used its %d tokens of the minute", l.TPM)
	case overRequests:
		return limited(m.opens(now, roomRequests, roomTokens), false, "rate_limit_exceeded", "this API key has used its %d requests of the minute", l.RPM)
	case l.Concurrency > 0 && m.flying >= l.Concurrency:
		return limited(time.Second, false, "rate_limit_exceeded", "this API key has its %d requests under way", l.Concurrency)
	}
	return nil
}

func limited(after time.Duration, daily bool, code, format string, args ...any) error {
	f := fault.New(fault.Limited, format, args...).WithCode(code)
	f.RetryAfter, f.NoRetry = max(after, time.Millisecond), daily
	return f
}

// rate tells the numbers of the minute. The caller holds mu.
func (m *meter) rate(l *KeyLimits, now time.Time) Rate {
	requests, tokens := m.minute(now.Unix())
	r := Rate{LimitRequests: l.RPM, LimitTokens: l.TPM}
	if l.RPM > 0 {
		r.RemainingRequests = max(l.RPM-requests, 0)
		r.ResetRequests = m.opens(now, 0, maxKeyLimit)
	}
	if l.TPM > 0 {
		r.RemainingTokens = max(l.TPM-tokens, 0)
		r.ResetTokens = m.opens(now, maxKeyLimit, 0)
	}
	return r
}

// Rate gives the numbers of the key's limits as they were when the request came.
func (a *Admission) Rate() Rate {
	if a == nil {
		return Rate{}
	}
	return a.rate
}

// Release ends a request and puts the tokens it used, in and out, in place of the estimate. Later calls do nothing.
func (a *Admission) Release(tokens int64) {
	if a == nil || a.done {
		return
	}
	a.done = true
	m, now := a.meter, time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.settle(now)
	m.flying--
	change := tokens - a.estimate
	m.monthTokens = max(m.monthTokens+change, 0)
	switch {
	case change > 0:
		m.add(now.Unix(), 0, change) // counted when they are known
	case now.Unix()-a.at < meterSeconds:
		m.add(a.at, 0, change)
	}
}

// KeyUse is what a key with limits has used of them.
type KeyUse struct {
	InFlight       int64
	MinuteRequests int64
	MinuteTokens   int64
	DayRequests    int64
	MonthTokens    int64
}

// Use gives what a key has used of its limits; false when its use is not counted.
func (a *Auth) Use(id int64) (KeyUse, bool) {
	h := a.keys.Load().byID[id]
	if h == nil || h.meter == nil {
		return KeyUse{}, false
	}
	m, now := h.meter, time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.settle(now)
	use := KeyUse{InFlight: m.flying, DayRequests: m.dayRequests, MonthTokens: m.monthTokens}
	use.MinuteRequests, use.MinuteTokens = m.minute(now.Unix())
	return use, true
}

// Spent is what the records tell of a key's use.
type Spent struct {
	Requests int64
	Tokens   int64 // in and out
}

// newMeters makes the meters of keys whose use is to be counted and has not been so far. They begin with what the records tell of the
// running day and month, so that a restart gives nobody a second budget.
func (a *Auth) newMeters(ctx context.Context, ids ...int64) (map[int64]*meter, error) {
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // no meters are a good answer
	}
	now := time.Now().UTC()
	today, err := a.store.SpentByUserKey(ctx, dayEnd(now).AddDate(0, 0, -1), now.Add(time.Minute))
	if err != nil {
		return nil, fmt.Errorf("read what user keys used today: %w", err)
	}
	month, err := a.store.SpentByUserKey(ctx, monthEnd(now).AddDate(0, -1, 0), now.Add(time.Minute))
	if err != nil {
		return nil, fmt.Errorf("read what user keys used this month: %w", err)
	}
	meters := make(map[int64]*meter, len(ids))
	for _, id := range ids {
		meters[id] = &meter{day: dayOf(now), dayRequests: today[id].Requests, month: monthOf(now), monthTokens: month[id].Tokens}
	}
	return meters, nil
}

// Limited gives the key with an id when it has limits, and nil when it has none or is not there any more.
func (a *Auth) Limited(id int64) *UserKey {
	if h := a.keys.Load().byID[id]; h != nil && h.key.Limits != nil {
		return &h.key
	}
	return nil
}

// SetHeader tells a client the numbers as OpenAI does (https://platform.openai.com/docs/guides/rate-limits): what is not limited is not told.
func (r Rate) SetHeader(h http.Header) {
	set := func(of string, limit, remaining int64, reset time.Duration) {
		if limit > 0 {
			h.Set("X-Ratelimit-Limit-"+of, strconv.FormatInt(limit, 10))
			h.Set("X-Ratelimit-Remaining-"+of, strconv.FormatInt(remaining, 10))
			h.Set("X-Ratelimit-Reset-"+of, reset.Round(time.Millisecond).String())
		}
	}
	set("Requests", r.LimitRequests, r.RemainingRequests, r.ResetRequests)
	set("Tokens", r.LimitTokens, r.RemainingTokens, r.ResetTokens)
}
