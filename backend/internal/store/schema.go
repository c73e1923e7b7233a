package store

import (
	"strings"

	"gorm.io/gorm"
)

// firstSchema is the first schema, in the words both databases share; the words in braces are filled in by inDialect. Times are BIGINT
// microseconds in UTC, 0 for none. Tables that are written behind (key_health and below) have no foreign keys: one row of a key
// that is gone must not make a whole batch fail for ever. The hourly sums are several small tables rather than one by every column: with
// fifty keys and a few models and users nearly every request would be a row of its own there, and summing it up as slow as the log. The log
// itself has the two indexes that are read: each further one costs a request some 8 µs of CPU with SQLite.
const firstSchema = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value {bytes} NOT NULL);

CREATE TABLE gemini_keys (
	id {id},
	secret {bytes} NOT NULL,
	fingerprint TEXT NOT NULL,
	name TEXT NOT NULL,
	note TEXT NOT NULL,
	project TEXT NOT NULL,
	project_source TEXT NOT NULL,
	weight INTEGER NOT NULL,
	enabled BOOLEAN NOT NULL,
	created_at BIGINT NOT NULL,
	removed_at BIGINT NOT NULL);
CREATE UNIQUE INDEX gemini_keys_fingerprint ON gemini_keys (fingerprint);

CREATE TABLE key_health (
	key_id BIGINT PRIMARY KEY,
	healthy BOOLEAN NOT NULL,
	known BOOLEAN NOT NULL,
	dead TEXT NOT NULL,
	failures INTEGER NOT NULL,
	success {float} NOT NULL,
	seconds {float} NOT NULL,
	samples BIGINT NOT NULL,
	last_used_at BIGINT NOT NULL,
	last_check_at BIGINT NOT NULL,
	last_error_at BIGINT NOT NULL,
	last_verdict TEXT NOT NULL,
	last_status INTEGER NOT NULL,
	last_message TEXT NOT NULL,
	next_probe_at BIGINT NOT NULL,
	probe_strikes INTEGER NOT NULL);

CREATE TABLE rests (
	scope TEXT NOT NULL,
	model TEXT NOT NULL,
	verdict TEXT NOT NULL,
	since BIGINT NOT NULL,
	until BIGINT NOT NULL,
	strikes INTEGER NOT NULL,
	PRIMARY KEY (scope, model)){clustered};

CREATE TABLE project_days (
	day TEXT NOT NULL,
	scope TEXT NOT NULL,
	model TEXT NOT NULL,
	requests BIGINT NOT NULL,
	tokens BIGINT NOT NULL,
	PRIMARY KEY (day, scope, model)){clustered};

CREATE TABLE key_days (
	day TEXT NOT NULL,
	key_id BIGINT NOT NULL,
	requests BIGINT NOT NULL,
	failures BIGINT NOT NULL,
	checks BIGINT NOT NULL,
	check_failed BIGINT NOT NULL,
	PRIMARY KEY (day, key_id)){clustered};

CREATE TABLE learnt_limits (
	scope TEXT NOT NULL,
	model TEXT NOT NULL,
	rpm BIGINT,
	tpm BIGINT,
	rpd BIGINT,
	at BIGINT NOT NULL,
	PRIMARY KEY (scope, model)){clustered};

CREATE TABLE models (
	name TEXT PRIMARY KEY,
	rpm BIGINT,
	tpm BIGINT,
	rpd BIGINT,
	enabled BOOLEAN NOT NULL,
	seeded BOOLEAN NOT NULL);

CREATE TABLE settings (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	document TEXT NOT NULL,
	version BIGINT NOT NULL);

CREATE TABLE admins (
	id {id},
	username TEXT NOT NULL,
	username_lower TEXT NOT NULL,
	password_hash TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	password_changed_at BIGINT NOT NULL);
CREATE UNIQUE INDEX admins_username ON admins (username_lower);

CREATE TABLE refresh_tokens (
	id {id},
	hash TEXT NOT NULL,
	family TEXT NOT NULL,
	admin_id BIGINT NOT NULL REFERENCES admins (id) ON DELETE CASCADE,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	used_at BIGINT NOT NULL,
	revoked_at BIGINT NOT NULL,
	address TEXT NOT NULL,
	user_agent TEXT NOT NULL);
