package files_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
)

// owner and other are user keys.
const owner, other = 1, 2

// rig is files on a store of their own, with a clock that the test sets.
type rig struct {
	*files.Files
	store    *store.Store
	settings settings.Settings
	now      time.Time
}

// noKeys is a pool without a key.
type noKeys struct{}

func (noKeys) Secret(int64) (gemini.Secret, string, error) {
	return "", "", fault.New(fault.NotFound, "gone")
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{store: storetest.SQLite(t), settings: settings.Default(), now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)}
	r.open(t)
	return r
}

// open opens the files anew, as after a restart.
func (r *rig) open(t *testing.T) {
	t.Helper()
	var err error
	r.Files, err = files.New(t.Context(), files.Config{
		Store: r.store, Keys: noKeys{}, Settings: func() settings.Settings { return r.settings }, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return r.now },
	})
	if err != nil {
		t.Fatal(err)
	}
}

// size gives the bytes that the store's files take.
func (r *rig) size(t *testing.T) int64 {
	t.Helper()
	size, err := r.store.FilesSize(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return size
}

// pdf gives n bytes that begin as a PDF does.
func pdf(n int) []byte {
	data := make([]byte, n)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(data) // it never fails
	copy(data, "%PDF-1.7\n")
	return data
}

func read(t *testing.T, f *files.Files, file *files.File, offset int64) []byte {
	t.Helper()
	from := f.Open(t.Context(), file, offset)
	data, err := io.ReadAll(from)
	if err := errors.Join(err, from.Close()); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestCreate(t *testing.T) {
	for name, n := range map[string]int{"small": 100, "a chunk": files.ChunkSize, "a chunk and a byte": files.ChunkSize + 1, "chunks": 3*files.ChunkSize + 7} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			data := pdf(n)
			from := iotest.HalfReader(bytes.NewReader(data))
			if n < 1000 { // byte by byte takes long
				from = iotest.OneByteReader(from)
			}
			made, err := r.Create(t.Context(), owner, files.Meta{DisplayName: "a.pdf", Purpose: "user_data", Size: int64(n)}, from)
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(data)
			if made.MIMEType != "application/pdf" || made.Size != int64(n) || !bytes.Equal(made.SHA256, sum[:]) || made.ExpiresAt.Sub(made.CreatedAt) != 48*time.Hour {
				t.Errorf("%+v", made)
			}
			r.open(t) // nothing is in memory alone
			got, err := r.Get(t.Context(), owner, made.Name)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(read(t, r.Files, got, 0), data) {
				t.Error("other bytes came back")
			}
			for _, offset := range []int64{1, int64(n) / 2, int64(n) - 1, int64(n), int64(n) + 5} {
				if !bytes.Equal(read(t, r.Files, got, offset), data[min(offset, int64(n)):]) {
					t.Errorf("other bytes came back from offset %d", offset)
				}
			}
			if _, err := r.Get(t.Context(), other, made.Name); !fault.Is(err, fault.NotFound) {
				t.Errorf("another user's key sees it: %v", err)
			}
			if err := r.Delete(t.Context(), other, made.Name); !fault.Is(err, fault.NotFound) {
				t.Errorf("another user's key deletes it: %v", err)
			}
		})
	}
}

func TestCreateRefuses(t *testing.T) {
	cut := errors.New("cut")
	gone, leave := context.WithCancel(t.Context())
	leave()
	cases := map[string]struct {
		ctx  context.Context
		meta files.Meta
		from io.Reader
		kind fault.Kind
		code string
	}{
		"nothing":                  {from: strings.NewReader(""), meta: files.Meta{Size: -1}, kind: fault.Invalid, code: "empty_file"},
		"fewer than announced":     {from: bytes.NewReader(pdf(10)), meta: files.Meta{Size: 11}, kind: fault.Invalid, code: "incomplete_body"},
		"cut":                      {from: io.MultiReader(bytes.NewReader(pdf(2<<20)), iotest.ErrReader(cut)), meta: files.Meta{Size: -1}, kind: fault.Invalid, code: "incomplete_body"},
		"cut by the multipart end": {from: io.MultiReader(bytes.NewReader(pdf(2<<20)), iotest.ErrReader(io.ErrUnexpectedEOF)), meta: files.Meta{Size: -1}, kind: fault.Invalid, code: "incomplete_body"},
		"gone":                     {ctx: gone, from: iotest.ErrReader(cut), meta: files.Meta{Size: -1}, kind: fault.Canceled},
		"too large, announced":     {from: bytes.NewReader(pdf(10)), meta: files.Meta{Size: 3<<20 + 1}, kind: fault.TooLarge, code: "file_too_large"},
		"too large":                {from: bytes.NewReader(pdf(3<<20 + 1)), meta: files.Meta{Size: -1}, kind: fault.TooLarge, code: "file_too_large"},
		"a program":                {from: strings.NewReader("\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 100)), meta: files.Meta{Size: -1, DisplayName: "a.png", MIMEType: "image/png"}, kind: fault.Invalid, code: "unsupported_file_type"},
		"noise named as a picture": {from: strings.NewReader("\x00\x01\x02\x03\xff\xfe"), meta: files.Meta{Size: -1, DisplayName: "a.png", MIMEType: "image/png"}, kind: fault.Invalid, code: "unsupported_file_type"},
		"a bad name":               {from: bytes.NewReader(pdf(10)), meta: files.Meta{Size: -1, Name: "../etc"}, kind: fault.Invalid},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.settings.Files.MaxFileBytes = 3 << 20
			ctx := tc.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			_, err := r.Create(ctx, owner, tc.meta, tc.from)
			if f := fault.Of(err); err == nil || f.Kind != tc.kind || f.Code != tc.code {
				t.Errorf("%+v", f)
			}
			if n := r.size(t); n != 0 {
				t.Errorf("%d bytes are left behind", n)
			}
			if list, _, err := r.List(t.Context(), owner, files.Page{Limit: 10}); err != nil || len(list) > 0 {
				t.Errorf("%v, %v", list, err)
			}
		})
	}
}

