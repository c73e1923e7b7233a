package adminapi

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
)

const (
	defaultPageSize = 50
	maxPageSize     = 200
	maxPage         = 1_000_000
	maxSearch       = 200 // bytes of q
)

// listQuery is what every list can be asked.
type listQuery struct {
	Page     int
	PageSize int
	Sort     string // a name, or "-" and a name for descending; empty is the list's own order
	Q        string
}

// readListQuery reads page, page_size, sort and q; sorts are the names this list can be sorted by.
func readListQuery(c *gin.Context, sorts ...string) (listQuery, error) {
	q := listQuery{Page: 1, PageSize: defaultPageSize, Sort: c.Query("sort"), Q: strings.TrimSpace(c.Query("q"))}
	var faults fieldFaults
	number := func(name string, most int, dst *int) {
		text, given := c.GetQuery(name)
		if !given {
			return
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > most {
			faults = append(faults, FieldFault{Field: name, Message: "must be a whole number from 1 to " + strconv.Itoa(most)})
			return
		}
		*dst = n
	}
	number("page", maxPage, &q.Page)
	number("page_size", maxPageSize, &q.PageSize)
	if q.Sort != "" && !slices.Contains(sorts, strings.TrimPrefix(q.Sort, "-")) {
		faults = append(faults, FieldFault{Field: "sort", Message: "must be one of " + strings.Join(sorts, ", ") + ", with - before it for descending"})
	}
	if len(q.Q) > maxSearch {
		faults = append(faults, FieldFault{Field: "q", Message: "must be at most " + strconv.Itoa(maxSearch) + " bytes long"})
	}
	if len(faults) > 0 {
		return listQuery{}, faults
	}
	return q, nil
}

// readZone reads tz, the time zone whose days are meant; without it the days are UTC's.
func readZone(c *gin.Context) (*time.Location, error) {
	name := c.DefaultQuery("tz", "UTC")
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" || name == "" {
		return nil, fault.Field("tz", "must be a time zone's name, like Asia/Shanghai")
	}
	return zone, nil
}
