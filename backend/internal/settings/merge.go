package settings

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// maxPatchBytes is more than every setting written out takes, the longest text escaped to six times its length.
const maxPatchBytes = 256 << 10

// merge applies a JSON merge patch (RFC 7396) and gives the changed settings. A member that is null goes back to its default, since
// no setting can be absent. Everything wrong is reported at once, with what was right already applied.
func merge(s Settings, patch json.RawMessage) (Settings, Faults) {
	if len(patch) > maxPatchBytes {
		return s, Faults{{"", "the settings are too large"}}
	}
	known := map[string]field{}
	for _, f := range fields(&s) {
		known[f.name] = f
	}
	plain := Default()
	usual := map[string]field{}
	for _, f := range fields(&plain) {
		usual[f.name] = f
	}
	m := merger{known: known, usual: usual}
	m.object("", patch)
	return s, m.faults
}

// merger applies one patch.
type merger struct {
	known, usual map[string]field // the settings to change, and the defaults, by name
	faults       Faults
}

// object applies the members of a JSON object; prefix is "" or "usage_threshold.".
func (m *merger) object(prefix string, raw json.RawMessage) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil || members == nil {
		m.faults = append(m.faults, Fault{strings.TrimSuffix(prefix, "."), "must be an object"})
		return
	}
	for _, key := range slices.Sorted(maps.Keys(members)) {
		m.member(prefix+key, bytes.TrimSpace(members[key]), strings.Contains(key, "."))
	}
}

// member applies one member. A dot in a key of the caller's would look like a path, and is no name of ours.
func (m *merger) member(name string, raw json.RawMessage, dotted bool) {
	isNull := bytes.Equal(raw, []byte("null"))
	f, isField := m.known[name]
	switch {
	case dotted || !isField && !m.isObject(name):
		m.faults = append(m.faults, Fault{bounded(name), "no setting has this name"})
	case isField && isNull:
		f.value.Set(m.usual[name].value)
	case isField:
		if wrong := f.set(raw); wrong != "" {
			m.faults = append(m.faults, Fault{name, wrong})
		}
	case isNull:
		for within, inner := range m.known {
			if strings.HasPrefix(within, name+".") {
				inner.value.Set(m.usual[within].value)
			}
		}
	default:
		m.object(name+".", raw)
	}
}

// isObject reports whether settings are grouped under the name.
func (m *merger) isObject(name string) bool {
	for within := range m.known {
		if strings.HasPrefix(within, name+".") {
			return true
		}
	}
	return false
}

// bounded cuts a name that is not ours, for an answer.
func bounded(name string) string {
	const most = 64
	if runes := []rune(name); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return name
}
