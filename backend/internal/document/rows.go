package document

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// rows writes the rows of a sheet.
type rows struct {
	book   *workbook
	out    *text
	column int // of the next cell of the row, from 0
	cell   cell
	value  bool // within a value
}

type cell struct {
	column int
	kind   string
	style  int
	text   strings.Builder
}

func (r *rows) next(e element) error {
	switch {
	case e.name == "row" && e.ends:
		r.column = 0
		return r.out.put("\n")
	case e.name == "c" && !e.ends:
		r.begin(e)
	case e.name == "c":
		return r.end()
	case e.name == "v" || e.name == "t":
		r.value = !e.ends
	case e.name == "" && r.value:
		r.cell.text.WriteString(e.text)
	}
	return nil
}

func (r *rows) begin(e element) {
	r.cell = cell{column: columnOf(e.attr("r")), kind: e.attr("t")}
	if r.cell.column < r.column {
		r.cell.column = r.column
	}
	r.cell.style, _ = strconv.Atoi(e.attr("s")) // none is the first
}

func (r *rows) end() error {
	said := r.book.shown(&r.cell)
	if said == "" {
		return nil
	}
	tabs := r.cell.column - r.column
	if r.column > 0 {
		tabs++
	}
	r.column = r.cell.column + 1
	return r.out.put(strings.Repeat("\t", tabs) + said)
}

// maxColumns is how many columns a sheet can have.
const maxColumns = 16_384

// columnOf gives the column of a cell's name, from 0: "C7" is 2. One that is none is 0.
func columnOf(name string) int {
	column := 0
	for i := range len(name) {
		c := name[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		if column = column*26 + int(c-'A') + 1; column > maxColumns {
			return 0
		}
	}
	return max(column-1, 0)
}

// shown gives a cell's value in one line of text.
func (w *workbook) shown(c *cell) string {
	raw := c.text.String()
	switch c.kind {
	case "s":
		if n, err := strconv.Atoi(strings.TrimSpace(raw)); err == nil && n >= 0 && n < len(w.shared) {
			raw = w.shared[n]
		}
	case "b":
		raw = map[string]string{"0": "FALSE", "1": "TRUE"}[raw]
	case "", "n":
		if w.dates[c.style] {
			raw = w.date(raw)
		}
	}
	return strings.Join(strings.Fields(raw), " ")
}

// date gives a serial number as the day or time it means. Excel counts days from the end of 1899, or of 1903.
func (w *workbook) date(serial string) string {
	n, err := strconv.ParseFloat(serial, 64)
	if err != nil || n < 0 || n > 2_958_466 { // the year 9999
		return serial
	}
	first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if w.from1904 {
		first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	days, part := math.Modf(n)
	at := first.AddDate(0, 0, int(days)).Add(time.Duration(math.Round(part*24*60*60)) * time.Second)
	switch {
	case part == 0:
		return at.Format(time.DateOnly)
	case days == 0:
		return at.Format(time.TimeOnly)
	}
	return at.Format(time.DateTime)
}
