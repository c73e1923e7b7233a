// Command demo fills a fresh gateway with life: it logs in, sets its models' limits, makes a user key, prints how to use it, and chats a little until
// it is stopped.
// `make demo` runs it against the simulated Gemini whose projects and keys are in world.json.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// chatters is how many clients chat at the same time; each pauses between one and four seconds.
const chatters = 4

// longestAnswer bounds what is read of one answer.
const longestAnswer = 1 << 20

func main() {
	api := flag.String("api", "http://localhost:8000", "address of the gateway")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *api, os.Getenv("ADMIN_USERNAME"), os.Getenv("ADMIN_PASSWORD"))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// run makes the user key and chats with it until ctx ends.
func run(ctx context.Context, api, username, password string) error {
	client := &http.Client{Timeout: time.Minute}
	key, err := prepare(ctx, client, api, username, password)
	if errors.Is(err, context.Canceled) {
		return nil // stopped before it began
	}
	if err != nil {
		return err
	}
	fmt.Printf("\n  A user key   %s\n\n  curl %s/v1/chat/completions -H 'Authorization: Bearer %s' \\\n"+
		"    -d '{\"model\": \"gemini-flash-lite-latest\", \"messages\": [{\"role\": \"user\", \"content\": \"hello\"}]}'\n\n", key, api, key)
	var group sync.WaitGroup
	for range chatters {
		group.Go(func() { chat(ctx, client, api, key) })
	}
	group.Wait()
	return nil
}

// models are what is asked, and the limits of each project that an operator would have read in AI Studio.
func models() map[string]map[string]any {
	limits := func(rpm, rpd int) map[string]any {
		return map[string]any{"rpm": rpm, "tpm": 250_000, "rpd": rpd, "enabled": true}
	}
	return map[string]map[string]any{
		"gemini-flash-lite-latest": limits(15, 1000),
		"gemini-flash-latest":      limits(10, 500),
		"gemma-4-31b-it":           limits(30, 14_400),
	}
}

// prepare logs in as the admin, sets the models' limits and makes a user key.
func prepare(ctx context.Context, client *http.Client, api, username, password string) (string, error) {
	var session struct {
		AccessToken string `json:"access_token"`
	}
	login := map[string]string{"username": username, "password": password}
	if err := post(ctx, client, api+"/admin/v1/auth/login", "", login, &session); err != nil {
		return "", fmt.Errorf("log in: %w", err)
	}
	for name, limits := range models() {
		if err := send(ctx, client, http.MethodPut, api+"/admin/v1/models/"+name, session.AccessToken, limits, nil); err != nil {
			return "", fmt.Errorf("set the limits of %s: %w", name, err)
		}
	}
	var made struct {
		Key string `json:"key"`
	}
	if err := post(ctx, client, api+"/admin/v1/user-keys", session.AccessToken, map[string]string{"name": "demo"}, &made); err != nil {
		return "", fmt.Errorf("make a user key: %w", err)
	}
	return made.Key, nil
}

// chat asks one thing after another until ctx ends. A failed request is part of the show: the console tells of it.
func chat(ctx context.Context, client *http.Client, api, key string) {
	for {
		pause := time.NewTimer(time.Second + rand.N(3*time.Second))
		select {
		case <-ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
		request := map[string]any{
			"model":    pick("gemini-flash-lite-latest", "gemini-flash-lite-latest", "gemini-flash-latest", "gemma-4-31b-it"),
			"stream":   rand.N(10) < 7,
			"messages": []map[string]string{{"role": "user", "content": pick("Name three colours of the sky.", "用一句话介绍杭州。", "Why is the sea salty?", "写一首五言绝句。")}},
		}
		_ = post(ctx, client, api+"/v1/chat/completions", key, request, nil) // see above
	}
}

func pick(choices ...string) string { return choices[rand.N(len(choices))] }

func post(ctx context.Context, client *http.Client, address, token string, body, answer any) error {
	return send(ctx, client, http.MethodPost, address, token, body, answer)
}

// send sends JSON with a bearer token, if there is one, reads the whole answer, and decodes it into answer unless that is nil.
func send(ctx context.Context, client *http.Client, method, address, token string, body, answer any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, longestAnswer))
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s: %s", response.Status, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}
