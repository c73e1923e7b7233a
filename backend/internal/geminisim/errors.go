package geminisim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

const (
	typeBadRequest   = "type.googleapis.com/google.rpc.BadRequest"
	typeErrorInfo    = "type.googleapis.com/google.rpc.ErrorInfo"
	typeLocalized    = "type.googleapis.com/google.rpc.LocalizedMessage"
	typeHelp         = "type.googleapis.com/google.rpc.Help"
	typeQuotaFailure = "type.googleapis.com/google.rpc.QuotaFailure"
	typeRetryInfo    = "type.googleapis.com/google.rpc.RetryInfo"

	googleService = "generativelanguage.googleapis.com"
)

// apiError is Google's error envelope.
type apiError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Status  string `json:"status"`
	Details []any  `json:"details,omitempty"`
}

type badRequest struct {
	Type       string      `json:"@type"`
	Violations []violation `json:"fieldViolations"`
}

type errorInfo struct {
	Type     string            `json:"@type"`
	Reason   string            `json:"reason"`
	Domain   string            `json:"domain"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

type localizedMessage struct {
	Type    string `json:"@type"`
	Locale  string `json:"locale"`
	Message string `json:"message"`
}

func invalid(message string) *apiError {
	return &apiError{Code: http.StatusBadRequest, Message: message, Status: "INVALID_ARGUMENT"}
}

func denied(message string, details ...any) *apiError {
	return &apiError{Code: http.StatusForbidden, Message: message, Status: "PERMISSION_DENIED", Details: details}
}

func notFound(message string) *apiError {
	return &apiError{Code: http.StatusNotFound, Message: message, Status: "NOT_FOUND"}
}

func info(reason string, metadata map[string]string) errorInfo {
	return errorInfo{Type: typeErrorInfo, Reason: reason, Domain: "googleapis.com", Metadata: metadata}
}

func localized(message string) localizedMessage {
	return localizedMessage{Type: typeLocalized, Locale: "en-US", Message: message}
}

// body is the error as Google prints it: indented by two spaces, in an array where array is set.
func (e *apiError) body(array bool) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	var v any = map[string]*apiError{"error": e}
	if array {
		v = []any{v}
	}
	if err := enc.Encode(v); err != nil { // only plain strings and maps are in there
		return []byte(`{"error":{"code":500,"message":"Internal error encountered.","status":"INTERNAL"}}`)
	}
	return out.Bytes()
}

// write answers with the error.
func (e *apiError) write(w http.ResponseWriter, array bool) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(e.Code)
	send(w, e.body(array))
}

// send writes to a client that may have gone; there is nothing to do about it then.
func send(w http.ResponseWriter, body []byte) {
	_, _ = w.Write(body) // the connection is dead if this fails, and the log shows the bytes sent
}

// serverError builds the 5xx and 499 errors of the API by status code; text picks among known texts.
func serverError(code int, text string) *apiError {
	status, message := "INTERNAL", "Internal error encountered."
	switch code {
	case http.StatusServiceUnavailable:
		status = "UNAVAILABLE"
		message = "This model is currently experiencing high demand. Spikes in demand are usually temporary. Please try again later."
		if strings.Contains(text, "overload") {
			message = "The model is overloaded. Please try again later."
		}
	case http.StatusGatewayTimeout:
		status, message = "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."
	case 499:
		status, message = "CANCELLED", "The operation was cancelled."
	default:
		if strings.Contains(text, "troubleshooting") {
			message = "An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting"
		}
	}
	return &apiError{Code: code, Message: message, Status: status}
}

// clientError is a bare 4xx with the text as its message.
func clientError(code int, text string) *apiError {
	if text == "" {
		text = "Request contains an invalid argument."
	}
	e := invalid(text)
	e.Code = code
	switch code {
	case http.StatusUnauthorized:
		e.Status = "UNAUTHENTICATED"
	case http.StatusForbidden:
		e.Status = "PERMISSION_DENIED"
	case http.StatusNotFound:
		e.Status = "NOT_FOUND"
	case http.StatusConflict:
		e.Status = "ALREADY_EXISTS"
	case http.StatusTooManyRequests:
		e.Status = "RESOURCE_EXHAUSTED"
	}
	return e
}

// badGatewayHTML is what the front end shows for a 502: not JSON.
const badGatewayHTML = "<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>Error 502 (Server Error)!!1</title>\n" +
	"  <p><b>502.</b> <ins>That’s an error.</ins>\n  <p>The server encountered a temporary error and could not complete " +
	"your request.<p>Please try again in 30 seconds.  <ins>That’s all we know.</ins>\n"

const notFoundHTML = "<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>Error 404 (Not Found)!!1</title>\n" +
	"  <p><b>404.</b> <ins>That’s an error.</ins>\n  <p>The requested URL was not found on this server.  " +
	"<ins>That’s all we know.</ins>\n"

func writeHTML(w http.ResponseWriter, code int, body string) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.WriteHeader(code)
	send(w, []byte(body))
}

func errLocation() *apiError {
	return &apiError{Code: http.StatusBadRequest, Message: "User location is not supported for the API use.", Status: "FAILED_PRECONDITION"}
}

func errFileForbidden(id string) *apiError {
	return denied("You do not have permission to access the File " + id + " or it may not exist.")
}

func errFileNotActive(id string) *apiError {
	return &apiError{
		Code: http.StatusBadRequest, Status: "FAILED_PRECONDITION",
		Message: "The File " + id + " is not in an ACTIVE state and usage is not allowed.",
	}
}

func errModelNotFound(version, model, method string) *apiError {
	return notFound("models/" + model + " is not found for API version " + version + ", or is not supported for " + method +
		". Call ListModels to see the list of available models and their supported methods.")
}

func errNewUsers(model string) *apiError {
	return notFound("This model models/" + model + " is no longer available to new users. " +
		"Please update your code to use a newer model for the latest features and improvements.")
}
