package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"gemini-proxy/backend/internal/backup"
	"gemini-proxy/backend/internal/config"
	"gemini-proxy/backend/internal/store"
)

// backupOptions is what the commands backup and restore are asked.
type backupOptions struct {
	passphraseFile string // "-" is standard input
	usage, preview bool
}

// makeBackup writes a sealed backup into a file that is not there yet.
func makeBackup(ctx context.Context, file, path string, o backupOptions, out io.Writer) error {
	if path == "" {
		return errors.New("say where to: gemini-proxy backup FILE")
	}
	return withBackups(ctx, file, o, func(backups *backup.Backups, passphrase string) error {
		sealed, err := backups.Make(ctx, passphrase, o.usage)
		if err != nil {
			return err
		}
		to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = to.Write(sealed)
		if err = errors.Join(err, to.Sync(), to.Close()); err != nil {
			return errors.Join(err, os.Remove(path))
		}
		_, err = fmt.Fprintf(out, "%s: %d bytes\n", path, len(sealed))
		return err
	})
}

// restoreBackup takes a sealed backup in, or tells what that would do. A server at work sees it when it is restarted.
func restoreBackup(ctx context.Context, file, path string, o backupOptions, out io.Writer) error {
	if path == "" {
		return errors.New("say which: gemini-proxy restore FILE")
	}
	return withBackups(ctx, file, o, func(backups *backup.Backups, passphrase string) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if info.Size() > backup.MaxFile {
			return fmt.Errorf("%s is over %d MiB", path, backup.MaxFile>>20)
		}
		sealed, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		s, err := backups.Restore(ctx, sealed, passphrase, o.preview)
		if err != nil {
			return err
		}
		word := "restored"
		if o.preview {
			word = "would be restored"
		}
		settings := "the same"
		if s.Settings {
			settings = "changed"
		}
		_, err = fmt.Fprintf(out, "%s, a backup of %s:\n  Gemini keys  %s\n  user keys    %s\n  models       %s\n  settings     %s\n  usage        %d rows added\n",
			word, s.MadeAt.Format("2006-01-02 15:04 MST"), counted(s.Keys), counted(s.UserKeys), counted(s.Models), settings, s.UsageRows)
		return err
	})
}

func counted(c backup.Change) string {
	return fmt.Sprintf("%d added, %d changed, %d the same", c.Added, c.Changed, c.Same)
}

// withBackups opens the database for the time of work.
func withBackups(ctx context.Context, file string, o backupOptions, work func(*backup.Backups, string) error) (err error) {
	passphrase, err := readPassphrase(o.passphraseFile)
	if err != nil {
		return err
	}
	cfg, err := config.Load(file)
	if err != nil {
		return err
	}
	var opened *store.Store
	if opened, err = openStore(ctx, cfg); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	return work(backup.New(backup.Config{Store: opened, By: version}), passphrase)
}

// readPassphrase reads the first line of a file, or of standard input: on the command line others would see it.
func readPassphrase(path string) (string, error) {
	from := os.Stdin
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return "", fmt.Errorf("read the passphrase: %w", err)
		}
		defer file.Close()
		from = file
	}
	line, err := bufio.NewReader(io.LimitReader(from, 4<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the passphrase: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
