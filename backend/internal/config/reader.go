package config

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/viper"
)

// Bounds of what is given by hand.
const (
	minSecretKey = 16
	minPassword  = 8
	maxPassword  = 256
	maxUsername  = 64
)

// reader turns values into their types and collects what is wrong.
type reader struct {
	values *viper.Viper
	faults Faults
}

func (r *reader) fault(name, format string, args ...any) {
	r.faults = append(r.faults, Fault{name, fmt.Sprintf(format, args...)})
}

// text gives a value as it was written, without the space around it.
func (r *reader) text(name string) string {
	switch value := r.values.Get(name).(type) {
	case string:
		return strings.TrimSpace(value)
	case []any, map[string]any, nil:
		r.fault(name, "must be a single value")
		return ""
	default:
		return strings.TrimSpace(fmt.Sprint(value))
	}
}

// list gives a value's items: a YAML list, or text with commas, semicolons or space between.
func (r *reader) list(name string) []string {
	whole, isList := r.values.Get(name).([]any)
	if !isList {
		whole = []any{r.text(name)}
	}
	var items []string
	for _, one := range whole {
		text, ok := one.(string)
		if !ok {
			r.fault(name, "must be a list of texts")
			return nil
		}
		items = append(items, strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ';' || unicode.IsSpace(c) })...)
	}
	return items
}

func (r *reader) port() int {
	n, err := strconv.ParseUint(r.text(port), 10, 16)
	if err != nil {
		r.fault(port, "must be a number from 0 to 65535 (0: the system chooses one)")
	}
	return int(n)
}

