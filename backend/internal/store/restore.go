package store

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gemini-proxy/backend/internal/backup"
	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
)

// Bounds of what a server may hold after a restore. They are those of the rooms whose it is, which cannot be asked from here.
const (
	maxUserKeyRows = 10_000
	maxModelRows   = 1_000
	maxRawKey      = 4 << 10
)

// errPreview takes back a restore that was only to be tried.
var errPreview = errors.New("only a preview")

// RestoreBackup takes records in one transaction. A Gemini key is known by its secret, a user key by its hash or, when it was deleted here,
// by its id and time; a model by its name. What the file says of them holds, but it takes no Gemini key out of the pool. Ids are kept where
// they are free, so that a history fits.
func (s *Store) RestoreBackup(ctx context.Context, next func() (*backup.Record, error), preview bool) (backup.Summary, error) {
	ctx, cancel := bounded(ctx, loadLimit)
	defer cancel()
	r := &restoring{Store: s, keyIDs: map[int64]int64{}, userKeyIDs: map[int64]int64{}, added: map[int64]totals{}}
	err := s.change(ctx, "restoring a backup", func(tx *gorm.DB) error {
		r.tx = tx
		if err := r.all(next); err != nil {
			return err
		}
		if preview {
			return errPreview
		}
		return nil
	})
	if errors.Is(err, errPreview) {
		err = nil
	}
	return r.summary, err
}

// restoring is one restore under way.
type restoring struct {
	*Store
	tx      *gorm.DB
	summary backup.Summary

	keys      []backup.Key       // wait to be written together
	keysHere  map[string]keyHere // by fingerprint
	idsHere   map[int64]bool
	keyIDs    map[int64]int64 // ids here by those of the file
	freshKeys map[int64]bool  // ids here that the restore made

	usersByHash map[string]*userKeyRow // that are not deleted
	usersByID   map[int64]*userKeyRow
	freshUsers  map[int64]bool
	userKeyIDs  map[int64]int64

	added map[int64]totals // of hours that were added, by user key
}

// totals is sums of a user key: requests, failures, input and output tokens.
type totals [4]int64

const (
	keysAtOnce = 500
	keyScope   = "key:" // how the pool names a key that is its own project
)

func (r *restoring) all(next func() (*backup.Record, error)) error {
	if err := errors.Join(r.checkCurrent(r.tx), r.loadHere()); err != nil {
		return err
	}
	for {
		record, err := next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if record.Key != nil {
			if r.keys = append(r.keys, *record.Key); len(r.keys) < keysAtOnce {
				continue
			}
		}
		if err := r.flushKeys(); err != nil {
			return err
		}
		if err := r.one(record); err != nil {
			return err
		}
	}
	if err := r.flushKeys(); err != nil {
		return err
	}
	if err := r.checkRoom(); err != nil {
		return err
	}
	return r.advanceIDs()
}

func (r *restoring) one(record *backup.Record) error {
	switch {
	case record.Learnt != nil:
		return r.learnt(record.Learnt)
	case record.UserKey != nil:
		return r.userKey(record.UserKey)
	case record.Model != nil:
		return r.model(record.Model)
	case record.Settings != nil:
		return r.settings(record.Settings)
	case record.Usage != nil:
		return r.usage(record.Usage)
	}
	return nil // a key, or what a later version of the same format adds
}

// checkRoom refuses what would leave more things than the rooms take.
func (r *restoring) checkRoom() error {
	var users, models int64
	if err := r.tx.Model(&userKeyRow{}).Where("deleted_at = 0").Count(&users).Error; err != nil {
		return err
	}
	if err := r.tx.Model(&rosterRow{}).Count(&models).Error; err != nil {
		return err
	}
	if users > maxUserKeyRows || models > maxModelRows {
		return fault.New(fault.Conflict, "there would be %d user keys and %d models, at most %d and %d can be", users, models, maxUserKeyRows, maxModelRows).WithCode("conflict")
	}
	return nil
}

// advanceIDs has Postgres go on after the ids that were taken; SQLite does by itself.
func (r *restoring) advanceIDs() error {
	if r.kind != KindPostgres {
		return nil
	}
	for _, table := range []string{keyTable, "user_keys"} {
		sequence := "pg_get_serial_sequence('" + table + "', 'id')"
		err := r.tx.Exec("SELECT setval(" + sequence + ", GREATEST((SELECT COALESCE(MAX(id), 0) FROM " + table + "), nextval(" + sequence + ")))").Error
		if err != nil {
			return err
		}
	}
	return nil
}

