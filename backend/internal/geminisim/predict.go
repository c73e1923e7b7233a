package geminisim

type prediction struct {
	Bytes    []byte `json:"bytesBase64Encoded,omitempty"`
	MimeType string `json:"mimeType,omitempty"`
}

// predict serves the legacy image models.
func (c *call) predict() *apiError {
	root, e := c.sim.dialect.parse("PredictRequest", c.body)
	if e != nil {
		return e
	}
	items := root.get("instances").items
	if len(items) == 0 || items[0].get("prompt").text == "" {
		return invalid("* PredictRequest.instances: a prompt is required\n")
	}
	n, ok := root.get("parameters").number("sampleCount")
	if !ok {
		n = 4
	}
	if n < 1 || n > 4 {
		return invalid("* PredictRequest.parameters.sample_count: must be in the range [1, 4]\n")
	}
	if handled, e := c.scripted(); handled {
		return e
	}
	if e := c.charge(1); e != nil {
		return e
	}
	out := struct {
		Predictions []prediction `json:"predictions"`
	}{}
	for i := range int(n) {
		out.Predictions = append(out.Predictions, prediction{tinyPNG(uint32(i)), "image/png"})
	}
	return c.writeJSON(out)
}
