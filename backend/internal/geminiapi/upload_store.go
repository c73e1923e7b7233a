package geminiapi

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
	"gemini-proxy/backend/internal/relay"
)

// An upload straight into a file search store is an upload here and an import of the file there: the bytes may come before it is known which key
// of the store's project will take them.
const (
	storeUpload = ":uploadToFileSearchStore"
	// importLife is how long the file of such an upload is kept here: until Google has surely read it.
	importLife = 2 * time.Hour
	// intoParameter carries, in the upload's address, what the import is to be told: JSON in base64.
	intoParameter = "into"
)

// isStoreUpload reports whether a path below /upload/{version} uploads into a file search store.
func isStoreUpload(what string) bool {
	name, found := strings.CutSuffix(what, storeUpload)
	id, stores := strings.CutPrefix(name, "fileSearchStores/")
	return found && stores && isName(id)
}

// storeMetadata is what is said of a file on its way into a store (google.golang.org/genai, UploadToFileSearchStoreConfig).
type storeMetadata struct {
	DisplayName string `json:"displayName"`
	MIMEType    string `json:"mimeType"`
	importConfig
}

// importConfig is what goes on to the import, as it came.
type importConfig struct {
	CustomMetadata json.RawMessage `json:"customMetadata,omitempty"`
	ChunkingConfig json.RawMessage `json:"chunkingConfig,omitempty"`
}

// beginStoreUpload answers the first request of an upload into a store.
func (a *api) beginStoreUpload(c *gin.Context, what, protocol string, owner int64) error {
	store := strings.TrimSuffix(what, storeUpload)
	if protocol != "resumable" || c.GetHeader(uploadProtocol) == "" {
		return fault.Field(uploadProtocol, "must be resumable")
	}
	if _, err := a.Holdings.Find(c.Request.Context(), owner, store); err != nil {
		if fault.Is(err, fault.NotFound) {
			return errNotHeld(store)
		}
		return err
	}
	text, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxMetadata))
	if err != nil {
		return files.ReadFault(c.Request.Context(), err)
	}
	var said storeMetadata
	if len(text) > 0 {
		if err := json.Unmarshal(text, &said); err != nil {
			return fault.Wrap(fault.Invalid, err, "what is said of the file is not JSON").WithCode("invalid_json")
		}
	}
	config, err := json.Marshal(said.importConfig)
	if err != nil {
		return err
	}
	if len(config) > maxName*32 {
		return fault.New(fault.TooLarge, "customMetadata and chunkingConfig are longer than %d bytes", maxName*32).WithCode("request_too_large")
	}
	meta := files.Meta{DisplayName: said.DisplayName, MIMEType: said.MIMEType, Size: -1, TTL: importLife}
	address := "/upload/v1beta/" + what + "?" + intoParameter + "=" + base64.RawURLEncoding.EncodeToString(config) + "&"
	return a.begin(c, owner, meta, false, address)
}

// importUpload has Gemini import a file that has been uploaded, and answers with the operation that does it.
func (a *api) importUpload(c *gin.Context, query url.Values, what string, file *files.File) error {
	ctx, store := c.Request.Context(), strings.TrimSuffix(what, storeUpload)
	config, err := base64.RawURLEncoding.DecodeString(query.Get(intoParameter))
	if err != nil || len(config) < 2 || !json.Valid(config) || config[0] != '{' {
		return fault.Field(intoParameter, "is not what this upload was begun with")
	}
	held, err := a.Holdings.Find(ctx, file.Owner, store)
	if fault.Is(err, fault.NotFound) {
		return errNotHeld(store)
	}
	if err != nil {
		return err
	}
	body := &jsonio.Body{Buf: []byte(`{"fileName":`)}
	body.HoleFor(jsonio.Place{ID: file.ID, Form: jsonio.Name})
	if rest := config[1:]; rest[0] != '}' {
		body.Buf = append(body.Buf, ',')
	}
	body.Buf = append(body.Buf, config[1:]...)
	defer body.Finish(func() {})
	where := &place{home: held.KeyID, what: store}
	got, _, err := a.Relay.Do(ctx, relay.RawCall{
		RequestID: requestID(c), Quota: ":fileSearchStores", Home: held.KeyID, Once: true, Trace: &relay.Trace{},
		Upstream: gemini.RawCall{Path: "/v1beta/" + store + ":importFile", Header: http.Header{"Content-Type": {"application/json"}}, Body: body},
	})
	if err != nil {
		return where.about(c.Request, "", err)
	}
	c.Header(uploadStatus, "final")
	c.Data(http.StatusOK, jsonType, got.Data)
	return nil
}