// keyHere is a Gemini key of this server.
type keyHere struct {
	ID                      int64
	Fingerprint, Name, Note string
	Project, ProjectSource  string
	Weight                  int
	Enabled                 bool
	RemovedAt               int64
}

func (r *restoring) loadHere() error {
	var rows []keyHere
	err := r.tx.Table(keyTable).Select("id", "fingerprint", "name", "note", "project", "project_source", "weight", "enabled", "removed_at").Find(&rows).Error
	r.keysHere, r.idsHere, r.freshKeys = make(map[string]keyHere, len(rows)), make(map[int64]bool, len(rows)), map[int64]bool{}
	for _, row := range rows {
		r.keysHere[row.Fingerprint], r.idsHere[row.ID] = row, true
	}
	if err != nil {
		return err
	}
	var users []userKeyRow
	err = r.tx.Find(&users).Error
	r.usersByHash, r.usersByID, r.freshUsers = map[string]*userKeyRow{}, map[int64]*userKeyRow{}, map[int64]bool{}
	for i := range users {
		if r.usersByID[users[i].ID] = &users[i]; users[i].DeletedAt == 0 {
			r.usersByHash[users[i].Hash] = &users[i]
		}
	}
	return err
}

// flushKeys writes the Gemini keys that wait.
func (r *restoring) flushKeys() error {
	var fresh []pool.Record
	var changed [][]any
	seen := map[string]bool{}
	for i := range r.keys {
		k := &r.keys[i]
		if k.Secret == "" || len(k.Secret) > maxRawKey {
			return unreadable("a Gemini key without a usable secret")
		}
		record := pool.Record{
			ID: k.ID, Name: clean(k.Name, nameLimit), Note: clean(k.Note, noteLimit), Project: clean(k.Project, nameLimit), ProjectSource: knownSource(k),
			Weight: min(max(k.Weight, 1), 100), Enabled: k.Enabled, CreatedAt: k.CreatedAt, RemovedAt: k.RemovedAt,
		}
		record.Secret, record.Fingerprint = gemini.Secret(k.Secret), r.sealer.Fingerprint(string(k.Secret))
		if seen[record.Fingerprint] {
			continue
		}
		seen[record.Fingerprint] = true
		here, there := r.keysHere[record.Fingerprint]
		if !there {
			fresh = append(fresh, record)
			continue
		}
		r.keyIDs[k.ID] = here.ID
		if row := here.changedBy(&record); row != nil {
			r.summary.Keys.Changed++
			changed = append(changed, row)
		} else {
			r.summary.Keys.Same++
		}
	}
	r.keys = r.keys[:0]
	columns := []value{{"name", "TEXT"}, {"note", "TEXT"}, {"project", "TEXT"}, {"project_source", "TEXT"},
		{"weight", "INTEGER"}, {"enabled", "BOOLEAN"}, {"removed_at", "BIGINT"}}
	if len(changed) > 0 {
		if _, err := update(r.tx, keyTable, columns, changed, ""); err != nil {
			return err
		}
	}
	return r.addKeys(fresh)
}

// changedBy gives what is to be written over a key that is here; nil when it is just so. A key in use is not taken out, and a project
// that was found out here is not forgotten.
func (k *keyHere) changedBy(r *pool.Record) []any {
	removed := micros(r.RemovedAt)
	if k.RemovedAt == 0 {
		removed = 0
	}
	project, source := r.Project, r.ProjectSource
	if source != pool.SourceOperator && k.Project != "" {
		project, source = k.Project, k.ProjectSource
	}
	now := keyHere{k.ID, k.Fingerprint, r.Name, r.Note, project, source, r.Weight, r.Enabled, removed}
	if now == *k {
		return nil
	}
	return []any{k.ID, r.Name, r.Note, project, source, r.Weight, r.Enabled, removed}
}

