package geminisim

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

type help struct {
	Type  string     `json:"@type"`
	Links []helpLink `json:"links"`
}

type helpLink struct {
	Description string `json:"description"`
	URL         string `json:"url"`
}

type quotaFailure struct {
	Type       string           `json:"@type"`
	Violations []quotaViolation `json:"violations"`
}

type quotaViolation struct {
	Metric     string            `json:"quotaMetric"`
	ID         string            `json:"quotaId"`
	Dimensions map[string]string `json:"quotaDimensions,omitempty"`
	Value      string            `json:"quotaValue,omitempty"`
}

type retryInfo struct {
	Type  string `json:"@type"`
	Delay string `json:"retryDelay"`
}

// window is a kind of quota.
type window uint8

const (
	perMinute window = iota
	perDay
	tokensPerMinute
)

// quotaName gives the metric (without service) and the quotaId of a window: the table of gemini-wire §3.3.
func quotaName(w window, free, embedding bool) (metric, id string) {
	switch {
	case embedding && free && w == perMinute:
		return "embed_content_free_tier_requests", "EmbedContentRequestsPerMinutePerUserPerProjectPerModel-FreeTier"
	case embedding && free && w == perDay:
		return "embed_content_free_tier_requests", "EmbedContentRequestsPerDayPerUserPerProjectPerModel-FreeTier"
	case embedding && w == perMinute:
		return "batch_embed_contents_requests", "BatchEmbedContentsRequestsPerMinutePerProjectPerRegion"
	case free && w == perMinute:
		return "generate_content_free_tier_requests", "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"
	case free && w == perDay:
		return "generate_content_free_tier_requests", "GenerateRequestsPerDayPerProjectPerModel-FreeTier"
	case free:
		return "generate_content_free_tier_input_token_count", "GenerateContentInputTokensPerModelPerMinute-FreeTier"
	case w == perMinute:
		return "generate_requests_per_model", "GenerateRequestsPerMinutePerProjectPerModel"
	case w == perDay:
		return "generate_requests_per_model_per_day", "GenerateRequestsPerDayPerProjectPerModel"
	}
	return "generate_content_paid_tier_input_token_count", "GenerateContentPaidTierInputTokensPerModelPerMinute"
}

// exceeded is one violation to be told.
type exceeded struct {
	window window
	limit  int
}

// quotaError builds the 429. The message holds the exact delay, RetryInfo whole seconds of it, as Google's do.
func quotaError(m *model, free bool, list []exceeded, retry time.Duration) *apiError {
	message := "You exceeded your current quota, please check your plan and billing details. For more information on this error, " +
		"head to: https://ai.google.dev/gemini-api/docs/rate-limits. To monitor your current usage, head to: https://ai.dev/rate-limit. "
	failure := quotaFailure{Type: typeQuotaFailure}
	for _, x := range list {
		metric, id := quotaName(x.window, free, m.makes == makesVectors)
		metric = googleService + "/" + metric
		message += fmt.Sprintf("\n* Quota exceeded for metric: %s, limit: %d, model: %s", metric, x.limit, m.Family)
		failure.Violations = append(failure.Violations, quotaViolation{
			Metric: metric, ID: id, Value: strconv.Itoa(x.limit),
			Dimensions: map[string]string{"location": "global", "model": m.Family},
		})
	}
	message += "\nPlease retry in " + spokenDelay(retry) + "."
	return exhausted(message, helpDetail(), failure, retryInfo{Type: typeRetryInfo, Delay: wireDelay(retry)})
}

func exhausted(message string, details ...any) *apiError {
	return &apiError{Code: http.StatusTooManyRequests, Message: message, Status: "RESOURCE_EXHAUSTED", Details: details}
}

func helpDetail() help {
	return help{Type: typeHelp, Links: []helpLink{{
		Description: "Learn more about Gemini API quotas", URL: "https://ai.google.dev/gemini-api/docs/rate-limits",
	}}}
}

// wireDelay is a protobuf duration: whole seconds from one second up, a fraction below.
func wireDelay(d time.Duration) string {
	if d >= time.Second {
		return strconv.FormatInt(int64(d/time.Second), 10) + "s"
	}
	return strings.TrimRight(strings.TrimRight(strconv.FormatFloat(d.Seconds(), 'f', 9, 64), "0"), ".") + "s"
}

// spokenDelay is the delay of the message: "10.158753737s", "18h28m3.2s", "479.417207ms".
func spokenDelay(d time.Duration) string { return d.String() }

// limitsFor finds what bounds the model in the project.
func (s *Sim) limitsFor(w *world, p *project, m *model) Limits {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, name := range []string{m.Name, m.Family, ""} {
		if l, ok := p.limits[name]; ok {
			return l
		}
	}
	switch {
	case !s.conf.EnforceLimits || !p.free():
		return Limits{RPM: -1, TPM: -1, RPD: -1}
	case m.Free == nil:
		return Limits{}
	}
	return *m.Free
}

// admit counts n requests against the project's quota, or answers with the 429 that the counters call for.
func (s *Sim) admit(w *world, p *project, m *model, n, tokens int) *apiError {
	limits := s.limitsFor(w, p, m)
	now := s.now(w)
	p.mu.Lock()
	l := p.ledgers[m.Family]
	if l == nil {
		l = &ledger{}
		p.ledgers[m.Family] = l
	}
	short := l.admit(now, limits, n, tokens)
	p.mu.Unlock()
	if short == nil {
		return nil
	}
	var list []exceeded
	if short.day {
		list = append(list, exceeded{perDay, limits.RPD})
	}
	if short.minute {
		list = append(list, exceeded{perMinute, limits.RPM})
	}
	if short.tokens {
		list = append(list, exceeded{tokensPerMinute, limits.TPM})
	}
	retry := short.wait + s.jitter(time.Second)
	switch {
	case short.day && !p.free() && !short.none: // paid projects are told the truth about the day
		retry = pacificMidnight(now).Sub(now)
	case short.day: // free ones are misled: this has nothing to do with when the day ends
		retry = 11*time.Second + s.jitter(48*time.Second)
	}
	return quotaError(m, p.free(), list, retry)
}
