package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// secured puts the headers that keep a stranger's script, frame or guess out of the page on every answer of next.
func secured(next http.Handler, policy string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Robots-Tag", "noindex")
		next.ServeHTTP(w, r)
	})
}

// contentPolicy lets the page load from itself and talk to the API's origin, and nothing else.
func contentPolicy(api *url.URL) string {
	return strings.Join([]string{
		"default-src 'self'",
		"script-src 'self'",
		"style-src 'self'",
		"img-src 'self' data: blob:",
		"font-src 'self'",
		"connect-src 'self' " + api.Scheme + "://" + api.Host,
		"frame-ancestors 'none'",
		"base-uri 'none'",
		"form-action 'self'",
		"object-src 'none'",
	}, "; ")
}

// parseAPIBase reads API_BASE_URL: empty is this machine's backend, a bare host gets https://, and closing slashes go.
// It is strict because the address ends up in a security header and in every browser.
func parseAPIBase(text string) (*url.URL, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		text = defaultAPIBase
	}
	full := text
	if !strings.Contains(full, "://") {
		full = "https://" + full
	}
	parsed, err := url.Parse(full)
	if err != nil {
		// The text stays out of the message: it may hold a password that could not be told from the rest.
		return nil, errors.New("API_BASE_URL: not an address such as https://api.example.com")
	}
	if fault := apiBaseFault(parsed); fault != "" {
		return nil, fmt.Errorf("API_BASE_URL: %s, in %q", fault, parsed.Redacted())
	}
	return &url.URL{Scheme: parsed.Scheme, Host: strings.ToLower(parsed.Host), Path: strings.TrimRight(parsed.Path, "/")}, nil
}

// apiBaseFault says what is wrong with an address as the API's base, or nothing.
func apiBaseFault(u *url.URL) string {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return "the scheme must be http or https"
	case u.Hostname() == "":
		return "the host is missing"
	case strings.Trim(strings.ToLower(u.Hostname()), "abcdefghijklmnopqrstuvwxyz0123456789.-_:") != "":
		return "the host may hold letters, digits, dots and hyphens only (write other alphabets as punycode)"
	case !isPort(u.Port()) || strings.HasSuffix(u.Host, ":"):
		return "the port must be from 1 to 65535"
	case u.User != nil:
		return "a user name or password does not belong there"
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "a query or fragment does not belong there"
	default:
		return ""
	}
}

// isPort accepts no port, which is the scheme's own.
func isPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}
