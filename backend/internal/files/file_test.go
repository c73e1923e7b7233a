package files_test

import (
	"strings"
	"testing"

	"gemini-proxy/backend/internal/files"
)

func TestBaseName(t *testing.T) {
	for given, want := range map[string]string{
		"a.pdf": "a.pdf", "../../etc/passwd": "passwd", `C:\Users\x\a b.txt`: "a b.txt", "/": "", "..": "", ".": "", "": "", "a\x00b\r\n.txt": "ab.txt", "报告.docx": "报告.docx",
		strings.Repeat("长", 600): strings.Repeat("长", 512),
	} {
		if got := files.BaseName(given); got != want {
			t.Errorf("%q: %q", given, got)
		}
	}
}

func TestGoodName(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "abc-123": true, strings.Repeat("a", 40): true, "": false, "-a": false, "a-": false, "A": false, "a/b": false, "..": false, "a b": false, "é": false,
		strings.Repeat("a", 41): false,
	} {
		if files.GoodName(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}
