package document

import (
	"path"
	"strconv"
	"strings"
)

// workbook is a spreadsheet being read (ECMA-376, part 18).
type workbook struct {
	shared   []string     // strings that cells name by number
	dates    map[int]bool // the styles whose numbers are dates, by number
	from1904 bool
}

type sheet struct{ name, relation string }

// workbook writes a spreadsheet, sheet by sheet: a line for each row, with tabs between its cells.
func (d *Document) workbook(out *text) error {
	w := &workbook{dates: map[int]bool{}}
	var sheets []sheet
	err := d.walk(partSheet, func(e element) error {
		switch {
		case e.ends:
		case e.name == "workbookPr":
			w.from1904 = e.attr("date1904") == "1" || e.attr("date1904") == "true"
		case e.name == "sheet":
			sheets = append(sheets, sheet{e.attr("name"), e.attr("id")})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := d.walk("xl/styles.xml", newStyles(w).next); err != nil {
		return err
	}
	if err := d.walk("xl/sharedStrings.xml", (&sharedStrings{book: w, most: int(d.part)}).next); err != nil {
		return err
	}
	targets := map[string]string{}
	err = d.walk("xl/_rels/workbook.xml.rels", func(e element) error {
		if e.name == "Relationship" && !e.ends {
			targets[e.attr("Id")] = e.attr("Target")
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, s := range sheets {
		if err := out.put("--- sheet " + s.name + " ---\n"); err != nil {
			return err
		}
		part := path.Join("xl", targets[s.relation])
		if rooted, ok := strings.CutPrefix(targets[s.relation], "/"); ok {
			part = rooted
		}
		if err := d.walk(part, (&rows{book: w, out: out}).next); err != nil {
			return err
		}
	}
	return nil
}

// sharedStrings reads the strings that cells name.
type sharedStrings struct {
	book     *workbook
	one      strings.Builder
	text     bool
	phonetic bool // how a string is said, not what it is
	bytes    int
	most     int
}

func (s *sharedStrings) next(e element) error {
	switch {
	case e.name == "si" && e.ends:
		s.book.shared = append(s.book.shared, s.one.String())
		if s.bytes += s.one.Len() + 16; s.bytes > s.most {
			return ErrTooLarge
		}
		s.one.Reset()
	case e.name == "rPh":
		s.phonetic = !e.ends
	case e.name == "t":
		s.text = !e.ends
	case e.name == "" && s.text && !s.phonetic:
		s.one.WriteString(e.text)
	}
	return nil
}

// styles finds the styles whose numbers are dates.
type styles struct {
	book  *workbook
	codes map[int]bool // formats of the workbook's own, by number: whether they are dates
	cells bool         // within the styles of cells
	at    int
}

func newStyles(w *workbook) *styles { return &styles{book: w, codes: map[int]bool{}} }

func (s *styles) next(e element) error {
	switch {
	case e.name == "numFmt" && !e.ends:
		if n, err := strconv.Atoi(e.attr("numFmtId")); err == nil {
			s.codes[n] = isDateFormat(e.attr("formatCode"))
		}
	case e.name == "cellXfs":
		s.cells = !e.ends
	case e.name == "xf" && !e.ends && s.cells:
		if n, err := strconv.Atoi(e.attr("numFmtId")); err == nil && (s.codes[n] || isDateNumber(n)) {
			s.book.dates[s.at] = true
		}
		s.at++
	}
	return nil
}

// isDateNumber reports a format that every program knows as a date (ECMA-376, 18.8.30).
func isDateNumber(n int) bool {
	return n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 45 && n <= 47 || n >= 50 && n <= 58
}

// isDateFormat reports a format code that writes a date or a time: outside of quotes and brackets it has a letter for one.
func isDateFormat(code string) bool {
	quoted, bracketed := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\\' || c == '_' || c == '*':
			i++
		case c == '[':
			bracketed = true
		case c == ']':
			bracketed = false
		case !bracketed && strings.IndexByte("yYdDhHsS", c) >= 0:
			return true
		}
	}
	return false
}
