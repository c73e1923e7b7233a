package adminapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
)

const (
	// bodyLimit bounds a request body, in bytes.
	bodyLimit = 1 << 20
	// importBodyLimit leaves room for the text of an import with its line ends escaped.
	importBodyLimit = 2 * importLimit
)

// decode reads the body, one flat JSON object, into the struct at dst. Fields are matched by their exact json names; those marked
// validate:"optional" may be absent, and only a nullable may be null. Every fault is told at once, each with its field.
func decode(c *gin.Context, dst any, limit int64) error {
	body, err := readJSON(c, limit)
	if err != nil {
		return err
	}
	given, err := object(body)
	if err != nil {
		return err
	}
	var faults fieldFaults
	target := reflect.ValueOf(dst).Elem()
	names := make([]string, target.NumField())
	for i := range target.NumField() {
		field := target.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names[i] = name
		raw, ok := given[name]
		delete(given, name)
		switch {
		case ok:
			if message := decodeField(raw, target.Field(i)); message != "" {
				faults = append(faults, FieldFault{Field: name, Message: message})
			}
		case field.Tag.Get("validate") != "optional":
			faults = append(faults, FieldFault{Field: name, Message: "is required"})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		faults = append(faults, FieldFault{Field: clip(name), Message: "is not known here; known are " + strings.Join(names, ", ")})
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// readJSON reads a body that says it is JSON, within the limit.
func readJSON(c *gin.Context, limit int64) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || kind != "application/json" {
		return nil, &fault.Error{Kind: fault.Invalid, Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type",
			Message: "the body must be JSON, with Content-Type: application/json"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, limit))
	if err == nil {
		return body, nil
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, fault.New(fault.TooLarge, "the body is over the limit of %d MiB", limit>>20)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, &fault.Error{Kind: fault.Timeout, Status: http.StatusRequestTimeout, Message: "the body did not arrive within the time allowed"}
	}
	return nil, fault.Wrap(fault.Invalid, err, "the body could not be read to its end")
}

// object splits a JSON object into its fields and says where a text is none.
func object(body []byte) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	err := json.Unmarshal(body, &fields)
	if err == nil && fields != nil {
		return fields, nil
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return nil, fault.New(fault.Invalid, "the body is not one JSON object: %s at byte %d", syntax.Error(), syntax.Offset)
	}
	return nil, fault.New(fault.Invalid, "the body must be a JSON object")
}

// decodeField reads one value and says what it must be when it is something else.
func decodeField(raw json.RawMessage, dst reflect.Value) (message string) {
	if string(raw) == "null" {
		if _, ok := dst.Addr().Interface().(takesNull); !ok {
			return "must be " + kindName(dst.Type()) + ", not null"
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(dst.Addr().Interface()); err != nil {
		return "must be " + kindName(dst.Type())
	}
	return ""
}

// kindName words a Go type for a person who writes JSON.
func kindName(t reflect.Type) string {
	if null, ok := reflect.New(t).Interface().(takesNull); ok {
		return null.kind()
	}
	switch t.Kind() { // requests are made of these alone
	case reflect.Pointer:
		return kindName(t.Elem())
	case reflect.String:
		return "a string"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Int64 {
			return "a list of whole numbers"
		}
		return "a list of strings"
	case reflect.Struct:
		var names []string
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			names = append(names, name)
		}
		return "an object of " + strings.Join(names, ", ")
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	default:
		return "another type"
	}
}

// clip shortens what a client sent to what an error may repeat of it. A long run may be a key in the wrong place.
func clip(s string) string {
	const most = 24
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// pathID reads the id in the path.
func pathID(c *gin.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, fault.Field("id", "must be a whole number from 1")
	}
	return id, nil
}
