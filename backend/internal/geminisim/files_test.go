package geminisim_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/geminisim"
)

type fileReply struct {
	Name       string    `json:"name"`
	MimeType   string    `json:"mimeType"`
	SizeBytes  string    `json:"sizeBytes"`
	State      string    `json:"state"`
	URI        string    `json:"uri"`
	Sum        string    `json:"sha256Hash"`
	Created    time.Time `json:"createTime"`
	Expiration time.Time `json:"expirationTime"`
}

func (f *fixture) startUpload(meta string, headers ...string) string {
	f.t.Helper()
	got := f.do(http.MethodPost, "/upload/v1beta/files", meta, append(headers, "x-goog-api-key: "+keyA,
		"X-Goog-Upload-Protocol: resumable", "X-Goog-Upload-Command: start", "X-Goog-Upload-Header-Content-Type: text/plain")...)
	wantBody(f.t, got, 200)
	location := got.header.Get("X-Goog-Upload-URL")
	if got.body != "" || got.header.Get("X-Goog-Upload-Status") != "active" || !strings.HasPrefix(location, f.url+"/upload/v1beta/files?upload_id=") {
		f.t.Fatalf("start: %q %v", got.body, got.header)
	}
	return strings.TrimPrefix(location, f.url)
}

func (f *fixture) send(location, command string, offset int, data string) answer {
	f.t.Helper()
	return f.do(http.MethodPost, location, data, "X-Goog-Upload-Command: "+command, "X-Goog-Upload-Offset: "+strconv.Itoa(offset))
}

func (f *fixture) upload(name, data string) fileReply {
	f.t.Helper()
	meta := `{"file":{"display_name":"` + name + `"}}`
	return readFile(f.t, f.send(f.startUpload(meta, "X-Goog-Upload-Header-Content-Length: "+strconv.Itoa(len(data))), "upload, finalize", 0, data))
}

func readFile(t *testing.T, got answer) fileReply {
	t.Helper()
	wantBody(t, got, 200)
	if status := got.header.Get("X-Goog-Upload-Status"); status != "final" {
		t.Fatalf("upload status %q", status)
	}
	var out struct {
		File fileReply `json:"file"`
	}
	if err := json.Unmarshal([]byte(got.body), &out); err != nil {
		t.Fatal(err)
	}
	return out.File
}

func TestUpload(t *testing.T) {
	f := start(t, frozen(noon))
	file := f.upload("notes", "hello")
	sum := sha256.Sum256([]byte("hello"))
	if file.SizeBytes != "5" || file.MimeType != "text/plain" || file.State != "ACTIVE" || file.Sum != base64.StdEncoding.EncodeToString(sum[:]) ||
		file.URI != f.url+"/v1beta/"+file.Name || !file.Created.Equal(noon) || !file.Expiration.Equal(noon.Add(48*time.Hour)) {
		t.Errorf("%+v", file)
	}
	get := func(method, path, key string) answer { return f.do(method, path, "", "x-goog-api-key: "+key) }
	wantBody(t, get("GET", "/v1beta/"+file.Name, keyA2), 200, `"name":"`+file.Name+`"`) // a sibling key, unwrapped
	id := strings.TrimPrefix(file.Name, "files/")
	const denied = "You do not have permission to access the File "
	wantBody(t, get("GET", "/v1beta/"+file.Name, keyB), 403, denied+id+" or it may not exist.", "PERMISSION_DENIED")
	wantBody(t, get("DELETE", "/v1beta/"+file.Name, keyB), 403, denied)

	use := func(key string) answer {
		return f.do("POST", "/v1beta/models/gemini-2.5-flash:generateContent", `{"contents":[{"parts":[{"fileData":{"fileUri":"`+file.URI+`","mimeType":"text/plain"}},{"text":"x"}]}]}`, "x-goog-api-key: "+key)
	}
	wantBody(t, use(keyA2), 200)
	wantBody(t, use(keyB), 403, denied)
	f.Advance(48*time.Hour - time.Nanosecond)
	wantBody(t, use(keyA), 200)
	f.Advance(time.Nanosecond)
	wantBody(t, use(keyA), 403, denied)
	wantBody(t, get("GET", "/v1beta/files", keyA), 200, "{}")
	again := f.upload("other", "x")
	wantBody(t, get("DELETE", "/v1beta/"+again.Name, keyA), 200, "{}")
	wantBody(t, get("GET", "/v1beta/"+again.Name, keyA), 403, denied)
}

func TestUploadInChunks(t *testing.T) {
	f := start(t)
	const grain = 262_144
	data := strings.Repeat("x", grain) + "tail"
	at := f.startUpload(`{"file":{"name":"files/my-own-id"}}`) // no length told
	if got := f.send(at, "upload", 0, data[:grain]); got.status != 200 || got.header.Get("X-Goog-Upload-Status") != "active" {
		t.Fatalf("%+v", got)
	}
	if got := f.send(at, "query", 0, ""); got.header.Get("X-Goog-Upload-Size-Received") != strconv.Itoa(grain) {
		t.Errorf("query: %v", got.header)
	}
	wantBody(t, f.send(at, "upload, finalize", 0, "tail"), 400, "Invalid X-Goog-Upload-Offset: 0, expected 262144.")
	file := readFile(t, f.send(at, "upload, finalize", grain, "tail"))
	sum := sha256.Sum256([]byte(data))
	if file.Name != "files/my-own-id" || file.Sum != base64.StdEncoding.EncodeToString(sum[:]) {
		t.Errorf("%+v", file)
	}
	if got := f.send(at, "upload, finalize", grain+4, ""); got.status != 400 || got.header.Get("X-Goog-Upload-Status") != "final" {
		t.Errorf("after the end: %+v", got)
	}
	second := f.startUpload(`{"file":{"name":"files/my-own-id"}}`)
	wantBody(t, f.send(second, "upload, finalize", 0, "x"), 409, "ALREADY_EXISTS")
}

