package geminisim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// control serves /sim/: the simulator's own API, for operators and tests in other processes. It takes no credential,
// so a simulator belongs on a loopback address.
func (s *Sim) control(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 8<<20)
	out, err := s.operate(r)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	switch {
	case errors.Is(err, errNoOperation):
		w.WriteHeader(http.StatusNotFound)
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
	}
	if err != nil {
		out = map[string]string{"error": err.Error()}
	}
	body, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		body = []byte(`{"error":"encoding the answer"}`)
	}
	send(w, append(body, '\n'))
}

type simState struct {
	Now             time.Time `json:"now"`
	Projects        []Project `json:"projects"`
	LocationBlocked bool      `json:"location_blocked"`
	Pending         int       `json:"pending_steps"`
}

type pushed struct {
	Pending int `json:"pending_steps"`
}

func (s *Sim) operate(r *http.Request) (any, error) {
	switch r.Method + " " + r.URL.Path {
	case "GET /sim/health":
		return map[string]string{"status": "ok"}, nil
	case "GET /sim/requests":
		return s.recent(r)
	case "DELETE /sim/requests":
		s.ClearRequests()
		return struct{}{}, nil
	case "POST /sim/requests/search":
		return s.search(r)
	case "GET /sim/counters":
		return s.allCounters(), nil
	case "GET /sim/state":
		return s.state(), nil
	case "PUT /sim/state":
		return s.setState(r)
	case "PUT /sim/keys":
		return s.putKey(r)
	case "PUT /sim/limits":
		return s.putLimits(r)
	case "GET /sim/clock":
		return map[string]time.Time{"now": s.Now()}, nil
	case "POST /sim/clock":
		return s.setClock(r)
	case "GET /sim/scripts":
		return pushed{s.Pending()}, nil
	case "POST /sim/scripts":
		return s.pushScript(r)
	case "DELETE /sim/scripts":
		s.ClearScript()
		return pushed{}, nil
	case "PUT /sim/faults":
		return s.putFault(r)
	case "POST /sim/reset":
		s.Reset()
		return s.state(), nil
	}
	return nil, fmt.Errorf("%w %s %s", errNoOperation, r.Method, r.URL.Path)
}

var errNoOperation = errors.New("no operation")

func decode(r *http.Request, into any) error {
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil && !errors.Is(err, io.EOF) { // an empty body changes nothing
		return fmt.Errorf("reading the request: %w", err)
	}
	return nil
}

func (s *Sim) state() simState {
	w := s.world.Load()
	w.mu.RLock()
	blocked := w.noRegion
	w.mu.RUnlock()
	return simState{Now: s.Now(), Projects: s.Projects(), LocationBlocked: blocked, Pending: s.Pending()}
}

func (s *Sim) setState(r *http.Request) (any, error) {
	var in struct {
		Projects        []Project `json:"projects"`
		LocationBlocked *bool     `json:"location_blocked"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	if in.Projects != nil {
		s.SetProjects(in.Projects)
	}
	if in.LocationBlocked != nil {
		s.SetLocationBlocked(*in.LocationBlocked)
	}
	return s.state(), nil
}

func (s *Sim) putKey(r *http.Request) (any, error) {
	var in Key
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	return struct{}{}, s.SetKeyState(in.Value, in.State)
}

func (s *Sim) putLimits(r *http.Request) (any, error) {
	var in struct {
		Project string `json:"project"`
		Model   string `json:"model"`
		Limits  Limits `json:"limits"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	return struct{}{}, s.SetLimits(in.Project, in.Model, in.Limits)
}

func (s *Sim) setClock(r *http.Request) (any, error) {
	var in struct {
		Advance duration   `json:"advance"`
		Set     *time.Time `json:"set"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	if in.Set != nil {
		s.SetTime(*in.Set)
	}
	s.Advance(time.Duration(in.Advance))
	return map[string]time.Time{"now": s.Now()}, nil
}

func (s *Sim) pushScript(r *http.Request) (any, error) {
	var in struct {
		Target Target            `json:"target"`
		Steps  []json.RawMessage `json:"steps"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	steps := make([]Step, len(in.Steps))
	for i, raw := range in.Steps {
		step, err := ParseStep(raw)
		if err != nil {
			return nil, fmt.Errorf("steps[%d]: %w", i, err)
		}
		steps[i] = step
	}
	s.Script(in.Target, steps...)
	return pushed{s.Pending()}, nil
}

func (s *Sim) putFault(r *http.Request) (any, error) {
	var in struct {
		Target Target          `json:"target"`
		Rate   float64         `json:"rate"`
		Step   json.RawMessage `json:"step"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	step := Status(http.StatusServiceUnavailable)
	if in.Step != nil {
		var err error
		if step, err = ParseStep(in.Step); err != nil {
			return nil, err
		}
	}
	if in.Rate < 0 || in.Rate > 1 {
		return nil, fmt.Errorf("rate %v: want 0 to 1", in.Rate)
	}
	s.SetFaultRate(in.Target, in.Rate, step)
	return struct{}{}, nil
}

// recent lists the log, or what came after the sequence number ?since=.
func (s *Sim) recent(r *http.Request) (any, error) {
	since := int64(0)
	if raw := r.URL.Query().Get("since"); raw != "" {
		v, err := strconv.ParseInt(raw, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("since: %w", err)
		}
		since = v
	}
	out := struct {
		Requests []Request `json:"requests"`
	}{Requests: []Request{}}
	for _, one := range s.Requests() {
		if one.Seq > since {
			out.Requests = append(out.Requests, one)
		}
	}
	return out, nil
}

// search counts the logged requests that contain a text, without showing it.
func (s *Sim) search(r *http.Request) (any, error) {
	var in struct {
		Contains string `json:"contains"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	if in.Contains == "" {
		return nil, errors.New("contains: want a text")
	}
	out := struct {
		Count int     `json:"count"`
		Seqs  []int64 `json:"seqs"`
	}{Seqs: []int64{}}
	for _, one := range s.Requests() {
		if one.Contains(in.Contains) {
			out.Count++
			out.Seqs = append(out.Seqs, one.Seq)
		}
	}
	return out, nil
}

func (s *Sim) allCounters() any {
	out := map[string]map[string]Counts{}
	for _, p := range s.Projects() {
		out[p.Number] = s.Counters(p.Number)
	}
	return map[string]any{"counters": out}
}