func TestTypesAreToldByContent(t *testing.T) {
	cases := map[string]struct {
		data, name, said string
		mime, sent       string // empty is refused
	}{
		"png":                       {"\x89PNG\r\n\x1a\n" + strings.Repeat("\x00", 50), "a.txt", "text/plain", "image/png", "image/png"},
		"jpeg":                      {"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "", "", "image/jpeg", "image/jpeg"},
		"webp":                      {"RIFF\x24\x00\x00\x00WEBPVP8 ", "", "", "image/webp", "image/webp"},
		"heic":                      {"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "", "", "image/heic", "image/heic"},
		"wav":                       {"RIFF\x24\x00\x00\x00WAVEfmt ", "", "", "audio/wav", "audio/wav"},
		"mp3":                       {"ID3\x04\x00\x00\x00\x00\x00\x10TIT2" + strings.Repeat("\x00", 50), "", "", "audio/mpeg", "audio/mpeg"},
		"mp3 without tags":          {"\xff\xfb\x90\x64" + strings.Repeat("\x00", 50), "", "", "audio/mpeg", "audio/mpeg"},
		"flac":                      {"fLaC\x00\x00\x00\x22", "", "", "audio/flac", "audio/flac"},
		"m4a":                       {"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00", "", "", "audio/mp4", "audio/mp4"},
		"mp4":                       {"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41", "", "", "video/mp4", "video/mp4"},
		"mov":                       {"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ", "", "", "video/quicktime", "video/quicktime"},
		"webm":                      {"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm", "", "", "video/webm", "video/webm"},
		"avi":                       {"RIFF\x24\x00\x00\x00AVI LIST" + strings.Repeat("\x00", 50), "", "", "video/x-msvideo", "video/x-msvideo"},
		"text":                      {"hello, 世界\n", "a", "", "text/plain", "text/plain"},
		"markdown by name":          {"# Title\n", "a.MD", "", "text/markdown", "text/markdown"},
		"python by name":            {"import os\n", "a.py", "text/x-python", "text/x-python", "text/plain"},
		"json":                      {`{"a":[1,2]}`, "a.json", "", "application/json", "text/plain"},
		"html":                      {"<!DOCTYPE html><html></html>", "a.txt", "", "text/html", "text/html"},
		"csv":                       {"a,b\n1,2\n3,4\n", "a.csv", "", "text/csv", "text/csv"},
		"text said to be a picture": {"hello", "a.png", "image/png", "text/plain", "text/plain"},
		"bmp":                       {"BM\x36\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00", "a.png", "image/png", "", ""},
		"not UTF-8":                 {"plain for long" + strings.Repeat(".", 4000) + "\xff", "a.txt", "", "", ""},
	}
	r := newRig(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			made, err := r.Create(t.Context(), owner, files.Meta{DisplayName: tc.name, MIMEType: tc.said, Size: -1}, strings.NewReader(tc.data))
			if tc.mime == "" {
				if f := fault.Of(err); err == nil || f.Code != "unsupported_file_type" {
					t.Errorf("%+v, %v", made, err)
				}
				return
			}
			if err != nil || made.MIMEType != tc.mime || made.SentType != tc.sent {
				t.Errorf("%+v, %v", made, err)
			}
		})
	}
}