func TestUploadFaults(t *testing.T) {
	f := start(t, func(c *geminisim.Config) { c.FileLimit = 1000 })
	at := f.startUpload(`{}`, "X-Goog-Upload-Header-Content-Length: 9")
	wantBody(t, f.send(at, "upload", 0, "odd"), 400, "must be a multiple of 262144 bytes.")
	wantBody(t, f.send(at, "dance", 0, ""), 400, "Unexpected X-Goog-Upload-Command: dance")
	wantBody(t, f.send(at, "finalize", 0, ""), 400, "Received 3 bytes, expected 9.")
	if got := f.send(at, "cancel", 0, ""); got.header.Get("X-Goog-Upload-Status") != "cancelled" {
		t.Errorf("cancel: %v", got.header)
	}
	wantBody(t, f.send(at, "upload", 0, ""), 400, "cancelled")
	wantBody(t, f.send("/upload/v1beta/files?upload_id=no", "upload", 0, ""), 404, "Upload not found.")
	wantBody(t, f.send(f.startUpload(`{}`), "upload, finalize", 0, strings.Repeat("x", 1001)), 400, "too large")
	post := func(body string, headers ...string) answer {
		return f.do("POST", "/upload/v1beta/files", body, append(headers, "x-goog-api-key: "+keyA)...)
	}
	wantBody(t, post(`{"file":{"name":"files/-bad"}}`, "X-Goog-Upload-Protocol: resumable", "X-Goog-Upload-Command: start"), 400, "invalid file name")
	wantBody(t, post(`{"fil":{}}`, "X-Goog-Upload-Protocol: resumable", "X-Goog-Upload-Command: start"), 400, `Unknown name \"fil\"`)
	wantBody(t, post(`{}`), 400, "Upload protocol not specified")
	wantBody(t, post(`{}`, "X-Goog-Upload-Protocol: resumable", "X-Goog-Upload-Command: start", "X-Goog-Upload-Header-Content-Length: 1001"), 400, "exceeds the limit")
	wantBody(t, f.do("POST", "/upload/v1beta/files", "{}"), 403, "unregistered callers")
	f.Script(geminisim.Target{Method: "files.upload"}, geminisim.Status(503))
	at = f.startUpload(`{}`)
	if got := f.send(at, "upload, finalize", 0, "x"); got.status != 503 || got.header.Get("X-Goog-Upload-Status") != "" {
		t.Errorf("scripted: %+v", got)
	}
	readFile(t, f.send(at, "upload, finalize", 0, "x"))
}

func TestMultipartUpload(t *testing.T) {
	f := start(t)
	body := "--b\r\nContent-Type: application/json\r\n\r\n{\"file\":{\"displayName\":\"n\"}}\r\n--b\r\nContent-Type: image/png\r\n\r\nPNG\r\n--b--\r\n"
	got := f.do("POST", "/upload/v1beta/files?uploadType=multipart", body, "x-goog-api-key: "+keyA, "Content-Type: multipart/related; boundary=b")
	if file := readFile(t, got); file.SizeBytes != "3" || file.MimeType != "image/png" {
		t.Errorf("%+v", file)
	}
	got = f.do("POST", "/upload/v1beta/files", "raw", "x-goog-api-key: "+keyA, "X-Goog-Upload-Protocol: raw", "Content-Type: text/csv")
	if file := readFile(t, got); file.SizeBytes != "3" || file.MimeType != "text/csv" {
		t.Errorf("%+v", file)
	}
}

func TestFileProcessing(t *testing.T) {
	f := start(t, frozen(noon), func(c *geminisim.Config) { c.FileProcessing = 10 * time.Second })
	file, bad := f.upload("v", "x"), f.upload("sim-fail", "x")
	if file.State != "PROCESSING" {
		t.Errorf("state %s", file.State)
	}
	use := `{"contents":[{"parts":[{"fileData":{"fileUri":"` + file.URI + `"}}]}]}`
	id := strings.TrimPrefix(file.Name, "files/")
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", use), 400, "The File "+id+" is not in an ACTIVE state and usage is not allowed.", "FAILED_PRECONDITION")
	f.Advance(10 * time.Second)
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", use), 200)
	wantBody(t, f.do("GET", "/v1beta/"+bad.Name, "", "x-goog-api-key: "+keyA), 200, `"state":"FAILED"`, `"error":{"code":13`)
}

func TestListFiles(t *testing.T) {
	f := start(t, frozen(noon))
	for range 12 {
		f.upload("n", "x")
	}
	seen, token, pages := map[string]bool{}, "", 0
	for {
		got := f.do("GET", "/v1beta/files?pageSize=5&pageToken="+token, "", "x-goog-api-key: "+keyA2)
		var out struct {
			Files []fileReply `json:"files"`
			Next  string      `json:"nextPageToken"`
		}
		if err := json.Unmarshal([]byte(got.body), &out); err != nil {
			t.Fatal(err)
		}
		for _, file := range out.Files {
			seen[file.Name] = true
		}
		pages++
		if token = out.Next; token == "" {
			break
		}
	}
	if len(seen) != 12 || pages != 3 {
		t.Errorf("%d files on %d pages", len(seen), pages)
	}
	wantBody(t, f.do("GET", "/v1beta/files", "", "x-goog-api-key: "+keyB), 200, "{}")
}
