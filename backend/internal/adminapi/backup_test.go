package adminapi

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const backupPhrase = "a passphrase for tests"

// backup makes a backup.
func (s *server) backup(usage bool) []byte {
	s.t.Helper()
	w := s.post("/backup", fmt.Sprintf(`{"passphrase":%q,"include_usage":%v}`, backupPhrase, usage))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/octet-stream" ||
		!strings.HasPrefix(w.Header().Get("Content-Disposition"), `attachment; filename="gemini-proxy-`) {
		s.t.Fatalf("backup answers %d %v %s", w.Code, w.Header(), w.Body)
	}
	return w.Body.Bytes()
}

// field is a field of a form.
type field struct{ name, content string }

func (s *server) form(fields ...field) *httptest.ResponseRecorder {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, f := range fields {
		part := must(form.CreateFormField(f.name))(s.t)
		must(part.Write([]byte(f.content)))(s.t)
	}
	if err := form.Close(); err != nil {
		s.t.Fatal(err)
	}
	r := s.request(http.MethodPost, "/restore", body.String())
	r.Header.Set("Content-Type", form.FormDataContentType())
	return s.do(r)
}

// What is restored on a fresh server is in use at once: keys, user keys, models and settings, without a restart.
func TestRestoreIsInForceAtOnce(t *testing.T) {
	from := newServer(t)
	ids := from.importKeys(fakeKey("a"), fakeKey("b"), fakeKey("c"))
	from.send(http.MethodPatch, fmt.Sprint("/gemini-keys/", ids[0]), `{"note":"mine","weight":7,"project":"atlas"}`)
	from.send(http.MethodDelete, fmt.Sprint("/gemini-keys/", ids[2]), "")
	made := decodeAs[NewUserKey](t, from.post("/user-keys", `{"name":"laptop","rpm":5}`), http.StatusCreated)
	from.send(http.MethodPut, "/models/gemini-x", `{"rpm":9,"tpm":null,"rpd":null,"enabled":true,"alias":"gpt-4o"}`)
	from.send(http.MethodPatch, "/settings", `{"queue_wait":3}`)
	file := string(from.backup(true))

	to := newServer(t)
	to.secrets = append(to.secrets, fakeKey("a"), fakeKey("b"), made.Key)
	to.importKeys(fakeKey("b"))
	preview := decodeAs[RestoreResult](t, to.form(field{"passphrase", backupPhrase}, field{"preview", "true"}, field{"file", file}), http.StatusOK)
	if !preview.Preview || preview.MadeBy != "1.2.3" || preview.Keys != (RestoreCounts{Added: 2, Changed: 1}) || preview.UserKeys.Added != 1 || !preview.Settings {
		t.Errorf("previewed: %+v", preview)
	}
	if list := decodeAs[GeminiKeyList](t, to.get("/gemini-keys"), http.StatusOK); list.Total != 1 {
		t.Errorf("the preview changed the pool: %+v", list.Counts)
	}
	result := decodeAs[RestoreResult](t, to.form(field{"file", file}, field{"passphrase", backupPhrase}), http.StatusOK)
	if preview.Preview = false; result != preview {
		t.Errorf("restored %+v, previewed %+v", result, preview)
	}
	list := decodeAs[GeminiKeyList](t, to.get("/gemini-keys?sort=name"), http.StatusOK)
	if list.Total != 2 || list.Counts.Removed != 1 || list.Items[0].Note != "mine" || list.Items[0].Weight != 7 || *list.Items[0].Project != "atlas" {
		t.Errorf("the pool has %+v of %+v", list.Items, list.Counts)
	}
	key, err := to.config.Auth.UserKey(made.Key)
	if err != nil || key.Limits.RPM != 5 {
		t.Errorf("the user key is %v: %v", key, err)
	}
	if to.config.Settings.Now().QueueWait != 3 {
		t.Error("the settings are not in force")
	}
	if name, ok := to.config.Models.Resolve("gpt-4o"); name != "gemini-x" || !ok {
		t.Errorf("the alias stands for %s", name)
	}
	audited := decodeAs[AuditList](t, to.get("/audit?q=restoreBackup"), http.StatusOK)
	if audited.Total != 1 || !strings.Contains(string(audited.Items[0].After), `"added":2`) {
		t.Errorf("audited: %+v", audited)
	}
	if audited := decodeAs[AuditList](t, from.get("/audit?q=makeBackup"), http.StatusOK); audited.Total != 1 {
		t.Errorf("audited: %+v", audited)
	}
}

func TestRestoreRefusesWhatIsWrong(t *testing.T) {
	s := newServer(t)
	s.importKeys(fakeKey("a"))
	file := string(s.backup(false))
	phrase := field{"passphrase", backupPhrase}
	tampered := []byte(file)
	tampered[len(tampered)-20] ^= 1
	expectProblem(t, s.form(), http.StatusBadRequest, "invalid_input", "passphrase", "file")
	expectProblem(t, s.form(phrase), http.StatusBadRequest, "invalid_input", "file")
	expectProblem(t, s.form(phrase, field{"file", string(tampered)}), http.StatusBadRequest, "invalid_input", "file")
	expectProblem(t, s.form(phrase, field{"file", ""}), http.StatusBadRequest, "invalid_input", "file")
	expectProblem(t, s.form(field{"passphrase", "another passphrase"}, field{"file", file}), http.StatusBadRequest, "invalid_input", "passphrase")
	expectProblem(t, s.form(phrase, phrase, field{"file", file}), http.StatusBadRequest, "invalid_input", "passphrase")
	expectProblem(t, s.form(phrase, field{"file", file}, field{"preview", "maybe"}), http.StatusBadRequest, "invalid_input", "preview")
	expectProblem(t, s.form(phrase, field{"file", file}, field{"other", "x"}), http.StatusBadRequest, "invalid_input", "other")
	expectProblem(t, s.form(field{"passphrase", strings.Repeat("x", formTextLimit+1)}, field{"file", file}), http.StatusRequestEntityTooLarge, "body_too_large", "passphrase")
	expectProblem(t, s.post("/restore", `{}`), http.StatusUnsupportedMediaType, "unsupported_media_type")
	r := s.request(http.MethodPost, "/restore", "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\ncut")
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	expectProblem(t, s.do(r), http.StatusBadRequest, "invalid_input")
	expectProblem(t, s.post("/backup", `{"passphrase":"short"}`), http.StatusBadRequest, "invalid_input", "passphrase")
	expectProblem(t, s.post("/backup", `{}`), http.StatusBadRequest, "invalid_input", "passphrase")
}
