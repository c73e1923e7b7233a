package adminapi

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gemini-proxy/backend/internal/fault"
)

// sample has a field of every kind that requests are made of.
type sample struct {
	Name    string   `json:"name"`
	Weight  *int     `json:"weight" validate:"optional"`
	Enabled *bool    `json:"enabled" validate:"optional"`
	Project nullable `json:"project" validate:"optional"`
}

func post(body string) *gin.Context {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	c.Request.Header.Set("Content-Type", "application/json; charset=utf-8")
	return c
}

func TestDecode(t *testing.T) {
	seven, yes, atlas := 7, true, "atlas"
	tests := []struct {
		body string
		want sample
	}{
		{`{"name":"a"}`, sample{Name: "a"}},
		{` {"name":"密钥","weight":7,"enabled":true} `, sample{Name: "密钥", Weight: &seven, Enabled: &yes}},
		{`{"name":"a","project":null}`, sample{Name: "a", Project: nullable{Given: true}}},
		{`{"name":"a","project":"atlas"}`, sample{Name: "a", Project: nullable{Given: true, Text: &atlas}}},
		{`{"name":"first","name":"last"}`, sample{Name: "last"}},
	}
	for _, tt := range tests {
		var got sample
		if err := decode(post(tt.body), &got, bodyLimit); err != nil {
			t.Errorf("%s: %v", tt.body, err)
		} else if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.body, diff)
		}
	}
}

func TestDecodeNamesEveryFault(t *testing.T) {
	long := strings.Repeat("AIzaSy-FAKE-", 10)
	tests := []struct {
		name, body string
		fields     []FieldFault
		message    string // of a fault without fields
	}{
		{"nothing", ``, nil, "byte 0"},
		{"cut", `{"name":"a"`, nil, "byte 11"},
		{"two", `{"name":"a"}{}`, nil, "byte 13"},
		{"garbage after", `{"name":"a"} x`, nil, "byte 14"},
		{"list", `[1]`, nil, "must be a JSON object"},
		{"null", `null`, nil, "must be a JSON object"},
		{"text", `"name"`, nil, "must be a JSON object"},
		{"missing", `{}`, []FieldFault{{"name", "is required"}}, ""},
		{"null name", `{"name":null}`, []FieldFault{{"name", "must be a string, not null"}}, ""},
		{"other case", `{"Name":"a"}`, []FieldFault{{"name", "is required"}, {"Name", "is not known here; known are name, weight, enabled, project"}}, ""},
		{"all at once", `{"name":1,"weight":"x","enabled":"yes","project":[],"extra":1}`, []FieldFault{
			{"name", "must be a string"}, {"weight", "must be a whole number"}, {"enabled", "must be true or false"},
			{"project", "must be a string or null"}, {"extra", "is not known here; known are name, weight, enabled, project"},
		}, ""},
		{"fraction", `{"name":"a","weight":1.5}`, []FieldFault{{"weight", "must be a whole number"}}, ""},
		{"huge", `{"name":"a","weight":1e99}`, []FieldFault{{"weight", "must be a whole number"}}, ""},
		{"long name", `{"name":"a","` + long + `":1}`, []FieldFault{{"AIzaSy-FAKE-AIzaSy-FAKE-…", "is not known here; known are name, weight, enabled, project"}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, fields := faultOf(decode(post(tt.body), &sample{}, bodyLimit))
			if diff := cmp.Diff(tt.fields, fields, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("fields (-want +got)\n%s", diff)
			}
			if f.Kind != fault.Invalid || !strings.Contains(f.Message, tt.message) {
				t.Errorf("fault is %v %q, want invalid with %q", f.Kind, f.Message, tt.message)
			}
		})
	}
}

func TestDecodeTellsAFewOfVeryManyFaults(t *testing.T) {
	var body strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&body, `"f%d":1,`, i)
	}
	f, fields := faultOf(decode(post("{"+body.String()+`"name":"a"}`), &sample{}, bodyLimit))
	if len(fields) != maxFields || !strings.HasPrefix(f.Message, "1000 fields") || len(f.Message) > 10_000 {
		t.Errorf("%d fields are told in %d bytes: %.60s", len(fields), len(f.Message), f.Message)
	}
}

func TestDecodeBounds(t *testing.T) {
	big := post(`{"name":"` + strings.Repeat("a", bodyLimit) + `"}`)
	if f, _ := faultOf(decode(big, &sample{}, bodyLimit)); f.Kind != fault.TooLarge || !strings.Contains(f.Message, "1 MiB") {
		t.Errorf("a large body gives %v %q", f.Kind, f.Message)
	}
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "application/json; =", "multipart/form-data; boundary=x"} {
		c := post(`{"name":"a"}`)
		c.Request.Header.Set("Content-Type", kind)
		if f, _ := faultOf(decode(c, &sample{}, bodyLimit)); f.HTTPStatus() != http.StatusUnsupportedMediaType {
			t.Errorf("content type %q gives %d", kind, f.HTTPStatus())
		}
	}
	cut := post("")
	cut.Request.Body = io.NopCloser(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(`{"name":"a"}`))))
	if f, _ := faultOf(decode(cut, &sample{}, bodyLimit)); f.Kind != fault.Invalid {
		t.Errorf("a body that breaks off gives %v", f.Kind)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{}`, `{"name":"a","weight":3,"project":null}`, `[`, `{"name":`, "\xff", `{"":{}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var got sample
		err := decode(post(body), &got, 1<<10)
		if err == nil {
			return
		}
		problem, fields := faultOf(err)
		if problem.HTTPStatus() >= http.StatusInternalServerError {
			t.Errorf("%q is answered with %d", body, problem.HTTPStatus())
		}
		if len(fields) > maxFields {
			t.Errorf("%d fields are told", len(fields))
		}
	})
}
