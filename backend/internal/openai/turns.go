package openai

import (
	"encoding/json"
	"strconv"
	"strings"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
)

// skipSignature stands in for a thought signature that was lost; Gemini accepts it on the first call of a step
// (ai.google.dev, thought signatures).
const skipSignature = "skip_thought_signature_validator"

// turns builds the contents of a request from its messages.
type turns struct {
	request  *ChatRequest
	options  *Options
	family   *Family
	contents []gemini.Content
	system   *gemini.Content
	slab     []gemini.Part // the parts of all turns, one after the other
	closed   bool          // the last turn takes no more parts: it holds results
}

func (t *turns) build() error {
	messages := t.request.messages
	t.slab = make([]gemini.Part, 0, t.countParts())
	t.contents = make([]gemini.Content, 0, len(messages))
	var system []gemini.Part
	for i := range messages {
		m := &messages[i]
		var err error
		switch m.role {
		case roleSystem, roleDeveloper:
			system = t.appendSystem(system, m)
		case roleUser:
			err = t.addMessage(i, gemini.RoleUser)
		case roleAssistant:
			err = t.addAssistant(i)
		default:
			err = t.checkResult(i)
		}
		if err != nil {
			return err
		}
	}
	t.placeSystem(system)
	return t.checkPrefill()
}

// countParts gives room for every part there can be, so that the slab never moves while turns point into it.
func (t *turns) countParts() int {
	count := 1
	for i := range t.request.messages {
		m := &t.request.messages[i]
		count += 1 + len(m.parts) + 2*len(m.calls)
	}
	return count
}

// add puts a part into the last turn if it has this role and is open, else into a new one.
func (t *turns) add(role string, p gemini.Part) {
	last := len(t.contents) - 1
	from := len(t.slab)
	t.slab = append(t.slab, p)
	end := len(t.slab)
	if last < 0 || t.closed || t.contents[last].Role != role {
		t.contents = append(t.contents, gemini.Content{Role: role, Parts: t.slab[from:end:end]})
		t.closed = false
		return
	}
	from = end - len(t.contents[last].Parts) - 1
	t.contents[last].Parts = t.slab[from:end:end]
}

// addMessage puts the text and media of message i into a turn of the role.
func (t *turns) addMessage(i int, role string) error {
	m := &t.request.messages[i]
	if len(m.parts) == 0 {
		if m.text != "" || role == gemini.RoleUser {
			t.add(role, gemini.Part{Text: m.text, ThoughtSignature: m.signature})
		}
		return nil
	}
	before := len(t.slab)
	for j := range m.parts {
		part, err := t.part(i, &m.parts[j])
		if err != nil {
			return err
		}
		last := j == len(m.parts)-1
		if last && part.ThoughtSignature == "" {
			part.ThoughtSignature = m.signature
		}
		if part.IsText() && part.Text == "" && part.ThoughtSignature == "" &&
			!(last && role == gemini.RoleUser && len(t.slab) == before) {
			continue // says nothing beside the others
		}
		t.add(role, part)
	}
	return nil
}

// part gives a part of message i as Gemini takes it.
func (t *turns) part(i int, p *part) (gemini.Part, error) {
	if err := t.checkFile(i, p); err != nil {
		return gemini.Part{}, err
	}
	part := p.gemini(t.options, t.family)
	if p.url == "" || part.InlineData == nil {
		return part, nil
	}
	blob, why := readable(*part.InlineData)
	if why != "" {
		return part, fault.Field(inMessage(i, p.place), "%s", why)
	}
	part.InlineData = &blob
	return part, nil
}

func (t *turns) checkFile(i int, p *part) error {
	if p.fileID == "" {
		return nil
	}
	if _, known := t.options.Files[p.fileID]; known {
		return nil
	}
	missing := fault.New(fault.NotFound, "no file has the id %s", strconv.Quote(p.fileID)).WithCode("file_not_found")
	missing.Field = inMessage(i, p.place)
	return missing
}

func inMessage(message int, below string) string {
	return "messages[" + strconv.Itoa(message) + "]." + below
}

