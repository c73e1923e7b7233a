package adminapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/files"
)

func TestFilesAreListedAndDeleted(t *testing.T) {
	s := newServer(t)
	s.post("/user-keys", `{"name":"laptop"}`)
	s.post("/user-keys", `{"name":"phone"}`)
	held := s.config.Files
	var made []*files.File
	for i := range 5 {
		file, err := held.Create(t.Context(), int64(1+i%2), files.Meta{DisplayName: fmt.Sprintf("note_%d.txt", i), Purpose: "user_data", Size: -1}, strings.NewReader(strings.Repeat("text ", 5-i)))
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, file)
	}
	err := s.store.SaveCopy(t.Context(), files.Copy{FileID: made[0].ID, Scope: "atlas", KeyID: 7, Name: "files/x", URI: "https://example.invalid/x", Active: true, CreatedAt: time.Now(), ExpiresAt: time.Now().Add(48 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"": "4 3 2 1 0", "?sort=created": "0 1 2 3 4", "?sort=size": "4 3 2 1 0", "?sort=-size&page_size=2": "0 1", "?sort=-filename&page=2&page_size=2": "2 1",
		"?q=phone": "3 1", "?q=NOTE_3": "3", "?q=%25": "", "?q=text%2Fplain&sort=expires": "0 1 2 3 4",
	} {
		list := decodeAs[FileList](t, s.get("/files"+query), http.StatusOK)
		var got []string
		for _, item := range list.Items {
			got = append(got, strings.TrimSuffix(strings.TrimPrefix(item.Filename, "note_"), ".txt"))
		}
		if strings.Join(got, " ") != want || query == "" && (list.Total != 5 || list.Bytes != 75 || list.BytesLimit != 512<<20) {
			t.Errorf("%s: %v, %+v", query, got, list)
		}
	}
	got := decodeAs[FileDetail](t, s.get(fmt.Sprint("/files/", made[0].ID)), http.StatusOK)
	if got.UserKeyName != "laptop" || got.Size != 25 || got.MIMEType != "text/plain" || len(got.SHA256) != 64 || len(got.Copies) != 1 || got.Copies[0].Project != "atlas" || !got.Copies[0].Active {
		t.Errorf("%+v", got)
	}
	path := fmt.Sprint("/files/", made[0].ID)
	if w := s.send(http.MethodDelete, path, ""); w.Code != http.StatusNoContent {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	expectProblem(t, s.send(http.MethodDelete, path, ""), http.StatusNotFound, "not_found")
	expectProblem(t, s.get(path), http.StatusNotFound, "not_found")
	if audit := s.get("/audit?q=deleteFile").Body.String(); !strings.Contains(audit, `"filename":"note_0.txt"`) {
		t.Errorf("%s", audit)
	}
	if list := decodeAs[FileList](t, s.get("/files"), http.StatusOK); list.Total != 4 || list.Bytes != 50 {
		t.Errorf("%+v", list)
	}
}

func TestFilesRefuseBadInput(t *testing.T) {
	s := newServer(t)
	for query, field := range map[string]string{"?page=0": "page", "?page_size=201": "page_size", "?sort=owner": "sort", "?q=" + strings.Repeat("a", 201): "q"} {
		expectProblem(t, s.get("/files"+query), http.StatusBadRequest, "invalid_input", field)
	}
	for _, id := range []string{"0", "x", "99999999999999999999"} {
		for _, method := range []string{http.MethodGet, http.MethodDelete} {
			if w := s.send(method, "/files/"+id, ""); w.Code != http.StatusBadRequest && w.Code != http.StatusNotFound {
				t.Errorf("%s %s: %d", method, id, w.Code)
			}
		}
	}
	expectProblem(t, s.get("/files/7"), http.StatusNotFound, "not_found")
}
