package adminapi

import (
	"embed"
	"io"
	"io/fs"
	"net/http"
	"path"
	"time"

	"github.com/gin-gonic/gin"
	swaggerfiles "github.com/swaggo/files/v2"
)

// spec is the specification as swag made it.
//
//go:embed spec/swagger.json
var spec []byte

// swaggerUI is the page that starts Swagger UI without a line of inline script, so that its policy can be strict.
//
//go:embed swaggerui
var swaggerUI embed.FS

// swaggerPolicy is the content policy of Swagger UI: its own files, and the images in its style sheet.
const swaggerPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// registerSwagger puts Swagger UI and the specification under /swagger. Both are open: they hold nothing of this server.
func registerSwagger(r gin.IRouter) {
	toIndex := func(c *gin.Context) { c.Redirect(http.StatusFound, "/swagger/index.html") }
	r.GET("/swagger", toIndex)
	r.GET("/swagger/", toIndex)
	r.GET("/swagger/doc.json", func(c *gin.Context) {
		swaggerHeaders(c)
		c.Data(http.StatusOK, "application/json; charset=utf-8", spec)
	})
	for _, name := range []string{"index.html", "start.js"} {
		r.GET("/swagger/"+name, swaggerFile(swaggerUI, path.Join("swaggerui", name)))
	}
	for _, name := range []string{"swagger-ui.css", "index.css", "swagger-ui-bundle.js", "favicon-32x32.png"} {
		r.GET("/swagger/"+name, swaggerFile(swaggerfiles.FS, name))
	}
}

// swaggerFile serves one embedded file from where it lies. (http.ServeFileFS would send index.html back to its folder.)
func swaggerFile(files fs.FS, name string) gin.HandlerFunc {
	return func(c *gin.Context) {
		file, err := files.Open(name)
		if err != nil {
			c.Status(http.StatusNotFound)
			return
		}
		defer file.Close()
		content, ok := file.(io.ReadSeeker)
		if !ok {
			c.Status(http.StatusNotFound)
			return
		}
		swaggerHeaders(c)
		http.ServeContent(c.Writer, c.Request, name, time.Time{}, content)
	}
}

func swaggerHeaders(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", swaggerPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
}
