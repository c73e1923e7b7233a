package config

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Traces says where spans of requests go, by the names that OpenTelemetry gives its variables
// (https://opentelemetry.io/docs/specs/otel/protocol/exporter/).
type Traces struct {
	Endpoint *url.URL // of an OTLP collector, over HTTP; nil: no traces
	Headers  map[string]Secret
	Service  string
	Ratio    float64 // of the requests that are told, 0–1
}

// traces never words the headers: they may hold the collector's key.
func (r *reader) traces() Traces {
	headerName := regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	t := Traces{Service: r.text(otlpService), Headers: map[string]Secret{}}
	if address := r.text(otlpEndpoint); address != "" {
		u, err := url.Parse(strings.TrimRight(address, "/"))
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			r.fault(otlpEndpoint, "must be the http:// or https:// address of a collector that takes OTLP over HTTP, without user, query and fragment")
		} else {
			t.Endpoint = u
		}
	}
	for pair := range strings.SplitSeq(r.text(otlpHeaders), ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, found := strings.Cut(pair, "=")
		plain, err := url.PathUnescape(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); !found || err != nil || !headerName.MatchString(name) || strings.ContainsAny(plain, "\r\n\x00") {
			r.fault(otlpHeaders, "must be name=value pairs with commas between, the values percent-encoded")
			break
		}
		t.Headers[name] = Secret(plain)
	}
	ratio, err := strconv.ParseFloat(r.text(otlpRatio), 64)
	if err != nil || !(ratio >= 0 && ratio <= 1) {
		r.fault(otlpRatio, "must be the share of requests that are told, from 0 to 1")
	}
	t.Ratio = ratio
	return t
}
