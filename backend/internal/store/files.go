package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/files"
)

var _ files.Store = (*Store)(nil)

// fileSchema is what users upload, their bytes in chunks, and what Gemini holds of them. There are no foreign keys: a file's rows are deleted
// by PurgeFile, some at a time.
const fileSchema = `
CREATE TABLE files (
	id {id},
	user_key_id BIGINT NOT NULL,
	name TEXT NOT NULL,
	display_name TEXT NOT NULL,
	purpose TEXT NOT NULL,
	mime_type TEXT NOT NULL,
	size BIGINT NOT NULL,
	sha256 {bytes},
	sent_type TEXT NOT NULL,
	sent_size BIGINT NOT NULL,
	converted BOOLEAN NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	state TEXT NOT NULL,
	said TEXT NOT NULL,
	declared BIGINT NOT NULL,
	token TEXT NOT NULL,
	progress {bytes},
	touched_at BIGINT NOT NULL);
CREATE UNIQUE INDEX files_name ON files (user_key_id, name) WHERE state <> 'deleted';
CREATE UNIQUE INDEX files_token ON files (token) WHERE token <> '';
CREATE INDEX files_expiry ON files (expires_at);

CREATE TABLE file_chunks (
	file_id BIGINT NOT NULL,
	form INTEGER NOT NULL,
	n INTEGER NOT NULL,
	data {bytes} NOT NULL,
	PRIMARY KEY (file_id, form, n));

CREATE TABLE file_copies (
	file_id BIGINT NOT NULL,
	scope TEXT NOT NULL,
	key_id BIGINT NOT NULL,
	name TEXT NOT NULL,
	uri TEXT NOT NULL,
	active BOOLEAN NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (file_id, scope)){clustered}
`

// createFiles makes the tables. Postgres would try to compress every chunk, though most media are compressed already.
func createFiles(tx *gorm.DB, kind string) error {
	if err := runScript(tx, kind, fileSchema); err != nil || kind != KindPostgres {
		return err
	}
	return tx.Exec("ALTER TABLE file_chunks ALTER COLUMN data SET STORAGE EXTERNAL").Error
}

// fileRow is a row of files.
type fileRow struct {
	ID          int64 `gorm:"primaryKey"`
	UserKeyID   int64
	Name        string
	DisplayName string
	Purpose     string
	MIMEType    string `gorm:"column:mime_type"`
	Size        int64
	SHA256      []byte `gorm:"column:sha256"`
	SentType    string
	SentSize    int64
	Converted   bool
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
	ExpiresAt   int64
	State       string
	Said        string
	Declared    int64
	Token       string
	Progress    []byte
	TouchedAt   int64
}

// TableName gives the table.
func (fileRow) TableName() string { return "files" }

func newFileRow(r *files.Record) fileRow {
	return fileRow{
		ID: r.ID, UserKeyID: r.Owner, Name: r.Name, DisplayName: clean(r.DisplayName, noteLimit), Purpose: clean(r.Purpose, nameLimit),
		MIMEType: clean(r.MIMEType, nameLimit), Size: r.Size, SHA256: r.SHA256, SentType: clean(r.SentType, nameLimit), SentSize: r.SentSize,
		Converted: r.Converted, CreatedAt: micros(r.CreatedAt), ExpiresAt: micros(r.ExpiresAt), State: string(r.State), Said: clean(r.Said, nameLimit),
		Declared: r.Declared, Token: r.Token, Progress: r.Progress, TouchedAt: micros(r.TouchedAt),
	}
}

func (r *fileRow) file() files.File {
	return files.File{
		ID: r.ID, Owner: r.UserKeyID, Name: r.Name, DisplayName: r.DisplayName, Purpose: r.Purpose, MIMEType: r.MIMEType, Size: r.Size,
		SHA256: r.SHA256, SentType: r.SentType, SentSize: r.SentSize, Converted: r.Converted, CreatedAt: at(r.CreatedAt), ExpiresAt: at(r.ExpiresAt),
	}
}

func (r *fileRow) record() files.Record {
	return files.Record{
		File: r.file(), State: files.State(r.State), Said: r.Said, Declared: r.Declared, Token: r.Token, Progress: r.Progress, TouchedAt: at(r.TouchedAt),
	}
}

// AddFile keeps a new record and gives its id.
func (s *Store) AddFile(ctx context.Context, r *files.Record) (int64, error) {
	row := newFileRow(r)
	err := s.change(ctx, "adding a file", func(tx *gorm.DB) error { return tx.Create(&row).Error })
	return row.ID, err
}

