package geminisim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// check refuses what the model would refuse, in the API's words where they are known.
func (c *call) check(req *request) *apiError {
	if name := req.root.get("model").text; name != "" && strings.TrimPrefix(name, "models/") != c.route.model {
		return invalid("* GenerateContentRequest.model: does not match the model of the URL\n")
	}
	for _, f := range []func(*request) *apiError{
		c.checkContents, c.checkTurns, c.checkSignatures, c.checkTools, c.checkSampling, c.checkFormat,
		c.checkThinking, c.checkModalities, c.checkCache,
	} {
		if e := f(req); e != nil {
			return e
		}
	}
	if e := c.checkStores(req.root.get("tools").items); e != nil {
		return e
	}
	return c.checkFiles(req.contents)
}

// fieldFault is how the backend names a bad field.
func fieldFault(field, message string) *apiError {
	return invalid("* GenerateContentRequest." + field + ": " + message + "\n")
}

func (c *call) checkContents(req *request) *apiError {
	if len(req.contents) == 0 && !req.root.has("cachedContent") {
		return fieldFault("contents", "contents is not specified")
	}
	for i, one := range req.contents {
		at := "contents[" + strconv.Itoa(i) + "].parts"
		switch one.get("role").text {
		case "", "user", "model", "function":
		default:
			return invalid("Please use a valid role: user, model.")
		}
		parts := one.get("parts").items
		if len(parts) == 0 {
			return fieldFault(at, "contents.parts must not be empty.")
		}
		for j, p := range parts {
			if !slices.ContainsFunc(p.fields, func(f field) bool { return isPartData(f.name) && f.value.kind != nullKind }) {
				return fieldFault(fmt.Sprintf("%s[%d].data", at, j), "required oneof field 'data' must have one initialized field")
			}
			if e := c.checkPart(p, fmt.Sprintf("%s[%d]", at, j)); e != nil {
				return e
			}
		}
	}
	return nil
}

const pdfLimit = 50 << 20

func (c *call) checkPart(p node, at string) *apiError {
	for _, name := range []string{"functionCall", "functionResponse"} {
		if v := p.get(name); v.kind == objectKind && v.get("name").text == "" {
			return fieldFault(at+"."+snakeCase(name)+".name", "Name cannot be empty.")
		}
	}
	if r := p.get("functionResponse"); r.kind == objectKind && r.get("response").kind != objectKind {
		return fieldFault(at+".function_response.response", "Response cannot be empty.")
	}
	if data := p.get("inlineData"); data.kind == objectKind {
		mime := data.get("mimeType").text
		switch {
		case mime == "":
			return fieldFault(at+".inline_data.mime_type", "must not be empty.")
		case !strings.Contains(mime, "/"):
			return invalid("Unsupported MIME type: " + mime)
		case mime == "application/pdf" && len(data.get("data").text)*3/4 > pdfLimit:
			return invalid("The document is too large: PDF files may have at most 52428800 bytes.")
		}
	}
	if data := p.get("fileData"); data.kind == objectKind && data.get("fileUri").text == "" {
		return fieldFault(at+".file_data.file_uri", "must not be empty.")
	}
	return nil
}

func (c *call) checkTools(req *request) *apiError {
	declared := map[string]bool{}
	for i, tool := range req.root.get("tools").items {
		for j, f := range tool.get("functionDeclarations").items {
			at := fmt.Sprintf("tools[%d].function_declarations[%d]", i, j)
			name := f.get("name").text
			switch {
			case !validFunctionName(name):
				return fieldFault(at+".name", "Invalid function name. Must start with a letter or an underscore. Must be alphameric "+
					"(a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 128.")
			case declared[name]:
				return invalid("Duplicate function declaration found: " + name)
			case f.has("parameters") && f.has("parametersJsonSchema"):
				return fieldFault(at, "parameters and parameters_json_schema cannot both be set.")
			}
			declared[name] = true
			if e := checkSchema(f.get("parameters"), at+".parameters"); e != nil {
				return e
			}
		}
	}
	calling := req.root.at("toolConfig", "functionCallingConfig")
	mode, allowed := calling.get("mode").text, calling.get("allowedFunctionNames").items
	switch {
	case len(allowed) > 0 && mode != "ANY" && mode != "VALIDATED":
		return invalid("Please set allowed_function_names only when function calling mode is ANY or VALIDATED.")
	case mode == "ANY" && len(declared) == 0:
		return invalid("Function calling config is set without function_declarations.")
	}
	for _, name := range allowed {
		if !declared[name.text] {
			return invalid("Function name " + name.text + " in allowed_function_names is not in function_declarations.")
		}
	}
	if len(declared) > 0 && c.model.makes != makesText {
		return invalid("Function calling is not enabled for models/" + c.route.model)
	}
	return nil
}

