package geminiapi_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/settings"
)

// resource is a file as Google's clients read it.
type resource struct {
	Name, DisplayName, MIMEType, SizeBytes, SHA256Hash, URI, State, Source string
	CreateTime, UpdateTime, ExpirationTime                                 time.Time
}

// begin begins a resumable upload and gives the path and query of its address.
func (s *server) begin(t *testing.T, meta string, headers ...string) string {
	t.Helper()
	a := s.do(t, http.MethodPost, "/upload/v1beta/files", meta, append([]string{
		"x-goog-api-key: " + s.key, "X-Goog-Upload-Protocol: resumable", "X-Goog-Upload-Command: start", "Content-Type: application/json",
	}, headers...)...)
	at, ours := strings.CutPrefix(a.header.Get("X-Goog-Upload-Url"), s.url)
	if a.status != http.StatusOK || a.body != "" || a.header.Get("X-Goog-Upload-Status") != "active" || !ours || !strings.HasPrefix(at, "/upload/v1beta/files?upload_id=") {
		t.Fatalf("%d %v %s", a.status, a.header, a.body)
	}
	return at
}

// put sends a command to an upload's address, without a key as some of Google's clients do.
func (s *server) put(t *testing.T, at, command string, offset int, data string) answer {
	t.Helper()
	return s.do(t, http.MethodPost, at, data, "X-Goog-Upload-Command: "+command, "X-Goog-Upload-Offset: "+strconv.Itoa(offset))
}

