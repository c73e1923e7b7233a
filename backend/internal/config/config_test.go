package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const fakeKey = "FAKE-secret-key-0123456789" // long enough to be accepted

// start gives a clean environment and an empty working directory.
func start(t *testing.T, env map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name := range defaults() {
		t.Setenv(name, env[name])
	}
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		t.Setenv(name, env[name])
	}
}

func TestDefaults(t *testing.T) {
	start(t, nil)
	c, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	if c.Address() != ":8000" || c.AdminUsername != "admin" || c.AdminPassword != "" || c.LogLevel != slog.LevelInfo || c.LogFormat != LogAuto {
		t.Errorf("defaults: %+v", c)
	}
	if got := c.GeminiBaseURL.String(); got != "https://generativelanguage.googleapis.com" {
		t.Errorf("GeminiBaseURL = %q", got)
	}
	if !slices.Equal(c.CORSAllowedOrigins, []string{"*"}) || c.TrustedProxies != nil {
		t.Errorf("origins %v, proxies %v", c.CORSAllowedOrigins, c.TrustedProxies)
	}
	if c.Postgres() || c.SQLitePath() != filepath.Join("data", "gemini-proxy.db") {
		t.Errorf("Postgres %v, SQLitePath %q", c.Postgres(), c.SQLitePath())
	}
}

