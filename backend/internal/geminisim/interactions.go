package geminisim

import (
	"encoding/json"
	"time"
)

type interaction struct {
	ID      string            `json:"id"`
	Before  string            `json:"previous_interaction_id,omitempty"`
	Model   string            `json:"model"`
	Object  string            `json:"object"`
	Role    string            `json:"role"`
	Status  string            `json:"status"`
	Created string            `json:"created"`
	Steps   []interactionStep `json:"steps"`
	Usage   interactionUsage  `json:"usage"`
}

type interactionStep struct {
	Type    string            `json:"type"`
	Content []interactionText `json:"content"`
}

type interactionText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type interactionUsage struct {
	Input  int `json:"total_input_tokens"`
	Output int `json:"total_output_tokens"`
	Total  int `json:"total_tokens"`
}

// interact is a stub of POST /interactions: it knows the model, counts quota, echoes the input as text, streams if asked to, and stores what
// it answered unless it must not. Its shape is that of Interaction in @google/genai 3.1.
func (c *call) interact() *apiError {
	root, err := parseTree(c.body)
	if err != nil || root.kind != objectKind {
		return invalid("Invalid JSON payload received.")
	}
	p, now := c.key.project, c.sim.now(c.world)
	name := root.get("model").text
	c.model = c.sim.models[name]
	c.route.model = name
	if c.model == nil {
		return errModelNotFound(c.route.version, name, "interactions")
	}
	before := root.get("previous_interaction_id").text
	if before != "" && p.thing("interactions/"+before) == nil {
		return errNoThing()
	}
	input := root.get("input")
	if input.kind == nullKind {
		return invalid("input is required")
	}
	if handled, e := c.scripted(); handled {
		return e
	}
	said := input.text
	if input.kind != stringKind {
		raw, err := json.Marshal(input)
		if err != nil {
			return invalid("Invalid input.")
		}
		said = string(raw[:min(len(raw), 200)])
	}
	c.tokens = countText(said)
	if e := c.charge(1); e != nil {
		return e
	}
	answer := name + " heard: " + said
	n := countText(answer)
	made := interaction{
		ID: "v1_" + c.sim.id(16), Before: before, Model: name, Object: "interaction", Role: "model", Status: "completed",
		Created: now.UTC().Format("2006-01-02T15:04:05Z"),
		Steps:   []interactionStep{{"model_output", []interactionText{{"text", answer}}}},
		Usage:   interactionUsage{c.tokens, n, c.tokens + n},
	}
	if store := root.get("store"); store.kind != boolKind || store.isTrue() {
		p.hold(&thing{name: "interactions/" + made.ID, created: now, show: func(*call, time.Time) any { return made }})
	}
	if root.get("stream").isTrue() {
		return c.streamInteraction(made)
	}
	return c.writeJSON(made)
}
