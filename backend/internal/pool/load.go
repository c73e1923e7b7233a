package pool

// Load is how busy the pool is at one moment.
type Load struct {
	InFlight int // calls to Gemini under way
	Waiting  int // requests that wait for room
}

// Load tells how busy the pool is. It costs one look at every model in use, whatever the number of keys.
func (p *Pool) Load() Load {
	p.mu.Lock()
	defer p.unlock()
	load := Load{Waiting: p.waiting}
	for _, l := range p.lanes {
		load.InFlight += l.flying
	}
	return load
}
