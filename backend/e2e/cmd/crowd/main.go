// Command crowd fills the database of a gateway that is not running with many keys and many requests, as a large pool has after a month:
// for trying the admin page where lists are long. It reads the gateway's own variables (DATA_DIR, DATABASE_URL, SECRET_KEY …), and can write
// the simulated Gemini's configuration that knows the keys.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"syscall"
	"time"

	"gemini-proxy/backend/internal/app"
	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/config"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/usage"
)

// size is how large the crowd is.
type size struct {
	keys, projects, users, requests int
	over                            time.Duration // the requests' stretch of time, up to now
	world                           string        // where gemini-sim's configuration goes; empty: nowhere
}

const (
	batch   = 5_000
	patient = time.Minute // for the database
)

func main() {
	var s size
	flag.IntVar(&s.keys, "keys", 10_000, "Gemini keys")
	flag.IntVar(&s.projects, "projects", 1_000, "projects that the keys belong to")
	flag.IntVar(&s.users, "users", 200, "user keys")
	flag.IntVar(&s.requests, "requests", 200_000, "requests")
	flag.DurationVar(&s.over, "over", 30*24*time.Hour, "how long ago the first request was")
	flag.StringVar(&s.world, "world", "", "file for gemini-sim's configuration that knows the keys")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, s)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "crowd:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s size) (err error) {
	if min(s.keys, s.projects, s.users, s.requests) < 1 || s.over <= 0 {
		return errors.New("every number must be at least 1")
	}
	cfg, err := config.Load("")
	if err != nil {
		return err
	}
	sealer, err := app.NewSealer(cfg)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Config{URL: cfg.DatabaseURL.Reveal(), DataDir: cfg.DataDir, Sealer: sealer, Patience: patient})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()

	now := time.Now().UTC()
	keys := geminiKeys(s, now)
	if s.world != "" {
		if err := writeWorld(s.world, keys); err != nil {
			return err
		}
	}
	if keys, err = db.AddKeys(ctx, keys); err != nil {
		return err
	}
	users := make([]int64, s.users)
	for i := range users {
		if users[i], err = db.CreateUserKey(ctx, userKey(i, now)); err != nil {
			return err
		}
	}
	for first := 0; first < s.requests; first += batch {
		if err := db.SaveEvents(ctx, events(s, now, first, keys, users)); err != nil {
			return err
		}
	}
	return nil
}

func geminiKeys(s size, now time.Time) []pool.Record {
	keys := make([]pool.Record, s.keys)
	for i := range keys {
		hash := sha256.Sum256(fmt.Append(nil, i))
		secret := fmt.Sprintf("AIzaSy-FAKE-crowd-%08d-%s", i, hex.EncodeToString(hash[:6]))
		keys[i] = pool.Record{
			Secret: gemini.Secret(secret), Name: fmt.Sprintf("key-%05d", i+1), Project: fmt.Sprintf("project-%04d", i%s.projects+1),
			ProjectSource: pool.SourceOperator, Weight: 1, Enabled: i%50 != 49, CreatedAt: now.Add(-s.over),
			Health: pool.HealthRecord{Healthy: i%25 != 24, Known: true},
		}
	}
	return keys
}

// writeWorld writes down which project each key belongs to, in the form that gemini-sim reads.
func writeWorld(path string, keys []pool.Record) error {
	type key struct {
		Value string `json:"value"`
	}
	type project struct {
		Number string `json:"number"`
		Keys   []key  `json:"keys"`
	}
	places := map[string]int{}
	var projects []project
	for _, k := range keys {
		place, known := places[k.Project]
		if !known {
			place = len(projects)
			places[k.Project] = place
			projects = append(projects, project{Number: strconv.Itoa(100_000 + place)})
		}
		projects[place].Keys = append(projects[place].Keys, key{Value: k.Secret.Reveal()})
	}
	data, err := json.Marshal(map[string]any{"projects": projects})
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

func userKey(i int, now time.Time) auth.UserKey {
	hash := sha256.Sum256(fmt.Appendf(nil, "sk-FAKE-crowd-%d", i))
	return auth.UserKey{
		Hash: hex.EncodeToString(hash[:]), Prefix: "sk-FAKE", Suffix: fmt.Sprintf("%04d", i), Name: fmt.Sprintf("user-%03d", i+1),
		Enabled: true, CreatedAt: now,
	}
}

// events are the requests from the first on, oldest first, spread evenly over the stretch; of the last three in a hundred the first attempt failed.
func events(s size, now time.Time, first int, keys []pool.Record, users []int64) []usage.Event {
	models := []string{"gemini-3.8-flash", "gemini-flash-latest", "gemini-2.5-flash", "gemini-3.1-flash-lite"}
	random := rand.New(rand.NewPCG(uint64(first), 1)) //nolint:gosec // the same crowd each time is what is wanted; neither index is below zero
	some := make([]usage.Event, min(batch, s.requests-first))
	for i := range some {
		at := now.Add(-s.over + time.Duration(int64(s.over)/int64(s.requests)*int64(first+i)))
		took := time.Duration(300+random.IntN(4_000)) * time.Millisecond
		e := usage.Event{
			RequestID: fmt.Sprintf("req_crowd%015d", first+i), Time: at, UserKeyID: users[random.IntN(len(users))], API: "chat",
			Model: models[random.IntN(len(models))], Stream: random.IntN(2) == 0, Status: 200, Outcome: "ok", FinishReason: "STOP",
			InputTokens: random.IntN(4_000), OutputTokens: random.IntN(1_000), FirstByte: took / 3, Total: took,
		}
		key := keys[random.IntN(len(keys))]
		e.Attempts = []usage.Attempt{{KeyID: key.ID, Project: key.Project, Verdict: "ok", Status: 200, Took: took}}
		switch chance := random.IntN(100); {
		case chance < 3:
			failed := keys[random.IntN(len(keys))]
			e.Attempts = slices.Insert(e.Attempts, 0, usage.Attempt{
				KeyID: failed.ID, Project: failed.Project, Verdict: string(pool.Transient), Status: 503, Message: "The model is overloaded.", Took: took / 4,
			})
		case chance < 4:
			e.Status, e.Outcome, e.FinishReason, e.OutputTokens = 503, string(pool.Transient), "", 0
			e.Attempts[0].Verdict, e.Attempts[0].Status = string(pool.Transient), 503
		}
		some[i] = e
	}
	return some
}