func TestSpaceIsBounded(t *testing.T) {
	r := newRig(t)
	r.settings.Files.TotalBytes = 3 << 20
	first, err := r.Create(t.Context(), owner, files.Meta{Size: -1}, bytes.NewReader(pdf(2<<20)))
	if err != nil {
		t.Fatal(err)
	}
	for _, announced := range []int64{-1, 2 << 20} {
		_, err = r.Create(t.Context(), other, files.Meta{Size: announced}, bytes.NewReader(pdf(2<<20)))
		if f := fault.Of(err); err == nil || f.Kind != fault.InsufficientStorage || f.Code != "file_storage_full" {
			t.Errorf("%v", err)
		}
	}
	if n := r.size(t); n != 2<<20 {
		t.Errorf("%d bytes are kept", n)
	}
	if err := r.Delete(t.Context(), owner, first.Name); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Get(t.Context(), owner, first.Name); !fault.Is(err, fault.NotFound) {
		t.Errorf("a deleted file is there: %v", err)
	}
	if err := r.Delete(t.Context(), owner, first.Name); !fault.Is(err, fault.NotFound) {
		t.Errorf("deleted twice: %v", err)
	}
	if _, err := r.Create(t.Context(), other, files.Meta{Size: -1}, bytes.NewReader(pdf(3<<20))); err != nil {
		t.Errorf("the room of a deleted file is not free: %v", err)
	}
}

func TestList(t *testing.T) {
	r := newRig(t)
	var names []string
	for i := range 5 {
		purpose := "user_data"
		if i%2 == 1 {
			purpose = "vision"
		}
		made, err := r.Create(t.Context(), owner, files.Meta{Size: -1, Purpose: purpose}, strings.NewReader("text"))
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, made.Name)
	}
	if _, err := r.Create(t.Context(), other, files.Meta{Size: -1}, strings.NewReader("text")); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		page files.Page
		want string
		more bool
	}{
		"newest first": {files.Page{Limit: 10}, "43210", false},
		"oldest first": {files.Page{Limit: 10, Ascending: true}, "01234", false},
		"two":          {files.Page{Limit: 2}, "43", true},
		"the next two": {files.Page{Limit: 2, After: names[3]}, "21", true},
		"the last":     {files.Page{Limit: 2, After: names[1]}, "0", false},
		"upwards":      {files.Page{Limit: 2, After: names[1], Ascending: true}, "23", true},
		"by purpose":   {files.Page{Limit: 2, Purpose: "vision"}, "31", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			list, more, err := r.List(t.Context(), owner, tc.page)
			var got strings.Builder
			for i := range list {
				for at, name := range names {
					if name == list[i].Name {
						got.WriteByte(byte('0' + at))
					}
				}
			}
			if err != nil || got.String() != tc.want || more != tc.more {
				t.Errorf("%s, %v, %v", got.String(), more, err)
			}
		})
	}
	if _, _, err := r.List(t.Context(), other, files.Page{Limit: 1, After: names[0]}); fault.Of(err).Field != "after" {
		t.Errorf("%v", err)
	}
}

