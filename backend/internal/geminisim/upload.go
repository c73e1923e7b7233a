package geminisim

import (
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

const (
	granularity = 262_144
	maxUploads  = 10_000
)

// upload is a resumable upload under way.
type upload struct {
	mu                    sync.Mutex
	key                   *key
	project               *project
	id, displayName, mime string
	declared              int64 // -1 if the client did not say
	received              int64
	sum                   hash.Hash
	status                string // active, final, cancelled
	file                  *file
}

// uploads are found by their id, which is all the permission their bytes need.
type uploads struct {
	mu  sync.Mutex
	all map[string]*upload
}

func (u *uploads) add(id string, up *upload) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all == nil || len(u.all) >= maxUploads {
		u.all = map[string]*upload{}
	}
	u.all[id] = up
}

func (u *uploads) get(id string) *upload {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.all[id]
}

// startUpload serves POST /upload/v1beta/files by its protocol: resumable, multipart or raw.
func (c *call) startUpload() *apiError {
	if !c.route.upload {
		return invalid("Files are created by uploading them: POST /upload/" + c.route.version + "/files.")
	}
	protocol := c.r.Header.Get("X-Goog-Upload-Protocol")
	switch {
	case protocol == "multipart" || c.r.URL.Query().Get("uploadType") == "multipart":
		return c.uploadMultipart()
	case protocol == "raw" || c.r.URL.Query().Get("uploadType") == "media":
		up := c.newUpload()
		up.mime = c.r.Header.Get("Content-Type")
		return c.takeWhole(up, c.r.Body)
	case protocol != "resumable":
		return invalid("Upload protocol not specified: send X-Goog-Upload-Protocol.")
	}
	if command := c.r.Header.Get("X-Goog-Upload-Command"); command != "start" {
		return c.uploadFault(http.StatusBadRequest, "Unexpected X-Goog-Upload-Command: "+command)
	}
	if e := c.readBody(1 << 20); e != nil {
		return e
	}
	up := c.newUpload()
	if e := c.describe(up, c.body); e != nil {
		return e
	}
	if t := c.r.Header.Get("X-Goog-Upload-Header-Content-Type"); t != "" {
		up.mime = t
	}
	if raw := c.r.Header.Get("X-Goog-Upload-Header-Content-Length"); raw != "" {
		n, err := strconv.ParseInt(raw, 10, 64)
		if err != nil || n < 0 {
			return invalid("Invalid X-Goog-Upload-Header-Content-Length: " + raw)
		}
		up.declared = n
	}
	if up.declared > c.sim.conf.FileLimit {
		return errFileSize(c.sim.conf.FileLimit)
	}
	id := c.sim.id(48)
	c.world.uploads.add(id, up)
	h := c.w.Header()
	h.Set("X-Goog-Upload-URL", c.base()+"/upload/"+c.route.version+"/files?upload_id="+id+"&upload_protocol=resumable")
	h.Set("X-Goog-Upload-Control-URL", h.Get("X-Goog-Upload-URL"))
	h.Set("X-Goog-Upload-Status", "active")
	h.Set("X-Goog-Upload-Chunk-Granularity", strconv.Itoa(granularity))
	c.w.WriteHeader(http.StatusOK)
	return nil
}

func errFileSize(limit int64) *apiError {
	return invalid("Request payload size exceeds the limit: " + itoa(limit) + " bytes.")
}

func (c *call) newUpload() *upload {
	return &upload{key: c.key, project: c.key.project, declared: -1, sum: sha256.New(), status: "active"}
}

// describe reads the JSON that goes before the bytes.
func (c *call) describe(up *upload, body []byte) *apiError {
	root, e := c.sim.dialect.parse("CreateFileRequest", body)
	if e != nil {
		return e
	}
	f := root.get("file")
	up.displayName, up.mime = f.get("displayName").text, f.get("mimeType").text
	if len([]rune(up.displayName)) > 512 {
		return invalid("* CreateFileRequest.file.display_name: must be at most 512 characters\n")
	}
	if name := f.get("name").text; name != "" {
		up.id = strings.TrimPrefix(name, "files/")
		if !validFileID(up.id) {
			return invalid("* CreateFileRequest.file.name: invalid file name: " + name + "\n")
		}
	}
	return nil
}

// uploadFault answers as the upload backend does: plain text.
func (c *call) uploadFault(code int, text string) *apiError {
	c.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	c.w.WriteHeader(code)
	send(c.w, []byte(text+"\n"))
	return nil
}

