package files

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// Create keeps a new file that comes from a reader. What had come of one that fails is deleted. The faults: Invalid for an empty one, one
// that ended early, one of a kind that cannot be used or a bad name, Conflict for a name that is taken, TooLarge over the limit of a file,
// InsufficientStorage when all files together take what they may, Unavailable when too many come at once.
func (f *Files) Create(ctx context.Context, owner int64, meta Meta, from io.Reader) (*File, error) {
	r, err := f.begin(ctx, owner, meta, "")
	if err != nil {
		return nil, err
	}
	file, err := f.takeAll(ctx, r, meta, from)
	if err != nil {
		f.discard(ctx, r.ID)
		return nil, err
	}
	return file, nil
}

func (f *Files) takeAll(ctx context.Context, r *Record, meta Meta, from io.Reader) (*File, error) {
	if err := f.take(ctx, r, from); err != nil {
		return nil, err
	}
	if meta.Amend != nil {
		if err := meta.Amend(&meta); err != nil {
			return nil, ReadFault(ctx, err)
		}
		f.describe(r, &meta)
	}
	return f.finish(ctx, r)
}

// discard deletes an upload that failed.
func (f *Files) discard(ctx context.Context, id int64) {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), purgeLimit)
	defer cancel()
	if err := f.Store.HideFile(limited, id); err != nil {
		if !fault.Is(err, fault.NotFound) {
			f.Log.WarnContext(limited, "an upload that failed was not deleted, the sweep will", "file_id", id, "error", err)
		}
		return
	}
	f.purge(limited, id)
}

// begin checks what is said of a file and makes its record.
func (f *Files) begin(ctx context.Context, owner int64, meta Meta, token string) (*Record, error) {
	now, limits := f.Now(), f.Settings().Files
	switch {
	case meta.Name != "" && !GoodName(meta.Name):
		return nil, fault.Field("name", "must be 1 to %d of a–z, 0–9 and -, with no - at either end", maxName)
	case meta.Size > int64(limits.MaxFileBytes):
		return nil, TooLarge(int64(limits.MaxFileBytes))
	case f.used.Load()+max(meta.Size, 1) > int64(limits.TotalBytes):
		return nil, full()
	}
	r := &Record{
		File:  File{Owner: owner, Name: meta.Name, DisplayName: printable(meta.DisplayName), CreatedAt: now},
		State: Uploading, Said: firstRunes(meta.MIMEType, maxType), Declared: max(meta.Size, -1), Token: token, TouchedAt: now,
	}
	if r.Name == "" {
		r.Name = newName()
	}
	f.describe(r, &meta)
	id, err := f.Store.AddFile(ctx, r)
	if fault.Is(err, fault.Conflict) {
		return nil, fault.Wrap(fault.Conflict, err, "you have a file of this name already").WithCode("file_exists")
	}
	if r.ID = id; err != nil {
		return nil, err
	}
	return r, nil
}

// describe writes into a record what may be said of a file at its end.
func (f *Files) describe(r *Record, meta *Meta) {
	ttl := time.Duration(f.Settings().Files.TTL * float64(time.Second))
	if meta.TTL > 0 {
		ttl = min(ttl, meta.TTL)
	}
	r.Purpose, r.ExpiresAt = firstRunes(meta.Purpose, maxPurpose), r.CreatedAt.Add(ttl)
}

// finish makes an upload a file.
func (f *Files) finish(ctx context.Context, r *Record) (*File, error) {
	switch {
	case r.Size == 0:
		return nil, fault.Field("file", "is empty").WithCode("empty_file")
	case r.Declared >= 0 && r.Declared != r.Size:
		return nil, fault.Field("file", "has %d bytes, but %d were announced", r.Size, r.Declared).WithCode("incomplete_body")
	}
	sum, err := resume(r.Progress)
	if err != nil {
		return nil, err
	}
	r.SHA256 = sum.Sum(nil)
	if err := f.settle(ctx, r); err != nil {
		return nil, err
	}
	r.State, r.Progress, r.TouchedAt = Ready, nil, f.Now()
	if err := f.Store.FinishFile(ctx, r); err != nil {
		if fault.Is(err, fault.NotFound) {
			return nil, noSuchUpload()
		}
		return nil, err
	}
	f.index.put(&entry{file: r.File, copies: map[string]Copy{}, readAt: f.Now()})
	return &r.File, nil
}

