package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// errNoPostgres says that no Postgres is installed here.
var errNoPostgres = errors.New("no Postgres is installed")

const (
	startLimit = 30 * time.Second
	stopLimit  = 20 * time.Second
	owner      = "postgres" // the superuser of the cluster, whoever runs it
)

// keeper runs Postgres until its standard input ends, which happens even when the test process is killed.
const keeper = `"$0" "$@" & cat >/dev/null; kill -QUIT $!; wait $!`

// Cluster is a throwaway Postgres of the installed binaries, in a directory of its own, listening on a random port of 127.0.0.1. It
// trusts every connection and syncs nothing to the disk.
type Cluster struct {
	binaries   string
	directory  string
	port       int
	credential *syscall.Credential // of another user, since Postgres does not run as root
	process    *exec.Cmd
	leash      io.Closer // the keeper's standard input
}

// startCluster makes a cluster and starts it. remove ends it.
func startCluster(ctx context.Context) (*Cluster, error) {
	binaries, err := findBinaries()
	if err != nil {
		return nil, err
	}
	directory, err := os.MkdirTemp("", "storetest-")
	if err != nil {
		return nil, fmt.Errorf("making the cluster's directory: %w", err)
	}
	c := &Cluster{binaries: binaries, directory: directory}
	if err := c.initialise(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(directory))
	}
	if err := c.Start(ctx); err != nil {
		return nil, errors.Join(err, c.remove())
	}
	return c, nil
}

// findBinaries gives the directory of the newest installed Postgres.
func findBinaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", fmt.Errorf("looking for Postgres: %w", err)
	}
	version := func(path string) int {
		number, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		if err != nil {
			return 0 // not a version: the last choice
		}
		return number
	}
	if len(found) > 0 {
		return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errNoPostgres
	}
	return filepath.Dir(path), nil
}

func (c *Cluster) initialise(ctx context.Context) error {
	if os.Getuid() == 0 {
		if err := c.dropRoot(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	command := exec.CommandContext(ctx, filepath.Join(c.binaries, "initdb"), //nolint:gosec // G204: the path was found by findBinaries
		"--pgdata="+c.data(), "--username="+owner, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
	c.disown(command)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("making a Postgres cluster: %w: %s", err, output)
	}
	return nil
}

// dropRoot gives the directory to a user that Postgres agrees to run as.
func (c *Cluster) dropRoot() error {
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(account.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(account.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return fmt.Errorf("reading the account of %s: %w", name, err)
		}
		c.credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(c.directory, int(uid), int(gid)); err != nil {
			return fmt.Errorf("giving the cluster's directory to %s: %w", name, err)
		}
		return nil
	}
	return errors.New("postgres does not run as root, and there is neither a user postgres nor nobody")
}

func (c *Cluster) disown(command *exec.Cmd) {
	command.Dir = c.directory
	command.SysProcAttr = &syscall.SysProcAttr{Credential: c.credential, Setpgid: true}
}

func (c *Cluster) data() string { return filepath.Join(c.directory, "data") }

func (c *Cluster) logFile() string { return filepath.Join(c.directory, "log") }

// URL gives the URL of one of the cluster's databases.
func (c *Cluster) URL(database string) string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable", owner, c.port, database)
}

// Start starts the cluster, on the port it had before if it had one, and returns when it answers.
func (c *Cluster) Start(ctx context.Context) error {
	if c.port == 0 {
		port, err := freePort(ctx)
		if err != nil {
			return err
		}
		c.port = port
	}
	log, err := os.OpenFile(c.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening the cluster's log: %w", err)
	}
	command := exec.Command("sh", "-c", keeper, filepath.Join(c.binaries, "postgres"), //nolint:gosec,noctx // G204: found by findBinaries; Stop ends it
		"-D", c.data(), "-p", strconv.Itoa(c.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="+c.directory,
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=32MB")
	command.Stdout, command.Stderr = log, log
	c.disown(command)
	leash, err := command.StdinPipe()
	if err != nil {
		return errors.Join(fmt.Errorf("starting Postgres: %w", err), log.Close())
	}
	if err := errors.Join(command.Start(), log.Close()); err != nil {
		return fmt.Errorf("starting Postgres: %w", err)
	}
	c.process, c.leash = command, leash
	if err := c.await(ctx); err != nil {
		return errors.Join(err, c.Stop())
	}
	return nil
}

// await asks until Postgres answers.
func (c *Cluster) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	db, err := sql.Open("pgx", c.URL("postgres"))
	if err != nil {
		return fmt.Errorf("connecting to Postgres: %w", err)
	}
	defer db.Close()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		_, err := db.ExecContext(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			log, readErr := os.ReadFile(c.logFile())
			return errors.Join(fmt.Errorf("waiting for Postgres: %w: %s", err, log), readErr)
		case <-again.C:
		}
	}
}

// Stop ends the cluster at once, breaking its connections; Start starts it again with its data.
func (c *Cluster) Stop() error {
	if c.process == nil {
		return nil
	}
	process := c.process
	c.process = nil
	letGo := c.leash.Close()
	guard := time.AfterFunc(stopLimit, func() {
		_ = syscall.Kill(-process.Process.Pid, syscall.SIGKILL) // it may have ended meanwhile
	})
	defer guard.Stop()
	_ = process.Wait() // an immediate shutdown ends with an exit code that tells nothing
	if letGo != nil {
		return fmt.Errorf("stopping Postgres: %w", letGo)
	}
	return nil
}

// remove ends the cluster and deletes its data.
func (c *Cluster) remove() error { return errors.Join(c.Stop(), os.RemoveAll(c.directory)) }

func freePort(ctx context.Context) (int, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("finding a free port: %w", err)
	}
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.Join(errors.New("finding a free port: not a TCP address"), listener.Close())
	}
	return address.Port, listener.Close()
}
