package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// field is one setting. What it may be is read from its tags in Settings, which the admin API's documentation reads too.
type field struct {
	name  string // "usage_threshold.warn"
	value reflect.Value
	tag   reflect.StructTag
}

// fields gives every setting of s, ready to be set, in the order they are declared. Objects within are walked, not given.
func fields(s *Settings) []field { return walk("", reflect.ValueOf(s).Elem()) }

func walk(prefix string, object reflect.Value) []field {
	var all []field
	for declared, value := range object.Fields() {
		name := prefix + declared.Tag.Get("json")
		if value.Kind() == reflect.Struct {
			all = append(all, walk(name+".", value)...)
			continue
		}
		all = append(all, field{name, value, declared.Tag})
	}
	return all
}

// set reads a JSON value into the setting and gives what is wrong with it, "" when it was taken.
func (f field) set(raw json.RawMessage) string {
	read := reflect.New(f.value.Type())
	if bytes.Equal(raw, []byte("null")) || json.Unmarshal(raw, read.Interface()) != nil {
		return "must be " + f.wanted()
	}
	taken := field{f.name, read.Elem(), f.tag}
	if wrong := taken.check(); wrong != "" {
		return wrong
	}
	f.value.Set(read.Elem())
	return ""
}

// check gives what is wrong with the setting's value, "" when it may be so.
func (f field) check() string {
	ok := true
	switch f.value.Kind() {
	case reflect.String:
		if most, free := f.length(); free {
			ok = len(f.value.String()) <= most
			break
		}
		ok = f.value.String() != "" && slices.Contains(strings.Split(f.tag.Get("enums"), ","), f.value.String())
	case reflect.Int:
		ok = f.within(float64(f.value.Int()))
	case reflect.Float64:
		ok = f.within(f.value.Float())
	default:
	}
	if !ok {
		return "must be " + f.wanted()
	}
	return ""
}

// within is false for NaN too.
func (f field) within(n float64) bool {
	low, high := f.bounds()
	return n >= low && n <= high
}

// bounds reads the smallest and largest value allowed. A number without both tags is a slip in Settings.
func (f field) bounds() (low, high float64) {
	low, lowErr := strconv.ParseFloat(f.tag.Get("minimum"), 64)
	high, highErr := strconv.ParseFloat(f.tag.Get("maximum"), 64)
	if lowErr != nil || highErr != nil {
		panic("settings: " + f.name + " needs a minimum and a maximum")
	}
	return low, high
}

// length gives how many bytes a text may have; ok is false for a word of a list.
func (f field) length() (most int, ok bool) {
	most, err := strconv.Atoi(f.tag.Get("maxLength"))
	return most, err == nil
}

// wanted words what the setting may be.
func (f field) wanted() string {
	switch f.value.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		if most, free := f.length(); free {
			return fmt.Sprintf("a text of at most %d bytes", most)
		}
		return "one of " + strings.ReplaceAll(f.tag.Get("enums"), ",", ", ")
	case reflect.Int:
		return fmt.Sprintf("a whole number from %s to %s", f.tag.Get("minimum"), f.tag.Get("maximum"))
	default:
		return fmt.Sprintf("a number from %s to %s", f.tag.Get("minimum"), f.tag.Get("maximum"))
	}
}