func validFunctionName(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for i, ch := range s {
		switch {
		case ch >= 'a' && ch <= 'z', ch >= 'A' && ch <= 'Z', ch == '_':
		case i > 0 && (ch >= '0' && ch <= '9' || ch == '.' || ch == ':' || ch == '-'):
		default:
			return false
		}
	}
	return true
}

// checkSchema refuses what the API's own Schema cannot mean. JSON Schemas are not looked at.
func checkSchema(n node, at string) *apiError {
	if n.kind != objectKind {
		return nil
	}
	properties := n.get("properties")
	switch {
	case n.get("type").text == "ARRAY" && !n.has("items"):
		return fieldFault(at+".items", "missing field.")
	case len(n.get("enum").items) > 0 && n.get("type").text != "STRING":
		return fieldFault(at+".enum", "only allowed for STRING type")
	case n.has("anyOf") && len(n.fields) > 1 && (n.has("type") || n.has("properties") || n.has("items")):
		return fieldFault(at, "when using any_of, it must be the only field set.")
	}
	for i, name := range n.get("required").items {
		if !properties.has(name.text) {
			return fieldFault(at+".required["+strconv.Itoa(i)+"]", "property is not defined")
		}
	}
	for _, f := range properties.fields {
		if e := checkSchema(f.value, at+".properties["+f.name+"]"); e != nil {
			return e
		}
	}
	for i, option := range n.get("anyOf").items {
		if e := checkSchema(option, at+".any_of["+strconv.Itoa(i)+"]"); e != nil {
			return e
		}
	}
	return checkSchema(n.get("items"), at+".items")
}

func (c *call) checkSampling(req *request) *apiError {
	conf := req.conf
	if v, ok := conf.number("temperature"); ok && (v < 0 || v > 2) {
		return fieldFault("generation_config.temperature", "temperature must be in the range [0.0, 2.0].")
	}
	if v, ok := conf.number("topP"); ok && (v < 0 || v > 1) {
		return fieldFault("generation_config.top_p", "top_p must be in the range [0.0, 1.0].")
	}
	if v, ok := conf.number("maxOutputTokens"); ok && v <= 0 {
		return fieldFault("generation_config.max_output_tokens", "max_output_tokens must be positive.")
	}
	if len(conf.get("stopSequences").items) > 5 {
		return fieldFault("generation_config.stop_sequences", "at most 5 stop sequences are allowed.")
	}
	n, ok := conf.number("candidateCount")
	switch {
	case ok && n > 1 && c.model.oneAnswer:
		return invalid("Multiple candidates is not enabled for this model")
	case ok && (n < 1 || n > 8):
		return fieldFault("generation_config.candidate_count", "candidate_count must be in the range [1, 8].")
	}
	for _, name := range []string{"presencePenalty", "frequencyPenalty"} {
		if conf.has(name) && c.model.noPenalties {
			return invalid("Penalty is not enabled for models/" + c.route.model)
		}
	}
	if (conf.get("responseLogprobs").isTrue() || conf.has("logprobs")) && !c.model.logprobs {
		return invalid("Logprobs is not enabled for models/" + c.route.model)
	}
	if conf.has("logprobs") && !conf.get("responseLogprobs").isTrue() {
		return fieldFault("generation_config.logprobs", "logprobs requires response_logprobs.")
	}
	return nil
}

// number reads a numeric field, which may have come as a string.
func (n node) number(name string) (float64, bool) {
	v := n.get(name)
	if v.kind == nullKind {
		return 0, false
	}
	f, err := strconv.ParseFloat(v.text, 64)
	return f, err == nil
}

