package openai

import (
	"bytes"
	"mime"
	"strings"

	"gemini-proxy/backend/internal/fault"
)

// The limits of a multipart form.
const (
	maxFormParts  = 64
	maxFormField  = 64 << 10 // bytes of a field that is not a file
	maxPartHeader = 8 << 10
	maxBoundary   = 70 // RFC 2046
)

// formPart is one part of a multipart form. Its content shares the memory of the body.
type formPart struct {
	name    string
	isFile  bool
	content []byte
}

// parseForm splits a body of the media type multipart/form-data into its parts, in order (RFC 7578). Nothing is copied but the names.
func parseForm(contentType string, body []byte) ([]formPart, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/form-data" {
		return nil, fault.New(fault.Invalid, "the body must be multipart/form-data, as a form with a file in it")
	}
	boundary := params["boundary"]
	if boundary == "" || len(boundary) > maxBoundary {
		return nil, fault.New(fault.Invalid, "the Content-Type names no boundary of the form's parts, or one of more than %d characters", maxBoundary)
	}
	delimiter := []byte("\r\n--" + boundary)
	rest, found := bytes.CutPrefix(body, delimiter[2:])
	if !found { // there may be a preamble
		_, rest, found = bytes.Cut(body, delimiter)
	}
	if !found {
		return nil, brokenForm("holds no part: its boundary is nowhere in it")
	}
	var parts []formPart
	for {
		rest = bytes.TrimLeft(rest, " \t")
		if bytes.HasPrefix(rest, []byte("--")) {
			return parts, nil
		}
		if !bytes.HasPrefix(rest, []byte("\r\n")) {
			return nil, brokenForm("breaks after a boundary")
		}
		if len(parts) == maxFormParts {
			return nil, brokenForm("has more than 64 parts")
		}
		var whole []byte
		if whole, rest, found = bytes.Cut(rest, delimiter); !found {
			return nil, brokenForm("breaks off: its last boundary is missing")
		}
		part, err := parsePart(whole)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
}

func brokenForm(what string) error {
	return fault.New(fault.Invalid, "the form %s", what).WithCode("invalid_form")
}

// parsePart reads a part: a line break, header lines, an empty line, the content.
func parsePart(whole []byte) (formPart, error) {
	head, content, found := bytes.Cut(whole, []byte("\r\n\r\n"))
	if !found || len(head) > maxPartHeader {
		return formPart{}, brokenForm("has a part without an end to its header")
	}
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		key, value, _ := strings.Cut(string(line), ":")
		if !strings.EqualFold(strings.TrimSpace(key), "Content-Disposition") {
			continue
		}
		kind, params, err := mime.ParseMediaType(value)
		if err != nil || kind != "form-data" || params["name"] == "" {
			return formPart{}, brokenForm("has a part whose Content-Disposition names no field")
		}
		_, isFile := params["filename"]
		return formPart{name: params["name"], isFile: isFile, content: content}, nil
	}
	return formPart{}, brokenForm("has a part without a Content-Disposition")
}