// addKeys inserts keys that are not here, under their ids of the file where these are free.
func (r *restoring) addKeys(keys []pool.Record) error {
	var kept, renumbered []pool.Record
	for i := range keys {
		if keys[i].ID > 0 && !r.idsHere[keys[i].ID] {
			kept = append(kept, keys[i])
		} else {
			renumbered = append(renumbered, keys[i])
		}
	}
	for batch := range slices.Chunk(kept, rowsAtOnce(r.tx, 11)) {
		var args []any
		for i := range batch {
			k := &batch[i]
			sealed := r.sealer.Seal(keyTable, k.Fingerprint, []byte(k.Secret.Reveal()))
			args = append(args, k.ID, sealed, k.Fingerprint, k.Name, k.Note, k.Project, k.ProjectSource, k.Weight, k.Enabled, micros(k.CreatedAt), micros(k.RemovedAt))
		}
		err := r.tx.Exec(`INSERT INTO gemini_keys
			(id, secret, fingerprint, name, note, project, project_source, weight, enabled, created_at, removed_at)
			VALUES `+repeat("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", len(batch)), args...).Error
		if err != nil {
			return err
		}
		for i := range batch {
			r.adopted(batch[i].ID, &batch[i])
		}
	}
	for batch := range slices.Chunk(renumbered, rowsAtOnce(r.tx, 10)) {
		ids := make([]int64, len(batch))
		for i := range batch {
			ids[i] = batch[i].ID
		}
		if err := r.insertKeys(r.tx, batch); err != nil {
			return err
		}
		for i := range batch {
			r.adopted(ids[i], &batch[i])
		}
	}
	return nil
}

// adopted notes a key that was inserted, and its id in the file.
func (r *restoring) adopted(fileID int64, k *pool.Record) {
	r.summary.Keys.Added++
	r.keyIDs[fileID], r.idsHere[k.ID], r.freshKeys[k.ID] = k.ID, true, true
	r.keysHere[k.Fingerprint] = keyHere{k.ID, k.Fingerprint, k.Name, k.Note, k.Project, k.ProjectSource, k.Weight, k.Enabled, micros(k.RemovedAt)}
}

// knownSource gives how a key's project is known, in words of this version.
func knownSource(k *backup.Key) string {
	switch k.ProjectSource {
	case pool.SourceMarker, pool.SourceError, pool.SourceOperator:
		if k.Project != "" {
			return k.ProjectSource
		}
	}
	return pool.SourceUnknown
}

// learnt takes over what is known of a project's limits, where nothing is known here.
func (r *restoring) learnt(l *backup.Learnt) error {
	scope := clean(l.Scope, nameLimit)
	if text, own := strings.CutPrefix(l.Scope, keyScope); own {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || !r.freshKeys[r.keyIDs[id]] {
			return nil //nolint:nilerr // it is of no key here
		}
		scope = keyScope + strconv.FormatInt(r.keyIDs[id], 10)
	}
	row := learntRow{Scope: scope, Model: clean(l.Model, nameLimit), RPM: l.RPM, TPM: l.TPM, RPD: l.RPD, At: micros(l.At)}
	return r.tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
}

// model takes over a model's row. An alias of the file's is taken from the model that has it here.
func (r *restoring) model(m *backup.Model) error {
	if m.Name == "" {
		return unreadable("a model without a name")
	}
	row := rosterRow{Name: clean(m.Name, nameLimit), RPM: m.RPM, TPM: m.TPM, RPD: m.RPD, Enabled: m.Enabled, Alias: clean(m.Alias, nameLimit), Seeded: m.Seeded,
		ThinkingBudget: m.ThinkingBudget, IncludeThoughts: m.IncludeThoughts}
	var here []rosterRow
	if err := r.tx.Where("name = ?", row.Name).Find(&here).Error; err != nil {
		return err
	}
	switch {
	case len(here) == 0:
		r.summary.Models.Added++
	case reflect.DeepEqual(here[0], row):
		r.summary.Models.Same++
		return nil
	default:
		r.summary.Models.Changed++
	}
	if row.Alias != "" {
		if err := r.tx.Exec("UPDATE models SET alias = '' WHERE alias = ? AND name <> ?", row.Alias, row.Name).Error; err != nil {
			return err
		}
	}
	return upsert(r.tx, []rosterRow{row}, "name")
}

// settings takes over the document of settings. What in it is not usable counts as its default when it is read.
func (r *restoring) settings(s *backup.Settings) error {
	var document map[string]json.RawMessage
	if err := json.Unmarshal([]byte(s.Document), &document); err != nil {
		return unreadable("settings that are not JSON")
	}
	var here []settingsRow
	if err := r.tx.Find(&here).Error; err != nil {
		return err
	}
	text := clean(s.Document, len(s.Document))
	if len(here) > 0 && here[0].Document == text {
		return nil
	}
	r.summary.Settings = true
	if len(here) > 0 {
		return r.tx.Exec("UPDATE settings SET document = ?, version = version + 1 WHERE id = 1", text).Error
	}
	return r.tx.Exec("INSERT INTO settings (id, document, version) VALUES (1, ?, 1)", text).Error
}

// unreadable says that a file is sealed well and makes no sense: another program wrote it.
func unreadable(what string) error { return fault.Field("file", "holds %s", what) }