func (c *call) checkFormat(req *request) *apiError {
	conf := req.conf
	mime := conf.get("responseMimeType").text
	switch mime {
	case "", "text/plain", "application/json", "text/x.enum":
	default:
		return fieldFault("generation_config.response_mime_type",
			"allowed mimetypes are `text/plain`, `application/json`, `application/xml`, `application/yaml` and `text/x.enum`.")
	}
	proto, free := conf.has("responseSchema"), conf.has("responseJsonSchema")
	switch {
	case proto && free:
		return fieldFault("generation_config", "response_schema and response_json_schema cannot both be set.")
	case (proto || free) && mode(mime) == "text":
		return fieldFault("generation_config.response_mime_type", "a response schema requires the response mime type application/json or text/x.enum.")
	case conf.has("responseFormat") && (mime != "" || proto || free):
		return fieldFault("generation_config", "response_format cannot be combined with response_mime_type or a response schema.")
	}
	wantsJSON := mime == "application/json" || conf.at("responseFormat").kind == listKind
	if wantsJSON && c.model.generation > 0 && c.model.generation < 30 && len(req.declarations()) > 0 {
		return invalid("Function calling with a response mime type: 'application/json' is unsupported")
	}
	return checkSchema(conf.get("responseSchema"), "generation_config.response_schema")
}

func mode(mime string) string {
	if mime == "" || mime == "text/plain" {
		return "text"
	}
	return "structured"
}

func (c *call) checkThinking(req *request) *apiError {
	conf := req.conf.get("thinkingConfig")
	if conf.kind != objectKind {
		return nil
	}
	can := c.model.thinking
	budget, hasBudget := conf.number("thinkingBudget")
	level := conf.get("thinkingLevel").text
	if level == "THINKING_LEVEL_UNSPECIFIED" {
		level = ""
	}
	n := int(budget)
	switch {
	case !can.budgets && len(can.levels) == 0:
		return invalid("Thinking is not enabled for this model.")
	case hasBudget && level != "":
		return invalid("You can only set only one of thinking budget and thinking level.")
	case level != "" && len(can.levels) == 0:
		return invalid("Thinking level is not supported for this model.")
	case level != "" && !slices.Contains(can.levels, level):
		return invalid("Thinking level " + level + " is not supported for this model. Please retry with other thinking level.")
	case hasBudget && !can.budgets:
		return invalid("Thinking budget is not supported for this model. Please use thinking level instead.")
	case hasBudget && n == 0 && !can.off:
		return invalid("Budget 0 is invalid. This model only works in thinking mode.")
	case hasBudget && n != 0 && n != -1 && (n < can.min || n > can.max):
		return invalid(fmt.Sprintf("The thinking budget (%d) is invalid. Please choose a value between %d and %d.", n, can.min, can.max))
	}
	return nil
}

// checkModalities refuses what the model cannot make.
func (c *call) checkModalities(req *request) *apiError {
	asked := req.modalities()
	var accepts [][]string
	switch c.model.makes {
	case makesImages:
		accepts = [][]string{{"TEXT", "IMAGE"}, {"IMAGE"}}
	case makesSpeech:
		accepts = [][]string{{"AUDIO"}}
		if len(asked) == 0 {
			asked = []string{"TEXT"}
		}
	case makesText, makesVectors, makesImagen, makesTranscripts, makesVideo:
		accepts = [][]string{{"TEXT"}}
	}
	if len(asked) > 0 && !slices.ContainsFunc(accepts, func(a []string) bool { return sameSet(a, asked) }) {
		lines := ""
		for _, a := range accepts {
			lines += "* " + strings.Join(a, ", ") + "\n"
		}
		return invalid("The requested combination of response modalities (" + strings.Join(asked, ", ") + ") is not supported by the model. models/" +
			c.route.model + " accepts the following combination of response modalities:\n" + lines)
	}
	if speech := req.conf.get("speechConfig"); speech.has("voiceConfig") && speech.has("multiSpeakerVoiceConfig") {
		return fieldFault("generation_config.speech_config", "voice_config and multi_speaker_voice_config cannot both be set.")
	}
	return nil
}

func sameSet(a, b []string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(b, func(s string) bool { return !slices.Contains(a, s) })
}

func (r *request) modalities() []string {
	var out []string
	for _, m := range r.conf.get("responseModalities").items {
		out = append(out, m.text)
	}
	return out
}

func (r *request) declarations() []node {
	var out []node
	for _, tool := range r.root.get("tools").items {
		out = append(out, tool.get("functionDeclarations").items...)
	}
	return out
}
