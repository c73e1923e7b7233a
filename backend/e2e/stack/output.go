package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync"
)

// output keeps all that a program prints. It is safe for concurrent use.
type output struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{} // closed and replaced with every write
}

func newOutput() *output { return &output{changed: make(chan struct{})} }

// Write appends to the output.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.changed)
	o.changed = make(chan struct{})
	return o.text.Write(p)
}

// String gives all that was printed so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// size is how much was printed so far, in bytes.
func (o *output) size() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Len()
}

// errEnded is a program that ended before it printed what was waited for.
var errEnded = errors.New("the program has ended")

// await gives the groups of the first match of a pattern after so many bytes, once it is printed. ended is closed when the program
// has ended.
func (o *output) await(ctx context.Context, ended <-chan struct{}, after int, pattern *regexp.Regexp) ([]string, error) {
	for {
		o.mu.Lock()
		match := pattern.FindSubmatch(o.text.Bytes()[after:])
		changed := o.changed
		o.mu.Unlock()
		if match != nil {
			groups := make([]string, len(match))
			for i := range match {
				groups[i] = string(match[i])
			}
			return groups, nil
		}
		select {
		case <-changed:
		case <-ended:
			return nil, fmt.Errorf("waiting for %q to be printed: %w", pattern, errEnded)
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for %q to be printed: %w", pattern, context.Cause(ctx))
		}
	}
}
