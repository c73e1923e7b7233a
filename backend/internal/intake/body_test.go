package intake

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// connection is an answer's writer that takes deadlines, as a real connection's does.
type connection struct{ *httptest.ResponseRecorder }

func (connection) SetReadDeadline(time.Time) error { return nil }

// zeros is a body of n bytes.
func zeros(n int64) io.Reader { return io.LimitReader(endless{}, n) }

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// read reads a body whose announced length is given; −1 is none.
func read(ctx context.Context, in *Intake, body io.Reader, length int64) ([]byte, func(), error) {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", body)
	r.ContentLength = length
	return in.Read(connection{httptest.NewRecorder()}, r)
}

func TestRead(t *testing.T) {
	broken := errors.New("broken")
	cases := map[string]struct {
		body   io.Reader
		length int64
		want   int // bytes
		kind   fault.Kind
		code   string
	}{
		"nothing":                {body: zeros(0), length: 0},
		"a short one":            {body: zeros(100), length: 100, want: 100},
		"of no announced length": {body: zeros(100), length: -1, want: 100},
		"a large one":            {body: zeros(3 << 20), length: 3 << 20, want: 3 << 20},
		"the largest":            {body: zeros(maxBody), length: maxBody, want: maxBody},
		"over the limit":         {body: zeros(0), length: maxBody + 1, kind: fault.TooLarge, code: "request_too_large"},
		"over it, unannounced":   {body: zeros(maxBody + 1), length: -1, kind: fault.TooLarge, code: "request_too_large"},
		"shorter than announced": {body: zeros(99), length: 100, kind: fault.Invalid, code: "incomplete_body"},
		"broken":                 {body: io.MultiReader(zeros(10), &failing{broken}), length: -1, kind: fault.Invalid, code: "incomplete_body"},
	}
	in := New()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			data, release, err := read(t.Context(), in, tc.body, tc.length)
			if tc.code != "" {
				if f := fault.Of(err); f.Kind != tc.kind || f.Code != tc.code {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil || len(data) != tc.want {
				t.Fatalf("%d bytes, %v", len(data), err)
			}
			release()
		})
	}
	if !in.memory.TryAcquire(maxBodiesTotal) {
		t.Error("memory was not given back")
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func TestLargeBodiesShareAMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := New()
		var releases []func()
		for range maxBodiesTotal / maxBody {
			_, release, err := read(t.Context(), in, zeros(maxBody), maxBody)
			if err != nil {
				t.Fatal(err)
			}
			releases = append(releases, release)
		}
		if _, release, err := read(t.Context(), in, zeros(1000), 1000); err != nil {
			t.Errorf("a small body waits: %v", err)
		} else {
			release()
		}
		started := time.Now()
		_, _, err := read(t.Context(), in, zeros(maxBody), maxBody)
		if f := fault.Of(err); f.Kind != fault.Unavailable || f.RetryAfter <= 0 || time.Since(started) != bodyWait {
			t.Errorf("%v after %s", err, time.Since(started))
		}
		gone, leave := context.WithCancel(t.Context())
		leave()
		if _, _, err := read(gone, in, zeros(maxBody), maxBody); !fault.Is(err, fault.Canceled) {
			t.Errorf("%v", err)
		}
		time.AfterFunc(bodyWait/2, releases[0])
		if _, _, err := read(t.Context(), in, zeros(maxBody), maxBody); err != nil {
			t.Errorf("memory that became free is not used: %v", err)
		}
	})
}

func TestMemoryServesAgain(t *testing.T) {
	in := New()
	for i := range 3 {
		body := bytes.Repeat([]byte{byte('a' + i)}, 100<<10)
		data, release, err := read(t.Context(), in, bytes.NewReader(body), int64(len(body)))
		if err != nil || !bytes.Equal(data, body) {
			t.Fatalf("%d bytes, %v", len(data), err)
		}
		release()
	}
}
