package store_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
)

func TestFiles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, now := t.Context(), time.Now().UTC().Truncate(time.Microsecond)
		r := &files.Record{
			File: files.File{
				Owner: 100, Name: "a-1", DisplayName: "a\x00.pdf", Purpose: "user_data", CreatedAt: now, ExpiresAt: now.Add(time.Hour),
			},
			State: files.Uploading, Said: "application/pdf", Declared: -1, Token: "token", TouchedAt: now,
		}
		id, err := s.AddFile(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddFile(ctx, &files.Record{File: r.File, State: files.Uploading}); !fault.Is(err, fault.Conflict) {
			t.Errorf("a name twice: %v", err)
		}
		chunk := bytes.Repeat([]byte{7}, files.ChunkSize)
		for n := range 2 {
			step := &files.Step{From: int64(n) << 20, To: int64(n+1) << 20, Progress: []byte("p"), At: now.Add(time.Second)}
			if err := s.AddChunk(ctx, files.Chunk{FileID: id, N: n, Data: chunk}, step); err != nil {
				t.Fatal(err)
			}
		}
		err = s.AddChunk(ctx, files.Chunk{FileID: id, N: 2, Data: []byte("x")}, &files.Step{From: 5, To: 6, At: now})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("from where the upload is not: %v", err)
		}
		if err := s.AddChunk(ctx, files.Chunk{FileID: id, Form: files.Sent, Data: []byte("old")}, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.AddChunk(ctx, files.Chunk{FileID: id, Form: files.Sent, Data: []byte("sent")}, nil); err != nil {
			t.Fatal(err)
		}
		found, err := s.FindUpload(ctx, "token")
		if err != nil || found.ID != id || found.Size != 2<<20 || string(found.Progress) != "p" || found.State != files.Uploading {
			t.Errorf("%+v, %v", found, err)
		}
		if size, err := s.FilesSize(ctx); err != nil || size != 2<<20 {
			t.Errorf("%d, %v", size, err)
		}
		if list, err := s.ListFiles(ctx, files.Query{Owner: 100, Limit: 10, Now: now}); err != nil || len(list) != 0 {
			t.Errorf("an upload is listed: %v, %v", list, err)
		}
		found.State, found.MIMEType, found.SHA256, found.SentType, found.SentSize, found.Converted, found.Progress = files.Ready, "a/b", []byte{1, 2}, "text/plain", 4, true, nil
		if err := s.FinishFile(ctx, found); err != nil {
			t.Fatal(err)
		}
		if err := s.FinishFile(ctx, found); !fault.Is(err, fault.NotFound) {
			t.Errorf("finished twice: %v", err)
		}
		got, err := s.FindFile(ctx, 100, "a-1")
		if err != nil {
			t.Fatal(err)
		}
		want := &files.Record{
			File: files.File{
				ID: id, Owner: 100, Name: "a-1", DisplayName: "a.pdf", Purpose: "user_data", MIMEType: "a/b", Size: 2 << 20, SHA256: []byte{1, 2}, SentType: "text/plain",
				SentSize: 4, Converted: true, CreatedAt: now, ExpiresAt: now.Add(time.Hour),
			},
			State: files.Ready, Said: "application/pdf", Declared: -1, Token: "token", TouchedAt: now.Add(time.Second),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if byID, err := s.FileByID(ctx, id); err != nil || byID.Name != "a-1" {
			t.Errorf("%+v, %v", byID, err)
		}
		if _, err := s.FindFile(ctx, 2, "a-1"); !fault.Is(err, fault.NotFound) {
			t.Errorf("another's file: %v", err)
		}
		if list, err := s.ListFiles(ctx, files.Query{Owner: 100, Limit: 10, Now: now}); err != nil || len(list) != 1 || list[0].ID != id {
			t.Errorf("%v, %v", list, err)
		}
		into := make([]byte, files.ChunkSize)
		if n, err := s.ReadChunk(ctx, id, files.Original, 1, into); err != nil || !bytes.Equal(into[:n], chunk) {
			t.Errorf("%d bytes, %v", n, err)
		}
		if n, err := s.ReadChunk(ctx, id, files.Sent, 0, into); err != nil || string(into[:n]) != "sent" {
			t.Errorf("%q, %v", into[:n], err)
		}
		if _, err := s.ReadChunk(ctx, id, files.Original, 2, into); !fault.Is(err, fault.NotFound) {
			t.Errorf("a chunk that is not there: %v", err)
		}
		if size, err := s.FilesSize(ctx); err != nil || size != 2<<20+4 {
			t.Errorf("%d, %v", size, err)
		}
		checkFileCopies(t, s, id, now)
		checkFileDeath(t, s, id, now)
	})
}

