package document_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/document"
)

// archive makes a zip of parts, in pairs of name and content.
func archive(t testing.TB, parts ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := 0; i < len(parts); i += 2 {
		part, err := w.Create(parts[i])
		if err == nil {
			_, err = io.WriteString(part, parts[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// shrunk is how many times smaller the bounds are here.
const shrunk = 64

func textOf(data []byte) (document.Kind, string, error) {
	d, err := document.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", "", err
	}
	d.Shrink(shrunk)
	var out bytes.Buffer
	err = d.WriteText(&out)
	return d.Kind, out.String(), err
}

const wordBody = `<?xml version="1.0"?><w:document xmlns:w="x" xmlns:mc="y"><w:body>
<w:p><w:pPr><w:tabs><w:tab w:val="left" w:pos="1"/></w:tabs></w:pPr><w:r><w:t>One </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">two &amp; 三</w:t><w:tab/><w:t>x</w:t><w:br/><w:t>y</w:t></w:r></w:p>
<w:p><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>
<mc:AlternateContent><mc:Choice><w:p><w:r><w:t>shape</w:t></w:r></w:p></mc:Choice><mc:Fallback><w:p><w:r><w:t>shape</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
</w:body></w:document>`

func TestWord(t *testing.T) {
	kind, got, err := textOf(archive(t, "[Content_Types].xml", "<a/>", "word/document.xml", wordBody, "word/footnotes.xml", `<w:footnotes><w:p><w:r><w:t>note</w:t></w:r></w:p></w:footnotes>`))
	want := "One two & 三\tx\ny\n\nshape\na \tb \t\nnote\n"
	if kind != document.Word || got != want || err != nil {
		t.Errorf("%s %q, %v", kind, got, err)
	}
}

func TestSlideshow(t *testing.T) {
	slide := func(text string) string {
		return `<p:sld xmlns:a="x"><a:p><a:r><a:t>` + text + `</a:t></a:r><a:br/><a:r><a:t>more</a:t></a:r></a:p></p:sld>`
	}
	kind, got, err := textOf(archive(t, "ppt/presentation.xml", "<p/>", "ppt/slides/slide10.xml", slide("ten"), "ppt/slides/slide2.xml", slide("two"), "ppt/slides/_rels/slide2.xml.rels", "<a/>"))
	want := "--- slide 1 ---\ntwo\nmore\n--- slide 2 ---\nten\nmore\n"
	if kind != document.Slideshow || got != want || err != nil {
		t.Errorf("%s %q, %v", kind, got, err)
	}
}

func TestSheet(t *testing.T) {
	kind, got, err := textOf(archive(t,
		"xl/workbook.xml", `<workbook xmlns:r="x"><workbookPr/><sheets><sheet name="Sales &amp; more" sheetId="1" r:id="rId2"/><sheet name="Empty" r:id="rId9"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="rId2" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/sharedStrings.xml", `<sst><si><t>Name</t></si><si><r><t>two </t></r><r><t>runs</t></r><rPh><t>how it sounds</t></rPh></si></sst>`,
		"xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="&quot;day&quot; 0.00"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd"/></numFmts>
			<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="22"/><xf numFmtId="46"/></cellXfs></styleSheet>`,
		"xl/worksheets/sheet1.xml", `<worksheet><sheetData>
			<row><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="D1" t="inlineStr"><is><t>in
 line</t></is></c></row>
			<row><c r="A2"><v>1.5</v></c><c r="B2" s="1"><v>45987</v></c><c r="C2" s="2"><v>7</v></c><c r="D2" s="3"><v>1</v></c><c r="E2" s="4"><v>45987.5</v></c><c r="F2" s="5"><v>0.25</v></c></row>
			<row><c r="C3" t="b"><v>1</v></c><c r="D3" t="e"><v>#REF!</v></c><c r="E3" t="str"><f>A1</f><v>said</v></c><c t="s"><v>99</v></c></row>
			</sheetData></worksheet>`))
	want := "--- sheet Sales & more ---\nName\ttwo runs\t\tin line\n1.5\t2025-11-26\t7\t1899-12-31\t2025-11-26 12:00:00\t06:00:00\n\t\tTRUE\t#REF!\tsaid\t99\n--- sheet Empty ---\n"
	if kind != document.Sheet || got != want || err != nil {
		t.Errorf("%s %q, %v", kind, got, err)
	}
}

func TestArchivesThatAreRefused(t *testing.T) {
	good := archive(t, "word/document.xml", wordBody)
	far := append([]byte(nil), good...)
	far = append(make([]byte, 8<<20), far...) // its directory is said to begin far from the end
	binary.LittleEndian.PutUint32(far[len(far)-6:], 10)
	deep := "<a>" + strings.Repeat("<b>", 300) + strings.Repeat("</b>", 300) + "</a>"
	cases := map[string]struct {
		data []byte
		want error
	}{
		"nothing":               {nil, document.ErrUnknown},
		"no archive":            {[]byte("PK\x03\x04 and no more"), document.ErrUnknown},
		"another archive":       {archive(t, "a.txt", "a"), document.ErrUnknown},
		"cut":                   {good[:len(good)-30], document.ErrUnknown},
		"a lying directory":     {far, document.ErrTooLarge},
		"bad XML":               {archive(t, "word/document.xml", "<w:p><w:t>a</w:t"), document.ErrBroken},
		"too deep":              {archive(t, "word/document.xml", deep), document.ErrTooLarge},
		"a bomb of text":        {archive(t, "word/document.xml", "<w:p><w:t>"+strings.Repeat("a", 17<<20/shrunk)+"</w:t></w:p>"), document.ErrTooLarge},
		"a bomb of space":       {archive(t, "word/document.xml", "<w:p>"+strings.Repeat(" ", 65<<20/shrunk)+"</w:p>"), document.ErrTooLarge},
		"a bomb of columns":     {archive(t, "xl/workbook.xml", `<sheet name="a" id="r"/>`, "xl/_rels/workbook.xml.rels", `<Relationship Id="r" Target="s.xml"/>`, "xl/s.xml", strings.Repeat(`<row><c r="XFD1"><v>1</v></c></row>`, 2000/shrunk)), document.ErrTooLarge},
		"a bomb of shared ones": {archive(t, "xl/workbook.xml", "<a/>", "xl/sharedStrings.xml", strings.Repeat("<si/>", 5<<20/shrunk)), document.ErrTooLarge},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, got, err := textOf(tc.data); !errors.Is(err, tc.want) {
				t.Errorf("%v, %d bytes", err, len(got))
			}
		})
	}
}

func FuzzText(f *testing.F) {
	f.Add(archive(f, "word/document.xml", wordBody))
	f.Add(archive(f, "xl/workbook.xml", `<sheet name="a" id="r"/>`, "xl/s.xml", `<row><c r="B2" s="1"><v>4</v></c></row>`))
	f.Add(archive(f, "ppt/presentation.xml", "<a/>", "ppt/slides/slide1.xml", "<a:p><a:t>a</a:t></a:p>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, got, err := textOf(data); err == nil && len(got) > 17<<20/shrunk {
			t.Error(fmt.Sprint(len(got), " bytes"))
		}
	})
}