func (r *reader) host() string {
	name := strings.TrimSuffix(strings.TrimPrefix(r.text(host), "["), "]")
	if _, err := netip.ParseAddr(name); err == nil || name == "" {
		return name
	}
	if !regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`).MatchString(name) {
		r.fault(host, "must be an IP address or a host name, without scheme and port")
	}
	return name
}

// databaseURL never words what was given: it may carry a password.
func (r *reader) databaseURL() Secret {
	address := r.text(databaseURL)
	path, isSQLite := strings.CutPrefix(address, "sqlite:")
	switch {
	case address == "":
	case isSQLite && path == "":
		r.fault(databaseURL, "needs a path after sqlite:")
	case isSQLite:
	case isPostgres(address):
		if u, err := url.Parse(address); err != nil || u.Host == "" && u.Query().Get("host") == "" {
			r.fault(databaseURL, "must be postgres://user:password@host:5432/database, with special characters of the password percent-encoded")
		}
	default:
		r.fault(databaseURL, "must be postgres://… or sqlite:PATH, or empty for SQLite in DATA_DIR")
	}
	return Secret(address)
}

func (r *reader) dataDir() string {
	dir := r.text(dataDir)
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		r.fault(dataDir, "must be a directory, and %s is a file", dir)
	}
	return dir
}

// previousSecretKey gives the key that SECRET_KEY takes the place of; it is of use beside a SECRET_KEY alone.
func (r *reader) previousSecretKey() Secret {
	key := r.text(previousSecretKey)
	switch {
	case key != "" && utf8.RuneCountInString(key) < minSecretKey:
		r.fault(previousSecretKey, "must have at least %d characters, as every SECRET_KEY has", minSecretKey)
	case key != "" && r.text(secretKey) == "":
		r.fault(previousSecretKey, "goes with the new SECRET_KEY, which is not set")
	}
	return Secret(key)
}

func (r *reader) secretKey() Secret {
	key := r.text(secretKey)
	switch {
	case key != "" && utf8.RuneCountInString(key) < minSecretKey:
		r.fault(secretKey, "must have at least %d characters; `openssl rand -base64 32` makes a good one", minSecretKey)
	case key == "" && isPostgres(r.text(databaseURL)):
		r.fault(secretKey, "is required with Postgres, at least %d characters, always the same for one database; `openssl rand -base64 32` makes a good one", minSecretKey)
	}
	return Secret(key)
}

func (r *reader) adminUsername() string {
	name := r.text(adminUsername)
	bad := func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) }
	if n := utf8.RuneCountInString(name); n < 1 || n > maxUsername || strings.ContainsFunc(name, bad) {
		r.fault(adminUsername, "must have 1 to %d printable characters, without space", maxUsername)
	}
	return name
}

// adminPassword is taken as it is written: space may be part of it.
func (r *reader) adminPassword() Secret {
	if r.text(adminPassword) == "" {
		return ""
	}
	password := r.values.GetString(adminPassword)
	if n := utf8.RuneCountInString(password); n < minPassword || n > maxPassword {
		r.fault(adminPassword, "must have %d to %d characters", minPassword, maxPassword)
	}
	return Secret(password)
}

func (r *reader) geminiBaseURL() *url.URL {
	u, err := url.Parse(strings.TrimRight(r.text(geminiBaseURL), "/"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		r.fault(geminiBaseURL, "must be an http:// or https:// address without user, query and fragment")
		return nil
	}
	return u
}

// publicURL gives our own address from outside, or what Render says it is; nil when neither does.
func (r *reader) publicURL() *url.URL {
	name, address := publicURL, r.text(publicURL)
	if address == "" {
		name, address = "RENDER_EXTERNAL_URL", strings.TrimSpace(os.Getenv("RENDER_EXTERNAL_URL"))
	}
	if address == "" {
		return nil
	}
	u, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		r.fault(name, "must be an http:// or https:// address without user, query and fragment")
		return nil
	}
	return u
}

func (r *reader) corsAllowedOrigins() []string {
	items := r.list(corsAllowedOrigins)
	if slices.Contains(items, "*") {
		if len(items) > 1 {
			r.fault(corsAllowedOrigins, "must be * alone or a list of origins")
		}
		return []string{"*"}
	}
	origins := make([]string, 0, len(items))
	for _, item := range items {
		u, err := url.Parse(strings.ToLower(strings.TrimSuffix(item, "/")))
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Scheme+"://"+u.Host != u.String() {
			r.fault(corsAllowedOrigins, "must be * or origins such as https://admin.example.com, without a path")
			return nil
		}
		origins = append(origins, u.String())
	}
	return origins
}

func (r *reader) logLevel() slog.Level {
	var level slog.Level
	switch name := strings.ToLower(r.text(logLevel)); name {
	case "debug", "info", "warn", "error":
		if err := level.UnmarshalText([]byte(name)); err == nil {
			return level
		}
	}
	r.fault(logLevel, "must be debug, info, warn or error")
	return level
}

func (r *reader) logFormat() string {
	format := strings.ToLower(r.text(logFormat))
	if !slices.Contains([]string{LogAuto, LogText, LogJSON}, format) {
		r.fault(logFormat, "must be text or json, or empty for text on a terminal and json elsewhere")
	}
	return format
}

func (r *reader) trustedProxies() []netip.Prefix {
	var prefixes []netip.Prefix
	for _, item := range r.list(trustedProxies) {
		prefix, err := netip.ParsePrefix(item)
		if addr, one := netip.ParseAddr(item); one == nil && addr.Zone() == "" {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			r.fault(trustedProxies, "must be IP addresses or networks such as 10.0.0.0/8, and %q is not", item)
			continue
		}
		prefixes = append(prefixes, prefix.Masked())
	}
	return prefixes
}

// checkProxy looks at what net/http reads itself (http.ProxyFromEnvironment), since a wrong one would only show as a fault of
// every single call.
func (r *reader) checkProxy() {
	address := cmp.Or(os.Getenv("HTTPS_PROXY"), os.Getenv("https_proxy"))
	if address == "" {
		return
	}
	if !strings.Contains(address, "://") {
		address = "http://" + address // as net/http reads it
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
		r.fault("HTTPS_PROXY", "must be host:port, with http://, https:// or socks5:// before it")
	}
}
