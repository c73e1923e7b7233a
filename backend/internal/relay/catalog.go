package relay

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
)

const (
	catalogFresh    = 10 * time.Minute // how long a list is good
	catalogRetry    = 10 * time.Second // how long a failed or empty one is
	catalogLimit    = 15 * time.Second // for asking all projects
	catalogProjects = 16               // projects asked; they rarely differ
	catalogParallel = 4
)

// Catalog knows the models the pool's projects can use: the union of what models.list gives for each, which costs no quota.
type Catalog struct {
	client *gemini.Client
	pool   *pool.Pool
	log    *slog.Logger
	asking singleflight.Group

	mu     sync.Mutex
	models []gemini.Model // sorted by name
	until  time.Time      // when to ask again
	err    error          // of the last asking, if it gave nothing
}

// NewCatalog makes a catalog that asks when it is first needed.
func NewCatalog(client *gemini.Client, keys *pool.Pool, log *slog.Logger) *Catalog {
	return &Catalog{client: client, pool: keys, log: log}
}

// Models gives the models, sorted by name. An empty pool has none. While Gemini cannot be asked, the last list serves.
func (c *Catalog) Models(ctx context.Context) ([]gemini.Model, error) {
	if models, err, ok := c.known(); ok {
		return models, err
	}
	done := c.asking.DoChan("", func() (any, error) {
		// One client's leaving must not spoil the answer of the others.
		shared, cancel := context.WithTimeout(context.WithoutCancel(ctx), catalogLimit)
		defer cancel()
		c.refresh(shared)
		return struct{}{}, nil
	})
	select {
	case <-done:
		models, err, _ := c.known()
		return models, err
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Canceled, context.Cause(ctx), "the client closed the request")
	}
}

func (c *Catalog) known() (models []gemini.Model, err error, fresh bool) { //nolint:revive // the last result says whether the others count
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.models, c.err, time.Now().Before(c.until)
}

// refresh asks one key of every project and keeps what they say together.
func (c *Catalog) refresh(ctx context.Context) {
	models, err := c.ask(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || len(models) == 0 {
		c.until = time.Now().Add(catalogRetry)
		if c.err = nil; err != nil && len(c.models) == 0 {
			c.err = faultOf(ctx, err)
		}
		if err == nil {
			c.models = nil
		}
		return
	}
	c.models, c.err, c.until = models, nil, time.Now().Add(catalogFresh)
}

// ask gives the union of what the projects list, and an error only when none of them answered.
func (c *Catalog) ask(ctx context.Context) ([]gemini.Model, error) {
	var (
		mu     sync.Mutex
		union  = map[string]gemini.Model{}
		failed error
		group  errgroup.Group
	)
	group.SetLimit(catalogParallel)
	for _, id := range c.representatives() {
		group.Go(func() error {
			models, err := c.list(ctx, id)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = err
				return nil
			}
			for _, m := range models {
				union[m.Name] = m
			}
			return nil
		})
	}
	_ = group.Wait() // the askings give no errors of their own
	if len(union) == 0 {
		return nil, failed
	}
	all := make([]gemini.Model, 0, len(union))
	for _, m := range union {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b gemini.Model) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func (c *Catalog) list(ctx context.Context, id int64) ([]gemini.Model, error) {
	secret, _, err := c.pool.Secret(id)
	if err != nil {
		return nil, err
	}
	models, err := c.client.Models(ctx, secret)
	if err != nil {
		outcome := Judge(ctx, err)
		c.log.InfoContext(ctx, "models not listed", "key_id", id, "verdict", string(outcome.Verdict), "status", outcome.Status, "message", outcome.Message)
		if outcome.Verdict != pool.ClientGone {
			c.pool.Checked(id, outcome)
		}
	}
	return models, err
}

// representatives gives one usable key of each of the first projects.
func (c *Catalog) representatives() []int64 {
	projects, _ := c.pool.Projects(catalogProjects)
	var ids []int64
	for i := range projects {
		usable := func(k pool.Key) bool { return k.State != pool.StateFailing && k.State != pool.StateDisabled }
		if at := slices.IndexFunc(projects[i].Keys, usable); at >= 0 {
			ids = append(ids, projects[i].Keys[at].ID)
		}
	}
	return ids
}
