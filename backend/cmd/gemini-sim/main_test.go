package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func noEnv(string) string { return "" }

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		env  map[string]string
		want string // part of the error; "" is none
	}{
		{"defaults", nil, nil, ""},
		{"all flags", strings.Fields("--addr 127.0.0.1:0 --keys 5 --projects 2 --rpm 5 --tpm 1000 --rpd 20 --latency 5ms --chunk-delay 1ms --fault-rate 0.1 --lf --free-limits --file-processing 1s --seed 9"), nil, ""},
		{"from the environment", nil, map[string]string{"GEMINI_SIM_KEYS": "7", "GEMINI_SIM_CHUNK_DELAY": "2ms"}, ""},
		{"bad environment", nil, map[string]string{"GEMINI_SIM_KEYS": "many"}, `GEMINI_SIM_KEYS="many"`},
		{"too many projects", strings.Fields("--keys 2 --projects 3"), nil, "--projects 3"},
		{"fault rate", strings.Fields("--fault-rate 2"), nil, "--fault-rate 2"},
		{"negative limit", strings.Fields("--rpm -1"), nil, "--rpm"},
		{"negative latency", strings.Fields("--latency -1s"), nil, "--latency"},
		{"argument", strings.Fields("serve"), nil, `unexpected argument "serve"`},
		{"unknown flag", strings.Fields("--what"), nil, "-what"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parseOptions(c.args, func(name string) string { return c.env[name] }, io.Discard)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	o, err := parseOptions(strings.Fields("--keys 1"), func(name string) string { return map[string]string{"GEMINI_SIM_KEYS": "7"}[name] }, io.Discard)
	if err != nil || o.keys != 1 {
		t.Errorf("%d keys, %v: a flag goes before the environment", o.keys, err)
	}
}

func TestMadeProjects(t *testing.T) {
	o := options{keys: 5, projects: 2, rpm: 3}
	conf, err := o.config()
	if err != nil {
		t.Fatal(err)
	}
	if len(conf.Projects) != 2 || len(conf.Projects[0].Keys) != 3 || len(conf.Projects[1].Keys) != 2 || conf.Projects[0].Limits[""].RPM != 3 {
		t.Errorf("%+v", conf.Projects)
	}
}

func TestConfigFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sim.json")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := options{file: path, keys: 3}
	write(`{"projects":[{"number":"7","tier":"tier1","limits":{"":{"rpm":1}},"keys":[{"value":"AIzaSy-FAKE-x","state":"leaked"}]}],"models":[{"name":"gemini-9-test","free":{"rpm":1,"tpm":-1,"rpd":2}}]}`)
	conf, err := o.config()
	if err != nil || conf.Projects[0].Keys[0].State != "leaked" || conf.Models[0].Free.RPD != 2 {
		t.Errorf("%+v, %v", conf, err)
	}
	write(`{"project":[]}`)
	if _, err := o.config(); err == nil || !strings.Contains(err.Error(), "unknown field") {
		t.Errorf("error %v, want the unknown field", err)
	}
	o.file += "-absent"
	if _, err := o.config(); err == nil {
		t.Error("an absent file is accepted")
	}
}

// TestRun starts the program, uses it with a key it printed, lets a request hang, and stops it.
func TestRun(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, strings.Fields("--addr 127.0.0.1:0 --keys 2"), noEnv, write) }()
	lines := bufio.NewScanner(read)
	var base, key string
	for key == "" && lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "GEMINI_BASE_URL="); ok {
			base = url
		}
		if strings.HasPrefix(lines.Text(), "key ") {
			key = strings.Fields(lines.Text())[1]
		}
	}
	ask := func(text string) (int, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/v1beta/models/gemini-3.8-flash:generateContent",
			strings.NewReader(`{"contents":[{"parts":[{"text":"`+text+`"}]}]}`))
		if err != nil {
			return 0, err
		}
		req.Header.Set("X-Goog-Api-Key", key)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, err
		}
		return res.StatusCode, res.Body.Close()
	}
	go func() {
		_, err := io.Copy(io.Discard, read) // the keys not looked at
		ended <- err
	}()
	if status, err := ask("hello"); err != nil || status != http.StatusOK {
		t.Fatalf("%d, %v", status, err)
	}
	hung := make(chan error, 1)
	go func() {
		_, err := ask("[[sim hang]]")
		hung <- err
	}()
	stop()
	if err := <-ended; err != nil {
		t.Errorf("run: %v", err)
	}
	if err := <-hung; err == nil {
		t.Error("a request that hung was answered")
	}
	if err := write.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("reading the output: %v", err)
	}
}
