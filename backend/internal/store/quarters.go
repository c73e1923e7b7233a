package store

import "gorm.io/gorm"

// quarterSchema sums up by the quarter of an hour, for series that do not begin at a whole hour of UTC: in India's zone no day does, and
// reading 200,000 single requests takes too long for a page.
const quarterSchema = `
CREATE TABLE usage_quarters (
	quarter BIGINT PRIMARY KEY,
	requests BIGINT NOT NULL,
	failures BIGINT NOT NULL,
	input_tokens BIGINT NOT NULL,
	output_tokens BIGINT NOT NULL){clustered};
INSERT INTO usage_quarters (quarter, requests, failures, input_tokens, output_tokens)
	SELECT time - time % 900000000, COUNT(*), SUM(failed), SUM(input_tokens), SUM(output_tokens) FROM requests GROUP BY 1
`

const byQuarter = "SELECT quarter AS time, " + hourSums + " FROM usage_quarters WHERE quarter >= ? AND quarter < ?"

// quarters splits a stretch whose steps are whole quarters: from the first of which there are sums by the quarter, they are read; before it
// each hour counts where it begins; what has begun since the last quarter is read on its own.
func quarters(all stretch, first int64) (part span, sums stretch) {
	last := quarterOf(all.to)
	part = span{
		hours:    stretch{hourFrom(all.from), min(hourFrom(all.to), first)},
		requests: []stretch{{max(last, first), all.to}},
	}
	return part, stretch{max(all.from, first), last}
}

// firstQuarter gives the beginning of the first hour that is summed up by the quarter; when none is, a time after all others.
func firstQuarter(db *gorm.DB) (int64, error) {
	var first *int64
	if err := db.Raw("SELECT MIN(quarter) FROM usage_quarters").Row().Scan(&first); err != nil {
		return 0, err
	}
	if first == nil {
		return 1<<62 - (1<<62)%hourMicros, nil
	}
	return hourOf(*first), nil
}
