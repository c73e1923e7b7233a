package geminisim

import (
	"encoding/json"
	"net/http"
	"strconv"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// infer serves the methods of a model.
func (c *call) infer() *apiError {
	if e := c.readBody(c.sim.conf.InlineLimit); e != nil {
		return e
	}
	if c.route.method == "interactions.create" {
		return c.interact()
	}
	if e := c.findModel(); e != nil {
		return e
	}
	switch c.route.method {
	case "countTokens":
		return c.countTokens()
	case "embedContent", "batchEmbedContents":
		return c.embed()
	case "predict":
		return c.predict()
	case "batchGenerateContent", "asyncBatchEmbedContent":
		return c.startBatch()
	case "predictLongRunning":
		return c.startVideo()
	}
	return c.generate()
}

func (c *call) findModel() *apiError {
	c.model = c.sim.models[c.route.model]
	if c.model == nil || !c.model.serves(c.route.method) {
		return errModelNotFound(c.route.version, c.route.model, c.route.method)
	}
	if c.model.ClosedToNewUsers && c.key.project.newUser {
		return errNewUsers(c.route.model)
	}
	return nil
}

// generate serves generateContent and streamGenerateContent.
func (c *call) generate() *apiError {
	root, e := c.sim.dialect.parse("GenerateContentRequest", c.body)
	if e != nil {
		return e
	}
	req := &request{root: root, contents: root.get("contents").items, conf: root.get("generationConfig")}
	if e := c.check(req); e != nil {
		return e
	}
	c.tokens += countNode(root)
	if c.tokens > c.model.InputTokens {
		return invalid("The input token count (" + strconv.Itoa(c.tokens) + ") exceeds the maximum number of tokens allowed (" +
			strconv.Itoa(c.model.InputTokens) + ").")
	}
	step, fixed, e := c.plan(req)
	if e != nil {
		return e
	}
	if step.answers() { // counted on arrival, whatever the wait
		if e := c.sim.admit(c.world, c.key.project, c.model, 1, c.tokens); e != nil {
			return e
		}
	}
	if !c.wait(step.pace.delay) {
		return nil
	}
	if !step.answers() {
		return c.fault(step)
	}
	answer, e := c.resume(req)
	switch {
	case e != nil:
		return e
	case answer != nil:
	case fixed && step.reply != nil && !step.reply.blank():
		answer = step.reply
	default:
		answer = c.natural(req)
		answer.refine(step.reply)
	}
	return c.answer(answer, step.pace)
}

// request is a generate request that has been read.
type request struct {
	root     node
	contents []node
	conf     node // generationConfig
}

// plan finds the outcome to play: from the X-Sim-Step header, the script, the random faults, or the prompt.
func (c *call) plan(req *request) (step Step, fixed bool, e *apiError) {
	switch header := c.r.Header.Get("X-Sim-Step"); {
	case header != "":
		s, err := ParseStep([]byte(header))
		if err != nil {
			return step, false, invalid("X-Sim-Step: " + err.Error())
		}
		step, fixed = s, true
	default:
		step, fixed = c.world.script.take(c)
	}
	if !fixed {
		s, found, err := directive(req.lastText())
		if err != nil {
			return step, false, invalid("simulator directive: " + err.Error())
		}
		step, fixed = s, found
	}
	if step.pace.delay == 0 {
		step.pace.delay = c.sim.conf.Latency
	}
	if step.pace.between == 0 {
		step.pace.between = c.sim.conf.ChunkDelay
	}
	if step.pace.split == 0 {
		step.pace.split = c.sim.conf.SplitEvery
	}
	step.pace.lf = step.pace.lf || c.sim.conf.LF
	return step, fixed, nil
}

// blank says that the reply only refines the natural one.
func (r *reply) blank() bool {
	return len(r.chunks) == 0 && r.block == "" && r.shape == wholeShape && r.hops == nil
}

// refine applies what a scripted step changes in a natural answer.
func (r *reply) refine(by *reply) {
	if by == nil {
		return
	}
	if by.finish != "" {
		r.finish, r.finishMessage = by.finish, by.finishMessage
	}
	if by.usage != nil {
		r.usage = by.usage
	}
	r.omitIndex, r.unsigned, r.checkpoints = by.omitIndex, by.unsigned, by.checkpoints
}

// charge counts n requests, then passes the latency; it is for the inference calls that have no script of answers.
func (c *call) charge(n int) *apiError {
	if e := c.sim.admit(c.world, c.key.project, c.model, n, c.tokens); e != nil {
		return e
	}
	c.wait(c.sim.conf.Latency) // a client that goes meanwhile misses the answer
	return nil
}

// writeJSON answers 200 with the value.
func (c *call) writeJSON(v any) *apiError {
	body, err := json.Marshal(v)
	if err != nil {
		return serverError(http.StatusInternalServerError, err.Error())
	}
	c.w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	send(c.w, body)
	return nil
}
