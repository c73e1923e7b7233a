package openaiapi_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/geminisim"
	"gemini-proxy/backend/internal/openai"
	"gemini-proxy/backend/internal/settings"
)

// formOf makes an upload's form: fields in pairs, "file" with a file's name before its bytes.
func formOf(t *testing.T, filename string, data []byte, fields ...string) (contentType string, body []byte) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	header := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(filename) + `"`}, "Content-Type": {"application/octet-stream"}}
	part, err := w.CreatePart(header)
	if err == nil {
		_, err = part.Write(data)
	}
	for i := 0; err == nil && i < len(fields); i += 2 {
		err = w.WriteField(fields[i], fields[i+1])
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), out.Bytes()
}

func (d *desk) uploadAs(t *testing.T, key, filename string, data []byte, fields ...string) reply {
	t.Helper()
	contentType, body := formOf(t, filename, data, append(fields[:len(fields):len(fields)], "purpose", "user_data")...)
	if slices.Contains(fields, "purpose") {
		contentType, body = formOf(t, filename, data, fields...)
	}
	return d.postAs(t, "Bearer "+key, "/v1/files", contentType, body)
}

func (d *desk) upload(t *testing.T, filename string, data []byte, fields ...string) openai.FileObject {
	t.Helper()
	return decode[openai.FileObject](t, d.uploadAs(t, d.key, filename, data, fields...))
}

// call makes a request without a body.
func (d *desk) call(t *testing.T, key, method, path string, header ...string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, d.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := d.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{answer.StatusCode, answer.Header, string(body)}
}

// pngOf gives a PNG as far as its first bytes tell, of n bytes.
func pngOf(n int) []byte {
	data := bytes.Repeat([]byte{0x5a}, n)
	copy(data, "\x89PNG\r\n\x1a\n")
	return data
}

