package files_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/geminisim"
	"gemini-proxy/backend/internal/jsonio"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/store/storetest"
)

// The keys: two of one project, one of another.
const (
	keyA1 = "AIzaSy-FAKE-files-a1-0000000000000000000"
	keyA2 = "AIzaSy-FAKE-files-a2-0000000000000000000"
	keyB  = "AIzaSy-FAKE-files-b-00000000000000000000"
)

func a1() files.Use { return files.Use{KeyID: 1, Secret: keyA1, Project: "a"} }

func a2() files.Use { return files.Use{KeyID: 2, Secret: keyA2, Project: "a"} }

func b() files.Use { return files.Use{KeyID: 3, Secret: keyB, Project: "b"} }

// poolOf tells the keys' secrets.
type poolOf map[int64]gemini.Secret

func (p poolOf) Secret(id int64) (gemini.Secret, string, error) {
	if secret, ok := p[id]; ok {
		return secret, "", nil
	}
	return "", "", fault.New(fault.NotFound, "gone")
}

// bench is files beside a simulated Gemini.
type bench struct {
	rig
	sim *geminisim.Sim
}

func newBench(t *testing.T, conf geminisim.Config) *bench {
	t.Helper()
	w := &bench{rig: rig{store: storetest.SQLite(t), settings: settings.Default(), now: time.Now()}}
	conf.Seed = 1
	conf.Projects = []geminisim.Project{
		{Number: "1001", Tier: "tier1", Keys: []geminisim.Key{{Value: keyA1}, {Value: keyA2}}},
		{Number: "1002", Tier: "tier1", Keys: []geminisim.Key{{Value: keyB}}},
	}
	w.sim = geminisim.New(conf)
	upstream := httptest.NewServer(w.sim)
	t.Cleanup(func() { w.sim.Close(); upstream.Close() })
	base, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := gemini.NewClient(base, "files-test")
	t.Cleanup(client.CloseIdle)
	w.Files, err = files.New(t.Context(), files.Config{
		Store: w.store, Client: client, Keys: poolOf{1: keyA1, 2: keyA2, 3: keyB}, Settings: func() settings.Settings { return w.settings },
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return w.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *bench) create(t *testing.T, data []byte) *files.File {
	t.Helper()
	made, err := w.Create(t.Context(), owner, files.Meta{Size: -1}, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// uploads counts the uploads that were begun upstream.
func (w *bench) uploads() int {
	n := 0
	for _, r := range w.sim.Requests() {
		if r.Header.Get("X-Goog-Upload-Command") == "start" {
			n++
		}
	}
	return n
}

// parts is a request that names files.
func parts(named ...*files.File) *jsonio.Body {
	body := &jsonio.Body{}
	body.Buf = append(body.Buf, `{"parts":[{"text":"a"}`...)
	for _, file := range named {
		body.Buf = append(body.Buf, `,{`...)
		body.Hole(file.ID)
		body.Buf = append(body.Buf, '}')
	}
	body.Buf = append(body.Buf, `]}`...)
	return body
}

type sent struct {
	InlineData *struct {
		MIMEType string `json:"mimeType"`
		Data     []byte
	}
	FileData *struct {
		MIMEType string `json:"mimeType"`
		FileURI  string `json:"fileUri"`
	}
}

// bound binds a request and gives its parts that stand for files.
func (w *bench) bound(t *testing.T, body *jsonio.Body, use files.Use) []sent {
	t.Helper()
	filled, err := w.Bind(t.Context(), body, use)
	if err != nil {
		t.Fatal(err)
	}
	reader := filled.Reader()
	data, err := io.ReadAll(iotest.HalfReader(reader))
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	if int64(len(data)) != filled.Len() {
		t.Errorf("%d bytes, %d announced", len(data), filled.Len())
	}
	var request struct{ Parts []sent }
	if err := json.Unmarshal(data, &request); err != nil {
		t.Fatal(err)
	}
	return request.Parts[1:]
}

func TestBindInline(t *testing.T) {
	w := newBench(t, geminisim.Config{})
	for _, n := range []int{10, 11, 12, files.ChunkSize - 1, files.ChunkSize, files.ChunkSize + 1, files.ChunkSize + 2, 2*files.ChunkSize + 1} {
		data := pdf(n)
		got := w.bound(t, parts(w.create(t, data)), a1())
		if got[0].InlineData == nil || got[0].InlineData.MIMEType != "application/pdf" || !bytes.Equal(got[0].InlineData.Data, data) {
			t.Errorf("%d bytes went otherwise", n)
		}
	}
	if w.uploads() != 0 {
		t.Error("a copy was made")
	}
}

func TestBase64AtAnyReadSize(t *testing.T) {
	w := newBench(t, geminisim.Config{})
	small := pdf(100)
	filled, err := w.Bind(t.Context(), parts(w.create(t, small)), a1())
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n < 10; n++ {
		var all bytes.Buffer
		if _, err := io.CopyBuffer(struct{ io.Writer }{&all}, struct{ io.Reader }{filled.Reader()}, make([]byte, n)); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(all.String(), base64.StdEncoding.EncodeToString(small)) {
			t.Errorf("other base64 when %d bytes are read at once", n)
		}
	}
	data := pdf(files.ChunkSize + 100)
	if filled, err = w.Bind(t.Context(), parts(w.create(t, data)), a1()); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{101, 1 << 10, 1 << 20} {
		reader, buffer := filled.Reader(), make([]byte, n)
		var all bytes.Buffer
		if _, err := io.CopyBuffer(struct{ io.Writer }{&all}, struct{ io.Reader }{reader}, buffer); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(all.String(), base64.StdEncoding.EncodeToString(data)) {
			t.Errorf("other base64 when %d bytes are read at once", n)
		}
	}
}

func TestBindDividesByTheWholeRequest(t *testing.T) {
	w := newBench(t, geminisim.Config{})
	w.settings.Files.InlineBytes = 3 << 20
	small, large := w.create(t, pdf(1<<20)), w.create(t, pdf(2<<20+200<<10))
	got := w.bound(t, parts(large, small, small), a1())
	if got[0].FileData == nil || got[1].InlineData == nil || got[2].InlineData == nil {
		t.Errorf("%+v", got)
	}
	if got := w.bound(t, parts(large), a1()); got[0].InlineData == nil {
		t.Errorf("%+v", got)
	}
	heavy := parts(large)
	heavy.Buf = append(heavy.Buf, bytes.Repeat([]byte(" "), 2<<20)...)
	if got := w.bound(t, heavy, a1()); got[0].FileData == nil {
		t.Errorf("%+v", got)
	}
}

func TestCopiesAreMadeOncePerProject(t *testing.T) {
	w := newBench(t, geminisim.Config{FileProcessing: 300 * time.Millisecond})
	w.settings.Files.InlineBytes = 0
	file := w.create(t, pdf(9<<20)) // two pieces of the upload protocol
	var together sync.WaitGroup
	uris := make([]string, 8)
	for i := range uris {
		together.Go(func() {
			use := a1()
			if i%2 == 1 {
				use = a2()
			}
			uris[i] = w.bound(t, parts(file), use)[0].FileData.FileURI
		})
	}
	together.Wait()
	for _, uri := range uris {
		if uri == "" || uri != uris[0] {
			t.Errorf("%q beside %q", uri, uris[0])
		}
	}
	if n := w.uploads(); n != 1 {
		t.Errorf("%d uploads", n)
	}
	if holder := w.Holder(t.Context(), parts(file)); holder != 1 && holder != 2 {
		t.Errorf("key %d is preferred", holder)
	}
	if other := w.bound(t, parts(file), b())[0].FileData.FileURI; other == uris[0] || w.uploads() != 2 {
		t.Errorf("another project got %q, %d uploads", other, w.uploads())
	}
	for _, r := range w.sim.Requests() {
		if len(r.Credentials) != 1 || strings.Contains(r.Query, "key=") {
			t.Errorf("%s %s: %v", r.HTTPMethod, r.Path, r.Credentials)
		}
	}
}

func TestCopiesAreRenewedAndForgotten(t *testing.T) {
	w := newBench(t, geminisim.Config{})
	w.settings.Files.InlineBytes, w.settings.Files.TTL = 0, 30*24*3600
	file := w.create(t, pdf(100))
	uri := func() string { t.Helper(); return w.bound(t, parts(file), a1())[0].FileData.FileURI }
	first := uri()
	w.now = w.now.Add(47 * time.Hour)
	if uri() != first {
		t.Error("a copy is made anew too soon")
	}
	w.now = w.now.Add(45 * time.Minute)
	second := uri()
	if second == first {
		t.Error("a copy that is about to expire is used")
	}
	w.Forget(t.Context(), parts(file), a1())
	if third := uri(); third == second || w.uploads() != 3 {
		t.Error("a copy that was forgotten is used")
	}
}

func TestACopyOutlivesTheDiscoveryOfItsProject(t *testing.T) {
	w := newBench(t, geminisim.Config{})
	w.settings.Files.InlineBytes = 0
	file := w.create(t, pdf(100))
	unknown := a1()
	unknown.Project = ""
	first := w.bound(t, parts(file), unknown)[0].FileData.FileURI
	if got := w.bound(t, parts(file), a1())[0].FileData.FileURI; got != first || w.uploads() != 1 {
		t.Errorf("%q after %q", got, first)
	}
}

func TestCopiesLastThroughARestartAndGoWithTheFile(t *testing.T) {
	w := newBench(t, geminisim.Config{})
	w.settings.Files.InlineBytes = 0
	file := w.create(t, pdf(100))
	first := w.bound(t, parts(file), a1())[0].FileData.FileURI
	again := newBench(t, geminisim.Config{})
	again.store, again.sim = w.store, w.sim
	again.settings = w.settings
	config := w.Config
	var err error
	if again.Files, err = files.New(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if got := again.bound(t, parts(file), a2())[0].FileData.FileURI; got != first {
		t.Errorf("%q after %q", got, first)
	}
	if err := again.Delete(t.Context(), owner, file.Name); err != nil {
		t.Fatal(err)
	}
	deleted := false
	for _, r := range w.sim.Requests() {
		deleted = deleted || r.HTTPMethod == "DELETE" && r.Status == 200
	}
	if !deleted {
		t.Error("the copy is left with Gemini")
	}
	if _, err := again.Bind(t.Context(), parts(file), a1()); fault.Of(err).Code != "file_not_found" {
		t.Errorf("%v", err)
	}
}

func TestUploadGoesOnAfterItWasCut(t *testing.T) {
	w := newBench(t, geminisim.Config{})
	w.settings.Files.InlineBytes = 0
	w.sim.Script(geminisim.Target{Method: "files.upload"}, geminisim.Status(503))
	file := w.create(t, pdf(9<<20))
	if got := w.bound(t, parts(file), a1()); got[0].FileData == nil || w.uploads() != 1 || w.sim.Pending() != 0 {
		t.Errorf("%+v after %d uploads, %d outcomes wait", got, w.uploads(), w.sim.Pending())
	}
}

func TestAKeysFaultIsToldAsItIs(t *testing.T) {
	w := newBench(t, geminisim.Config{})
	w.settings.Files.InlineBytes = 0
	if err := w.sim.SetKeyState(keyA1, "leaked"); err != nil {
		t.Fatal(err)
	}
	file := w.create(t, pdf(100))
	if _, err := w.Bind(t.Context(), parts(file), a1()); err == nil || fault.Is(err, fault.Internal) {
		t.Errorf("%v", err)
	}
	if got := w.bound(t, parts(file), a2()); got[0].FileData == nil {
		t.Errorf("%+v", got)
	}
}

func TestAFileDeletedWhileItIsSent(t *testing.T) {
	w := newBench(t, geminisim.Config{})
	file := w.create(t, pdf(3<<20))
	filled, err := w.Bind(t.Context(), parts(file), a1())
	if err != nil {
		t.Fatal(err)
	}
	reader := filled.Reader()
	defer reader.Close()
	if _, err := reader.Read(make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if err := w.Delete(t.Context(), owner, file.Name); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, reader); fault.Of(err).Code != "file_not_found" {
		t.Errorf("%v", err)
	}
}

func TestAFileThatGeminiCannotProcess(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Goog-Upload-Command") == "start" {
			w.Header().Set("X-Goog-Upload-URL", "https://example.invalid/upload/v1beta/files?upload_id=1")
			return
		}
		_, _ = io.Copy(io.Discard, r.Body) // what comes of it shows in the answer
		w.Header().Set("X-Goog-Upload-Status", "final")
		_, _ = io.WriteString(w, `{"file":{"name":"files/x","uri":"https://example.invalid/x","state":"FAILED","error":{"code":13,"message":"no video in it"}}}`)
	}))
	t.Cleanup(upstream.Close)
	r := newRig(t)
	r.settings.Files.InlineBytes = 0
	base, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	config := r.Config
	config.Client = gemini.NewClient(base, "files-test")
	t.Cleanup(config.Client.CloseIdle)
	if r.Files, err = files.New(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	file, err := r.Create(t.Context(), owner, files.Meta{Size: -1, DisplayName: "film.pdf"}, bytes.NewReader(pdf(100)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Bind(t.Context(), parts(file), a1())
	if f := fault.Of(err); f.Code != "file_not_processed" || !strings.Contains(f.Message, "film.pdf") || !strings.Contains(f.Message, "no video in it") {
		t.Errorf("%v", err)
	}
}

func TestAClientThatLeavesDoesNotWaitForItsCopy(t *testing.T) {
	w := newBench(t, geminisim.Config{FileProcessing: time.Hour})
	w.settings.Files.InlineBytes = 0
	file := w.create(t, pdf(100))
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { // ends when the client has left
		_, err := w.Bind(ctx, parts(file), a1())
		done <- err
	}()
	for w.uploads() == 0 {
		runtime.Gosched()
	}
	leave()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestTheDatabaseGoesAwayWhileAFileIsSent(t *testing.T) {
	w := newBench(t, geminisim.Config{})
	filled, err := w.Bind(t.Context(), parts(w.create(t, pdf(100))), a1())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	reader := filled.Reader()
	defer reader.Close()
	_, err = io.Copy(io.Discard, reader)
	if _, ours := errors.AsType[*files.Error](err); !ours || !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
}
