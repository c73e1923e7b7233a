package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"gemini-proxy/backend/internal/app"
	"gemini-proxy/backend/internal/config"
	"gemini-proxy/backend/internal/store"
)

// rotateSecret seals the database with a new secret key. It can be run again when it broke off.
func rotateSecret(ctx context.Context, file string, out io.Writer) error {
	cfg, finish, err := config.LoadRotation(file)
	if err != nil {
		return err
	}
	opened, err := openStore(ctx, cfg) // which seals everything anew, in one transaction
	if err != nil {
		return err
	}
	if err := errors.Join(opened.Close(), finish()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "The Gemini keys are sealed with the new secret key. Sessions of admins go on after a refresh.")
	return err
}

// openStore opens the database for a command that works beside the server.
func openStore(ctx context.Context, cfg *config.Config) (*store.Store, error) {
	sealer, err := app.NewSealer(cfg)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Config{URL: cfg.DatabaseURL.Reveal(), DataDir: cfg.DataDir, Sealer: sealer, Log: newLog(cfg), Patience: time.Minute})
}