// AddChunk keeps a chunk and notes what it changes of its upload.
func (s *Store) AddChunk(ctx context.Context, c files.Chunk, step *files.Step) error {
	return s.change(ctx, "keeping a piece of a file", func(tx *gorm.DB) error {
		if step != nil {
			moved := tx.Exec("UPDATE files SET size = ?, progress = ?, touched_at = ? WHERE id = ? AND size = ? AND state = ?",
				step.To, step.Progress, micros(step.At), c.FileID, step.From, string(files.Uploading))
			if moved.Error != nil {
				return moved.Error
			}
			if moved.RowsAffected == 0 {
				return fault.New(fault.Conflict, "the upload is not at %d", step.From)
			}
		}
		return tx.Exec("INSERT INTO file_chunks (file_id, form, n, data) VALUES (?, ?, ?, ?) ON CONFLICT (file_id, form, n) DO UPDATE SET data = excluded.data",
			c.FileID, int(c.Form), c.N, c.Data).Error
	})
}

// FinishFile writes all of a record that is being uploaded.
func (s *Store) FinishFile(ctx context.Context, r *files.Record) error {
	row := newFileRow(r)
	return s.change(ctx, "finishing a file", func(tx *gorm.DB) error {
		changed := tx.Model(&fileRow{}).Where("id = ? AND state = ?", r.ID, string(files.Uploading)).Select("*").Omit("id").Updates(&row)
		if changed.Error == nil && changed.RowsAffected == 0 {
			return gorm.ErrRecordNotFound
		}
		return changed.Error
	})
}

func (s *Store) findFile(ctx context.Context, condition string, args ...any) (*files.Record, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	var row fileRow
	if err := s.reader(ctx).Where(condition, args...).Where("state <> ?", string(files.Deleted)).Take(&row).Error; err != nil {
		return nil, s.fail("finding a file", err)
	}
	r := row.record()
	return &r, nil
}

// FindFile gives an owner's file by its name.
func (s *Store) FindFile(ctx context.Context, owner int64, name string) (*files.Record, error) {
	return s.findFile(ctx, "user_key_id = ? AND name = ?", owner, name)
}

// FileByID gives a file, whatever its owner.
func (s *Store) FileByID(ctx context.Context, id int64) (*files.Record, error) {
	return s.findFile(ctx, "id = ?", id)
}

// FindUpload gives a file by its token.
func (s *Store) FindUpload(ctx context.Context, token string) (*files.Record, error) {
	return s.findFile(ctx, "token = ? AND token <> ''", token)
}

// ListFiles gives a page of an owner's files.
func (s *Store) ListFiles(ctx context.Context, q files.Query) ([]files.File, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	db := s.reader(ctx).Where("user_key_id = ? AND state = ? AND expires_at > ?", q.Owner, string(files.Ready), micros(q.Now)).Limit(q.Limit)
	if q.Purpose != "" {
		db = db.Where("purpose = ?", q.Purpose)
	}
	switch {
	case q.Ascending:
		db = db.Where("id > ?", q.After).Order("id")
	case q.After > 0:
		db = db.Where("id < ?", q.After).Order("id DESC")
	default:
		db = db.Order("id DESC")
	}
	list, err := loadRows(db, (*fileRow).file)
	return list, s.fail("listing files", err)
}

// foundRow is a row of SearchFiles.
type foundRow struct {
	File      fileRow `gorm:"embedded"`
	OwnerName string
	Copies    int
}

// SearchFiles gives a page of all files.
func (s *Store) SearchFiles(ctx context.Context, q files.Search) ([]files.Found, int, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	chosen := func() *gorm.DB {
		db := s.reader(ctx).Table("files").Joins("LEFT JOIN user_keys ON user_keys.id = files.user_key_id").
			Where("files.state = ? AND files.expires_at > ?", string(files.Ready), micros(q.Now))
		if q.Q != "" {
			part := "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(strings.ToLower(clean(q.Q, nameLimit))) + "%"
			db = db.Where("LOWER(files.name) LIKE ? ESCAPE '!' OR LOWER(files.display_name) LIKE ? ESCAPE '!' OR LOWER(files.mime_type) LIKE ? ESCAPE '!'"+
				" OR LOWER(user_keys.name) LIKE ? ESCAPE '!'", part, part, part, part)
		}
		return db
	}
	var total int64
	if err := chosen().Count(&total).Error; err != nil {
		return nil, 0, s.fail("counting files", err)
	}
	size := max(q.PageSize, 1)
	list, err := loadRows(chosen().Select("files.*, COALESCE(user_keys.name, '') AS owner_name, (SELECT COUNT(*) FROM file_copies WHERE file_copies.file_id = files.id) AS copies").
		Order(fileOrder(q.Sort)).Limit(size).Offset((max(q.Page, 1)-1)*size), func(r *foundRow) files.Found {
		return files.Found{File: r.File.file(), OwnerName: r.OwnerName, Copies: r.Copies}
	})
	return list, int(total), s.fail("searching files", err)
}