// uploadBytes serves the upload's own URL.
func (c *call) uploadBytes() *apiError {
	up := c.world.uploads.get(c.r.URL.Query().Get("upload_id"))
	if up == nil {
		return c.uploadFault(http.StatusNotFound, "Upload not found.")
	}
	if c.key == nil {
		c.signIn(up.key)
	}
	if handled, e := c.scripted(); handled {
		return e
	}
	up.mu.Lock()
	defer up.mu.Unlock()
	command := c.r.Header.Get("X-Goog-Upload-Command")
	c.w.Header().Set("X-Goog-Upload-Status", up.status)
	switch {
	case command == "query":
		c.w.Header().Set("X-Goog-Upload-Size-Received", itoa(up.received))
		c.w.WriteHeader(http.StatusOK)
		return nil
	case command == "cancel":
		up.status = "cancelled"
		c.w.Header().Set("X-Goog-Upload-Status", up.status)
		c.w.WriteHeader(http.StatusOK)
		return nil
	case up.status != "active":
		return c.uploadFault(http.StatusBadRequest, "Upload has already been "+up.status+".")
	}
	return c.takeChunk(up, command)
}

// takeChunk appends the body at its offset, and finishes the upload if the command says so.
func (c *call) takeChunk(up *upload, command string) *apiError {
	var bytes, final bool
	for _, word := range strings.Split(command, ",") {
		switch strings.TrimSpace(word) {
		case "upload":
			bytes = true
		case "finalize":
			final = true
		default:
			return c.uploadFault(http.StatusBadRequest, "Unexpected X-Goog-Upload-Command: "+command)
		}
	}
	if bytes {
		if offset := c.r.Header.Get("X-Goog-Upload-Offset"); offset != itoa(up.received) {
			return c.uploadFault(http.StatusBadRequest, "Invalid X-Goog-Upload-Offset: "+offset+", expected "+itoa(up.received)+".")
		}
		n, err := c.receive(up, c.r.Body)
		if err != nil {
			return c.uploadFault(http.StatusBadRequest, err.Error())
		}
		if !final && n%granularity != 0 {
			return c.uploadFault(http.StatusBadRequest, "Chunks before the last must be a multiple of "+strconv.Itoa(granularity)+" bytes.")
		}
	}
	if !final {
		c.w.WriteHeader(http.StatusOK)
		return nil
	}
	if up.declared >= 0 && up.received != up.declared {
		return c.uploadFault(http.StatusBadRequest, "Received "+itoa(up.received)+" bytes, expected "+itoa(up.declared)+".")
	}
	return c.finish(up)
}

var errTooLarge = errors.New("the file is too large")

// receive hashes and counts bytes; the simulator keeps none.
func (c *call) receive(up *upload, from io.Reader) (int64, error) {
	n, err := io.Copy(up.sum, io.LimitReader(from, c.sim.conf.FileLimit-up.received+1))
	up.received += n
	c.world.log.update(c.entry, func(e *Request) { e.BytesIn += n })
	switch {
	case err != nil:
		return n, errors.New("the body ended early")
	case up.received > c.sim.conf.FileLimit:
		return n, errTooLarge
	}
	return n, nil
}

func (c *call) finish(up *upload) *apiError {
	f, e := c.keep(up)
	if e != nil {
		return e
	}
	up.status, up.file = "final", f
	c.w.Header().Set("X-Goog-Upload-Status", "final")
	return c.writeJSON(struct {
		File fileJSON `json:"file"`
	}{c.fileJSON(f)})
}

func (c *call) takeWhole(up *upload, from io.Reader) *apiError {
	if _, err := c.receive(up, from); err != nil {
		if errors.Is(err, errTooLarge) {
			return errFileSize(c.sim.conf.FileLimit)
		}
		return invalid("Request body could not be read.")
	}
	return c.finish(up)
}

// uploadMultipart takes metadata and bytes in one multipart/related body.
func (c *call) uploadMultipart() *apiError {
	_, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return invalid("Multipart body does not have a boundary.")
	}
	parts := multipart.NewReader(c.r.Body, params["boundary"])
	head, err := parts.NextPart()
	if err != nil {
		return invalid("Multipart body does not contain 2 parts.")
	}
	described, err := io.ReadAll(io.LimitReader(head, 1<<20))
	if err != nil {
		return invalid("Request body could not be read.")
	}
	up := c.newUpload()
	if e := c.describe(up, described); e != nil {
		return e
	}
	media, err := parts.NextPart()
	if err != nil {
		return invalid("Multipart body does not contain 2 parts.")
	}
	if t := media.Header.Get("Content-Type"); t != "" {
		up.mime = t
	}
	return c.takeWhole(up, media)
}
