package adminapi

import (
	"encoding/csv"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

const exportPage = 1_000 // rows read from the database at once

// sendCSV answers with a file of this name, which write fills, however long that takes. What breaks off half-way drops the connection, so
// that half a table is never taken for a whole one.
func (a *api) sendCSV(c *gin.Context, name string, write func(out *csv.Writer) error) {
	ctx := c.Request.Context()
	control := http.NewResponseController(c.Writer)
	if err := control.SetWriteDeadline(time.Now().Add(longRequestLimit)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		a.Log.LogAttrs(ctx, slog.LevelWarn, "export has no write deadline", slog.Any("error", err))
	}
	h := c.Writer.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	out := csv.NewWriter(c.Writer)
	err := write(out)
	if err == nil {
		out.Flush()
		err = out.Error()
	}
	if err != nil {
		a.Log.LogAttrs(ctx, slog.LevelWarn, "export broken off", slog.String("request_id", requestID(c)), slog.Any("error", err))
		panic(http.ErrAbortHandler)
	}
	_ = control.SetWriteDeadline(time.Time{}) // the connection may serve on; where it cannot, the next write says so
}