func TestFileLifecycle(t *testing.T) {
	d := newDesk(t, 1, nil)
	data := pngOf(2<<20 + 5)
	made := d.upload(t, `..\..\dir/pic "1".png`, data, "purpose", "user_data", "expires_after[anchor]", "created_at", "expires_after[seconds]", "3600")
	want := openai.FileObject{
		ID: made.ID, Object: "file", Bytes: int64(len(data)), CreatedAt: made.CreatedAt, ExpiresAt: made.CreatedAt + 3600, Filename: made.Filename,
		Purpose: "user_data", Status: "processed", Format: "inlineData", MIMEType: "image/png",
	}
	if made != want || !strings.HasPrefix(made.ID, "file-") || strings.ContainsAny(made.Filename, `/\`) || time.Since(time.Unix(made.CreatedAt, 0)) > time.Minute {
		t.Errorf("%+v", made)
	}
	if got := decode[openai.FileObject](t, d.call(t, d.key, "GET", "/v1/files/"+made.ID)); got != made {
		t.Errorf("%+v", got)
	}
	content := d.call(t, d.key, "GET", "/v1/files/"+made.ID+"/content")
	if content.status != 200 || content.body != string(data) || content.header.Get("Content-Type") != "image/png" || !strings.HasPrefix(content.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("status %d, %d bytes, %v", content.status, len(content.body), content.header)
	}
	ranged := d.call(t, d.key, "GET", "/v1/files/"+made.ID+"/content", "Range", "bytes=1048570-1048580")
	if ranged.status != 206 || ranged.body != string(data[1048570:1048581]) {
		t.Errorf("status %d, %d bytes", ranged.status, len(ranged.body))
	}
	for _, method := range []string{"GET", "DELETE"} {
		wantError(t, d.call(t, d.other, method, "/v1/files/"+made.ID), 404, "id", "file_not_found")
	}
	wantError(t, d.call(t, d.other, "GET", "/v1/files/"+made.ID+"/content"), 404, "id", "file_not_found")
	if list := decode[openai.FileList](t, d.call(t, d.other, "GET", "/v1/files")); len(list.Data) != 0 || list.FirstID != "" || list.HasMore {
		t.Errorf("%+v", list)
	}
	if got := decode[openai.DeletedFile](t, d.call(t, d.key, "DELETE", "/v1/files/"+made.ID)); got != (openai.DeletedFile{ID: made.ID, Object: "file", Deleted: true}) {
		t.Errorf("%+v", got)
	}
	wantError(t, d.call(t, d.key, "GET", "/v1/files/"+made.ID), 404, "id", "file_not_found")
	wantError(t, d.call(t, d.key, "DELETE", "/v1/files/"+made.ID), 404, "id", "file_not_found")
	wantError(t, d.ask(t, chatWith(plainModel, `{"type":"file","file":{"file_id":"`+made.ID+`"}}`)), 404, "messages[0].content[1].file.file_id", "file_not_found")
}

// TestUploadWithoutPurpose is the seed's README: it names no purpose, and is answered with one that OpenAI does not have.
func TestUploadWithoutPurpose(t *testing.T) {
	d := newDesk(t, 1, nil)
	contentType, body := formOf(t, "image.jpg", pngOf(100))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+"/v1/files", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+d.key)
	r.Header.Set("Content-Type", contentType)
	answer, err := (&http.Client{}).Do(r) // not the one that holds answers against OpenAI's description
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != 200 || !strings.Contains(string(text), `"filename":"image.jpg","purpose":"multimodal"`) {
		t.Errorf("status %d: %s, %v", answer.StatusCode, text, err)
	}
}

func TestFileList(t *testing.T) {
	d := newDesk(t, 1, nil)
	var ids []string
	for i := range 3 {
		purpose := "vision"
		if i == 1 {
			purpose = "batch"
		}
		ids = append(ids, d.upload(t, "a.txt", []byte("text"), "purpose", purpose).ID)
	}
	page := func(query string) string {
		t.Helper()
		list := decode[openai.FileList](t, d.call(t, d.key, "GET", "/v1/files?"+query))
		var got string
		for _, file := range list.Data {
			for i, id := range ids {
				if id == file.ID {
					got += string(rune('0' + i))
				}
			}
		}
		if list.Object != "list" || len(list.Data) > 0 && (list.FirstID != list.Data[0].ID || list.LastID != list.Data[len(list.Data)-1].ID) {
			t.Errorf("%+v", list)
		}
		if list.HasMore {
			got += "+"
		}
		return got
	}
	for query, want := range map[string]string{
		"": "210", "order=asc": "012", "limit=2": "21+", "limit=2&after=" + ids[1]: "0", "purpose=batch": "1", "order=asc&limit=1&after=" + ids[0]: "1+", "purpose=nothing": "",
	} {
		if got := page(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	for query, field := range map[string]string{"limit=0": "limit", "limit=x": "limit", "order=up": "order", "after=file-none": "after"} {
		wantError(t, d.call(t, d.key, "GET", "/v1/files?"+query), 400, field, "")
	}
}

func TestUploadsAreRefused(t *testing.T) {
	d := newDesk(t, 1, func(s *settings.Settings) { s.Files.MaxFileBytes, s.Files.TotalBytes = 1<<20, 3<<20 })
	cases := map[string]struct {
		data   []byte
		fields []string
		status int
		param  string
		code   string
	}{
		"an unknown purpose":   {pngOf(10), []string{"purpose", "fun"}, 400, "purpose", ""},
		"a short life":         {pngOf(10), []string{"expires_after[anchor]", "created_at", "expires_after[seconds]", "60"}, 400, "expires_after[seconds]", ""},
		"a life without start": {pngOf(10), []string{"expires_after[seconds]", "3600"}, 400, "expires_after[anchor]", ""},
		"another start":        {pngOf(10), []string{"expires_after[anchor]", "now"}, 400, "expires_after[anchor]", ""},
		"nothing":              {nil, nil, 400, "file", "empty_file"},
		"a program":            {[]byte("MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff"), nil, 400, "file", "unsupported_file_type"},
		"a byte too large":     {pngOf(1<<20 + 1), nil, 413, "", "file_too_large"},
		"far too large":        {pngOf(3 << 20), nil, 413, "", "file_too_large"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			wantError(t, d.uploadAs(t, d.key, "a.png", tc.data, tc.fields...), tc.status, tc.param, tc.code)
		})
	}
	wantError(t, d.post(t, "/v1/files", "application/json", []byte(`{}`)), 400, "", "")
	wantError(t, d.post(t, "/v1/files", "multipart/form-data; boundary=x", []byte("--x--\r\n")), 400, "file", "")
	contentType, body := formOf(t, "a.png", pngOf(1000), "purpose", "vision")
	wantError(t, d.post(t, "/v1/files", contentType, body[:500]), 400, "", "incomplete_body")
	wantError(t, d.postAs(t, "Bearer sk-wrong", "/v1/files", contentType, body), 401, "", "invalid_api_key")
	boundary := strings.TrimPrefix(contentType, "multipart/form-data; boundary=")
	twice := append([]byte("--"+boundary+"\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b.txt\"\r\n\r\ntext\r\n"), body...)
	wantError(t, d.post(t, "/v1/files", contentType, twice), 400, "file", "")
	for range 3 {
		d.upload(t, "a.png", pngOf(1<<20))
	}
	wantError(t, d.uploadAs(t, d.key, "a.png", pngOf(1<<20)), 507, "", "file_storage_full")
	if list := decode[openai.FileList](t, d.call(t, d.key, "GET", "/v1/files")); len(list.Data) != 3 {
		t.Errorf("%d files are left", len(list.Data))
	}
}

// TestARefusalReachesClientsThatSendAllFirst is for the many that read no answer before they have sent everything.
func TestARefusalReachesClientsThatSendAllFirst(t *testing.T) {
	d := newDesk(t, 1, func(s *settings.Settings) { s.Files.MaxFileBytes = 1 << 20 })
	contentType, body := formOf(t, "a.png", pngOf(40<<20), "purpose", "vision")
	for _, length := range []string{"Content-Length: " + strconv.Itoa(len(body)), "Transfer-Encoding: chunked"} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(d.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		sent := body
		if strings.HasSuffix(length, "chunked") {
			sent = append(append([]byte(strconv.FormatInt(int64(len(body)), 16)+"\r\n"), body...), "\r\n0\r\n\r\n"...)
		}
		head := "POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + d.key + "\r\nContent-Type: " + contentType + "\r\n" + length + "\r\n\r\n"
		if _, err := conn.Write(append([]byte(head), sent...)); err != nil {
			t.Fatalf("%s: %v", length, err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", length, err)
		}
		if text, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != 413 || !strings.Contains(string(text), "file_too_large") {
			t.Errorf("%s: status %d: %s, %v", length, answer.StatusCode, text, err)
		}
		if err := errors.Join(answer.Body.Close(), conn.Close()); err != nil {
			t.Error(err)
		}
	}
}

func TestACutUploadLeavesNothing(t *testing.T) {
	d := newDesk(t, 1, nil)
	contentType, body := formOf(t, "a.png", pngOf(3<<20))
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(d.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	head := "POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + d.key + "\r\nContent-Type: " + contentType + "\r\nContent-Length: 99999999\r\n\r\n"
	if _, err := conn.Write(append([]byte(head), body[:2<<20]...)); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	d.ended() // every handler has returned
	if size, err := d.store.FilesSize(t.Context()); err != nil || size != 0 {
		t.Errorf("%d bytes are left, %v", size, err)
	}
}

// chatWith is a chat with a part beside its text.
func chatWith(model string, parts ...string) string {
	return `{"model":"` + model + `","messages":[{"role":"user","content":[{"type":"text","text":"what is it?"},` + strings.Join(parts, ",") + `]}]}`
}

func TestChatsNameFiles(t *testing.T) {
	d := newDesk(t, 1, nil)
	data := pngOf(3000)
	id := d.upload(t, "a.bin", data).ID
	for _, part := range []string{
		`{"type":"file","file":{"file_id":"` + id + `"}}`,
		`{"type":"file","file_id":"` + id + `"}`,
		`{"type":"input_file","file_id":"` + id + `"}`,
		`{"type":"input_image","file_id":"` + id + `"}`,
		`{"type":"image","file_data":{"file_id":"` + id + `","mime_type":"image/jpeg"}}`,
		`{"type":"image","file_data":{"file_id":"` + id + `"}}`,
		`{"type":"document","file_data":{"file_id":"` + id + `","mime_type":"application/msword"}}`,
	} {
		for _, more := range []string{"", streamed} {
			d.sim.ClearRequests()
			read(t, d.ask(t, strings.TrimSuffix(chatWith(plainModel, part), "}")+more+"}"))
			sent := d.sim.Requests()
			if len(sent) != 1 || !sent[0].Contains(`{"inlineData":{"mimeType":"image/png","data":"`+base64.StdEncoding.EncodeToString(data)+`"}}`) {
				t.Errorf("%s: %+v", part, sent)
			}
		}
	}
	wantError(t, d.postAs(t, "Bearer "+d.other, "/v1/chat/completions", "application/json", []byte(chatWith(plainModel, `{"type":"file","file_id":"`+id+`"}`))),
		404, "messages[0].content[1].file_id", "file_not_found")
}

// generated gives the calls for answers, and counts the uploads begun.
func generated(d *desk) (answers []geminisim.Request, uploads int) {
	for _, r := range d.sim.Requests() {
		switch {
		case r.Method == "generateContent" || r.Method == "streamGenerateContent":
			answers = append(answers, r)
		case r.Header.Get("X-Goog-Upload-Command") == "start":
			uploads++
		}
	}
	return answers, uploads
}

// TestTwoFilesOfTwoProjectsInOneChat is where gateways that pin a file to its uploader break: whichever key answers, both files are its project's.
func TestTwoFilesOfTwoProjectsInOneChat(t *testing.T) {
	d := newDesk(t, 2, func(s *settings.Settings) { s.Files.InlineBytes = 0 })
	first, second := d.upload(t, "a.png", pngOf(100)).ID, d.upload(t, "b.png", pngOf(200)).ID
	kill := func(key int, state string) {
		t.Helper()
		if err := d.sim.SetKeyState(surfaceKey(key), state); err != nil {
			t.Fatal(err)
		}
	}
	one := func(id string) string { return `{"type":"file","file":{"file_id":"` + id + `"}}` }
	// Each file is used while one key alone is alive, so that each has a copy in a project of its own.
	d.sim.SetProjects([]geminisim.Project{{Number: "1000", Tier: "tier1", Keys: []geminisim.Key{{Value: surfaceKey(0)}}}, {Number: "1001", Tier: "tier1", Keys: []geminisim.Key{{Value: surfaceKey(1)}}}})
	read(t, d.ask(t, chatWith(plainModel, one(first))))
	answers, _ := generated(d)
	used := answers[0].Project
	killed := 0
	if used == "1001" {
		killed = 1
	}
	kill(killed, "leaked")
	read(t, d.ask(t, chatWith(plainModel, one(second))))
	d.sim.ClearRequests()
	read(t, d.ask(t, chatWith(plainModel, one(first), one(second))))
	answers, uploads := generated(d)
	last := answers[len(answers)-1]
	if last.Project == used || last.Status != 200 || strings.Count(last.Body, `"fileData"`) != 2 || uploads != 1 {
		t.Errorf("%d uploads, then project %s: %s", uploads, last.Project, last.Body)
	}
	d.sim.ClearRequests()
	read(t, d.ask(t, chatWith(plainModel, one(first), one(second))))
	if _, uploads := generated(d); uploads != 0 {
		t.Errorf("%d uploads for what has copies", uploads)
	}
}

func TestACopyThatGeminiLostIsMadeAnew(t *testing.T) {
	for _, more := range []string{"", streamed} {
		d := newDesk(t, 1, func(s *settings.Settings) { s.Files.InlineBytes = 0 })
		id := d.upload(t, "a.png", pngOf(100)).ID
		body := strings.TrimSuffix(chatWith(plainModel, `{"type":"file","file_id":"`+id+`"}`), "}") + more + "}"
		read(t, d.ask(t, body))
		d.sim.Advance(49 * time.Hour) // there its copy has expired; here the clock stands still
		d.sim.ClearRequests()
		read(t, d.ask(t, body))
		answers, uploads := generated(d)
		if len(answers) != 2 || answers[0].Status != 403 || answers[1].Status != 200 || answers[0].Key != answers[1].Key || uploads != 1 {
			t.Errorf("%d answers, %d uploads: %+v", len(answers), uploads, answers)
		}
		// The key is as good as before: it answers the next chat.
		read(t, d.ask(t, hello(plainModel, "")))
	}
}

func TestAnUploadThatGeminiRefusesBlamesNoKey(t *testing.T) {
	d := newDesk(t, 2, func(s *settings.Settings) { s.Files.InlineBytes = 0 })
	id := d.upload(t, "a.png", pngOf(100)).ID
	d.sim.Script(geminisim.Target{Method: "files.create"}, geminisim.Status(429).Times(1))
	read(t, d.ask(t, chatWith(plainModel, `{"type":"file","file_id":"`+id+`"}`)))
}
