package geminisim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// thing is what a project holds under a name and is shown as JSON: a batch, an operation, a stored interaction, a file search store.
type thing struct {
	name    string // "batches/abc"
	created time.Time
	show    func(c *call, now time.Time) any
	stopped bool // a batch that was cancelled
}

// thingMethods lists the methods that serveThings has.
func thingMethods() []string {
	return []string{"batches.get", "batches.list", "batches.delete", "batches.cancel", "operations.get", "interactions.get", "interactions.delete",
		"interactions.cancel", "fileSearchStores.importFile", "fileSearchStores.operation", "fileSearchStores.create", "fileSearchStores.get", "fileSearchStores.list", "fileSearchStores.delete"}
}

func (p *project) hold(t *thing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.things[t.name] = t
}

func (p *project) thing(name string) *thing {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.things[name]
}

func errNoThing() *apiError { return notFound("Requested entity was not found.") }

// serveThings serves what is asked of things by name, of the key's project alone.
func (c *call) serveThings() *apiError {
	p, now := c.key.project, c.sim.now(c.world)
	collection, verb, _ := strings.Cut(c.route.method, ".")
	switch verb {
	case "list":
		return c.listThings(p, collection, now)
	case "create":
		return c.createStore(p, now)
	}
	name := collection + "/" + c.route.id
	if verb == "operation" {
		name += "/operations/" + c.route.below
	}
	if collection == "operations" {
		name = "models/" + c.route.model + "/" + name
	}
	t := p.thing(name)
	if t == nil {
		return errNoThing()
	}
	switch verb {
	case "importFile":
		return c.importFile(p, name, now)
	case "delete":
		p.mu.Lock()
		delete(p.things, name)
		p.mu.Unlock()
		return c.writeJSON(struct{}{})
	case "cancel":
		p.mu.Lock()
		t.stopped = true
		p.mu.Unlock()
		if collection == "batches" {
			return c.writeJSON(struct{}{})
		}
	}
	if collection == "interactions" && verb == "get" && c.r.URL.Query().Get("stream") == "true" {
		if shown, ok := t.show(c, now).(interaction); ok {
			return c.streamInteraction(shown)
		}
	}
	return c.writeJSON(t.show(c, now))
}

func (c *call) listThings(p *project, collection string, now time.Time) *apiError {
	p.mu.Lock()
	var all []*thing
	for _, t := range p.things {
		if strings.HasPrefix(t.name, collection+"/") && strings.Count(t.name, "/") == 1 {
			all = append(all, t)
		}
	}
	p.mu.Unlock()
	slices.SortFunc(all, func(a, b *thing) int { return strings.Compare(a.name, b.name) })
	from, to, next, e := page(c.r.URL.Query(), len(all), 50, 1000)
	if e != nil {
		return e
	}
	items := collection
	if collection == "batches" {
		items = "operations"
	}
	out := map[string]any{}
	if next != "" {
		out["nextPageToken"] = next
	}
	var shown []any
	for _, t := range all[from:to] {
		shown = append(shown, t.show(c, now))
	}
	if len(shown) > 0 {
		out[items] = shown
	}
	return c.writeJSON(out)
}

type storeJSON struct {
	Name        string `json:"name"`
	DisplayName string `json:"displayName,omitempty"`
	CreateTime  string `json:"createTime"`
	UpdateTime  string `json:"updateTime"`
}

// createStore makes a file search store, which holds nothing.
func (c *call) createStore(p *project, now time.Time) *apiError {
	if e := c.readBody(1 << 20); e != nil {
		return e
	}
	root, e := c.sim.dialect.parse("FileSearchStore", c.body)
	if e != nil {
		return e
	}
	made := storeJSON{"fileSearchStores/" + c.sim.id(16), root.get("displayName").text, stamp(now), stamp(now)}
	p.hold(&thing{name: made.Name, created: now, show: func(*call, time.Time) any { return made }})
	return c.writeJSON(made)
}

type importJSON struct {
	Name     string `json:"name"`
	Done     bool   `json:"done,omitempty"`
	Response any    `json:"response,omitempty"`
}

type importedJSON struct {
	Parent       string `json:"parent"`
	DocumentName string `json:"documentName"`
}

