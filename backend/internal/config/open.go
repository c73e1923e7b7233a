package config

import (
	"errors"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/viper"
)

// The variables. In config.yaml the same names are used, in either case.
const (
	host               = "HOST"
	port               = "PORT"
	databaseURL        = "DATABASE_URL"
	dataDir            = "DATA_DIR"
	secretKey          = "SECRET_KEY"
	previousSecretKey  = "PREVIOUS_SECRET_KEY"
	adminUsername      = "ADMIN_USERNAME"
	adminPassword      = "ADMIN_PASSWORD"
	geminiAPIKeys      = "GEMINI_API_KEYS"
	metricsToken       = "METRICS_TOKEN"
	geminiBaseURL      = "GEMINI_BASE_URL"
	publicURL          = "PUBLIC_URL"
	corsAllowedOrigins = "CORS_ALLOWED_ORIGINS"
	logLevel           = "LOG_LEVEL"
	logFormat          = "LOG_FORMAT"
	trustedProxies     = "TRUSTED_PROXIES"
	otlpEndpoint       = "OTEL_EXPORTER_OTLP_ENDPOINT"
	otlpHeaders        = "OTEL_EXPORTER_OTLP_HEADERS"
	otlpService        = "OTEL_SERVICE_NAME"
	otlpRatio          = "OTEL_TRACES_SAMPLER_ARG"
)

// defaults gives every variable with its default, "" where it has none.
func defaults() map[string]string {
	return map[string]string{
		host:               "",
		port:               "8000",
		databaseURL:        "",
		dataDir:            "./data",
		secretKey:          "",
		previousSecretKey:  "",
		adminUsername:      "admin",
		adminPassword:      "",
		geminiAPIKeys:      "",
		metricsToken:       "",
		geminiBaseURL:      "https://generativelanguage.googleapis.com",
		publicURL:          "",
		corsAllowedOrigins: "*",
		logLevel:           "info",
		logFormat:          LogAuto,
		trustedProxies:     "",
		otlpEndpoint:       "",
		otlpHeaders:        "",
		otlpService:        "gemini-proxy",
		otlpRatio:          "1",
	}
}

// defaultFile is read when no file is named and it is there.
const defaultFile = "config.yaml"

// open gives the values of environment, file and defaults, in that order. An empty variable counts as not set, as compose files
// pass them. A file that cannot be read gives no values: what it would have said is unknown.
func open(file string) (*viper.Viper, Faults) {
	v := viper.New()
	for name, value := range defaults() {
		v.SetDefault(name, value)
		if err := v.BindEnv(name, name); err != nil {
			return nil, Faults{{name, "cannot be read from the environment: " + err.Error()}}
		}
	}
	if file == "" {
		if _, err := os.Stat(defaultFile); errors.Is(err, fs.ErrNotExist) {
			return v, nil
		}
		file = defaultFile
	}
	v.SetConfigFile(file)
	v.SetConfigType("yaml")
	if err := v.ReadInConfig(); err != nil {
		return nil, Faults{{file, unreadable(err)}}
	}
	return v, unknownNames(v, file)
}

// unreadable words why a file was not read. A YAML error quotes what it stumbled over, which may be a secret: only the line is kept.
func unreadable(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return "cannot be read: " + path.Err.Error()
	}
	if line := regexp.MustCompile(`line \d+`).FindString(err.Error()); line != "" {
		return "is not valid YAML at " + line + ": write one name: value a line"
	}
	return "is not valid YAML: write one name: value a line"
}

// unknownNames finds what a file sets and nothing reads: most often a slip of the pen.
func unknownNames(v *viper.Viper, file string) Faults {
	known := defaults()
	var unknown []string
	for _, key := range v.AllKeys() {
		name, _, _ := strings.Cut(key, ".")
		if _, ok := known[strings.ToUpper(name)]; !ok && !slices.Contains(unknown, name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	var faults Faults
	for _, name := range unknown {
		faults = append(faults, Fault{file, "nothing is called " + name})
	}
	return faults
}
