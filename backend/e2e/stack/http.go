package stack

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"
)

// longestAnswer bounds what is read of an answer.
const longestAnswer = 64 << 20

// send makes a request with a JSON body, if there is one, and gives the answer's status and body.
func send(t testing.TB, client *http.Client, method, address string, header http.Header, body any) (status int, text []byte) {
	t.Helper()
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(requestContext(t), method, address, content)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	text, err = io.ReadAll(io.LimitReader(response.Body, longestAnswer))
	if err != nil {
		t.Fatalf("%s %s: %v", method, address, err)
	}
	return response.StatusCode, text
}

// pollPause is how long Eventually waits before it looks again.
const pollPause = 20 * time.Millisecond

// Eventually waits until check gives no error, and fails the test with its last error when the limit is over.
func Eventually(t testing.TB, limit time.Duration, check func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still after %s: %v", limit, err)
		}
		time.Sleep(pollPause)
	}
}