// uploaded reads the answer to an upload's end.
func uploaded(t *testing.T, a answer) resource {
	t.Helper()
	var out struct{ File resource }
	if err := json.Unmarshal([]byte(a.body), &out); err != nil || a.status != http.StatusOK {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return out.File
}

// upload keeps a file of text in one go.
func (s *server) upload(t *testing.T, data string) resource {
	t.Helper()
	return uploaded(t, s.do(t, http.MethodPost, "/upload/v1beta/files", data, "x-goog-api-key: "+s.key, "X-Goog-Upload-Protocol: raw", "Content-Type: text/plain"))
}

func TestResumableUpload(t *testing.T) {
	t.Parallel()
	s := newServer(t, 1, nil)
	data := strings.Repeat("a line of text\n", 200_000) // 3 MB
	const first, second = 1 << 20, 2<<20 + 17
	at := s.begin(t, `{"file":{"display_name":"notes"}}`, "X-Goog-Upload-Header-Content-Type: text/plain", "X-Goog-Upload-Header-Content-Length: "+strconv.Itoa(len(data)))
	if strings.Contains(at, "key") {
		t.Errorf("the address holds a key: %s", at)
	}
	status := func(a answer, want string, received int) {
		t.Helper()
		if a.status != http.StatusOK || a.header.Get("X-Goog-Upload-Status") != want || a.header.Get("X-Goog-Upload-Size-Received") != strconv.Itoa(received) {
			t.Errorf("%d %v %s", a.status, a.header, a.body)
		}
	}
	status(s.put(t, at, "query", 0, ""), "active", 0)
	status(s.put(t, at, "upload", 0, data[:first]), "active", first)
	status(s.put(t, at, "upload", 0, data[:first]), "active", first) // its answer was lost
	status(s.put(t, at, "upload", first/2, data[first/2:second]), "active", second)
	status(s.put(t, at, "query", 0, ""), "active", second)
	last := s.put(t, at, "upload, finalize", second, data[second:])
	status(last, "final", len(data))
	got := uploaded(t, last)
	sum := sha256.Sum256([]byte(data))
	if got.DisplayName != "notes" || got.MIMEType != "text/plain" || got.SizeBytes != strconv.Itoa(len(data)) || got.State != "ACTIVE" || got.Source != "UPLOADED" ||
		got.SHA256Hash != base64.StdEncoding.EncodeToString(sum[:]) || got.URI != s.url+"/v1beta/"+got.Name || got.ExpirationTime.Sub(got.CreateTime) != 48*time.Hour {
		t.Errorf("%+v", got)
	}
	status(s.put(t, at, "query", 0, ""), "final", len(data))
	if again := uploaded(t, s.put(t, at, "upload, finalize", second, data[second:])); again != got {
		t.Errorf("sent again it is %+v", again)
	}
	a := s.do(t, http.MethodGet, "/v1beta/"+got.Name, "", "x-goog-api-key: "+s.key)
	var one resource
	if err := json.Unmarshal([]byte(a.body), &one); err != nil || one != got {
		t.Errorf("%s, %v", a.body, err)
	}
	a = s.do(t, http.MethodGet, "/v1beta/"+got.Name+":download?alt=media", "", "x-goog-api-key: "+s.key)
	if a.status != http.StatusOK || a.body != data {
		t.Errorf("%d, %d bytes come back", a.status, len(a.body))
	}
	if a := s.do(t, http.MethodDelete, "/v1beta/"+got.Name, "", "x-goog-api-key: "+s.key); a.status != http.StatusOK || a.body != "{}\n" {
		t.Errorf("%d %s", a.status, a.body)
	}
	a = s.do(t, http.MethodGet, "/v1beta/"+got.Name, "", "x-goog-api-key: "+s.key)
	if e := errorOf(t, a, false); a.status != http.StatusForbidden || e.Error.Status != "PERMISSION_DENIED" || !strings.Contains(e.Error.Message, "or it may not exist") {
		t.Errorf("deleted, and %d %s", a.status, a.body)
	}
	if n := len(s.sim.Requests()); n != 0 {
		t.Errorf("Gemini was asked %d times", n)
	}
}

func TestOtherWaysToUpload(t *testing.T) {
	t.Parallel()
	s := newServer(t, 1, nil)
	withKey := "x-goog-api-key: " + s.key
	related := "--b\r\nContent-Type: application/json\r\n\r\n{\"file\":{\"name\":\"files/mine\",\"displayName\":\"n\"}}\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n"
	for _, how := range [][]string{
		{"/upload/v1beta/files", "X-Goog-Upload-Protocol: multipart"},
		{"/upload/v1beta/files?uploadType=multipart"},
		{"/upload/v1beta/files"},
	} {
		a := s.do(t, http.MethodPost, how[0], related, append(how[1:], withKey, `Content-Type: multipart/related; boundary="b"`)...)
		if got := uploaded(t, a); got.Name != "files/mine" || got.DisplayName != "n" || got.SizeBytes != "5" || a.header.Get("X-Goog-Upload-Status") != "final" {
			t.Errorf("%v: %+v", how, got)
		}
		if a := s.do(t, http.MethodPost, how[0], related, append(how[1:], withKey, `Content-Type: multipart/related; boundary="b"`)...); a.status != http.StatusConflict {
			t.Errorf("the same name again: %d %s", a.status, a.body)
		}
		s.do(t, http.MethodDelete, "/v1beta/files/mine", "", withKey)
	}
	if got := uploaded(t, s.do(t, http.MethodPost, "/upload/v1beta/files?uploadType=media&key="+s.key, "hello", "Content-Type: text/plain")); got.SizeBytes != "5" {
		t.Errorf("%+v", got)
	}
	a := s.do(t, http.MethodPost, "/upload/v1beta/files?uploadType=resumable", `{"file":{"displayName":"old"}}`, withKey, "X-Upload-Content-Type: text/plain")
	at, ours := strings.CutPrefix(a.header.Get("Location"), s.url)
	if a.status != http.StatusOK || !ours {
		t.Fatalf("%d %v", a.status, a.header)
	}
	steps := []struct {
		span, data string
		status     int
		kept       string
	}{
		{"bytes */*", "", 308, ""},
		{"bytes 0-4/*", "hello", 308, "bytes=0-4"},
		{"bytes */11", "", 308, "bytes=0-4"},
		{"bytes 5-10/11", " world", 200, ""},
	}
	for _, step := range steps {
		a = s.do(t, http.MethodPut, at, step.data, "Content-Range: "+step.span)
		if a.status != step.status || a.header.Get("Range") != step.kept {
			t.Fatalf("%s: %d %v %s", step.span, a.status, a.header, a.body)
		}
	}
	if got := uploaded(t, a); got.DisplayName != "old" || got.SizeBytes != "11" {
		t.Errorf("%+v", got)
	}
}

func TestBadUploads(t *testing.T) {
	t.Parallel()
	s := newServer(t, 1, func(set *settings.Settings) { set.Files.MaxFileBytes, set.Files.TotalBytes = 1<<20, 3<<20 })
	withKey := "x-goog-api-key: " + s.key
	resumable, start := "X-Goog-Upload-Protocol: resumable", "X-Goog-Upload-Command: start"
	big := strings.Repeat("x", 1<<20+1)
	cases := map[string]struct {
		method, path, body string
		headers            []string
		code               int
		says               string
	}{
		"no key":             {headers: []string{resumable, start}, code: 401, says: "API key"},
		"no protocol":        {headers: []string{withKey}, code: 400, says: "X-Goog-Upload-Protocol"},
		"another command":    {headers: []string{withKey, resumable, "X-Goog-Upload-Command: upload"}, code: 400, says: "must be start"},
		"GET":                {method: http.MethodGet, headers: []string{withKey}, code: 405, says: "POST"},
		"another version":    {path: "/upload/v9/files", headers: []string{withKey}, code: 404},
		"another collection": {path: "/upload/v1beta/environments/x/files/y", headers: []string{withKey}, code: 501, says: "not served"},
		"a store, in one go": {path: "/upload/v1beta/fileSearchStores/x:uploadToFileSearchStore", headers: []string{withKey}, code: 400, says: "resumable"},
		"a store of another": {path: "/upload/v1beta/fileSearchStores/x:uploadToFileSearchStore", headers: []string{withKey, resumable, start}, code: 404, says: "fileSearchStores/x"},
		"no JSON":            {body: "{", headers: []string{withKey, resumable, start}, code: 400, says: "JSON"},
		"a bad name":         {body: `{"file":{"name":"files/No Good"}}`, headers: []string{withKey, resumable, start}, code: 400, says: "name"},
		"too long, as said":  {body: `{}`, headers: []string{withKey, resumable, start, "X-Goog-Upload-Header-Content-Length: 1048577"}, code: 413, says: "1 MiB"},
		"no length at all":   {body: `{}`, headers: []string{withKey, resumable, start, "X-Goog-Upload-Header-Content-Length: many"}, code: 400, says: "bytes"},
		"too long":           {path: "/upload/v1beta/files?uploadType=media", body: big, headers: []string{withKey, "Content-Type: text/plain"}, code: 413, says: "1 MiB"},
		"empty":              {path: "/upload/v1beta/files?uploadType=media", headers: []string{withKey, "Content-Type: text/plain"}, code: 400, says: "empty"},
		"no boundary":        {path: "/upload/v1beta/files?uploadType=multipart", headers: []string{withKey}, code: 400, says: "boundary"},
		"one part": {path: "/upload/v1beta/files?uploadType=multipart", body: "--b\r\n\r\n{}\r\n--b--", headers: []string{withKey, "Content-Type: multipart/related; boundary=b"},
			code: 400, says: "two parts"},
		"no such upload": {path: "/upload/v1beta/files?upload_id=nonsense", headers: []string{"X-Goog-Upload-Command: query"}, code: 404, says: "no such upload"},
		"what cannot be read": {path: "/upload/v1beta/files?uploadType=media", body: "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 99), headers: []string{withKey, "Content-Type: image/png"},
			code: 400, says: "images"},
		"created without bytes": {path: "/v1beta/files", body: `{}`, headers: []string{withKey}, code: 400, says: "/upload/"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.method == "" {
				tc.method = http.MethodPost
			}
			if tc.path == "" {
				tc.path = "/upload/v1beta/files"
			}
			a := s.do(t, tc.method, tc.path, tc.body, tc.headers...)
			if e := errorOf(t, a, false); a.status != tc.code || !strings.Contains(e.Error.Message, tc.says) {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	at := s.begin(t, `{}`)
	steps := []struct {
		command string
		offset  int
		data    string
		code    int
		status  string
	}{
		{"dance", 0, "", 400, ""},
		{"query, finalize", 0, "", 400, ""},
		{"upload", 7, "hello", 409, "active"},
		{"upload", 0, big, 413, "final"},
		{"query", 0, "", 404, ""},
	}
	for _, step := range steps {
		if a := s.put(t, at, step.command, step.offset, step.data); a.status != step.code || a.header.Get("X-Goog-Upload-Status") != step.status {
			t.Errorf("%s at %d: %d %v %s", step.command, step.offset, a.status, a.header, a.body)
		}
	}
	at = s.begin(t, `{}`)
	s.put(t, at, "upload", 0, "hello")
	if a := s.put(t, at, "cancel", 0, ""); a.status != http.StatusOK || a.header.Get("X-Goog-Upload-Status") != "cancelled" {
		t.Errorf("cancelled: %d %v", a.status, a.header)
	}
	if a := s.put(t, at, "finalize", 0, ""); a.status != http.StatusNotFound {
		t.Errorf("cancelled, and %d", a.status)
	}
	if used, err := s.database.FilesSize(t.Context()); err != nil || used != 0 {
		t.Errorf("%d bytes are left behind, %v", used, err)
	}
	for range 3 {
		s.upload(t, big[1:])
	}
	a := s.do(t, http.MethodPost, "/upload/v1beta/files?uploadType=media", big[1:], withKey, "Content-Type: text/plain")
	if e := errorOf(t, a, false); a.status != http.StatusInsufficientStorage || e.Error.Status != "RESOURCE_EXHAUSTED" {
		t.Errorf("with the space full: %d %s", a.status, a.body)
	}
}

// An upload that its client leaves in the middle is no file; a resumable one can go on from where it was.
func TestCutUpload(t *testing.T) {
	t.Parallel()
	s := newServer(t, 1, nil)
	cut := func(path string, headers ...string) {
		t.Helper()
		r := s.request(t, http.MethodPost, path, "", headers...)
		r.Body, r.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader(strings.Repeat("x", 3<<19)), failing{})), 9<<20
		if resp, err := s.client.Do(r); err == nil {
			resp.Body.Close()
			t.Fatalf("a cut upload was answered: %d", resp.StatusCode)
		}
	}
	cut("/upload/v1beta/files?uploadType=media", "x-goog-api-key: "+s.key, "Content-Type: text/plain")
	eventually(t, "the bytes of a cut upload go", func() bool {
		used, err := s.database.FilesSize(t.Context())
		return err == nil && used == 0
	})
	at := s.begin(t, `{}`)
	cut(at, "X-Goog-Upload-Command: upload, finalize", "X-Goog-Upload-Offset: 0")
	var kept int
	eventually(t, "what came of a cut chunk is kept", func() bool {
		kept, _ = strconv.Atoi(s.put(t, at, "query", 0, "").header.Get("X-Goog-Upload-Size-Received"))
		return kept > 0
	})
	if a := s.do(t, http.MethodGet, "/v1beta/files", "", "x-goog-api-key: "+s.key); a.body != "{}\n" {
		t.Errorf("half a file is listed: %s", a.body)
	}
	if got := uploaded(t, s.put(t, at, "upload, finalize", 0, strings.Repeat("x", 2<<20))); got.SizeBytes != strconv.Itoa(2<<20) {
		t.Errorf("%+v", got)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestFilesAreListed(t *testing.T) {
	t.Parallel()
	s := newServer(t, 1, nil)
	var want []string
	for i := range 23 {
		want = append(want, s.upload(t, fmt.Sprint("text ", i)).Name)
	}
	slices.Reverse(want)
	stranger := "x-goog-api-key: " + s.another(t)
	if a := s.do(t, http.MethodGet, "/v1beta/files", "", stranger); a.body != "{}\n" {
		t.Errorf("another sees %s", a.body)
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		if a := s.do(t, method, "/v1beta/"+want[0], "", stranger); a.status != http.StatusForbidden {
			t.Errorf("another's %s: %d %s", method, a.status, a.body)
		}
	}
	var got []string
	token, pages := "", 0
	for {
		page := s.ask(t, http.MethodGet, "/v1beta/files?pageToken="+token, "")
		items, _ := page["files"].([]any)
		for _, item := range items {
			got = append(got, text(t, item, "name"))
		}
		pages++
		s.ask(t, http.MethodDelete, "/v1beta/"+got[len(got)-1], "") // the list goes on from a file that is gone
		next, more := page["nextPageToken"].(string)
		if token = next; !more {
			break
		}
	}
	if !slices.Equal(got, want) || pages != 3 {
		t.Errorf("%d pages: %v, want %v", pages, got, want)
	}
	for query, says := range map[string]string{"pageSize=x": "pageSize", "pageToken=%21": "pageToken", "pageToken=bm8gaWQ": "pageToken"} {
		if a := s.do(t, http.MethodGet, "/v1beta/files?"+query, "", "x-goog-api-key: "+s.key); a.status != http.StatusBadRequest || !strings.Contains(a.body, says) {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
}

// A file of ours in a request is bound for the key that serves it: within the request when it is small, else by a copy in the key's project. All else
// of the body goes up byte for byte.
func TestFilesInRequests(t *testing.T) {
	t.Parallel()
	for _, within := range []bool{true, false} {
		t.Run(fmt.Sprint("within ", within), func(t *testing.T) {
			s := newServer(t, 2, func(set *settings.Settings) {
				if !within {
					set.Files.InlineBytes = 0
				}
			})
			file := s.upload(t, "the text of the file")
			for i, uri := range []string{file.URI, file.Name, "https://generativelanguage.googleapis.com/v1beta/" + file.Name} {
				member := `"fileData" : {"mimeType":"text/plain", "fileUri" : "` + uri + `"}`
				if i == 1 {
					member = `"file_data":{"file_uri":"` + uri + `"}`
				}
				head, tail := ` {"contents":[ {"role":"user","parts":[{`, `},{"text":"sum it \u00e4 up"}]}]}`+"\n"
				for _, call := range []string{"generateContent", "streamGenerateContent?alt=sse", "streamGenerateContent", "countTokens"} {
					s.sim.ClearRequests()
					a := s.post(t, call, head+member+tail)
					if a.status != http.StatusOK {
						t.Fatalf("%s: %d %s", call, a.status, a.body)
					}
					seen := s.sim.Requests()
					sent := seen[len(seen)-1]
					before, rest, _ := strings.Cut(sent.Body, head)
					middle, after, _ := strings.Cut(rest, tail)
					want := `"inlineData":{"mimeType":"text/plain","data":"` + base64.StdEncoding.EncodeToString([]byte("the text of the file")) + `"}`
					if !within {
						want = `"fileData":{"mimeType":"text/plain","fileUri":"`
					}
					if before != "" || after != "" || !strings.HasPrefix(middle, want) || strings.Contains(middle, s.url) {
						t.Errorf("%s: Gemini got %s", call, sent.Body)
					}
				}
			}
		})
	}
}

// When a key fails, a file goes on with a key of another project: a copy is made there.
func TestFilesAndFailover(t *testing.T) {
	t.Parallel()
	s := newServer(t, 3, func(set *settings.Settings) { set.Files.InlineBytes = 0 })
	one, two := s.upload(t, "one"), s.upload(t, "two")
	body := `{"contents":[{"parts":[{"fileData":{"fileUri":"` + one.URI + `"}},{"fileData":{"fileUri":"` + two.URI + `"}}]}]}`
	if a := s.post(t, "generateContent", body); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	var first string
	for _, r := range s.sim.Requests() {
		if r.Method == "generateContent" {
			first = r.Key
		}
	}
	if err := s.sim.SetKeyState(first, "leaked"); err != nil {
		t.Fatal(err)
	}
	s.sim.ClearRequests()
	a := s.post(t, "streamGenerateContent?alt=sse", body)
	if a.status != http.StatusOK || a.header.Get("X-Attempts") == "1" {
		t.Fatalf("%d %v %s", a.status, a.header, a.body)
	}
	uploads, answered := map[string]int{}, ""
	for _, r := range s.sim.Requests() {
		switch {
		case r.Method == "files.create":
			uploads[r.Project]++
		case r.Status == http.StatusOK && r.Method == "streamGenerateContent":
			answered = r.Project
		}
	}
	if len(uploads) != 1 || uploads[answered] != 2 {
		t.Errorf("copies %v, answered by %s", uploads, answered)
	}
}

// A cached content or a batch that is made of a file is made where a copy of it is, and names of other meaning are left alone.
func TestFilesElsewhere(t *testing.T) {
	t.Parallel()
	s := newServer(t, 3, func(set *settings.Settings) { set.Files.InlineBytes = 0 })
	file := s.upload(t, "a long book")
	part := `{"fileData":{"fileUri":"` + file.URI + `","mimeType":"text/plain"}}`
	cache := text(t, s.ask(t, http.MethodPost, "/v1beta/cachedContents", `{"model":"models/`+flash+`","contents":[{"parts":[`+part+`]}]}`), "name")
	s.ask(t, http.MethodPost, "/v1beta/models/"+flash+":generateContent", `{"cachedContent":"`+cache+`","contents":[{"parts":[`+part+`]}]}`)
	s.ask(t, http.MethodPost, "/v1beta/models/"+flash+":batchGenerateContent", `{"batch":{"inputConfig":{"requests":{"requests":[{"request":{"contents":[{"parts":[`+part+`]}]}}]}}}}`)
	lines := s.upload(t, `{"key":"1","request":{"contents":[]}}`+"\n")
	batch := text(t, s.ask(t, http.MethodPost, "/v1beta/models/"+flash+":batchGenerateContent", `{"batch":{"inputConfig":{"fileName":"`+lines.Name+`"}}}`), "name")
	s.sim.Advance(time.Minute)
	results := text(t, s.ask(t, http.MethodGet, "/v1beta/"+batch, ""), "metadata", "output", "responsesFile")
	if a := s.do(t, http.MethodGet, "/v1beta/"+results+":download?alt=media", "", "x-goog-api-key: "+s.key); a.status != http.StatusOK || !strings.HasPrefix(a.body, `{"key":"1"`) {
		t.Errorf("the results of a batch: %d %s", a.status, a.body)
	}
	s.ask(t, http.MethodPost, "/v1beta/interactions", `{"model":"`+flash+`","input":[{"type":"document","uri":"`+file.URI+`"},{"type":"text","text":"sum it up"}]}`)
	if seen := s.sim.Requests(); strings.Contains(seen[len(seen)-1].Body, strings.TrimPrefix(file.URI, s.url+"/v1beta/")) {
		t.Errorf("Gemini got %s", seen[len(seen)-1].Body)
	}
	untouched := `{"contents":[{"role":"user","parts":[{"text":"x"},{"fileData":{"fileUri":"https://example.com/files/` + strings.TrimPrefix(file.Name, "files/") + `.pdf"}}]},` +
		`{"role":"model","parts":[{"functionCall":{"name":"f","args":{"fileUri":"` + file.URI + `","fileData":{"fileUri":"files/x"}}}}]},` +
		`{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"fileUri":"` + file.URI + `"}}}]}]}`
	s.ask(t, http.MethodPost, "/v1beta/models/"+flash+":generateContent", untouched)
	if seen := s.sim.Requests(); seen[len(seen)-1].Body != untouched {
		t.Errorf("the body was changed: %s", seen[len(seen)-1].Body)
	}
	stranger := "x-goog-api-key: " + s.another(t)
	for name, uri := range map[string]string{"another's": file.URI, "another's name": file.Name, "one of Google's": "https://generativelanguage.googleapis.com/v1beta/files/none"} {
		s.sim.ClearRequests()
		a := s.do(t, http.MethodPost, "/v1beta/models/"+flash+":generateContent", `{"contents":[{"parts":[{"fileData":{"fileUri":"`+uri+`"}}]}]}`, stranger)
		if e := errorOf(t, a, false); a.status != http.StatusForbidden || !strings.Contains(e.Error.Message, "permission to access the File") || len(s.sim.Requests()) != 0 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	s.ask(t, http.MethodDelete, "/v1beta/"+file.Name, "")
	a := s.post(t, "generateContent", `{"contents":[{"parts":[`+part+`]}]}`)
	if e := errorOf(t, a, false); a.status != http.StatusForbidden || !strings.Contains(e.Error.Message, "permission to access the File") {
		t.Errorf("deleted: %d %s", a.status, a.body)
	}
}

// A file uploaded straight into a file search store is imported where the store is.
func TestUploadIntoAStore(t *testing.T) {
	t.Parallel()
	s := newServer(t, 3, nil)
	store := text(t, s.ask(t, http.MethodPost, "/v1beta/fileSearchStores", `{"displayName":"mine"}`), "name")
	a := s.do(t, http.MethodPost, "/upload/v1beta/"+store+":uploadToFileSearchStore", `{"displayName":"book","customMetadata":[{"key":"year","numericValue":1900}]}`,
		"x-goog-api-key: "+s.key, "X-Goog-Upload-Protocol: resumable", "X-Goog-Upload-Command: start", "X-Goog-Upload-Header-Content-Type: text/plain")
	at, ours := strings.CutPrefix(a.header.Get("X-Goog-Upload-Url"), s.url)
	if a.status != http.StatusOK || !ours {
		t.Fatalf("%d %v %s", a.status, a.header, a.body)
	}
	s.put(t, at, "upload", 0, "a long ")
	a = s.put(t, at, "upload, finalize", 7, "book")
	var operation struct{ Name string }
	if err := json.Unmarshal([]byte(a.body), &operation); err != nil || a.status != http.StatusOK || a.header.Get("X-Goog-Upload-Status") != "final" ||
		!strings.HasPrefix(operation.Name, store+"/operations/") {
		t.Fatalf("%d %v %s: %v", a.status, a.header, a.body, err)
	}
	seen := s.sim.Requests()
	if body := seen[len(seen)-1].Body; !strings.HasPrefix(body, `{"fileName":"files/`) || !strings.HasSuffix(body, `,"customMetadata":[{"key":"year","numericValue":1900}]}`) {
		t.Errorf("Gemini was asked %s", body)
	}
	s.sim.Advance(time.Minute)
	if done := s.ask(t, http.MethodGet, "/v1beta/"+operation.Name, ""); done["done"] != true {
		t.Errorf("%v", done)
	}
	if projects := s.projects(); len(projects) != 1 {
		t.Errorf("projects %v were asked", projects)
	}
}
