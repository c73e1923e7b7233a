// Package config reads what the server must know before it starts: from the environment first, then config.yaml, then defaults.
// What can be changed while it runs is in package settings. docs/configuration.md lists every name.
package config

import (
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// The forms of a log line.
const (
	LogAuto = "auto" // text on a terminal, else JSON
	LogText = "text"
	LogJSON = "json"
)

// Config is everything read at start. It holds secrets and prints without them.
type Config struct {
	Host               string // "" is every interface
	Port               int    // 0 lets the system choose
	DatabaseURL        Secret // "" or "sqlite:PATH" or "postgres://…"; it may carry a password
	DataDir            string
	SecretKey          Secret // given, or kept in DATA_DIR/secret.key; at least 16 characters
	PreviousSecretKey  Secret // what SECRET_KEY was before; "" when it was not changed
	AdminUsername      string // of the first start
	AdminPassword      Secret // of the first start; "" means that one is made
	GeminiAPIKeys      Secret // any text with keys in it
	GeminiBaseURL      *url.URL
	PublicURL          *url.URL // where the server is reached from outside; nil when it is not known
	CORSAllowedOrigins []string // "*" alone, or origins such as "https://admin.example.com"
	LogLevel           slog.Level
	LogFormat          string         // LogAuto, LogText or LogJSON
	TrustedProxies     []netip.Prefix // whose X-Forwarded-For is believed
	MetricsToken       Secret         // reads /metrics; "" means that only admins do
	Traces             Traces
}

// Fault is one thing wrong with the configuration.
type Fault struct {
	Name    string // the variable's: "PORT"
	Message string // what it must be; never what a secret is
}

// Faults is everything wrong with the configuration, so that it is mended in one go.
type Faults []Fault

// Error gives a line for each fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.Name + ": " + one.Message
	}
	return "configuration:\n  " + strings.Join(lines, "\n  ")
}

// Load reads the configuration. file is the path of a YAML file that must be there; when it is empty, config.yaml in the working
// directory is read if there is one. With SQLite and no SECRET_KEY it makes DATA_DIR/secret.key on the first start. Everything
// that is wrong is reported in one Faults.
func Load(file string) (*Config, error) { return load(file, false) }

// load reads the configuration; when the secret key is to be changed, none is made.
func load(file string, rotating bool) (*Config, error) {
	values, faults := open(file)
	if values == nil {
		return nil, faults
	}
	r := &reader{values: values, faults: faults}
	c := &Config{
		Host:               r.host(),
		Port:               r.port(),
		DatabaseURL:        r.databaseURL(),
		DataDir:            r.dataDir(),
		SecretKey:          r.secretKey(),
		PreviousSecretKey:  r.previousSecretKey(),
		AdminUsername:      r.adminUsername(),
		AdminPassword:      r.adminPassword(),
		GeminiAPIKeys:      Secret(r.text(geminiAPIKeys)),
		MetricsToken:       Secret(r.text(metricsToken)),
		Traces:             r.traces(),
		GeminiBaseURL:      r.geminiBaseURL(),
		PublicURL:          r.publicURL(),
		CORSAllowedOrigins: r.corsAllowedOrigins(),
		LogLevel:           r.logLevel(),
		LogFormat:          r.logFormat(),
		TrustedProxies:     r.trustedProxies(),
	}
	r.checkProxy()
	if len(r.faults) == 0 && c.SecretKey == "" && !rotating {
		r.makeSecretKey(c)
	}
	if len(r.faults) > 0 {
		return nil, r.faults
	}
	return c, nil
}

// Address reads HOST and PORT alone and gives where the server listens, "127.0.0.1:8000". It is for programs that ask a running
// server something, such as the health check, and neither need nor make the rest.
func Address(file string) (string, error) {
	values, faults := open(file)
	if values == nil {
		return "", faults
	}
	r := &reader{values: values}
	c := Config{Host: r.host(), Port: r.port()}
	if len(r.faults) > 0 {
		return "", r.faults
	}
	return c.Address(), nil
}

// Address gives where to listen, ":8000" for every interface.
func (c *Config) Address() string { return net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) }

// Postgres reports whether the database is a Postgres; else it is a SQLite file.
func (c *Config) Postgres() bool { return isPostgres(c.DatabaseURL.Reveal()) }

// SQLitePath gives the path of the SQLite file, and "" with Postgres.
func (c *Config) SQLitePath() string {
	switch path, given := strings.CutPrefix(c.DatabaseURL.Reveal(), "sqlite:"); {
	case c.Postgres():
		return ""
	case given:
		return path
	}
	return filepath.Join(c.DataDir, "gemini-proxy.db")
}

func isPostgres(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}