// importFile takes a file of the project into a store, which is done one second of the clock later.
func (c *call) importFile(p *project, store string, now time.Time) *apiError {
	if e := c.readBody(1 << 20); e != nil {
		return e
	}
	root, e := c.sim.dialect.parse("ImportFileRequest", c.body)
	if e != nil {
		return e
	}
	file := strings.TrimPrefix(root.get("fileName").text, "files/")
	if p.file(file, now) == nil {
		return errFileForbidden(file)
	}
	made := importJSON{Name: store + "/operations/" + c.sim.id(12)}
	p.hold(&thing{name: made.Name, created: now, show: func(_ *call, later time.Time) any {
		shown := made
		if later.Sub(now) >= time.Second {
			shown.Done, shown.Response = true, importedJSON{store, store + "/documents/" + file}
		}
		return shown
	}})
	return c.writeJSON(made)
}

// checkStores refuses file search stores that are not the project's.
func (c *call) checkStores(tools []node) *apiError {
	for _, tool := range tools {
		for _, name := range tool.at("fileSearch", "fileSearchStoreNames").items {
			if c.key.project.thing(name.text) == nil {
				return denied("You do not have permission to access the FileSearchStore " + name.text + " or it may not exist.")
			}
		}
	}
	return nil
}

type batchJSON struct {
	Name     string       `json:"name"`
	Metadata batchMeta    `json:"metadata"`
	Done     bool         `json:"done,omitempty"`
	Response *batchOutput `json:"response,omitempty"`
}

type batchMeta struct {
	Type        string       `json:"@type"`
	Model       string       `json:"model"`
	DisplayName string       `json:"displayName,omitempty"`
	CreateTime  string       `json:"createTime"`
	UpdateTime  string       `json:"updateTime"`
	State       string       `json:"state"`
	Name        string       `json:"name"`
	Output      *batchOutput `json:"output,omitempty"`
}

type batchOutput struct {
	Responses     *inlinedResponses `json:"inlinedResponses,omitempty"`
	ResponsesFile string            `json:"responsesFile,omitempty"`
}

type inlinedResponses struct {
	Responses []inlinedResponse `json:"inlinedResponses"`
}

type inlinedResponse struct {
	Response any `json:"response"`
}

// startBatch serves :batchGenerateContent and :asyncBatchEmbedContent. The batch is pending when it is made, and has succeeded when it is
// looked at one second of the clock later. It costs no quota of the model.
func (c *call) startBatch() *apiError {
	root, e := c.sim.dialect.parse("BatchRequest", c.body)
	if e != nil {
		return e
	}
	p, now := c.key.project, c.sim.now(c.world)
	batch := root.get("batch")
	input, requests := batch.at("inputConfig", "fileName").text, batch.at("inputConfig", "requests", "requests").items
	switch {
	case input != "" && p.file(strings.TrimPrefix(input, "files/"), now) == nil:
		return errFileForbidden(strings.TrimPrefix(input, "files/"))
	case input == "" && len(requests) == 0:
		return invalid("* BatchGenerateContentRequest.batch.input_config: requests or a file are required\n")
	}
	output := &batchOutput{}
	for _, one := range requests {
		if e := c.checkFiles(one.at("request", "contents").items); e != nil {
			return e
		}
		output.add(c.route.model, one)
	}
	if handled, e := c.scripted(); handled {
		return e
	}
	id := c.sim.id(20)
	if input != "" {
		output.ResponsesFile = "files/batch-" + id
	}
	made := batchJSON{Name: "batches/" + id, Metadata: batchMeta{
		Type: "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch", Model: "models/" + c.route.model, Name: "batches/" + id,
		DisplayName: batch.get("displayName").text, CreateTime: stamp(now), UpdateTime: stamp(now), State: "BATCH_STATE_PENDING",
	}}
	t := &thing{name: made.Name, created: now}
	t.show = func(_ *call, now time.Time) any { return p.showBatch(t, made, output, now) }
	p.hold(t)
	return c.writeJSON(made)
}

func (o *batchOutput) add(model string, request node) {
	if o.Responses == nil {
		o.Responses = &inlinedResponses{}
	}
	said := ""
	for _, part := range lastOf(request.at("request", "contents").items).get("parts").items {
		said += part.get("text").text
	}
	answer := json.RawMessage(`{"candidates":[{"content":{"role":"model","parts":[{"text":` + quoted(model+" heard: "+said) + `}]},"finishReason":"STOP"}]}`)
	o.Responses.Responses = append(o.Responses.Responses, inlinedResponse{answer})
}

func lastOf(items []node) node {
	if len(items) == 0 {
		return node{}
	}
	return items[len(items)-1]
}