func (t *turns) appendSystem(system []gemini.Part, m *message) []gemini.Part {
	if m.text != "" {
		system = append(system, gemini.Part{Text: m.text})
	}
	for j := range m.parts {
		if text := m.parts[j].text; text != "" {
			system = append(system, gemini.Part{Text: text})
		}
	}
	return system
}

// placeSystem makes the system text the instruction; where the model takes none it goes before the first user turn, and where there is
// nothing else it is the conversation.
func (t *turns) placeSystem(system []gemini.Part) {
	switch {
	case len(system) == 0:
	case len(t.contents) == 0:
		t.contents = append(t.contents, gemini.Content{Role: gemini.RoleUser, Parts: system})
	case t.family.SystemTurn:
		t.system = &gemini.Content{Parts: system}
	case t.contents[0].Role == gemini.RoleUser:
		t.contents[0].Parts = append(system, t.contents[0].Parts...)
	default:
		t.contents = append([]gemini.Content{{Role: gemini.RoleUser, Parts: system}}, t.contents...)
	}
}

// checkPrefill refuses a conversation whose last turn is the model's, where the model would refuse it.
func (t *turns) checkPrefill() error {
	last := len(t.contents) - 1
	if last < 0 {
		return fault.Field("messages", "hold nothing to answer")
	}
	if t.contents[last].Role != gemini.RoleModel || t.family.Prefill {
		return nil
	}
	return fault.Field("messages["+strconv.Itoa(len(t.request.messages)-1)+"]",
		"%s does not go on with an assistant's message: the last message must be the user's or a tool's", t.options.Model)
}

// addAssistant puts an assistant's message into a model turn, its calls after its text, and the results of its calls into the user turn
// that follows.
func (t *turns) addAssistant(i int) error {
	m := &t.request.messages[i]
	if err := t.addMessage(i, gemini.RoleModel); err != nil {
		return err
	}
	if len(m.calls) == 0 {
		return nil
	}
	for j := range m.calls {
		t.add(gemini.RoleModel, gemini.Part{
			ThoughtSignature: t.signature(m, j),
			FunctionCall: &gemini.FunctionCall{
				ID:   m.calls[j].id,
				Name: t.request.names.toGemini(m.calls[j].name),
				Args: m.calls[j].arguments,
			},
		})
	}
	return t.addResults(i)
}

// signature gives the thought signature of the j-th call: what the request carries, what was kept, or for the first call of a step, on
// models that insist, the value that stands in for a lost one.
func (t *turns) signature(m *message, j int) string {
	c := &m.calls[j]
	if c.signature != "" {
		return c.signature
	}
	if kept := t.options.Signatures[c.id]; kept != "" && c.id != "" {
		return kept
	}
	if j == 0 && t.family.Signatures {
		return skipSignature
	}
	return ""
}

// addResults puts the results of message i's calls into one user turn, in the order of the calls, and makes up those that are missing:
// Gemini wants as many results as calls. Media of results goes inside them where the model takes it, else into a turn that follows.
func (t *turns) addResults(i int) error {
	calls := t.request.messages[i].calls
	answers, err := t.match(i)
	if err != nil {
		return err
	}
	t.closed = true
	var media []gemini.Part
	for j := range calls {
		result := &gemini.FunctionResponse{ID: calls[j].id, Name: t.request.names.toGemini(calls[j].name)}
		part := gemini.Part{FunctionResponse: result}
		if answers[j] == 0 {
			result.Response = []byte(`{"error":"no result was given for this call"}`)
		} else if media, err = t.fill(result, answers[j], media); err != nil {
			return err
		}
		t.add(gemini.RoleUser, part)
	}
	t.closed = true
	if len(media) > 0 {
		t.contents = append(t.contents, gemini.Content{Role: gemini.RoleUser, Parts: media})
	}
	return nil
}

// match finds the messages that answer message i's calls, up to the assistant's next: for each call the index of its message, 0 when
// there is none.
func (t *turns) match(i int) ([]int, error) {
	messages := t.request.messages
	calls := messages[i].calls
	answers := make([]int, len(calls))
	for k := i + 1; k < len(messages) && messages[k].role != roleAssistant; k++ {
		m := &messages[k]
		if !m.isResult() {
			continue
		}
		found := false
		for j := range calls {
			if answers[j] == 0 && m.answers(&calls[j]) {
				answers[j], found = k, true
				break
			}
		}
		if !found {
			return nil, m.unanswerable(k)
		}
	}
	return answers, nil
}