CREATE UNIQUE INDEX refresh_tokens_hash ON refresh_tokens (hash);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_admin ON refresh_tokens (admin_id);
CREATE INDEX refresh_tokens_expires ON refresh_tokens (expires_at);

CREATE TABLE user_keys (
	id {id},
	hash TEXT NOT NULL,
	prefix TEXT NOT NULL,
	suffix TEXT NOT NULL,
	name TEXT NOT NULL,
	note TEXT NOT NULL,
	enabled BOOLEAN NOT NULL,
	created_at BIGINT NOT NULL,
	last_used_at BIGINT NOT NULL,
	deleted_at BIGINT NOT NULL);
CREATE UNIQUE INDEX user_keys_hash ON user_keys (hash) WHERE deleted_at = 0;

CREATE TABLE requests (
	id {id},
	request_id TEXT NOT NULL,
	time BIGINT NOT NULL,
	user_key_id BIGINT NOT NULL,
	key_id BIGINT NOT NULL,
	api TEXT NOT NULL,
	model TEXT NOT NULL,
	stream BOOLEAN NOT NULL,
	status INTEGER NOT NULL,
	outcome TEXT NOT NULL,
	failed INTEGER NOT NULL,
	finish_reason TEXT NOT NULL,
	input_tokens BIGINT NOT NULL,
	output_tokens BIGINT NOT NULL,
	thoughts BIGINT NOT NULL,
	cached BIGINT NOT NULL,
	first_byte BIGINT NOT NULL,
	total BIGINT NOT NULL,
	latency INTEGER NOT NULL,
	attempt_count INTEGER NOT NULL,
	attempts TEXT NOT NULL);
CREATE INDEX requests_time ON requests (time, failed, input_tokens, output_tokens);
CREATE INDEX requests_failed ON requests (time) WHERE failed = 1;

CREATE TABLE usage_hours (
	hour BIGINT NOT NULL,
	model TEXT NOT NULL,
	user_key_id BIGINT NOT NULL,
	requests BIGINT NOT NULL,
	failures BIGINT NOT NULL,
	input_tokens BIGINT NOT NULL,
	output_tokens BIGINT NOT NULL,
	PRIMARY KEY (hour, model, user_key_id)){clustered};

CREATE TABLE key_hours (
	hour BIGINT NOT NULL,
	key_id BIGINT NOT NULL,
	requests BIGINT NOT NULL,
	failures BIGINT NOT NULL,
	input_tokens BIGINT NOT NULL,
	output_tokens BIGINT NOT NULL,
	PRIMARY KEY (hour, key_id)){clustered};

CREATE TABLE latency_hours (
	hour BIGINT NOT NULL,
	latency INTEGER NOT NULL,
	requests BIGINT NOT NULL,
	PRIMARY KEY (hour, latency)){clustered};

CREATE TABLE user_key_totals (
	user_key_id BIGINT PRIMARY KEY,
	requests BIGINT NOT NULL,
	failures BIGINT NOT NULL,
	input_tokens BIGINT NOT NULL,
	output_tokens BIGINT NOT NULL)
`

// inDialect fills in the words that the databases do not share. Ids are never reused by either of them.
func inDialect(kind, text string) string {
	if kind == KindSQLite {
		return strings.NewReplacer(
			"{id}", "INTEGER PRIMARY KEY AUTOINCREMENT",
			"{bytes}", "BLOB",
			"{float}", "REAL",
			"{clustered}", " WITHOUT ROWID",
			"{binary}", "",
		).Replace(text)
	}
	return strings.NewReplacer(
		"{id}", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
		"{bytes}", "BYTEA",
		"{float}", "DOUBLE PRECISION",
		"{clustered}", "",
		"{binary}", ` COLLATE "C"`,
	).Replace(text)
}

// runScript runs statements that are separated by semicolons, and hold none themselves.
func runScript(tx *gorm.DB, kind, script string) error {
	for statement := range strings.SplitSeq(inDialect(kind, script), ";") {
		if err := tx.Exec(strings.TrimSpace(statement)).Error; err != nil {
			return err
		}
	}
	return nil
}
