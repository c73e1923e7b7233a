package stack

import "syscall"

// dieTogether lets the system kill a program when the test process dies, however it dies.
func dieTogether() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