// fileOrder gives the order of a search.
func fileOrder(sort string) string {
	name, descending := strings.CutPrefix(sort, "-")
	column := map[string]string{"created": "files.id", "size": "files.size", "expires": "files.expires_at", "filename": "files.display_name"}[name]
	switch {
	case column == "":
		return "files.id DESC"
	case descending:
		return column + " DESC, files.id DESC"
	}
	return column + ", files.id"
}

// ReadChunk reads a chunk into a buffer and gives its length.
func (s *Store) ReadChunk(ctx context.Context, fileID int64, form files.Form, n int, into []byte) (int, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	length, err := s.readChunk(ctx, into, fileID, int(form), n)
	return length, s.fail("reading a piece of a file", err)
}

func (s *Store) readChunk(ctx context.Context, into []byte, identity ...any) (length int, err error) {
	rows, err := s.reader(ctx).Raw("SELECT data FROM file_chunks WHERE file_id = ? AND form = ? AND n = ?", identity...).Rows()
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }() // Err tells what went wrong in reading them
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return 0, err
		}
		return 0, sql.ErrNoRows
	}
	var data sql.RawBytes // the driver's own memory: a megabyte is not copied twice
	if err := rows.Scan(&data); err != nil {
		return 0, err
	}
	if len(data) > len(into) {
		return 0, fmt.Errorf("a chunk of %d bytes", len(data))
	}
	length = copy(into, data)
	return length, rows.Err()
}

// HideFile makes a file one that nobody sees.
func (s *Store) HideFile(ctx context.Context, id int64) error {
	return s.change(ctx, "deleting a file", func(tx *gorm.DB) error {
		hidden := tx.Exec("UPDATE files SET state = ?, token = '' WHERE id = ? AND state <> ?", string(files.Deleted), id, string(files.Deleted))
		if hidden.Error == nil && hidden.RowsAffected == 0 {
			return gorm.ErrRecordNotFound
		}
		return hidden.Error
	})
}

// purgedAtOnce is how many chunks one transaction deletes: others who write wait for it.
const purgedAtOnce = 16

// PurgeFile deletes what is left of a deleted file.
func (s *Store) PurgeFile(ctx context.Context, id int64) error {
	for {
		var deleted int64
		err := s.change(ctx, "deleting a file's bytes", func(tx *gorm.DB) error {
			result := tx.Exec("DELETE FROM file_chunks WHERE file_id = ? AND (form, n) IN (SELECT form, n FROM file_chunks WHERE file_id = ? LIMIT ?)", id, id, purgedAtOnce)
			deleted = result.RowsAffected
			return result.Error
		})
		if err != nil {
			return err
		}
		if deleted < purgedAtOnce {
			break
		}
	}
	return s.change(ctx, "deleting a file's record", func(tx *gorm.DB) error {
		if err := tx.Exec("DELETE FROM file_copies WHERE file_id = ?", id).Error; err != nil {
			return err
		}
		return tx.Exec("DELETE FROM files WHERE id = ? AND state = ?", id, string(files.Deleted)).Error
	})
}

// DeadFiles gives files that the sweep takes. Those of a user key that was deleted are among them.
func (s *Store) DeadFiles(ctx context.Context, b files.Borders) ([]files.Record, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	db := s.reader(ctx).Where("state = ? OR state = ? AND expires_at <= ? OR state = ? AND touched_at < CASE token WHEN '' THEN CAST(? AS BIGINT) ELSE CAST(? AS BIGINT) END"+
		" OR user_key_id IN (SELECT id FROM user_keys WHERE deleted_at > 0)",
		string(files.Deleted), string(files.Ready), micros(b.Now), string(files.Uploading), micros(b.Cut), micros(b.Idle)).Order("id").Limit(b.Limit)
	list, err := loadRows(db, (*fileRow).record)
	return list, s.fail("finding files to delete", err)
}

// FilesSize gives the bytes that all files take.
func (s *Store) FilesSize(ctx context.Context) (int64, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	var size int64
	err := s.reader(ctx).Raw("SELECT COALESCE(SUM(size + CASE WHEN converted THEN sent_size ELSE 0 END), 0) FROM files").Row().Scan(&size)
	return size, s.fail("measuring the files", err)
}
