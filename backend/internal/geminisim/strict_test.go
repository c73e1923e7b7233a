package geminisim_test

import "testing"

func TestStrictParsing(t *testing.T) {
	const contents = `"contents":[{"parts":[{"text":"hi"}]}]`
	f := start(t)
	refused := []struct {
		name, body string
		want       []string
	}{
		{"unknown at the root", `{` + contents + `,"model_name":"x"}`, []string{`Invalid JSON payload received. Unknown name \"model_name\": Cannot find field.`}},
		{"unknown in parameters", `{` + contents + `,"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"object","$schema":"x"}}]}]}`,
			[]string{`Unknown name \"$schema\" at 'tools[0].function_declarations[0].parameters': Cannot find field.`,
				`"@type": "type.googleapis.com/google.rpc.BadRequest"`, `"field": "tools[0].function_declarations[0].parameters"`}},
		{"unknown in a property", `{` + contents + `,"generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"OBJECT","properties":{"a":{"type":"STRING","const":"x"}}}}}`,
			[]string{`Unknown name \"const\" at 'generation_config.response_schema.properties[0].value'`}},
		{"two unknown", `{` + contents + `,"a":1,"b":2}`, []string{`Unknown name \"a\": Cannot find field.\nInvalid JSON payload received. Unknown name \"b\": Cannot find field.`}},
		{"Vertex only", `{"contents":[{"parts":[{"functionCall":{"name":"f","partialArgs":[]}}]}]}`, []string{`Unknown name \"partialArgs\" at 'contents[0].parts[0].function_call'`}},
		{"base64", `{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"!!"}}]}]}`, []string{`Invalid value at 'contents[0].parts[0].inline_data.data' (TYPE_BYTES), Base64 decoding failed for \"!!\"`}},
		{"type", `{` + contents + `,"generationConfig":{"maxOutputTokens":"many"}}`, []string{`Invalid value at 'generation_config.max_output_tokens' (TYPE_INT32), \"many\"`}},
		{"int32", `{` + contents + `,"generationConfig":{"seed":9999999999}}`, []string{`'generation_config.seed' (TYPE_INT32)`}},
		{"enum", `{` + contents + `,"generationConfig":{"thinkingConfig":{"thinkingLevel":"HUGE"}}}`, []string{`'generation_config.thinking_config.thinking_level' (type.googleapis.com/google.ai.generativelanguage.v1beta.ThinkingConfig.ThinkingLevel), \"HUGE\"`}},
		{"response not an object", `{"contents":[{"parts":[{"functionResponse":{"name":"f","response":"text"}}]}]}`, []string{`function_response.response' (type.googleapis.com/google.protobuf.Struct)`}},
		{"two kinds in a part", `{"contents":[{"parts":[{"text":"a","functionCall":{"name":"f"}}]}]}`, []string{"oneof field 'data' is already set. Cannot set 'functionCall'"}},
		{"list for one", `{` + contents + `,"generationConfig":[{}]}`, []string{"Proto field is not repeating, cannot start list."}},
		{"not JSON", `{"contents":`, []string{"Invalid JSON payload received. Unexpected end of string."}},
		{"not an object", `[]`, []string{"Invalid JSON payload received."}},
		{"labels", `{` + contents + `,"labels":{"a":1}}`, []string{"'labels[0].value' (TYPE_STRING)"}},
	}
	for _, c := range refused {
		t.Run(c.name, func(t *testing.T) {
			wantBody(t, f.ask("gemini-2.5-flash", "generateContent", c.body), 400, append(c.want, `"status": "INVALID_ARGUMENT"`)...)
		})
	}
	for name, body := range map[string]string{
		"snake case":      `{"contents":[{"parts":[{"text":"hi"}]}],"system_instruction":{"parts":{"text":"be brief"}},"generation_config":{"max_output_tokens":500,"thinking_config":{"thinking_budget":0}}}`,
		"numbers as text": `{` + contents + `,"generationConfig":{"maxOutputTokens":"500","temperature":"0.5"}}`,
		"JSON Schema":     `{` + contents + `,"tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{"$schema":"x","type":"object","additionalProperties":false,"properties":{"a":{"const":1}}}}]}]}`,
		"lower case type": `{` + contents + `,"generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"object","properties":{"a":{"type":"string"}}}}}`,
		"single contents": `{"contents":{"parts":{"text":"hi"}}}`,
		"url base64":      `{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"-_-_"}},{"text":"x"}]}]}`,
		"nulls":           `{` + contents + `,"tools":null,"generationConfig":{"temperature":null}}`,
		"escapes":         `{"contents":[{"parts":[{"text":"\"\\\u00e9\ud83d\ude00\n"}]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			wantBody(t, f.ask("gemini-2.5-flash", "generateContent", body), 200)
		})
	}
	wantBody(t, f.ask("gemini-2.5-flash", "generateContent", `{"contents":[{"parts":[{"text":"\"\\\u00e9\ud83d\ude00"}]}]}`), 200, `heard: \"\\é😀`)
}
