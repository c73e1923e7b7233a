package stack

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// Memory gives the gateway's resident bytes now and the most they were since ForgetPeak or its start. Only Linux tells; elsewhere the test is
// skipped.
func (g *Gateway) Memory(t testing.TB) (now, peak int64) {
	t.Helper()
	file, err := os.Open(g.proc("status"))
	if err != nil {
		t.Skip("this system does not tell a process's memory")
	}
	defer func() { _ = file.Close() }() // it was only read
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, rest, _ := strings.Cut(lines.Text(), ":")
		kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 10, 64)
		switch {
		case err != nil:
		case name == "VmRSS":
			now = kib << 10
		case name == "VmHWM":
			peak = kib << 10
		}
	}
	return now, peak
}

// ForgetPeak begins the peak of Memory anew (proc(5), clear_refs).
func (g *Gateway) ForgetPeak(t testing.TB) {
	t.Helper()
	if err := os.WriteFile(g.proc("clear_refs"), []byte("5"), 0o600); err != nil {
		t.Skipf("this system does not forget a process's peak: %v", err)
	}
}

func (g *Gateway) proc(name string) string {
	return fmt.Sprintf("/proc/%d/%s", g.process.cmd.Process.Pid, name)
}