func TestSweep(t *testing.T) {
	r := newRig(t)
	short, err := r.Create(t.Context(), owner, files.Meta{Size: -1, TTL: time.Hour}, strings.NewReader("text"))
	if err != nil {
		t.Fatal(err)
	}
	long, err := r.Create(t.Context(), owner, files.Meta{Size: -1, TTL: 1000 * time.Hour}, strings.NewReader("text"))
	if err != nil {
		t.Fatal(err)
	}
	token, err := r.Begin(t.Context(), owner, files.Meta{Size: -1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Append(t.Context(), token, 0, bytes.NewReader(pdf(2<<20))); err != nil {
		t.Fatal(err)
	}
	// What a server that was killed leaves of an upload in one request:
	id, err := r.store.AddFile(t.Context(), &files.Record{File: files.File{Owner: owner, Name: "cut", CreatedAt: r.now, ExpiresAt: r.now.Add(48 * time.Hour)}, State: files.Uploading, TouchedAt: r.now})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.store.AddChunk(t.Context(), files.Chunk{FileID: id, Data: pdf(1000)}, &files.Step{To: 1000, At: r.now}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after time.Duration
		swept int
		size  int64
	}{{time.Minute, 0, 2<<20 + 1008}, {30 * time.Minute, 1, 2<<20 + 8}, {time.Hour, 1, 2<<20 + 4}, {26 * time.Hour, 1, 4}, {48 * time.Hour, 1, 0}} {
		r.now = long.CreatedAt.Add(step.after)
		if n, err := r.Sweep(t.Context()); err != nil || n != step.swept || r.size(t) != step.size {
			t.Errorf("after %s: %d swept, %d bytes left, %v", step.after, n, r.size(t), err)
		}
	}
	if _, err := r.Get(t.Context(), owner, short.Name); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
	if _, err := r.Upload(t.Context(), token); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
}

func TestExpiredFilesAreGoneBeforeTheyAreSwept(t *testing.T) {
	r := newRig(t)
	made, err := r.Create(t.Context(), owner, files.Meta{Size: -1}, strings.NewReader("text"))
	if err != nil {
		t.Fatal(err)
	}
	r.now = r.now.Add(48 * time.Hour)
	if _, err := r.Get(t.Context(), owner, made.Name); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
	if list, _, err := r.List(t.Context(), owner, files.Page{Limit: 10}); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestUploadInSeveralRequests(t *testing.T) {
	r := newRig(t)
	data := pdf(3<<20 + 99)
	token, err := r.Begin(t.Context(), owner, files.Meta{Name: "mine", DisplayName: "My file", Size: int64(len(data))})
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(data); {
		r.open(t) // a restart between any two requests
		end := min(at+700_000, len(data))
		if _, err := r.Append(t.Context(), token, int64(at)+1, bytes.NewReader(data)); fault.Of(err).Code != "wrong_offset" {
			t.Fatalf("%v", err)
		}
		// A request that is cut keeps what came.
		n, err := r.Append(t.Context(), token, int64(at), io.MultiReader(bytes.NewReader(data[at:(at+end)/2]), iotest.ErrReader(io.ErrUnexpectedEOF)))
		if fault.Of(err).Code != "incomplete_body" || n != int64((at+end)/2) {
			t.Fatalf("%d, %v", n, err)
		}
		if n, err = r.Append(t.Context(), token, n, bytes.NewReader(data[n:end])); err != nil || n != int64(end) {
			t.Fatalf("%d, %v", n, err)
		}
		u, err := r.Upload(t.Context(), token)
		if err != nil || u.Received != n || u.File != nil || u.Owner != owner || u.Declared != int64(len(data)) {
			t.Fatalf("%+v, %v", u, err)
		}
		at = end
	}
	if _, err := r.Get(t.Context(), owner, "mine"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a file that is being uploaded is seen: %v", err)
	}
	made, err := r.Finalize(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	if made.Name != "mine" || !bytes.Equal(made.SHA256, sum[:]) || !bytes.Equal(read(t, r.Files, made, 0), data) {
		t.Errorf("%+v", made)
	}
	if again, err := r.Finalize(t.Context(), token); err != nil || again.ID != made.ID {
		t.Errorf("finalized again: %+v, %v", again, err)
	}
	if _, err := r.Append(t.Context(), token, made.Size, strings.NewReader("x")); fault.Of(err).Code != "upload_final" {
		t.Errorf("%v", err)
	}
	if err := r.Cancel(t.Context(), token); fault.Of(err).Code != "upload_final" {
		t.Errorf("%v", err)
	}
	if _, err := r.Begin(t.Context(), owner, files.Meta{Name: "mine", Size: -1}); fault.Of(err).Code != "file_exists" {
		t.Errorf("%v", err)
	}
	if _, err := r.Begin(t.Context(), other, files.Meta{Name: "mine", Size: -1}); err != nil {
		t.Errorf("another owner's name is taken: %v", err)
	}
}

func TestCancelledUploadLeavesNothing(t *testing.T) {
	r := newRig(t)
	token, err := r.Begin(t.Context(), owner, files.Meta{Size: -1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Append(t.Context(), token, 0, bytes.NewReader(pdf(2<<20))); err != nil {
		t.Fatal(err)
	}
	if err := r.Cancel(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Finalize(t.Context(), token); fault.Of(err).Code != "upload_not_found" {
		t.Errorf("%v", err)
	}
	if n := r.size(t); n != 0 {
		t.Errorf("%d bytes are left", n)
	}
}

func TestFinalizedByTwoRequestsAtOnce(t *testing.T) {
	r := newRig(t)
	for range 20 {
		token, err := r.Begin(t.Context(), owner, files.Meta{Size: -1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Append(t.Context(), token, 0, strings.NewReader("text")); err != nil {
			t.Fatal(err)
		}
		var together sync.WaitGroup
		var made [3]*files.File
		for i := range made {
			together.Go(func() {
				file, err := r.Finalize(t.Context(), token)
				if err != nil {
					t.Error(err)
				}
				made[i] = file
			})
		}
		together.Wait()
		if made[0] == nil || made[1] == nil || made[2] == nil || made[0].ID != made[1].ID || made[0].ID != made[2].ID {
			t.Errorf("%v", made)
		}
	}
}
