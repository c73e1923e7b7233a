package geminisim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// stepJSON is a Step in JSON: "do" names the constructor in lower case with underscores, the other fields are its
// arguments and refinements. docs/simulator.md lists them.
type stepJSON struct {
	Do string `json:"do"`

	Text        string            `json:"text"`
	Chunks      []string          `json:"chunks"`
	Calls       []Call            `json:"calls"`
	N           int               `json:"n"`
	WAV         bool              `json:"wav"`
	Reason      string            `json:"reason"`
	Code        int               `json:"code"`
	Body        string            `json:"body"`
	ContentType string            `json:"content_type"`
	State       string            `json:"state"`
	File        string            `json:"file"`
	Retry       duration          `json:"retry"`
	For         duration          `json:"for"`
	Steps       []json.RawMessage `json:"steps"`

	Delay      duration `json:"delay"`
	ChunkDelay duration `json:"chunk_delay"`
	Split      int      `json:"split"`
	LF         bool     `json:"lf"`
	Finish     string   `json:"finish"`
	Usage      *Usage   `json:"usage"`
	OmitIndex  bool     `json:"omit_index"`
	Unsigned   bool     `json:"unsigned"`
	Checkpoint bool     `json:"checkpoints"`
	Times      int      `json:"times"`

	CutAfter   *int `json:"cut_after"`
	EndAfter   *int `json:"end_after"`
	ResetAfter *int `json:"reset_after"`
	StallAfter *int `json:"stall_after"`
	ErrorAfter *int `json:"error_after"`
	BareAfter  *int `json:"bare_error_after"`
	ErrorCode  int  `json:"error_code"`
}

// duration reads "1.5s", or a number of seconds.
type duration time.Duration

// UnmarshalJSON reads a Go duration in quotes, or seconds.
func (d *duration) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		v, err := time.ParseDuration(s)
		*d = duration(v)
		return err
	}
	var seconds float64
	if err := json.Unmarshal(raw, &seconds); err != nil {
		return err
	}
	*d = duration(seconds * float64(time.Second))
	return nil
}

// ParseStep reads a step from JSON, as POST /sim/scripts takes it: {"do":"minute_429","retry":"10s"}.
func ParseStep(raw []byte) (Step, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	var in stepJSON
	if err := dec.Decode(&in); err != nil {
		return Step{}, fmt.Errorf("reading a step: %w", err)
	}
	step, err := in.step()
	if err != nil {
		return Step{}, err
	}
	return in.refine(step), nil
}

// step has a line or two for each constructor, whence its length.
func (in *stepJSON) step() (Step, error) {
	retry := time.Duration(in.Retry)
	switch in.Do {
	case "answer", "":
		return Answer(), nil
	case "text":
		return Text(in.Text), nil
	case "chunks":
		return TextChunks(in.Chunks...), nil
	case "words":
		return Words(in.N), nil
	case "big":
		return Big(min(in.N, maxBody)), nil
	case "thought":
		return Thought(in.Text), nil
	case "calls":
		return Calls(in.Calls...), nil
	case "image":
		return Image(), nil
	case "audio":
		return Audio(in.WAV), nil
	case "join":
		return in.join()
	case "continuation":
		return Continuation(in.Chunks...), nil
	case "finish":
		if in.Text != "" {
			return Finish(in.Reason, in.Text), nil
		}
		return Finish(in.Reason), nil
	case "blocked":
		return Blocked(in.Reason), nil
	case "empty":
		return Empty(), nil
	case "empty_content":
		return EmptyContent(), nil
	case "no_content":
		return NoContent(), nil
	case "no_candidates":
		return NoCandidates(), nil
	case "malformed":
		return Malformed(), nil
	case "status":
		if in.Code < 400 || in.Code > 599 {
			return Step{}, fmt.Errorf("code %d: want 400 to 599", in.Code)
		}
		return Status(in.Code, in.Text), nil
	case "minute_429":
		return Minute429(retry), nil
	case "token_429":
		return Token429(retry), nil
	case "multi_429":
		return Multi429(retry), nil
	case "day_429":
		return Day429(), nil
	case "tier_429":
		return Tier429(), nil
	case "bare_429":
		return Bare429(), nil
	case "help_429":
		return HelpOnly429(), nil
	case "limit_429":
		return Limit429(), nil
	case "dead_key":
		return DeadKey(in.State), nil
	case "location":
		return Location(), nil
	case "file_forbidden":
		return FileForbidden(in.File), nil
	case "file_not_active":
		return FileNotActive(in.File), nil
	case "new_users":
		return NewUsers(), nil
	case "hang":
		return Hang(time.Duration(in.For)), nil
	case "reset":
		return Reset(), nil
	case "raw":
		if in.Code < 200 || in.Code > 599 {
			return Step{}, fmt.Errorf("code %d: want 200 to 599", in.Code)
		}
		s := Raw(in.Code, in.Body)
		if in.ContentType != "" {
			s = s.As(in.ContentType)
		}
		return s, nil
	}
	return Step{}, fmt.Errorf("unknown step %q", in.Do)
}