func quoted(text string) string {
	raw, err := json.Marshal(text)
	if err != nil {
		return `""`
	}
	return string(raw)
}

func (p *project) showBatch(t *thing, made batchJSON, output *batchOutput, now time.Time) batchJSON {
	p.mu.Lock()
	stopped := t.stopped
	p.mu.Unlock()
	switch {
	case stopped:
		made.Metadata.State, made.Done = "BATCH_STATE_CANCELLED", true
	case now.Sub(t.created) >= time.Second:
		made.Metadata.State, made.Done = "BATCH_STATE_SUCCEEDED", true
		made.Metadata.Output, made.Response = output, output
		if output.ResponsesFile != "" {
			p.make(strings.TrimPrefix(output.ResponsesFile, "files/"), "application/jsonl", []byte("{\"key\":\"1\",\"response\":{\"candidates\":[]}}\n"), now)
		}
	}
	return made
}

type operationJSON struct {
	Name     string         `json:"name"`
	Done     bool           `json:"done,omitempty"`
	Response *videoResponse `json:"response,omitempty"`
}

type videoResponse struct {
	Type  string `json:"@type"`
	Video struct {
		Samples []videoSample `json:"generatedSamples"`
	} `json:"generateVideoResponse"`
}

type videoSample struct {
	Video struct {
		URI string `json:"uri"`
	} `json:"video"`
}

// startVideo serves :predictLongRunning. The film, which is none, is there one second of the clock later.
func (c *call) startVideo() *apiError {
	root, e := c.sim.dialect.parse("PredictRequest", c.body)
	if e != nil {
		return e
	}
	items := root.get("instances").items
	if len(items) == 0 {
		return invalid("* PredictLongRunningRequest.instances: a prompt is required\n")
	}
	p, now := c.key.project, c.sim.now(c.world)
	if before := items[0].at("video", "uri").text; before != "" {
		id, _ := c.fileID(before)
		if id, _, _ = strings.Cut(id, ":"); p.file(id, now) == nil {
			return errFileForbidden(id)
		}
	}
	if handled, e := c.scripted(); handled {
		return e
	}
	if e := c.charge(1); e != nil {
		return e
	}
	id, film := c.sim.id(12), "FAKE film: "+items[0].get("prompt").text
	made := operationJSON{Name: "models/" + c.route.model + "/operations/" + id}
	p.hold(&thing{name: made.Name, created: now, show: func(_ *call, later time.Time) any {
		if later.Sub(now) < time.Second {
			return made
		}
		f, shown := p.make(id, "video/mp4", []byte(film), now), made
		shown.Done = true
		shown.Response = &videoResponse{Type: "type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse"}
		var sample videoSample
		sample.Video.URI = "https://" + googleService + "/v1beta/files/" + f.id + ":download?alt=media"
		shown.Response.Video.Samples = []videoSample{sample}
		return shown
	}})
	return c.writeJSON(made)
}

// streamInteraction sends an interaction as its events, and the mark that ends them.
func (c *call) streamInteraction(shown interaction) *apiError {
	c.w.Header().Set("Content-Type", "text/event-stream")
	c.w.WriteHeader(http.StatusOK)
	begun := shown
	begun.Status, begun.Steps, begun.Usage = "in_progress", nil, interactionUsage{}
	text := shown.Steps[0].Content[0].Text
	for _, event := range []interactionEvent{
		{Type: "interaction.created", Interaction: &begun},
		{Type: "step.start", Step: &interactionStep{Type: "model_output"}},
		{Type: "step.delta", Delta: &interactionText{"text", text[:len(text)/2]}},
		{Type: "step.delta", Delta: &interactionText{"text", text[len(text)/2:]}},
		{Type: "step.stop"},
		{Type: "interaction.completed", Interaction: &shown},
	} {
		data, err := json.Marshal(event)
		if err != nil {
			return invalid("The interaction cannot be shown.")
		}
		send(c.w, []byte("event: "+event.Type+"\r\ndata: "+string(data)+"\r\n\r\n"))
		if http.NewResponseController(c.w).Flush() != nil {
			return nil // the client is gone
		}
	}
	send(c.w, []byte("event: done\r\ndata: [DONE]\r\n\r\n"))
	return nil
}

type interactionEvent struct {
	Type        string           `json:"event_type"`
	Index       int              `json:"index"`
	Interaction *interaction     `json:"interaction,omitempty"`
	Step        *interactionStep `json:"step,omitempty"`
	Delta       *interactionText `json:"delta,omitempty"`
}