func TestValues(t *testing.T) {
	tests := []struct {
		name, value string
		got         func(*Config) any
		want        any
	}{
		{port, "0", func(c *Config) any { return c.Port }, 0},
		{port, " 9000 ", func(c *Config) any { return c.Port }, 9000},
		{host, "127.0.0.1", func(c *Config) any { return c.Address() }, "127.0.0.1:8000"},
		{host, "[::1]", func(c *Config) any { return c.Address() }, "[::1]:8000"},
		{host, "my-host.internal", func(c *Config) any { return c.Host }, "my-host.internal"},
		{databaseURL, "sqlite:/srv/a b.db", func(c *Config) any { return c.SQLitePath() }, "/srv/a b.db"},
		{databaseURL, "postgres://u:FAKE@db/x", func(c *Config) any { return c.Postgres() }, true},
		{databaseURL, "postgresql:///x?host=/run/postgresql", func(c *Config) any { return c.SQLitePath() }, ""},
		{dataDir, "elsewhere", func(c *Config) any { return c.SQLitePath() }, filepath.Join("elsewhere", "gemini-proxy.db")},
		{adminUsername, "操作员", func(c *Config) any { return c.AdminUsername }, "操作员"},
		{adminPassword, " with space ", func(c *Config) any { return c.AdminPassword.Reveal() }, " with space "},
		{geminiAPIKeys, "AIzaSy-FAKE-1,AQ.FAKE-2", func(c *Config) any { return c.GeminiAPIKeys.Reveal() }, "AIzaSy-FAKE-1,AQ.FAKE-2"},
		{geminiBaseURL, "http://127.0.0.1:9/base/", func(c *Config) any { return c.GeminiBaseURL.String() }, "http://127.0.0.1:9/base"},
		{corsAllowedOrigins, "https://A.example/, http://b.example:81", func(c *Config) any { return c.CORSAllowedOrigins }, []string{"https://a.example", "http://b.example:81"}},
		{logLevel, "WARN", func(c *Config) any { return c.LogLevel }, slog.LevelWarn},
		{logFormat, "JSON", func(c *Config) any { return c.LogFormat }, LogJSON},
		{trustedProxies, "10.1.2.3/8; 192.168.0.1 ::1", func(c *Config) any { return fmt.Sprint(c.TrustedProxies) }, "[10.0.0.0/8 192.168.0.1/32 ::1/128]"},
		{"HTTPS_PROXY", "proxy.example:3128", func(c *Config) any { return c.Port }, 8000},
	}
	for _, test := range tests {
		t.Run(test.name+" "+test.value, func(t *testing.T) {
			start(t, map[string]string{secretKey: fakeKey, test.name: test.value})
			c, err := Load("")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, test.got(c)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	tests := []struct{ name, value, want string }{
		{port, "eighty", "PORT: must be a number from 0 to 65535"},
		{port, "65536", "PORT: must be a number"},
		{host, "http://here", "HOST: must be an IP address or a host name"},
		{host, "here:80", "HOST: must be an IP address or a host name"},
		{databaseURL, "mysql://u:FAKE-pass@h/d", "DATABASE_URL: must be postgres://"},
		{databaseURL, "postgres://u:FAKE-pass%zz@h/d", "DATABASE_URL: must be postgres://"},
		{databaseURL, "postgres://", "DATABASE_URL: must be postgres://"},
		{databaseURL, "sqlite:", "DATABASE_URL: needs a path"},
		{previousSecretKey, "FAKE-pass", "PREVIOUS_SECRET_KEY: must have at least 16 characters"},
		{otlpEndpoint, "collector:4318", "OTEL_EXPORTER_OTLP_ENDPOINT: must be"},
		{otlpHeaders, "a b=FAKE-pass", "OTEL_EXPORTER_OTLP_HEADERS: must be name=value"},
		{otlpHeaders, "a=FAKE-pass%0d%0aHost: x", "OTEL_EXPORTER_OTLP_HEADERS: must be name=value"},
		{otlpHeaders, "FAKE-pass", "OTEL_EXPORTER_OTLP_HEADERS: must be name=value"},
		{otlpRatio, "2", "OTEL_TRACES_SAMPLER_ARG: must be"},
		{otlpRatio, "NaN", "OTEL_TRACES_SAMPLER_ARG: must be"},
		{secretKey, "FAKE-pass", "SECRET_KEY: must have at least 16 characters"},
		{adminUsername, "two words", "ADMIN_USERNAME: must have 1 to 64"},
		{adminUsername, strings.Repeat("a", 65), "ADMIN_USERNAME: must have 1 to 64"},
		{adminPassword, "FAKE-pw", "ADMIN_PASSWORD: must have 8 to 256 characters"},
		{adminPassword, strings.Repeat("FAKE-pass", 30), "ADMIN_PASSWORD: must have 8 to 256 characters"},
		{geminiBaseURL, "generativelanguage.googleapis.com", "GEMINI_BASE_URL: must be an http"},
		{geminiBaseURL, "https://u:FAKE-pass@h", "GEMINI_BASE_URL: must be an http"},
		{geminiBaseURL, "https://h?key=FAKE-pass", "GEMINI_BASE_URL: must be an http"},
		{corsAllowedOrigins, "*, https://a.example", "CORS_ALLOWED_ORIGINS: must be * alone"},
		{corsAllowedOrigins, "https://a.example/path", "CORS_ALLOWED_ORIGINS: must be * or origins"},
		{corsAllowedOrigins, "a.example", "CORS_ALLOWED_ORIGINS: must be * or origins"},
		{logLevel, "loud", "LOG_LEVEL: must be debug, info, warn or error"},
		{logFormat, "xml", "LOG_FORMAT: must be text or json"},
		{trustedProxies, "10.0.0.0/8, 10.0.0.0/33", `TRUSTED_PROXIES: must be IP addresses or networks such as 10.0.0.0/8, and "10.0.0.0/33" is not`},
		{"HTTPS_PROXY", "ftp://u:FAKE-pass@h", "HTTPS_PROXY: must be host:port"},
		{"https_proxy", "http://", "HTTPS_PROXY: must be host:port"},
	}
	for _, test := range tests {
		t.Run(test.name+" "+test.want, func(t *testing.T) {
			env := map[string]string{test.name: test.value}
			if strings.HasPrefix(test.value, "postgres") {
				env[secretKey] = fakeKey // needed with Postgres, and not what is tried here
			}
			start(t, env)
			c, err := Load("")
			if c != nil || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if faults, ok := errors.AsType[Faults](err); !ok || len(faults) != 1 {
				t.Errorf("got %#v, want one fault", err)
			}
			if strings.Contains(err.Error(), "FAKE-p") {
				t.Errorf("the fault shows a secret: %v", err)
			}
			if _, err := os.Stat("data"); err == nil {
				t.Error("a faulty configuration left a data directory")
			}
		})
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	start(t, map[string]string{port: "x", logLevel: "loud", databaseURL: "postgres://h/d", geminiBaseURL: "ftp://h"})
	write(t, "config.yaml", "prot: 1\nlog_format: xml\nhost: {a: 1}\n")
	_, err := Load("")
	faults, ok := errors.AsType[Faults](err)
	if !ok {
		t.Fatal(err)
	}
	var names []string
	for _, f := range faults {
		names = append(names, f.Name)
	}
	want := []string{"config.yaml", host, port, secretKey, geminiBaseURL, logLevel, logFormat}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff, err)
	}
	if !strings.Contains(err.Error(), "\n  SECRET_KEY: is required with Postgres") || !strings.Contains(err.Error(), "nothing is called prot") {
		t.Error(err)
	}
}

func TestOrder(t *testing.T) {
	start(t, map[string]string{port: "9002"})
	write(t, "config.yaml", "PORT: 9001\nlog_level: debug\ntrusted_proxies: [10.0.0.0/8, 192.168.0.1]\nhost:\n")
	write(t, "other.yml", "port: 9003\nlog_format: json\n")
	tests := []struct {
		file   string
		port   int
		level  slog.Level
		format string
	}{
		{"", 9002, slog.LevelDebug, LogAuto},
		{"other.yml", 9002, slog.LevelInfo, LogJSON},
	}
	for _, test := range tests {
		c, err := Load(test.file)
		if err != nil {
			t.Fatal(err)
		}
		if c.Port != test.port || c.LogLevel != test.level || c.LogFormat != test.format {
			t.Errorf("with file %q: %+v", test.file, c)
		}
	}
	t.Setenv(port, "")
	c, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	if c.Port != 9001 || len(c.TrustedProxies) != 2 || c.TrustedProxies[0] != netip.MustParsePrefix("10.0.0.0/8") {
		t.Errorf("from the file: %+v", c)
	}
}

func TestFileFaults(t *testing.T) {
	tests := []struct{ name, content, want string }{
		{"secret", "FAKE-secret-text", "is not valid YAML"},
		{"secret in a line", "port: 1\n  FAKE-secret: x: y", "is not valid YAML at line 2"},
		{"list", "- a", "is not valid YAML"},
		{"nested", "database:\n  url: FAKE-secret", "nothing is called database"},
		{"object", "port:\n  a: FAKE-secret", "PORT: must be a single value"},
		{"list of numbers", "trusted_proxies: [1, 2]", "TRUSTED_PROXIES: must be a list of texts"},
		{"missing", "", "named.yaml: cannot be read: no such file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			start(t, nil)
			if test.content != "" {
				write(t, "named.yaml", test.content)
			}
			_, err := Load("named.yaml")
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "FAKE") {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if _, err := Address("named.yaml"); test.name == "missing" && err == nil {
				t.Error("Address read a file that is not there")
			}
		})
	}
}

func TestAddressNeedsNothingElse(t *testing.T) {
	start(t, map[string]string{databaseURL: "postgres://h/d", host: "::1", port: "81"})
	got, err := Address("")
	if err != nil || got != "[::1]:81" {
		t.Errorf("Address = %q, %v", got, err)
	}
	if entries, err := os.ReadDir("."); err != nil || len(entries) > 0 {
		t.Errorf("Address left %v, %v", entries, err)
	}
	t.Setenv(port, "x")
	if _, err := Address(""); err == nil {
		t.Error("a wrong port passed")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	start(t, map[string]string{
		secretKey: fakeKey, previousSecretKey: "FAKE-previous-key", adminPassword: "FAKE-password", geminiAPIKeys: "AIzaSy-FAKE-key", metricsToken: "FAKE-metrics", databaseURL: "postgres://u:FAKE@h/d",
	})
	c, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "config", c, "key", c.SecretKey)
	slog.New(slog.NewTextHandler(&log, nil)).Info("start", "config", c, "key", c.SecretKey)
	text := fmt.Sprintf("%v %+v %#v %s %q %x %v", c, *c, *c, c.SecretKey, c.AdminPassword, c.GeminiAPIKeys, &c.DatabaseURL) + log.String()
	if strings.Contains(text, "FAKE") || strings.Contains(text, "46414b45") {
		t.Errorf("a secret is shown: %s", text)
	}
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
