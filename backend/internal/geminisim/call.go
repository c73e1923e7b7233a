package geminisim

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// call is one request on its way through.
type call struct {
	sim   *Sim
	world *world
	w     *recorder
	r     *http.Request
	route route
	entry *Request
	key   *key
	model *model
	body  []byte

	tokens int // of the prompt, once counted
	cached int // of which from a cache
}

// recorder counts what is sent, and remembers the status.
type recorder struct {
	http.ResponseWriter
	status int
	sent   int64
}

func (w *recorder) WriteHeader(code int) {
	if w.status == 0 {
		w.status = code
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.sent += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// ServeHTTP answers the Gemini API under /v1*, /upload/v1*, and the simulator's own under /sim/.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/sim/") {
		s.control(w, r)
		return
	}
	c := &call{sim: s, world: s.world.Load(), w: &recorder{ResponseWriter: w}, r: r}
	start := time.Now()
	rt, known := parseRoute(r)
	c.route = rt
	seen := credentials(r)
	c.entry = newRequest(r, seen, s.now(c.world), c.world.knows)
	c.entry.Method, c.entry.Model = rt.method, rt.model
	c.world.log.add(c.entry)
	defer func() {
		c.world.log.update(c.entry, func(e *Request) {
			e.Status, e.BytesOut, e.Took = c.w.status, c.w.sent, time.Since(start)
			e.Done, e.ClientGone = true, errors.Is(r.Context().Err(), context.Canceled)
		})
	}()
	w.Header().Set("Server", "scaffolding on HTTPServer2")
	w.Header().Set("Vary", "Origin, X-Origin, Referer")
	if !known {
		writeHTML(c.w, http.StatusNotFound, notFoundHTML)
		return
	}
	if e := c.serve(seen); e != nil {
		e.write(c.w, c.wrapsErrors())
	}
}

func (w *world) knows(value string) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.keys[value] != nil
}

// wrapsErrors says that an error comes inside an array: on /openai, and where a JSON array would be streamed.
func (c *call) wrapsErrors() bool {
	return c.route.openai || c.route.method == "streamGenerateContent" && !c.sse()
}

func (c *call) sse() bool { return c.r.URL.Query().Get("alt") == "sse" }

// serve authenticates and hands over to the method. It returns an error still to be written.
func (c *call) serve(seen []Credential) *apiError {
	c.world.mu.RLock()
	refused := c.world.noRegion
	c.world.mu.RUnlock()
	if refused {
		return errLocation()
	}
	if c.route.method == "files.upload" && len(seen) == 0 {
		return c.uploadBytes() // the upload's id is the capability
	}
	k, e := c.world.authenticate(seen, c.route)
	if k != nil {
		c.signIn(k)
	}
	if e != nil {
		return e
	}
	if c.route.infers() || c.route.method == "countTokens" {
		return c.infer()
	}
	if c.route.method == "files.upload" {
		return c.uploadBytes() // takes its scripted outcome once the body is read
	}
	if handled, e := c.scripted(); handled {
		return e
	}
	return c.manage()
}

func (c *call) signIn(k *key) {
	c.key = k
	c.world.log.update(c.entry, func(e *Request) { e.Key, e.Project = k.value, k.project.number })
}

// scripted plays a scripted fault, if one is due for a call that is no inference.
func (c *call) scripted() (handled bool, e *apiError) {
	step, ok := c.world.script.take(c)
	if !ok || step.reply != nil {
		return false, nil
	}
	if !c.wait(step.pace.delay) {
		return true, nil
	}
	if step.answers() {
		return false, nil // only a delay
	}
	return true, c.fault(step)
}

// manage serves the methods that cost no inference.
func (c *call) manage() *apiError {
	switch c.route.method {
	case "models.list":
		return c.listModels()
	case "models.get":
		return c.getModel()
	case "files.create", "files.get", "files.list", "files.delete", "files.download":
		return c.serveFiles()
	case "cachedContents.create", "cachedContents.get", "cachedContents.list", "cachedContents.patch", "cachedContents.delete":
		return c.serveCaches()
	}
	if c.route.openai { // what the real one does not serve there is an empty 404
		c.w.WriteHeader(http.StatusNotFound)
		return nil
	}
	if slices.Contains(thingMethods(), c.route.method) {
		return c.serveThings()
	}
	if c.route.model != "" && c.route.method != "" {
		return errModelNotFound(c.route.version, c.route.model, c.route.method)
	}
	writeHTML(c.w, http.StatusNotFound, notFoundHTML)
	return nil
}

// readBody reads the whole body, at most limit bytes.
func (c *call) readBody(limit int64) *apiError {
	body, err := readAll(c.r, limit+1)
	c.body = body
	c.world.log.update(c.entry, func(e *Request) {
		e.BytesIn = int64(len(body))
		e.Body = string(body[:min(len(body), c.world.log.body)])
	})
	if err != nil {
		return invalid("Request body could not be read.")
	}
	if int64(len(body)) > limit {
		return invalid("Request payload size exceeds the limit: " + itoa(limit) + " bytes.")
	}
	return nil
}

func readAll(r *http.Request, limit int64) ([]byte, error) {
	if n := r.ContentLength; n >= 0 && n < limit {
		body := make([]byte, n)
		read, err := io.ReadFull(r.Body, body)
		return body[:read], err
	}
	return io.ReadAll(io.LimitReader(r.Body, limit))
}

// wait passes the time, or says that the client or the simulator went first.
func (c *call) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	return c.waitFor(timer.C)
}

func (c *call) waitFor(until <-chan time.Time) bool {
	select {
	case <-until:
		return true
	case <-c.r.Context().Done():
	case <-c.sim.done:
	}
	return false
}

// fault plays a step that is no answer.
func (c *call) fault(step Step) *apiError {
	switch {
	case step.hang:
		var until <-chan time.Time
		if step.hangFor > 0 {
			timer := time.NewTimer(step.hangFor)
			defer timer.Stop()
			until = timer.C
		}
		c.waitFor(until)
		panic(http.ErrAbortHandler)
	case step.reset:
		c.breakConnection(true)
	case step.raw != nil:
		c.w.Header().Set("Content-Type", step.raw.contentType)
		c.w.WriteHeader(step.raw.status)
		send(c.w, []byte(step.raw.body))
	case step.fail != nil:
		if c.model == nil { // a quota error where no model was asked for
			c.model = &model{Model: Model{Name: "gemini-3-flash", Family: "gemini-3-flash"}}
		}
		return step.fail(c)
	}
	return nil
}

// breakConnection ends the connection without ending the answer; hard sends a TCP reset.
func (c *call) breakConnection(hard bool) {
	if hard {
		if conn, _, err := http.NewResponseController(c.w).Hijack(); err == nil {
			if tcp, ok := conn.(interface{ SetLinger(sec int) error }); ok {
				_ = tcp.SetLinger(0) // without it the connection is closed, not reset: near enough
			}
			_ = conn.Close() // it was to be broken
		}
	}
	panic(http.ErrAbortHandler)
}
