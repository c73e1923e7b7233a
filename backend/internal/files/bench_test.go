package files_test

import (
	"bytes"
	"io"
	"log/slog"
	"testing"

	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/store/storetest"
)

// BenchmarkCreate keeps and reads back a file of 16 MiB, on SQLite.
func BenchmarkCreate(b *testing.B) {
	s := settings.Default()
	f, err := files.New(b.Context(), files.Config{
		Store: storetest.SQLite(b), Keys: noKeys{}, Settings: func() settings.Settings { return s }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	data := pdf(16 << 20)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		made, err := f.Create(b.Context(), owner, files.Meta{Size: -1}, bytes.NewReader(data))
		if err != nil {
			b.Fatal(err)
		}
		from := f.Open(b.Context(), made, 0)
		if n, err := io.Copy(io.Discard, from); err != nil || n != made.Size {
			b.Fatal(n, err)
		}
		if err := from.Close(); err != nil {
			b.Fatal(err)
		}
		if err := f.Delete(b.Context(), owner, made.Name); err != nil {
			b.Fatal(err)
		}
	}
}
