package openai_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/openai"
)

// TestSchemasThatAreMadeToCost: each is small as it comes in, and would be huge, slow or endless if it were followed without bounds.
func TestSchemasThatAreMadeToCost(t *testing.T) {
	repeat := func(n int, each func(i int) string) string {
		list := make([]string, n)
		for i := range list {
			list[i] = each(i)
		}
		return strings.Join(list, ",")
	}
	tests := map[string]string{
		"a chain of definitions": `{"$ref":"#/$defs/d0","$defs":{` + repeat(2400, func(i int) string { return fmt.Sprintf(`"d%d":{"items":{"$ref":"#/$defs/d%d"}}`, i, (i+1)%2400) }) + `}}`,
		"a chain by anchors": `{"$ref":"#d0","$defs":{` + repeat(1500, func(i int) string {
			return fmt.Sprintf(`"d%d":{"$anchor":"d%d","items":{"$ref":"#d%d"}}`, i, i, (i+1)%1500)
		}) + `}}`,
		"all of the same": `{"allOf":[` + repeat(2000, func(int) string { return `{"$ref":"#/$defs/a"}` }) + `],"$defs":{"a":{"properties":{` +
			repeat(1500, func(i int) string { return fmt.Sprintf(`"p%d":{}`, i) }) + `}}}}`,
		"a long text again and again": `{"prefixItems":[` + repeat(2000, func(int) string { return `{"$ref":"#/$defs/a"}` }) + `],"$defs":{"a":{"default":1,"description":"` + strings.Repeat("x", 100_000) + `"}}}`,
		"descriptions that add up":    `{"allOf":[` + repeat(2000, func(i int) string { return fmt.Sprintf(`{"description":"%d%s"}`, i, strings.Repeat("x", 1000)) }) + `]}`,
		"doubling":                    bomb(20),
		"all of itself":               `{"allOf":[{"$ref":"#"},{"$ref":"#/allOf/0"}]}`,
		"a ring of nothing else":      `{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}`,
	}
	for name, schema := range tests {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			r, err := openai.ParseChat([]byte(body(`"response_format":{"type":"json_schema","json_schema":{"schema":` + schema + `}}`)))
			if err != nil {
				t.Fatal(err)
			}
			g, err := openai.ToGemini(r, openai.Options{Model: "gemini-3.5-flash"})
			if err != nil {
				checkFault(t, err)
			} else if size := len(g.Generation.ResponseJSONSchema); size > 8<<20 {
				t.Errorf("became %d bytes", size)
			}
			if took := time.Since(began); took > 5*time.Second { // milliseconds, but on a busy machine under the race detector
				t.Errorf("took %s", took)
			} else {
				t.Log(took, err)
			}
		})
	}
}
