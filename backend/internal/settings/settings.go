// Package settings holds what the operator can change while the server runs: one object, validated whole, effective at once.
package settings

// The strategies by which the pool chooses among keys with room.
const (
	Adaptive   = "adaptive"
	LeastUsed  = "least_used"
	RoundRobin = "round_robin"
)

// The forms in which Gemini is asked for an answer. The client gets the form it asks for with each of them.
const (
	StreamAuto = "auto" // the form the client asks for
	StreamOn   = "stream"
	StreamOff  = "non_stream"
)

// The places of an injected prompt.
const (
	InSystem      = "system"      // before the system instruction
	BeforeMessage = "user_prefix" // before the user's last message
	AfterMessage  = "user_suffix" // after it
)

// The strategies of symbol injection.
const (
	SymbolsAuto      = "auto" // before, after or around, at random
	SymbolsPrefix    = "prefix"
	SymbolsSuffix    = "suffix"
	SymbolsWrap      = "wrap"
	SymbolsInvisible = "invisible" // characters of no width, after the text
	SymbolsMixed     = "mixed"     // visible and invisible ones, after the text
)

// Settings is every setting. Durations are in seconds. The zero value is not valid: start from Default.
type Settings struct {
	Strategy         string          `json:"strategy" enums:"adaptive,least_used,round_robin" default:"adaptive" example:"adaptive"` // how the pool chooses among keys with room
	FastFailover     bool            `json:"fast_failover" default:"true" example:"true"`                                            // try the next key at once instead of backing off first
	MaxKeyAttempts   int             `json:"max_key_attempts" minimum:"1" maximum:"20" default:"5" example:"5"`                      // distinct keys one request may use
	RequestTimeout   float64         `json:"request_timeout" minimum:"1" maximum:"3600" default:"60" example:"60"`                   // seconds for a whole answer; in a stream, the longest silence after its first part
	FirstByteTimeout float64         `json:"first_byte_timeout" minimum:"1" maximum:"600" default:"30" example:"30"`                 // seconds to a stream's first part before the next key is tried
	QueueWait        float64         `json:"queue_wait" minimum:"0" maximum:"60" default:"10" example:"10"`                          // seconds a request may wait for room
	FailureThreshold int             `json:"failure_threshold" minimum:"1" maximum:"100" default:"3" example:"3"`                    // failures in a row that make a key unhealthy
	BackgroundCheck  bool            `json:"background_check" default:"true" example:"true"`                                         // ask Gemini by itself about keys that failed, rest or are not used; costs no generation quota
	CheckDelay       float64         `json:"check_delay" minimum:"1" maximum:"60" default:"5" example:"5"`                           // seconds from a key's failure to its check
	CheckInterval    float64         `json:"check_interval" minimum:"60" maximum:"86400" default:"3600" example:"3600"`              // seconds between the checks of a key that is not healthy or not used
	ProjectDiscovery bool            `json:"project_discovery" default:"true" example:"true"`                                        // find by marker files which new keys share a Google project; costs no generation quota
	Cleanup          Cleanup         `json:"cleanup"`
	UsageThreshold   UsageThreshold  `json:"usage_threshold"`
	Thinking         Thinking        `json:"thinking"`
	PromptInjection  PromptInjection `json:"prompt_injection"`
	StreamMode       string          `json:"stream_mode" enums:"auto,stream,non_stream" default:"auto" example:"auto"` // how Gemini is asked; the client gets the form it asks for
	SymbolInjection  SymbolInjection `json:"symbol_injection"`
	Files            Files           `json:"files"`
	KeepAlive        KeepAlive       `json:"keep_alive"`
	LogRetention     float64         `json:"log_retention" minimum:"3600" maximum:"315360000" default:"2592000" example:"2592000"`      // seconds request rows are kept
	UsageRetention   float64         `json:"usage_retention" minimum:"86400" maximum:"315360000" default:"34560000" example:"34560000"` // seconds hourly usage is kept
}

// UsageThreshold says from which share of a day's quota a key is marked, and from which it is spared while others have room.
type UsageThreshold struct {
	Warn    float64 `json:"warn" minimum:"0" maximum:"1" default:"0.8" example:"0.8"`
	Protect float64 `json:"protect" minimum:"0" maximum:"1" default:"0.95" example:"0.95"`
}