func checkFileCopies(t *testing.T, s *store.Store, id int64, now time.Time) {
	t.Helper()
	ctx := t.Context()
	first := files.Copy{FileID: id, Scope: "key:3", KeyID: 3, Name: "files/x", URI: "https://example.invalid/x", CreatedAt: now, ExpiresAt: now.Add(48 * time.Hour)}
	second := files.Copy{FileID: id, Scope: "p", KeyID: 4, Name: "files/y", URI: "https://example.invalid/y", Active: true, CreatedAt: now, ExpiresAt: now.Add(48 * time.Hour)}
	again := first
	again.Active, again.KeyID = true, 5
	for _, c := range []files.Copy{first, second, again} {
		if err := s.SaveCopy(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Copies(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]files.Copy{again, second}, got); diff != "" {
		t.Error(diff)
	}
	if err := s.DeleteCopy(ctx, id, "p"); err != nil {
		t.Fatal(err)
	}
	if got, err = s.Copies(ctx, id); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
}

func checkFileDeath(t *testing.T, s *store.Store, id int64, now time.Time) {
	t.Helper()
	ctx := t.Context()
	dead := func(b files.Borders) []int64 {
		t.Helper()
		b.Limit = 10
		list, err := s.DeadFiles(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		ids := []int64{}
		for i := range list {
			ids = append(ids, list[i].ID)
		}
		return ids
	}
	add := func(name, token string, owner int64) int64 {
		t.Helper()
		made, err := s.AddFile(ctx, &files.Record{File: files.File{Owner: owner, Name: name, ExpiresAt: now.Add(time.Hour)}, State: files.Uploading, Token: token, TouchedAt: now})
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	one, several := add("one", "", 100), add("several", "t2", 100)
	user, err := s.CreateUserKey(ctx, auth.UserKey{Hash: "h", Name: "n"})
	if err != nil {
		t.Fatal(err)
	}
	orphan := add("orphan", "", user)
	for name, tc := range map[string]struct {
		b    files.Borders
		want []int64
	}{
		"none":       {files.Borders{Now: now, Cut: now, Idle: now}, []int64{}},
		"expired":    {files.Borders{Now: now.Add(time.Hour), Cut: now, Idle: now}, []int64{id}},
		"cut":        {files.Borders{Now: now, Cut: now.Add(1000), Idle: now}, []int64{one, orphan}},
		"idle":       {files.Borders{Now: now, Cut: now, Idle: now.Add(1000)}, []int64{several}},
		"everything": {files.Borders{Now: now.Add(time.Hour), Cut: now.Add(1000), Idle: now.Add(1000)}, []int64{id, one, several, orphan}},
	} {
		if diff := cmp.Diff(tc.want, dead(tc.b)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if err := s.DeleteUserKey(ctx, user, now); err != nil {
		t.Fatal(err)
	}
	if err := s.HideFile(ctx, id); err != nil {
		t.Fatal(err)
	}
	if err := s.HideFile(ctx, id); !fault.Is(err, fault.NotFound) {
		t.Errorf("hidden twice: %v", err)
	}
	if diff := cmp.Diff([]int64{id, orphan}, dead(files.Borders{Now: now, Cut: now, Idle: now})); diff != "" {
		t.Error(diff)
	}
	if _, err := s.FindFile(ctx, 100, "a-1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a hidden file is seen: %v", err)
	}
	if _, err := s.AddFile(ctx, &files.Record{File: files.File{Owner: 100, Name: "a-1"}, State: files.Uploading}); err != nil {
		t.Errorf("a hidden file's name is taken: %v", err)
	}
	if err := s.PurgeFile(ctx, id); err != nil {
		t.Fatal(err)
	}
	if size, err := s.FilesSize(ctx); err != nil || size != 0 {
		t.Errorf("%d, %v", size, err)
	}
	if copies, err := s.Copies(ctx, id); err != nil || len(copies) != 0 {
		t.Errorf("%v, %v", copies, err)
	}
	if _, err := s.ReadChunk(ctx, id, files.Original, 0, make([]byte, files.ChunkSize)); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
}

func TestSearchFiles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, now := t.Context(), time.Now().UTC().Truncate(time.Microsecond)
		user, err := s.CreateUserKey(ctx, auth.UserKey{Hash: "h", Name: "Laptop"})
		if err != nil {
			t.Fatal(err)
		}
		var ids []int64
		for i, name := range []string{"a%b.pdf", "Ab.txt", "c.txt"} {
			r := &files.Record{File: files.File{Owner: user + int64(i%2), Name: name[:1], DisplayName: name, MIMEType: "x/" + name[2:], CreatedAt: now, ExpiresAt: now.Add(time.Hour)}, State: files.Uploading}
			if r.ID, err = s.AddFile(ctx, r); err != nil {
				t.Fatal(err)
			}
			r.State, r.Size = files.Ready, int64(10-i)
			if err := s.FinishFile(ctx, r); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, r.ID)
		}
		if err := s.SaveCopy(ctx, files.Copy{FileID: ids[0], Scope: "p"}); err != nil {
			t.Fatal(err)
		}
		for name, tc := range map[string]struct {
			q     files.Search
			want  []int64
			total int
		}{
			"all":          {files.Search{Page: 1, PageSize: 9, Now: now}, []int64{ids[2], ids[1], ids[0]}, 3},
			"a page":       {files.Search{Page: 2, PageSize: 2, Sort: "size", Now: now}, []int64{ids[0]}, 3},
			"by percent":   {files.Search{Page: 1, PageSize: 9, Q: "A%", Now: now}, []int64{ids[0]}, 1},
			"by owner":     {files.Search{Page: 1, PageSize: 9, Q: "lapt", Now: now}, []int64{ids[2], ids[0]}, 2},
			"none expired": {files.Search{Page: 1, PageSize: 9, Now: now.Add(time.Hour)}, []int64{}, 0},
		} {
			found, total, err := s.SearchFiles(ctx, tc.q)
			got := []int64{}
			for i := range found {
				got = append(got, found[i].ID)
				if wantCopies := map[bool]int{true: 1}[found[i].ID == ids[0]]; found[i].Copies != wantCopies || found[i].Owner == user && found[i].OwnerName != "Laptop" {
					t.Errorf("%s: %+v", name, found[i])
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || total != tc.total || err != nil {
				t.Errorf("%s: %s, %d, %v", name, diff, total, err)
			}
		}
	})
}
