package geminisim

import (
	"slices"
	"strings"
	"time"
)

// cached is a cachedContent.
type cached struct {
	id, model, displayName    string
	tokens                    int
	created, updated, expires time.Time
}

type cachedJSON struct {
	Name        string `json:"name"`
	Model       string `json:"model"`
	DisplayName string `json:"displayName,omitempty"`
	CreateTime  string `json:"createTime"`
	UpdateTime  string `json:"updateTime"`
	ExpireTime  string `json:"expireTime"`
	Usage       *Usage `json:"usageMetadata,omitempty"`
}

func (k *cached) json() cachedJSON {
	return cachedJSON{
		Name: "cachedContents/" + k.id, Model: "models/" + k.model, DisplayName: k.displayName, CreateTime: stamp(k.created),
		UpdateTime: stamp(k.updated), ExpireTime: stamp(k.expires), Usage: &Usage{Total: k.tokens},
	}
}

func errNoCache() *apiError { return denied("CachedContent not found (or permission denied)") }

// cache finds a living cache of the project.
func (p *project) cache(id string, now time.Time) (cached, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.caches[id]
	if k == nil || !now.Before(k.expires) {
		delete(p.caches, id)
		return cached{}, false
	}
	return *k, true
}

// serveCaches serves /cachedContents.
func (c *call) serveCaches() *apiError {
	p, now := c.key.project, c.sim.now(c.world)
	switch c.route.method {
	case "cachedContents.create":
		return c.createCache(p, now)
	case "cachedContents.list":
		return c.listCaches(p, now)
	}
	k, ok := p.cache(c.route.id, now)
	if !ok {
		return errNoCache()
	}
	switch c.route.method {
	case "cachedContents.patch":
		root, e := c.readCache()
		if e != nil {
			return e
		}
		if k.expires, e = expiry(root, now, k.expires); e != nil {
			return e
		}
		k.updated = now
		p.mu.Lock()
		p.caches[k.id] = &k
		p.mu.Unlock()
	case "cachedContents.delete":
		p.mu.Lock()
		delete(p.caches, k.id)
		p.mu.Unlock()
		return c.writeJSON(struct{}{})
	}
	return c.writeJSON(k.json())
}

func (c *call) readCache() (node, *apiError) {
	if e := c.readBody(c.sim.conf.InlineLimit); e != nil {
		return node{}, e
	}
	return c.sim.dialect.parse("CachedContent", c.body)
}

func (c *call) createCache(p *project, now time.Time) *apiError {
	root, e := c.readCache()
	if e != nil {
		return e
	}
	name := strings.TrimPrefix(root.get("model").text, "models/")
	m := c.sim.models[name]
	switch {
	case name == "":
		return invalid("* CreateCachedContentRequest.cached_content.model: model is required\n")
	case m == nil || m.noCaching:
		return errModelNotFound(c.route.version, name, "createCachedContent")
	}
	c.model = m
	contents := root.get("contents").items
	if e := c.checkFiles(contents); e != nil {
		return e
	}
	expires, e := expiry(root, now, now.Add(time.Hour))
	if e != nil {
		return e
	}
	k := &cached{
		id: c.sim.id(24), model: name, displayName: root.get("displayName").text, tokens: countNode(root),
		created: now, updated: now, expires: expires,
	}
	p.mu.Lock()
	p.caches[k.id] = k
	p.mu.Unlock()
	return c.writeJSON(k.json())
}

// expiry reads ttl or expireTime.
func expiry(root node, now, otherwise time.Time) (time.Time, *apiError) {
	ttl, at := root.get("ttl").text, root.get("expireTime").text
	switch {
	case ttl != "" && at != "":
		return otherwise, invalid("* CachedContent: ttl and expire_time cannot both be set\n")
	case ttl != "":
		d, err := time.ParseDuration(ttl)
		if err != nil || d <= 0 {
			return otherwise, invalid("* CachedContent.ttl: must be positive\n")
		}
		return now.Add(d), nil
	case at != "":
		t, err := time.Parse(time.RFC3339Nano, at)
		if err != nil || !t.After(now) {
			return otherwise, invalid("* CachedContent.expire_time: must be a time to come\n")
		}
		return t, nil
	}
	return otherwise, nil
}

func (c *call) listCaches(p *project, now time.Time) *apiError {
	p.mu.Lock()
	var all []cached
	for _, k := range p.caches {
		if now.Before(k.expires) {
			all = append(all, *k)
		}
	}
	p.mu.Unlock()
	slices.SortFunc(all, func(a, b cached) int { return strings.Compare(a.id, b.id) })
	from, to, next, e := page(c.r.URL.Query(), len(all), 50, 1000)
	if e != nil {
		return e
	}
	out := struct {
		Caches []cachedJSON `json:"cachedContents,omitempty"`
		Next   string       `json:"nextPageToken,omitempty"`
	}{Next: next}
	for _, k := range all[from:to] {
		out.Caches = append(out.Caches, k.json())
	}
	return c.writeJSON(out)
}

// checkCache counts the cache that a request names, or refuses it.
func (c *call) checkCache(req *request) *apiError {
	name := req.root.get("cachedContent").text
	if name == "" {
		return nil
	}
	if c.model.noCaching {
		return invalid("Explicit caching is not supported for models/" + c.route.model)
	}
	k, ok := c.key.project.cache(strings.TrimPrefix(name, "cachedContents/"), c.sim.now(c.world))
	if !ok {
		return errNoCache()
	}
	if k.model != c.route.model {
		return invalid("Model used by GenerateContent request (models/" + c.route.model + ") and CachedContent (models/" + k.model +
			") has to be the same.")
	}
	if req.root.has("systemInstruction") || req.root.has("tools") || req.root.has("toolConfig") {
		return invalid("CachedContent can not be used with GenerateContent request setting system_instruction, tools or tool_config.")
	}
	c.cached = k.tokens
	c.tokens += k.tokens
	return nil
}