// Cleanup says when keys that no longer work are removed. Removed keys can be restored.
type Cleanup struct {
	Enabled         bool    `json:"enabled" default:"false" example:"false"`
	Days            int     `json:"days" minimum:"1" maximum:"30" default:"3" example:"3"`                    // Pacific days in a row without a success
	MinChecksPerDay int     `json:"min_checks_per_day" minimum:"1" maximum:"100" default:"5" example:"5"`     // requests and checks that each of these days must have had
	Interval        float64 `json:"interval" minimum:"3600" maximum:"604800" default:"86400" example:"86400"` // seconds between two runs
}

// KeepAlive says whether the server asks for its own public address now and then, so that a free host does not put it to sleep.
type KeepAlive struct {
	Enabled  bool    `json:"enabled" default:"false" example:"false"`
	Interval float64 `json:"interval" minimum:"60" maximum:"3600" default:"600" example:"600"` // seconds from one ping to the next
}

// Thinking is what holds for requests that say nothing of thinking themselves.
type Thinking struct {
	Enabled         bool `json:"enabled" default:"true" example:"true"`                         // off: models think as little as they can
	Budget          int  `json:"budget" minimum:"-1" maximum:"32768" default:"-1" example:"-1"` // tokens, as near as the model takes; -1 leaves it to the model
	IncludeThoughts bool `json:"include_thoughts" default:"false" example:"false"`              // answers carry reasoning_content
}

// PromptInjection is a text that goes with every chat.
type PromptInjection struct {
	Enabled  bool   `json:"enabled" default:"false" example:"false"`
	Content  string `json:"content" maxLength:"32768" example:"Answer in English."` // at most 32 KiB
	Position string `json:"position" enums:"system,user_prefix,user_suffix" default:"system" example:"system"`
}

// SymbolInjection adds symbols to what users write, so that no two prompts are alike. It alters what the model reads.
type SymbolInjection struct {
	Enabled     bool   `json:"enabled" default:"false" example:"false"`
	Strategy    string `json:"strategy" enums:"auto,prefix,suffix,wrap,invisible,mixed" default:"auto" example:"auto"`
	ExemptTools bool   `json:"exempt_tools" default:"true" example:"true"`                       // leave requests with tools as they are
	MinTokens   int    `json:"min_tokens" minimum:"0" maximum:"1000000" default:"0" example:"0"` // leave shorter prompts as they are
}

// Files bounds what users upload, and says how requests carry it.
type Files struct {
	TTL          float64 `json:"ttl" minimum:"3600" maximum:"2592000" default:"172800" example:"172800"`                        // seconds a file is kept at most
	TotalBytes   int     `json:"total_bytes" minimum:"0" maximum:"1099511627776" default:"536870912" example:"536870912"`       // of all files together; they are kept in the database
	MaxFileBytes int     `json:"max_file_bytes" minimum:"1048576" maximum:"2147483648" default:"104857600" example:"104857600"` // of one file
	InlineBytes  int     `json:"inline_bytes" minimum:"0" maximum:"73400320" default:"20971520" example:"20971520"`             // of a request's files that are sent within it; larger ones go through Gemini's Files API
}

// Default gives the settings of a new server.
func Default() Settings {
	const day = 24 * 60 * 60
	return Settings{
		Strategy:         Adaptive,
		FastFailover:     true,
		MaxKeyAttempts:   5,
		RequestTimeout:   60,
		FirstByteTimeout: 30,
		QueueWait:        10,
		FailureThreshold: 3,
		BackgroundCheck:  true,
		CheckDelay:       5,
		CheckInterval:    60 * 60,
		ProjectDiscovery: true,
		Cleanup:          Cleanup{Days: 3, MinChecksPerDay: 5, Interval: day},
		UsageThreshold:   UsageThreshold{Warn: 0.8, Protect: 0.95},
		Thinking:         Thinking{Enabled: true, Budget: -1},
		PromptInjection:  PromptInjection{Position: InSystem},
		StreamMode:       StreamAuto,
		SymbolInjection:  SymbolInjection{Strategy: SymbolsAuto, ExemptTools: true},
		Files:            Files{TTL: 2 * day, TotalBytes: 512 << 20, MaxFileBytes: 100 << 20, InlineBytes: 20 << 20},
		KeepAlive:        KeepAlive{Interval: 10 * 60},
		LogRetention:     30 * day,
		UsageRetention:   400 * day,
	}
}
