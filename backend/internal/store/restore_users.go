package store

import (
	"encoding/json"
	"slices"
	"strings"

	"gemini-proxy/backend/internal/backup"
)

const hashHex = 64 // characters of a user key's hash

// userKey takes over a user key.
func (r *restoring) userKey(k *backup.UserKey) error {
	row := userKeyRow{
		Hash: k.Hash, Prefix: clean(k.Prefix, nameLimit), Suffix: clean(k.Suffix, nameLimit), Name: clean(k.Name, nameLimit), Note: clean(k.Note, noteLimit),
		Enabled: k.Enabled, CreatedAt: micros(k.CreatedAt), LastUsedAt: micros(k.LastUsedAt), DeletedAt: micros(k.DeletedAt), Limits: clean(k.Limits, len(k.Limits)),
	}
	if row.DeletedAt != 0 {
		row.Hash = ""
	} else if len(row.Hash) != hashHex || strings.Trim(row.Hash, "0123456789abcdef") != "" {
		return unreadable("a user key without a usable hash")
	}
	if row.Limits != "" && !json.Valid([]byte(row.Limits)) {
		return unreadable("a user key whose limits are not readable")
	}
	here := r.userKeyHere(&row, k.ID)
	if here == nil {
		return r.addUserKey(&row, k.ID)
	}
	r.userKeyIDs[k.ID] = here.ID
	switch {
	case row.DeletedAt != 0:
		return nil // it is here, deleted or not, and stays so
	case here.Hash == row.Hash && here.Name == row.Name && here.Note == row.Note && here.Enabled == row.Enabled && here.Limits == row.Limits:
		r.summary.UserKeys.Same++
		return nil
	}
	r.summary.UserKeys.Changed++
	return r.tx.Model(&userKeyRow{}).Where("id = ?", here.ID).
		Select("hash", "prefix", "suffix", "name", "note", "enabled", "limits", "deleted_at").Updates(&row).Error
}

// userKeyHere finds a user key by its hash, else by its id and time: it was rotated or deleted here. nil when it is not here.
func (r *restoring) userKeyHere(row *userKeyRow, fileID int64) *userKeyRow {
	if row.Hash != "" && r.usersByHash[row.Hash] != nil {
		return r.usersByHash[row.Hash]
	}
	if here := r.usersByID[fileID]; here != nil && here.CreatedAt == row.CreatedAt && !r.freshUsers[fileID] {
		return here
	}
	return nil
}

// addUserKey inserts a user key, under its id of the file where that is free.
func (r *restoring) addUserKey(row *userKeyRow, fileID int64) error {
	if fileID > 0 && r.usersByID[fileID] == nil {
		row.ID = fileID
	} else if err := r.advanceIDs(); err != nil { // ids of the file may be just ahead
		return err
	}
	if err := r.tx.Create(row).Error; err != nil {
		return err
	}
	r.userKeyIDs[fileID], r.usersByID[row.ID], r.freshUsers[row.ID] = row.ID, row, true
	if row.DeletedAt == 0 {
		r.usersByHash[row.Hash] = row
		r.summary.UserKeys.Added++
	}
	return nil
}

// usage adds rows of sums that are not here. What is here is known better here, so that a restore can be repeated and counts nothing twice.
func (r *restoring) usage(u *backup.Usage) error {
	tables := sumTables()
	i := slices.IndexFunc(tables, func(t sumTable) bool { return t.name == u.Table })
	if i < 0 {
		return nil // of a later version
	}
	table := &tables[i]
	rows := make([][]any, 0, len(u.Rows))
	for _, row := range u.Rows {
		values, known, err := r.sums(table, row)
		if err != nil {
			return err
		}
		if known {
			rows = append(rows, values)
		}
	}
	for batch := range slices.Chunk(rows, rowsAtOnce(r.tx, len(table.columns()))) {
		if err := r.addSums(table, batch); err != nil {
			return err
		}
	}
	return nil
}

// sums reads a row, with the ids that its keys have here; known is false when one of them is not here.
func (r *restoring) sums(table *sumTable, row []any) (values []any, known bool, err error) {
	columns := table.columns()
	if len(row) != len(columns) {
		return nil, false, unreadable("usage in an unknown form")
	}
	values, known = make([]any, len(columns)), true
	for i, column := range columns {
		if column == table.text {
			text, ok := row[i].(string)
			if !ok {
				return nil, false, unreadable("usage in an unknown form")
			}
			values[i] = clean(text, nameLimit)
			continue
		}
		number, ok := row[i].(json.Number)
		n, err := number.Int64()
		if !ok || err != nil {
			return nil, false, unreadable("usage in an unknown form")
		}
		switch column {
		case table.key:
			n, known = hereOf(r.keyIDs, n)
		case table.userKey:
			n, known = hereOf(r.userKeyIDs, n)
		}
		if !known {
			return nil, false, nil
		}
		values[i] = n
	}
	return values, true, nil
}

// hereOf gives the id that a thing of the file has here. 0 stands for none at all, and is known everywhere.
func hereOf(ids map[int64]int64, id int64) (here int64, known bool) {
	here, known = ids[id]
	return here, known || id == 0
}

// addSums inserts rows of sums where there are none.
func (r *restoring) addSums(table *sumTable, rows [][]any) error {
	if table.name == "user_key_totals" {
		return r.addTotals(table, rows)
	}
	columns := table.columns()
	args := make([]any, 0, len(rows)*len(columns))
	for _, row := range rows {
		args = append(args, row...)
	}
	insert := "INSERT INTO " + table.name + " (" + strings.Join(columns, ", ") + ") VALUES " +
		repeat("("+repeat("?", len(columns))+")", len(rows)) + " ON CONFLICT (" + strings.Join(table.identity, ", ") + ") DO "
	if table.name == "usage_hours" {
		return r.addHours(insert+"NOTHING RETURNING user_key_id, requests, failures, input_tokens, output_tokens", args)
	}
	result := r.tx.Exec(insert+"NOTHING", args...)
	r.summary.UsageRows += int(result.RowsAffected)
	return result.Error
}

// addHours inserts hours and notes what they add to the totals of their user keys.
func (r *restoring) addHours(insert string, args []any) error {
	rows, err := r.tx.Raw(insert, args...).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var one totals
		if err := rows.Scan(&id, &one[0], &one[1], &one[2], &one[3]); err != nil {
			return err
		}
		sum := r.added[id]
		for i := range sum {
			sum[i] += one[i]
		}
		r.added[id] = sum
		r.summary.UsageRows++
	}
	return rows.Err()
}

// addTotals takes over the totals of a user key that has none here; of one that has, they grow by the hours that were added.
func (r *restoring) addTotals(table *sumTable, rows [][]any) error {
	for _, row := range rows {
		id, ok := row[0].(int64)
		if !ok {
			return unreadable("usage in an unknown form")
		}
		result := r.tx.Exec("UPDATE user_key_totals SET requests = requests + ?, failures = failures + ?, input_tokens = input_tokens + ?, "+
			"output_tokens = output_tokens + ? WHERE user_key_id = ?", r.added[id][0], r.added[id][1], r.added[id][2], r.added[id][3], id)
		if result.Error != nil {
			return result.Error
		}
		if result.RowsAffected > 0 {
			continue
		}
		insert := "INSERT INTO " + table.name + " (" + strings.Join(table.columns(), ", ") + ") VALUES (" + repeat("?", len(row)) + ")"
		if err := r.tx.Exec(insert, row...).Error; err != nil {
			return err
		}
		r.summary.UsageRows++
	}
	return nil
}
