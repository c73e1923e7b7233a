package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"gemini-proxy/backend/internal/geminisim"
)

// options are the program's settings.
type options struct {
	addr, file                  string
	keys, projects              int
	rpm, tpm, rpd               int
	seed                        int64
	latency, chunkDelay, filing time.Duration
	faultRate                   float64
	enforce, lf                 bool
}

// parseOptions reads flags; the environment gives the defaults of those not set.
func parseOptions(args []string, env func(string) string, out io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("gemini-sim", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:9000", "address to listen on")
	flags.StringVar(&o.file, "config", "", "JSON file with projects and models; see docs/simulator.md")
	flags.IntVar(&o.keys, "keys", 3, "keys to make, spread over the projects (without projects in the config file)")
	flags.IntVar(&o.projects, "projects", 0, "projects to make; 0 is one for each key")
	flags.IntVar(&o.rpm, "rpm", 0, "requests a minute for each project and model; 0 is unlimited")
	flags.IntVar(&o.tpm, "tpm", 0, "input tokens a minute for each project and model; 0 is unlimited")
	flags.IntVar(&o.rpd, "rpd", 0, "requests a Pacific day for each project and model; 0 is unlimited")
	flags.BoolVar(&o.enforce, "free-limits", false, "apply the free tier's observed limits where no others are set")
	flags.Int64Var(&o.seed, "seed", 1, "fixes ids, jitter and random faults")
	flags.DurationVar(&o.latency, "latency", 0, "wait before each answer")
	flags.DurationVar(&o.chunkDelay, "chunk-delay", 0, "wait between stream events")
	flags.DurationVar(&o.filing, "file-processing", 0, "how long uploaded files stay PROCESSING")
	flags.Float64Var(&o.faultRate, "fault-rate", 0, "share of calls (0 to 1) answered with a random 5xx")
	flags.BoolVar(&o.lf, "lf", false, "end stream lines with LF, not CRLF")
	var fault error
	flags.VisitAll(func(f *flag.Flag) {
		name := "GEMINI_SIM_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if value := env(name); value != "" {
			if err := flags.Set(f.Name, value); err != nil && fault == nil {
				fault = fmt.Errorf("%s=%q: %w", name, value, err)
			}
		}
	})
	if fault != nil {
		return o, fault
	}
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	return o, o.check(flags.Args())
}

func (o *options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q", rest[0])
	case o.keys < 0 || o.keys > 100_000:
		return fmt.Errorf("--keys %d: want 0 to 100000", o.keys)
	case o.projects < 0 || o.projects > o.keys:
		return fmt.Errorf("--projects %d: want 0 to the number of keys, %d", o.projects, o.keys)
	case o.rpm < 0 || o.tpm < 0 || o.rpd < 0:
		return fmt.Errorf("--rpm, --tpm and --rpd: want 0 or more")
	case o.faultRate < 0 || o.faultRate > 1:
		return fmt.Errorf("--fault-rate %v: want 0 to 1", o.faultRate)
	case o.latency < 0 || o.chunkDelay < 0 || o.filing < 0:
		return fmt.Errorf("--latency, --chunk-delay and --file-processing: want no negative time")
	}
	return nil
}

// fileConfig is the JSON file of --config.
type fileConfig struct {
	Projects []geminisim.Project `json:"projects"`
	Models   []geminisim.Model   `json:"models"`
}

// config is the simulator's configuration: the file's projects, or made ones.
func (o *options) config() (geminisim.Config, error) {
	conf := geminisim.Config{
		Seed: o.seed, EnforceLimits: o.enforce, LF: o.lf, Latency: o.latency, ChunkDelay: o.chunkDelay,
		FileProcessing: o.filing, FaultRate: o.faultRate,
	}
	if o.file != "" {
		raw, err := os.ReadFile(o.file)
		if err != nil {
			return conf, fmt.Errorf("reading the configuration: %w", err)
		}
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		var in fileConfig
		if err := dec.Decode(&in); err != nil {
			return conf, fmt.Errorf("reading %s: %w", o.file, err)
		}
		conf.Projects, conf.Models = in.Projects, in.Models
	}
	if conf.Projects == nil {
		conf.Projects = o.makeProjects()
	}
	return conf, nil
}

// makeProjects spreads the keys over the projects. Every third key is of the newer AQ. kind.
func (o *options) makeProjects() []geminisim.Project {
	n := o.projects
	if n == 0 {
		n = o.keys
	}
	out := make([]geminisim.Project, n)
	for i := range out {
		out[i].Number = fmt.Sprint(1_000_000_000 + i + 1)
		if o.rpm+o.tpm+o.rpd > 0 {
			out[i].Limits = map[string]geminisim.Limits{"": {RPM: o.rpm, TPM: o.tpm, RPD: o.rpd}}
		}
	}
	for i := range o.keys {
		value := fmt.Sprintf("AIzaSy-FAKE-simulated-key-number-00%04d", i+1)
		if i%3 == 2 {
			value = fmt.Sprintf("AQ.FAKE-simulated-key-number-0000000%04d", i+1)
		}
		p := &out[i%n]
		p.Keys = append(p.Keys, geminisim.Key{Value: value})
	}
	return out
}
