// Package audit is the form of the record of what operators changed: who, what, from where, and from what to what. It never holds a secret.
package audit

import (
	"encoding/json"
	"time"
)

// Entry is one change.
type Entry struct {
	ID        int64
	Time      time.Time
	Username  string          // who did it
	Address   string          // the client's
	Action    string          // the operation's id in the admin API's specification: "updateGeminiKey"
	Target    string          // its path: "/gemini-keys/7"
	Before    json.RawMessage // what it was, of what changed; nil where there is nothing to tell
	After     json.RawMessage // what it is now
	RequestID string
}

// Query asks for a page of entries, the newest first.
type Query struct {
	Page, PageSize int       // from 1; at least 1
	Q              string    // part of the username, address, action or target, in any case; empty is all
	Targets        []string  // how the target may begin; empty is any
	From, To       time.Time // from is in, to is out; zero is no bound
	Before         int64     // only entries with smaller ids; 0 is no bound
}