func (m *message) answers(c *call) bool {
	if m.role == roleFunction {
		return m.name == c.name
	}
	return m.callID == c.id
}

func (m *message) unanswerable(k int) error {
	if m.role == roleFunction {
		return fault.Field(inMessage(k, "name"), "%s answers no open function call of the assistant's message before it", strconv.Quote(m.name))
	}
	return fault.Field(inMessage(k, "tool_call_id"), "%s answers no open tool call of the assistant's message before it", strconv.Quote(m.callID))
}

// checkResult refuses a result with no assistant's message before it whose calls it could answer; the others were placed with the calls.
func (t *turns) checkResult(i int) error {
	for k := i - 1; k >= 0; k-- {
		if m := &t.request.messages[k]; m.role == roleAssistant {
			if len(m.calls) > 0 {
				return nil
			}
			break
		}
	}
	return t.request.messages[i].unanswerable(i)
}

// fill gives the result what message k says.
func (t *turns) fill(result *gemini.FunctionResponse, k int, media []gemini.Part) ([]gemini.Part, error) {
	m := &t.request.messages[k]
	texts := make([]string, 0, 1)
	if len(m.parts) == 0 {
		texts = append(texts, m.text)
	}
	for j := range m.parts {
		p := &m.parts[j]
		if !p.isMedia() {
			texts = append(texts, p.text)
			continue
		}
		part, err := t.part(k, p)
		if err != nil {
			return nil, err
		}
		if part.InlineData != nil && t.family.ResultMedia {
			result.Parts = append(result.Parts, *part.InlineData)
			continue
		}
		media = append(media, part)
	}
	result.Response = resultOf(strings.Join(texts, "\n"))
	return media, nil
}

// resultOf gives a tool's result as the object Gemini asks for. An object stays as it is, unless it says beside other things what Gemini
// would take for the whole ("output", "error"); anything else is wrapped.
func resultOf(text string) []byte {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" || trimmed[0] != '{' && trimmed[0] != '[' || !json.Valid([]byte(trimmed)) {
		return append(jsonio.AppendString([]byte(`{"output":`), text), '}')
	}
	if trimmed[0] == '{' && !misread(trimmed) {
		return []byte(trimmed)
	}
	return append(append([]byte(`{"output":`), trimmed...), '}')
}

func misread(object string) bool {
	r := jsonio.NewReader([]byte(object), false)
	keys, reserved := 0, false
	r.Object(func(key string) {
		keys++
		reserved = reserved || key == "output" || key == "error"
		r.Skip()
	})
	return reserved && keys > 1
}

// Links gives the http and https links of the media that the request names, each once, in the order they appear: what is to be fetched,
// or to be left for Gemini to fetch. Links that only Gemini can follow (its own files, YouTube) are not among them.
func (r *ChatRequest) Links() []string {
	return r.collect(func(p *part) string {
		if p.url == "" || needsNoFetching(p.url) {
			return ""
		}
		return p.url
	})
}

// FileIDs gives the ids of our files that the request names, each once, in the order they appear.
func (r *ChatRequest) FileIDs() []string {
	return r.collect(func(p *part) string { return p.fileID })
}

func (r *ChatRequest) collect(of func(*part) string) []string {
	var found []string
	var seen map[string]bool
	for i := range r.messages {
		for j := range r.messages[i].parts {
			what := of(&r.messages[i].parts[j])
			if what == "" || seen[what] {
				continue
			}
			if seen == nil {
				seen = map[string]bool{}
			}
			seen[what] = true
			found = append(found, what)
		}
	}
	return found
}

// CallIDs gives the ids of the assistant's tool calls that come without a thought signature.
func (r *ChatRequest) CallIDs() []string {
	var ids []string
	for i := range r.messages {
		for j := range r.messages[i].calls {
			if c := &r.messages[i].calls[j]; c.signature == "" && c.id != "" {
				ids = append(ids, c.id)
			}
		}
	}
	return ids
}
