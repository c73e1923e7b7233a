//go:build !linux

package stack

import "syscall"

// dieTogether does nothing where the system cannot tie one process to another.
func dieTogether() *syscall.SysProcAttr { return nil }
