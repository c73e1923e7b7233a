package files_test

import (
	"archive/zip"
	"bytes"
	"image"
	"image/color/palette"
	"image/gif"
	"image/png"
	"io"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/geminisim"
)

// docx is a document that says something, with a picture of n bytes in it.
func docx(t *testing.T, says string, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range map[string]string{
		"[Content_Types].xml": "<Types/>", "word/document.xml": "<w:p><w:r><w:t>" + says + "</w:t></w:r></w:p>",
	} {
		part, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(part, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateHeader(&zip.FileHeader{Name: "word/media/image1.png"}) // stored, not packed
	if err == nil {
		_, err = part.Write(pdf(n))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWhatGeminiDoesNotReadIsConverted(t *testing.T) {
	const chinese = "编号,名称\n1,苹果\n2,香蕉\n"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(chinese)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("hello 世界")
	if err != nil {
		t.Fatal(err)
	}
	var moving bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 3, 2), palette.Plan9)
	if err := gif.EncodeAll(&moving, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		data                  []byte
		filename              string
		mime, sentType, reads string
	}{
		"docx":        {docx(t, "a report", 3<<20), "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "text/plain", "a report\n"},
		"docx as zip": {docx(t, "a report", 10), "a.zip", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "text/plain", "a report\n"},
		"GBK":         {[]byte(gbk), "a.csv", "text/csv", "text/csv", chinese},
		"UTF-16":      {[]byte(utf16), "a.txt", "text/plain", "text/plain", "hello 世界"},
		"GIF":         {moving.Bytes(), "a.gif", "image/gif", "image/png", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newBench(t, geminisim.Config{})
			made, err := w.Create(t.Context(), owner, files.Meta{DisplayName: tc.filename, Size: -1}, bytes.NewReader(tc.data))
			if err != nil {
				t.Fatal(err)
			}
			if made.MIMEType != tc.mime || made.SentType != tc.sentType || !made.Converted || made.Size != int64(len(tc.data)) {
				t.Errorf("%+v", made)
			}
			if !bytes.Equal(read(t, w.Files, made, 0), tc.data) {
				t.Error("what was uploaded does not come back")
			}
			if n := w.size(t); n != made.Size+made.SentSize || n != w.Used() {
				t.Errorf("%d bytes are taken, %d counted", n, w.Used())
			}
			sent := w.bound(t, parts(made), a1())[0].InlineData
			if sent == nil || sent.MIMEType != tc.sentType || int64(len(sent.Data)) != made.SentSize {
				t.Fatalf("%+v", sent)
			}
			if tc.reads == "" {
				if picture, err := png.Decode(bytes.NewReader(sent.Data)); err != nil || picture.Bounds().Dx() != 3 {
					t.Errorf("%v", err)
				}
			} else if string(sent.Data) != tc.reads {
				t.Errorf("%q", sent.Data)
			}
			w.settings.Files.InlineBytes = 0
			if held := w.bound(t, parts(made), a1())[0].FileData; held == nil || held.MIMEType != tc.sentType {
				t.Errorf("%+v", held)
			}
		})
	}
}

func TestConversionsThatFailLeaveNothing(t *testing.T) {
	huge := []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x00;")
	for name, tc := range map[string]struct {
		data []byte
		code string
	}{
		"a zip":          {bytes.ReplaceAll(docx(t, "a", 10), []byte("word/"), []byte("misc/")), "unsupported_file_type"},
		"an empty one":   {docx(t, "", 10)[:0], "empty_file"},
		"a cut document": {docx(t, "a report", 3<<20)[:2<<20], "unsupported_file_type"},
		"a broken one":   {docx(t, "a &lt;<w:t", 10), "document_broken"},
		"a huge GIF":     {huge, "unsupported_file_type"},
		"a cut GIF":      {[]byte("GIF89a\x01\x00\x01\x00"), "unsupported_file_type"},
		"a bomb":         {docx(t, strings.Repeat("<w:r>", 300), 10), "document_too_large"},
		"an old format":  {append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 4000)...), "unsupported_file_type"},
		"no text":        {[]byte("plain" + strings.Repeat(".", 4000) + "\xff\xff\xff"), "unsupported_file_type"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			_, err := r.Create(t.Context(), owner, files.Meta{Size: -1}, bytes.NewReader(tc.data))
			if f := fault.Of(err); err == nil || f.Kind != fault.Invalid || f.Code != tc.code || f.Field != "file" {
				t.Errorf("%+v", f)
			}
			if n := r.size(t); n != 0 || r.Used() != 0 {
				t.Errorf("%d bytes are left, %d counted", n, r.Used())
			}
		})
	}
}
