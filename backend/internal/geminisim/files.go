package geminisim

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const fileLife = 48 * time.Hour

// file is what a project holds of an upload: everything but the bytes, which cannot be fetched back.
type file struct {
	id, displayName, mime string
	size                  int64
	sum                   []byte
	created               time.Time
	ready                 time.Time // ACTIVE from here on
	failed                bool
	content               []byte // of a file that the API made: those alone can be fetched
}

type fileJSON struct {
	Name        string     `json:"name"`
	DisplayName string     `json:"displayName,omitempty"`
	MimeType    string     `json:"mimeType"`
	SizeBytes   string     `json:"sizeBytes"`
	CreateTime  string     `json:"createTime"`
	UpdateTime  string     `json:"updateTime"`
	Expiration  string     `json:"expirationTime"`
	Sha256Hash  []byte     `json:"sha256Hash"`
	URI         string     `json:"uri"`
	State       string     `json:"state"`
	Source      string     `json:"source"`
	Error       *fileError `json:"error,omitempty"`
}

type fileError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (f *file) state(now time.Time) string {
	switch {
	case now.Before(f.ready):
		return "PROCESSING"
	case f.failed:
		return "FAILED"
	}
	return "ACTIVE"
}

func (c *call) fileJSON(f *file) fileJSON {
	now := c.sim.now(c.world)
	out := fileJSON{
		Name: "files/" + f.id, DisplayName: f.displayName, MimeType: f.mime, SizeBytes: itoa(f.size),
		CreateTime: stamp(f.created), UpdateTime: stamp(f.created), Expiration: stamp(f.created.Add(fileLife)),
		Sha256Hash: f.sum, URI: c.base() + "/v1beta/files/" + f.id, State: f.state(now), Source: "UPLOADED",
	}
	if out.State == "FAILED" {
		out.Error = &fileError{13, "The file failed to be processed."}
	}
	return out
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// base is the simulator's own address as the client wrote it.
func (c *call) base() string {
	scheme := "http://"
	if c.r.TLS != nil {
		scheme = "https://"
	}
	return scheme + c.r.Host
}

// serveFiles serves /files and the start of an upload.
func (c *call) serveFiles() *apiError {
	if c.route.method == "files.create" {
		return c.startUpload()
	}
	p, now := c.key.project, c.sim.now(c.world)
	if c.route.method == "files.list" {
		return c.listFiles(p, now)
	}
	f := p.file(c.route.id, now)
	if f == nil {
		return errFileForbidden(c.route.id)
	}
	if c.route.method == "files.download" {
		return c.download(f)
	}
	if c.route.method == "files.delete" {
		p.mu.Lock()
		delete(p.files, f.id)
		p.mu.Unlock()
		return c.writeJSON(struct{}{})
	}
	return c.writeJSON(c.fileJSON(f))
}

// download gives what the API itself put into a file.
func (c *call) download(f *file) *apiError {
	if f.content == nil || c.r.URL.Query().Get("alt") != "media" {
		return invalid("Files that were uploaded cannot be downloaded.")
	}
	c.w.Header().Set("Content-Type", f.mime)
	http.ServeContent(c.w, c.r, "", f.created, bytes.NewReader(f.content))
	return nil
}

// make adds a file with content to the project.
func (p *project) make(id, mime string, content []byte, now time.Time) *file {
	sum := sha256.Sum256(content)
	f := &file{id: id, mime: mime, size: int64(len(content)), sum: sum[:], created: now, ready: now, content: content}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files[id] = f
	return f
}

// file finds a living file; an expired one is forgotten.
func (p *project) file(id string, now time.Time) *file {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.files[id]
	if f != nil && !now.Before(f.created.Add(fileLife)) {
		delete(p.files, id)
		return nil
	}
	return f
}

func (c *call) listFiles(p *project, now time.Time) *apiError {
	p.mu.Lock()
	var all []*file
	for _, f := range p.files {
		if now.Before(f.created.Add(fileLife)) {
			all = append(all, f)
		}
	}
	p.mu.Unlock()
	slices.SortFunc(all, func(a, b *file) int { // newest first
		return cmp.Or(b.created.Compare(a.created), strings.Compare(a.id, b.id))
	})
	from, to, next, e := page(c.r.URL.Query(), len(all), 10, 100)
	if e != nil {
		return e
	}
	out := struct {
		Files []fileJSON `json:"files,omitempty"`
		Next  string     `json:"nextPageToken,omitempty"`
	}{Next: next}
	for _, f := range all[from:to] {
		out.Files = append(out.Files, c.fileJSON(f))
	}
	return c.writeJSON(out)
}

// checkFiles refuses files that are not the project's or not ready. Links to other hosts are taken on trust.
func (c *call) checkFiles(contents []node) *apiError {
	now := c.sim.now(c.world)
	for _, one := range contents {
		for _, p := range one.get("parts").items {
			uri := p.at("fileData", "fileUri").text
			if uri == "" {
				continue
			}
			id, ours := c.fileID(uri)
			if !ours {
				if !strings.HasPrefix(uri, "https://") && !strings.HasPrefix(uri, "gs://") {
					return invalid("Invalid or unsupported file uri: " + uri)
				}
				continue
			}
			f := c.key.project.file(id, now)
			if f == nil {
				return errFileForbidden(id)
			}
			if f.state(now) != "ACTIVE" {
				return errFileNotActive(id)
			}
		}
	}
	return nil
}

// fileID reads the id out of a file's URI, on the simulator's host or Google's, or bare as "files/ID".
func (c *call) fileID(uri string) (id string, ours bool) {
	if id, ok := strings.CutPrefix(uri, "files/"); ok {
		return id, true
	}
	u, err := url.Parse(uri)
	if err != nil || u.Host != googleService && u.Host != c.r.Host {
		return "", false
	}
	_, id, ours = strings.Cut(u.Path, "/files/")
	return id, ours
}

func validFileID(id string) bool {
	if id == "" || len(id) > 40 || id[0] == '-' || id[len(id)-1] == '-' {
		return false
	}
	for _, ch := range id {
		if (ch < 'a' || ch > 'z') && (ch < '0' || ch > '9') && ch != '-' {
			return false
		}
	}
	return true
}

// keep adds a finished upload to its project.
func (c *call) keep(up *upload) (*file, *apiError) {
	now := c.sim.now(c.world)
	id := up.id
	if id == "" {
		id = c.sim.id(12)
	}
	f := &file{
		id: id, displayName: up.displayName, mime: up.mime, size: up.received, sum: up.sum.Sum(nil), created: now,
		ready: now.Add(c.sim.conf.FileProcessing), failed: strings.Contains(up.displayName, "sim-fail"),
	}
	if f.mime == "" {
		f.mime = "application/octet-stream"
	}
	up.project.mu.Lock()
	defer up.project.mu.Unlock()
	if old := up.project.files[id]; old != nil && now.Before(old.created.Add(fileLife)) {
		return nil, &apiError{Code: http.StatusConflict, Message: "Requested entity already exists", Status: "ALREADY_EXISTS"}
	}
	up.project.files[id] = f
	return f, nil
}
