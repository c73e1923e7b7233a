package document

import "fmt"

// word writes a text document: its body, then its notes.
func (d *Document) word(out *text) error {
	for _, part := range []string{partWord, "word/footnotes.xml", "word/endnotes.xml"} {
		if err := d.walk(part, (&paragraphs{out: out}).next); err != nil {
			return err
		}
	}
	return nil
}

// slideshow writes a presentation, slide by slide.
func (d *Document) slideshow(out *text) error {
	for i, part := range d.numbered("ppt/slides/slide", ".xml") {
		if err := out.put(fmt.Sprintf("--- slide %d ---\n", i+1)); err != nil {
			return err
		}
		if err := d.walk(part, (&paragraphs{out: out}).next); err != nil {
			return err
		}
	}
	return nil
}

// paragraphs writes the text of WordprocessingML and DrawingML, whose elements of text have the same names (ECMA-376, parts 17.3 and 21.1.2).
type paragraphs struct {
	out      *text
	said     int // open elements whose text counts
	cells    int // open cells of tables: what is in one is one line
	fallback int // open elements that repeat, for old programs, what stands beside them
}

func (p *paragraphs) next(e element) error {
	if e.name == "Fallback" {
		p.fallback += map[bool]int{false: 1, true: -1}[e.ends]
	}
	if p.fallback > 0 {
		return nil
	}
	switch e.name {
	case "":
		if p.said > 0 {
			return p.out.put(e.text)
		}
	case "t":
		p.said += map[bool]int{false: 1, true: -1}[e.ends]
	case "tab":
		if !e.ends && p.said == 0 && len(e.attrs) == 0 { // with attributes it sets a stop
			return p.out.put("\t")
		}
	case "br", "cr":
		if !e.ends {
			return p.out.put("\n")
		}
	case "p":
		if e.ends {
			return p.out.put(map[bool]string{false: "\n", true: " "}[p.cells > 0])
		}
	case "tc":
		p.cells += map[bool]int{false: 1, true: -1}[e.ends]
		if e.ends {
			return p.out.put("\t")
		}
	case "tr":
		if e.ends {
			return p.out.put("\n")
		}
	}
	return nil
}
