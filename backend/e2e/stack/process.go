package stack

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"syscall"
	"testing"
	"time"
)

const (
	startLimit = 20 * time.Second
	stopLimit  = 40 * time.Second // above the gateway's own grace
	endMargin  = 5 * time.Second  // before the test binary's own deadline
)

// process is a program at work. It never outlives the test: it is killed shortly before the test binary's deadline, and, where the
// system can do that, when the test process dies.
type process struct {
	cmd    *exec.Cmd
	out    *output
	from   int           // where in the output this run begins
	done   chan struct{} // closed when it has ended
	err    error         // of its end; read it after done
	cancel context.CancelFunc
}

// launch starts a program whose output goes to out. The caller sees to its end.
func launch(t testing.TB, out *output, directory string, environment []string, program string, arguments ...string) *process {
	t.Helper()
	ctx, cancel := lifetime(t)
	cmd := exec.CommandContext(ctx, program, arguments...)
	cmd.Dir, cmd.Env = directory, environment
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = dieTogether()
	cmd.WaitDelay = time.Second
	p := &process{cmd: cmd, out: out, from: out.size(), done: make(chan struct{}), cancel: cancel}
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatalf("starting %s: %v", program, err)
	}
	go func() {
		p.err = cmd.Wait()
		cancel()
		close(p.done)
	}()
	return p
}

// kill ends the program if it has not ended.
func (p *process) kill() {
	p.cancel()
	<-p.done
}

// lifetime gives a context that ends a little before the test binary would be stopped.
func lifetime(t testing.TB) (context.Context, context.CancelFunc) {
	if limited, ok := t.(interface{ Deadline() (time.Time, bool) }); ok {
		if deadline, ok := limited.Deadline(); ok {
			return context.WithDeadline(context.Background(), deadline.Add(-endMargin))
		}
	}
	return context.WithCancel(context.Background())
}

// await gives the groups of the first match of a pattern in what this run prints. It fails the test when the program ends before.
func (p *process) await(t testing.TB, pattern string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	groups, err := p.out.await(ctx, p.done, p.from, regexp.MustCompile(pattern))
	if err != nil {
		t.Fatalf("%s: %v", p.cmd.Path, err)
	}
	return groups
}

// signal sends a signal and waits for the end.
func (p *process) signal(s syscall.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("sending %s: %w", s, err)
	}
	return p.wait()
}

// wait waits for the end and gives the program's fault, if it ended with one.
func (p *process) wait() error {
	select {
	case <-p.done:
		return p.err
	case <-time.After(stopLimit):
		p.cancel()
		<-p.done
		return fmt.Errorf("it had to be killed after %s", stopLimit)
	}
}

// running reports whether the program has not ended.
func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}