func (in *stepJSON) join() (Step, error) {
	steps := make([]Step, len(in.Steps))
	for i, raw := range in.Steps {
		s, err := ParseStep(raw)
		if err != nil {
			return Step{}, err
		}
		steps[i] = s
	}
	return Join(steps...), nil
}

func (in *stepJSON) refine(s Step) Step {
	s = s.After(time.Duration(in.Delay)).Pace(time.Duration(in.ChunkDelay)).Split(in.Split).Times(in.Times)
	s.pace.lf = in.LF
	if in.Finish != "" {
		s = s.FinishWith(in.Finish)
	}
	if in.Usage != nil {
		s = s.WithUsage(*in.Usage)
	}
	if in.OmitIndex {
		s = s.OmitIndex()
	}
	if in.Unsigned {
		s = s.Unsigned()
	}
	if in.Checkpoint {
		s = s.Checkpoints()
	}
	code := in.ErrorCode
	if code == 0 {
		code = 503
	}
	switch {
	case in.CutAfter != nil:
		s = s.CutAfter(*in.CutAfter)
	case in.EndAfter != nil:
		s = s.EndAfter(*in.EndAfter)
	case in.ResetAfter != nil:
		s = s.ResetAfter(*in.ResetAfter)
	case in.StallAfter != nil:
		s = s.StallAfter(*in.StallAfter)
	case in.ErrorAfter != nil:
		s = s.ErrorAfter(*in.ErrorAfter, EventForm, code)
	case in.BareAfter != nil:
		s = s.ErrorAfter(*in.BareAfter, BareForm, code)
	}
	return s
}

// directive finds steps in a prompt: [[sim {"do":"words","n":50}]], or in short [[sim words 50]]. Several are joined.
func directive(prompt string) (step Step, found bool, err error) {
	for {
		_, rest, ok := strings.Cut(prompt, "[[sim ")
		if !ok {
			return step, found, nil
		}
		body, after, ok := cutDirective(rest)
		if !ok {
			return step, found, errors.New("no closing ]]")
		}
		next, err := parseDirective(strings.TrimSpace(body))
		if err != nil {
			return step, found, err
		}
		if found && step.answers() && next.answers() {
			next = Join(step, next)
		}
		step, found, prompt = next, true, after
	}
}

// cutDirective splits at the "]]" that ends the directive; in JSON that is the first after which it is valid.
func cutDirective(rest string) (body, after string, ok bool) {
	body, after, ok = strings.Cut(rest, "]]")
	for ok && strings.Contains(body, "{") && !json.Valid([]byte(body[strings.Index(body, "{"):])) {
		more, tail, again := strings.Cut(after, "]]")
		body, after, ok = body+"]]"+more, tail, again
	}
	return body, after, ok
}

func parseDirective(body string) (Step, error) {
	if strings.HasPrefix(body, "{") {
		return ParseStep([]byte(body))
	}
	do, rest, _ := strings.Cut(body, " ")
	rest = strings.TrimSpace(rest)
	in := stepJSON{Do: do}
	var err error
	switch do {
	case "text", "thought":
		in.Text = rest
	case "call":
		in.Do = "calls"
		name, args, _ := strings.Cut(rest, " ")
		one := Call{Name: name}
		if args != "" {
			one.Args = json.RawMessage(args)
		}
		in.Calls = []Call{one}
	case "words", "big":
		in.N, err = strconv.Atoi(rest)
	case "finish", "blocked":
		in.Reason = rest
	case "status":
		in.Code, err = strconv.Atoi(rest)
	case "dead_key":
		in.State = rest
	case "minute_429", "token_429", "multi_429":
		err = in.Retry.set(rest)
	case "hang":
		err = in.For.set(rest)
	case "delay":
		in.Do = "answer"
		err = in.Delay.set(rest)
	}
	if err != nil {
		return Step{}, fmt.Errorf("reading %q: %w", body, err)
	}
	step, err := in.step()
	if err != nil {
		return Step{}, err
	}
	return in.refine(step), nil
}

func (d *duration) set(s string) error {
	if s == "" {
		return nil
	}
	v, err := time.ParseDuration(s)
	*d = duration(v)
	return err
}
