package adminapi

import "encoding/json"

// nullable is a text that may be absent, null, or given.
type nullable struct {
	Given bool
	Text  *string
}

// UnmarshalJSON notes that the field was there.
func (n *nullable) UnmarshalJSON(raw []byte) error {
	n.Given = true
	return json.Unmarshal(raw, &n.Text)
}

func (*nullable) kind() string { return "a string or null" }

// nullableNumber is a whole number that may be absent, null, or given.
type nullableNumber struct {
	Given  bool
	Number *int64
}

// UnmarshalJSON notes that the field was there.
func (n *nullableNumber) UnmarshalJSON(raw []byte) error {
	n.Given = true
	return json.Unmarshal(raw, &n.Number)
}

func (*nullableNumber) kind() string { return "a whole number or null" }

// nullableFlag is a boolean that may be absent, null, or given.
type nullableFlag struct {
	Given bool
	Flag  *bool
}

// UnmarshalJSON notes that the field was there.
func (n *nullableFlag) UnmarshalJSON(raw []byte) error {
	n.Given = true
	return json.Unmarshal(raw, &n.Flag)
}

func (*nullableFlag) kind() string { return "a boolean or null" }

// takesNull is a field for which null means something; kind words it for a person.
type takesNull interface{ kind() string }
