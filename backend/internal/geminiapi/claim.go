package geminiapi

import (
	"context"
	"strings"
	"time"

	"gemini-proxy/backend/internal/holding"
	"gemini-proxy/backend/internal/jsonio"
)

// maxClaims bounds how many names are taken from one answer.
const maxClaims = 1000

// claims is what an answer says was made.
type claims struct {
	*jsonio.Reader
	name, id    string
	expires     time.Time // zero: not said
	environment string
	files       []string // "files/abc": what a batch or an operation put there
	used        interactionUse
}

// interactionUse is what an interaction has used, in tokens.
type interactionUse struct{ input, output, thoughts, cached, tools int }

// claimsOf reads an answer, or an event of an interaction's stream. One that cannot be read claims nothing.
func claimsOf(answer []byte) *claims {
	c := &claims{Reader: jsonio.NewReader(answer, false)}
	c.Object(func(key string) {
		if key == "interaction" && c.Kind() == jsonio.Object { // of an event
			c.Object(func(key string) { c.top(key) })
			return
		}
		c.top(key)
	})
	if c.Err() != nil {
		return &claims{}
	}
	return c
}

func (c *claims) top(key string) {
	if key == "usage" && c.Kind() == jsonio.Object {
		c.Object(func(key string) { c.use(key) })
		return
	}
	if c.Kind() != jsonio.String {
		c.value(key)
		return
	}
	switch key {
	case "name":
		c.name = c.String()
	case "id":
		c.id = c.String()
	case "environment_id", "environmentId":
		c.environment = c.String()
	case "expireTime", "expire_time", "expirationTime":
		if at, err := time.Parse(time.RFC3339Nano, c.String()); err == nil {
			c.expires = at
		}
	default:
		c.value(key)
	}
}

func (c *claims) use(key string) {
	if c.Kind() != jsonio.Number {
		c.Skip()
		return
	}
	n := int(c.Int())
	switch key {
	case "total_input_tokens":
		c.used.input = n
	case "total_output_tokens":
		c.used.output = n
	case "total_thought_tokens":
		c.used.thoughts = n
	case "total_cached_tokens":
		c.used.cached = n
	case "total_tool_use_tokens":
		c.used.tools = n
	}
}

// value looks for files in a value.
func (c *claims) value(key string) {
	switch c.Kind() {
	case jsonio.Object:
		c.Object(func(key string) { c.value(key) })
	case jsonio.Array:
		c.Array(func(int) { c.value(key) })
	case jsonio.String:
		switch key {
		case "name", "uri", "fileUri", "downloadUri", "responsesFile", "file", "fileName":
			if name := fileIn(c.String()); name != "" && len(c.files) < maxClaims {
				c.files = append(c.files, name)
			}
			return
		}
		c.Skip()
	case jsonio.None, jsonio.Null, jsonio.Bool, jsonio.Number:
		c.Skip()
	}
}

// keep notes whose the things are that an answer says were made, and which key's project holds them.
func (a *api) keep(ctx context.Context, r *route, userKeyID, keyID int64, c *claims) {
	now := time.Now()
	var made []holding.Record
	note := func(name string, life time.Duration, expires time.Time) {
		if expires.IsZero() && life > 0 {
			expires = now.Add(life)
		}
		made = append(made, holding.Record{UserKeyID: userKeyID, Name: name, KeyID: keyID, MadeAt: now, ExpiresAt: expires})
	}
	name := c.name
	if name == "" && c.id != "" {
		name = r.collectionName() + "/" + strings.TrimPrefix(c.id, r.collectionName()+"/")
	}
	if root, sort := rootOf(name); root != "" && (root != r.root || !c.expires.IsZero()) {
		note(root, sort.life, c.expires)
	}
	if c.environment != "" {
		note("environments/"+strings.TrimPrefix(c.environment, "environments/"), 0, time.Time{})
	}
	for _, file := range c.files {
		note(file, outputLife, time.Time{})
	}
	if len(made) > 0 {
		a.Holdings.Keep(ctx, made...)
	}
}

// collectionName gives the collection that a thing made by the request, and named by its id alone, is in.
func (r *route) collectionName() string {
	if r.kind == createInteraction {
		return "interactions"
	}
	first, _, _ := strings.Cut(r.below, "/")
	return first
}
