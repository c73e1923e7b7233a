package geminisim

import "sync"

// hops are the answers that wait behind continuation tokens.
type hops struct {
	mu   sync.Mutex
	next map[string]hop
}

type hop struct {
	project string
	texts   []string
}

const maxHops = 10_000

// mint keeps the texts for the token's bearer.
func (h *hops) mint(c *call, texts []string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.next == nil || len(h.next) >= maxHops {
		h.next = map[string]hop{}
	}
	token := encodeBase64([]byte("hop-" + c.sim.id(20)))
	h.next[token] = hop{c.key.project.number, texts}
	return token
}

// resume is the answer behind the request's continuation token, or nil without one. A token stays good, so that a
// broken hop can be asked for again; it is its project's alone.
func (c *call) resume(req *request) (*reply, *apiError) {
	token := req.root.get("continuationToken").text
	if token == "" {
		return nil, nil // no token, no fault: the caller answers afresh
	}
	h := &c.world.hops
	h.mu.Lock()
	found, ok := h.next[token]
	h.mu.Unlock()
	if !ok || found.project != c.key.project.number {
		return nil, invalid("Invalid continuation token.")
	}
	r := Text(found.texts[0]).reply
	r.hops = found.texts[1:]
	return r, nil
}
