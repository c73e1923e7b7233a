package openaiapi

import (
	"sync"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/intake"
	"gemini-proxy/backend/internal/jsonio"
	"gemini-proxy/backend/internal/openai"
	"gemini-proxy/backend/internal/relay"
)

// draft is a translated request and the bodies written of it, which share the memory it was read into.
type draft struct {
	release func() // gives that memory back

	mu      sync.Mutex // the calls of one request may rebuild it at the same time
	request *gemini.Request
	first   *jsonio.Body
	more    []*jsonio.Body
}

// hold has release called when none of the bodies is read any more.
func (d *draft) hold(release func()) {
	if before := d.release; before != nil {
		d.release = func() { release(); before() }
		return
	}
	d.release = release
}

// begin takes the request and writes its first body, in memory that serves again.
func (d *draft) begin(request *gemini.Request, in *intake.Intake) *jsonio.Body {
	memory, give := in.Buffer(request.BodySize())
	d.hold(give)
	d.request, d.first = request, request.BodyIn(memory)
	return d.first
}

// rebuild writes the request anew. Signatures once dropped stay away.
func (d *draft) rebuild(c relay.Change) *jsonio.Body {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c.Unsigned {
		openai.Unsign(d.request)
	}
	changed := *d.request
	changed.ContinuationToken = c.Token
	body := changed.Body()
	d.more = append(d.more, body)
	return body
}

// finish says that no more bodies will be written or sent.
func (d *draft) finish() {
	done := d.release
	if d.first == nil {
		done()
		return
	}
	for _, body := range d.more {
		next := done
		done = func() { body.Finish(next) }
	}
	d.first.Finish(done)
}