// Upload is an upload that comes in several requests.
type Upload struct {
	Owner    int64
	Received int64 // bytes that are kept
	Declared int64 // the length that was named, −1 if none
	File     *File // when it has been finalized
}

// Begin begins an upload that comes in several requests, and gives the token by which they find it; whoever has the token may go on with it.
func (f *Files) Begin(ctx context.Context, owner int64, meta Meta) (token string, err error) {
	var raw [24]byte
	_, _ = rand.Read(raw[:]) // it never fails
	token = base64.RawURLEncoding.EncodeToString(raw[:])
	if _, err := f.begin(ctx, owner, meta, hashed(token)); err != nil {
		return "", err
	}
	return token, nil
}

// hashed gives a token as it is stored.
func hashed(token string) string {
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return hex.EncodeToString(sum[:])
}

func noSuchUpload() *fault.Error {
	return fault.New(fault.NotFound, "there is no such upload: it was cancelled, or nothing came of it for too long").WithCode("upload_not_found")
}

func (f *Files) upload(ctx context.Context, token string) (*Record, error) {
	r, err := f.Store.FindUpload(ctx, hashed(token))
	if fault.Is(err, fault.NotFound) {
		return nil, noSuchUpload()
	}
	return r, err
}

// Upload tells how far an upload is. One that is not there is NotFound.
func (f *Files) Upload(ctx context.Context, token string) (*Upload, error) {
	r, err := f.upload(ctx, token)
	if err != nil {
		return nil, err
	}
	u := &Upload{Owner: r.Owner, Received: r.Size, Declared: r.Declared}
	if r.State == Ready {
		u.File = &r.File
	}
	return u, nil
}

// Append adds the bytes that begin at an offset of an upload, and tells how many it has then, also with an error: what had come before
// a request was cut is kept. An offset that is not where the upload is, is a Conflict with the code "wrong_offset"; so is one that was
// finalized, with "upload_final".
func (f *Files) Append(ctx context.Context, token string, offset int64, from io.Reader) (received int64, err error) {
	r, err := f.upload(ctx, token)
	switch {
	case err != nil:
		return 0, err
	case r.State != Uploading:
		return r.Size, fault.New(fault.Conflict, "the upload has been finalized").WithCode("upload_final")
	case r.Size != offset:
		return r.Size, wrongOffset(offset, r.Size)
	}
	err = f.take(ctx, r, from)
	return r.Size, err
}

func wrongOffset(offset, want int64) *fault.Error {
	return fault.New(fault.Conflict, "the bytes begin at offset %d, but the upload is at %d", offset, want).WithCode("wrong_offset")
}

// Finalize makes an upload a file; one that is a file already is given again. An upload whose bytes cannot be a file is deleted.
func (f *Files) Finalize(ctx context.Context, token string) (*File, error) {
	r, err := f.upload(ctx, token)
	if err != nil {
		return nil, err
	}
	if r.State == Ready {
		return &r.File, nil
	}
	file, err := f.finish(ctx, r)
	switch {
	case fault.Is(err, fault.Invalid):
		f.discard(ctx, r.ID)
	case fault.Is(err, fault.NotFound): // perhaps another request has finalized it meanwhile
		if again, findErr := f.upload(ctx, token); findErr == nil && again.State == Ready {
			return &again.File, nil
		}
	}
	return file, err
}

// Cancel gives an upload up and deletes what had come of it. One that was finalized stays a file, and is a Conflict.
func (f *Files) Cancel(ctx context.Context, token string) error {
	r, err := f.upload(ctx, token)
	if err != nil {
		return err
	}
	if r.State != Uploading {
		return fault.New(fault.Conflict, "the upload has been finalized").WithCode("upload_final")
	}
	f.discard(ctx, r.ID)
	return nil
}
