package openai

import (
	"strings"

	"gemini-proxy/backend/internal/jsonio"
)

// describe says in words what the subset has no keyword for.
func describe(n *node, types types) []string {
	var notes []string
	note := func(label string, v *node) { notes = append(notes, label+": "+v.json()+".") }
	for i, key := range n.keys {
		v := n.vals[i]
		switch key {
		case "pattern":
			if v.kind == jsonio.String {
				notes = append(notes, "Must match the regular expression "+v.text+" .")
			}
		case "minLength":
			note("Minimum length", v)
		case "maxLength":
			note("Maximum length", v)
		case "exclusiveMinimum", "exclusiveMaximum":
			if v.kind == jsonio.Number && !types.integer() {
				note(map[string]string{"exclusiveMinimum": "Greater than", "exclusiveMaximum": "Less than"}[key], v)
			} else if v.text == "true" && !types.integer() {
				notes = append(notes, map[string]string{"exclusiveMinimum": "The minimum", "exclusiveMaximum": "The maximum"}[key]+" itself is not allowed.")
			}
		case "multipleOf":
			note("A multiple of", v)
		case "uniqueItems":
			if v.text == "true" {
				notes = append(notes, "The items are all different.")
			}
		case "contains":
			note("At least one item matches", v)
		case "minProperties":
			note("Minimum number of properties", v)
		case "maxProperties":
			note("Maximum number of properties", v)
		case "propertyNames":
			note("Property names match", v)
		case "patternProperties":
			note("Properties by the pattern of their name", v)
		case "dependentRequired", "dependencies", "dependentSchemas":
			note("Properties that ask for others", v)
		case "not":
			note("Must not match", v)
		case "if":
			note("If it matches", v)
		case "then":
			note("then", v)
		case "else":
			note("else", v)
		case "default":
			note("Default", v)
		case "examples", "example":
			note("Example", v)
		}
	}
	return notes
}

// joinNotes puts notes after a description.
func joinNotes(description string, notes []string) string {
	if len(notes) == 0 {
		return description
	}
	text := strings.Join(notes, " ")
	if description == "" {
		return text
	}
	return strings.TrimRight(description, " \n") + "\n" + text
}
