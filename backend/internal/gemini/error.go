package gemini

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Error is a fault Gemini answered with, every detail decoded once. Nothing else in the program reads upstream texts.
type Error struct {
	StatusCode int           // HTTP status, or the error's own code inside a 200
	Status     string        // "RESOURCE_EXHAUSTED"; empty when the body was no JSON
	Reason     string        // ErrorInfo.reason: "API_KEY_INVALID"
	Message    string        // redacted: no key is ever in it
	Quota      []Violation   // QuotaFailure, in the order sent
	RetryDelay time.Duration // RetryInfo, or the delay named in the message; zero when neither
	Consumer   string        // "projects/123456", when the details name it
	Fields     []string      // BadRequest: the fields at fault
}

// Violation is one quota that was exceeded.
type Violation struct {
	Metric string // "generativelanguage.googleapis.com/generate_content_free_tier_requests"
	ID     string // "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"
	Model  string // a quota family's name, not always the request's model
	Value  int64  // the limit; -1 when not said
}

// Error words the fault for logs.
func (e *Error) Error() string {
	return fmt.Sprintf("gemini answered %d %s: %s", e.StatusCode, e.Status, e.Message)
}

// PerDay reports whether the quota is a day's.
func (v Violation) PerDay() bool { return strings.Contains(v.ID, "PerDay") }

// PerMinute reports whether the quota is a minute's.
func (v Violation) PerMinute() bool { return strings.Contains(v.ID, "PerMinute") }

// Tokens reports whether the quota counts tokens rather than requests.
func (v Violation) Tokens() bool {
	return strings.Contains(strings.ToLower(v.ID), "token") || strings.Contains(v.Metric, "token")
}

// envelope is Google's error form (google.rpc.Status).
type envelope struct {
	Error *struct {
		Code    int               `json:"code"`
		Message string            `json:"message"`
		Status  string            `json:"status"`
		Details []json.RawMessage `json:"details"`
	} `json:"error"`
}

// detail is the union of the details read here; which fields are set follows from @type.
type detail struct {
	Type       string            `json:"@type"`
	Reason     string            `json:"reason"`
	Metadata   map[string]string `json:"metadata"`
	RetryDelay string            `json:"retryDelay"`
	Violations []struct {
		QuotaMetric     string            `json:"quotaMetric"`
		QuotaID         string            `json:"quotaId"`
		QuotaDimensions map[string]string `json:"quotaDimensions"`
		QuotaValue      json.RawMessage   `json:"quotaValue"` // a string; a number is taken too
	} `json:"violations"`
	FieldViolations []struct {
		Field string `json:"field"`
	} `json:"fieldViolations"`
}

// maxMessage bounds the part of an upstream message that is kept, in bytes.
const maxMessage = 2000

// DecodeError reads the body of an answer that is not a 2xx. It takes Google's form, the same in an array (the OpenAI endpoint,
// streams without alt=sse) and anything else, HTML or plain text.
func DecodeError(statusCode int, body []byte) *Error {
	if e := decodeEnvelope(body); e != nil {
		if e.StatusCode == 0 {
			e.StatusCode = statusCode
		}
		return e
	}
	return &Error{StatusCode: statusCode, Message: plainMessage(statusCode, body)}
}

// decodeEnvelope gives nil when body is not Google's error form.
func decodeEnvelope(body []byte) *Error {
	body = bytes.TrimSpace(body)
	if len(body) > 0 && body[0] == '[' {
		var list []json.RawMessage
		if json.Unmarshal(body, &list) != nil || len(list) == 0 {
			return nil
		}
		body = list[0]
	}
	var env envelope
	if json.Unmarshal(body, &env) != nil || env.Error == nil {
		return nil
	}
	e := &Error{StatusCode: env.Error.Code, Status: env.Error.Status, Message: Redact(env.Error.Message)}
	for _, raw := range env.Error.Details {
		e.addDetail(raw)
	}
	if e.RetryDelay == 0 {
		e.RetryDelay = delayInMessage(env.Error.Message)
	}
	return e
}

func (e *Error) addDetail(raw json.RawMessage) {
	var d detail
	if json.Unmarshal(raw, &d) != nil {
		return // a detail of an unknown form is no reason to lose the rest
	}
	switch d.Type[strings.LastIndexByte(d.Type, '.')+1:] {
	case "ErrorInfo":
		e.Reason = d.Reason
		if consumer := d.Metadata["consumer"]; strings.HasPrefix(consumer, "projects/") {
			e.Consumer = consumer
		}
	case "RetryInfo":
		if delay, err := time.ParseDuration(d.RetryDelay); err == nil && delay > 0 {
			e.RetryDelay = delay
		}
	case "QuotaFailure":
		for _, v := range d.Violations {
			e.Quota = append(e.Quota, Violation{Metric: v.QuotaMetric, ID: v.QuotaID, Model: v.QuotaDimensions["model"], Value: quotaValue(v.QuotaValue)})
		}
	case "BadRequest":
		for _, v := range d.FieldViolations {
			e.Fields = append(e.Fields, v.Field)
		}
	}
}

// quotaValue reads an int64 in proto JSON's form, a string; a bare number is taken too. It gives -1 when there is none.
func quotaValue(raw json.RawMessage) int64 {
	n, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

var (
	retryInMessage = regexp.MustCompile(`retry in ((?:\d+(?:\.\d+)?(?:ms|h|m|s))+)`)
	keyInText      = regexp.MustCompile(`AIza[0-9A-Za-z_-]{6,}|\b[A-Z]{2}\.[0-9A-Za-z_-]{6,}|api_key:[^'\s]+`)
	spaces         = regexp.MustCompile(`\s+`)
	tags           = regexp.MustCompile(`(?s)<(?:script|style).*?</(?:script|style)>|<[^>]*>`)
)

func delayInMessage(message string) time.Duration {
	found := retryInMessage.FindStringSubmatch(message)
	if found == nil {
		return 0
	}
	delay, err := time.ParseDuration(found[1])
	if err != nil {
		return 0
	}
	return delay
}

// Redact cuts an upstream text to a bounded length and masks whatever looks like a Gemini key: Google's own messages echo keys
// ("Consumer 'api_key:…' has been suspended").
func Redact(text string) string {
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}
	return keyInText.ReplaceAllString(text, "[key]")
}

func plainMessage(statusCode int, body []byte) string {
	if len(body) > maxMessage*4 {
		body = body[:maxMessage*4]
	}
	text := strings.TrimSpace(spaces.ReplaceAllString(tags.ReplaceAllString(strings.ToValidUTF8(string(body), ""), " "), " "))
	if text == "" {
		text = http.StatusText(statusCode)
	}
	return Redact(text)
}
