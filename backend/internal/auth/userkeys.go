package auth

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gemini-proxy/backend/internal/fault"
)

// Bounds of what is written about a user key, in characters, and of how many there may be.
const (
	maxKeyName  = 100
	maxKeyNote  = 1000
	maxUserKeys = 10_000
)

// UserKeyPatch is a change of a user key; nil leaves as it is.
type UserKeyPatch struct {
	Name    *string
	Note    *string
	Enabled *bool
	If      func(*UserKey) error // sees the key as it is before the change, which its error refuses; nil sees nothing
	Limits  func(*KeyLimits)     // changes the limits in place; they are checked afterwards
}

// Query asks for a page of user keys. Zero values are the first page, 50 a page, newest first, all of them.
type Query struct {
	Page     int    // from 1
	PageSize int    // 1 to 200; what is beyond counts as 200
	Sort     string // "id", "name", "created_at" or "last_used_at", with "-" before it for descending; any other is as ""
	Q        string // found in name, note or masked key, in either case
}

// CreateUserKey makes a user key and gives it with its secret, which is not kept and cannot be shown again.
func (a *Auth) CreateUserKey(ctx context.Context, name, note string) (UserKey, string, error) {
	return a.CreateLimitedUserKey(ctx, name, note, KeyLimits{})
}

// CreateLimitedUserKey makes a user key with limits, as CreateUserKey makes one without.
func (a *Auth) CreateLimitedUserKey(ctx context.Context, name, note string, limits KeyLimits) (UserKey, string, error) {
	name, note = strings.TrimSpace(name), strings.TrimSpace(note)
	if err := cmp.Or(checkKeyText(name, note), checkLimits(&limits)); err != nil {
		return UserKey{}, "", err
	}
	a.changeKeys.Lock()
	defer a.changeKeys.Unlock()
	ring := a.keys.Load()
	if len(ring.byID) >= maxUserKeys {
		return UserKey{}, "", fault.New(fault.Conflict, "there are %d user keys already, delete some first", maxUserKeys).WithCode("conflict")
	}
	key := UserKey{Name: name, Note: note, Enabled: true, CreatedAt: time.Now().UTC()}
	if !limits.None() {
		key.Limits = &limits
	}
	var secret string
	secret, key.Hash, key.Prefix, key.Suffix = newUserKey()
	id, err := a.store.CreateUserKey(ctx, key)
	if err != nil {
		return UserKey{}, "", fmt.Errorf("create user key: %w", err)
	}
	key.ID = id
	var counts *meter
	if key.counted() {
		now := time.Now()
		counts = &meter{day: dayOf(now), month: monthOf(now)} // nobody has used it yet
	}
	next, err := ring.with(key, counts)
	if err != nil {
		return UserKey{}, "", err
	}
	a.keys.Store(next)
	return key, secret, nil
}

// UpdateUserKey changes a user key. It takes effect with the next request.
func (a *Auth) UpdateUserKey(ctx context.Context, id int64, patch UserKeyPatch) (UserKey, error) {
	return a.changeKey(ctx, id, func(key *UserKey) error {
		if patch.If != nil {
			if err := patch.If(key); err != nil {
				return err
			}
		}
		if patch.Name != nil {
			key.Name = strings.TrimSpace(*patch.Name)
		}
		if patch.Note != nil {
			key.Note = strings.TrimSpace(*patch.Note)
		}
		if patch.Enabled != nil {
			key.Enabled = *patch.Enabled
		}
		if patch.Limits == nil {
			return checkKeyText(key.Name, key.Note)
		}
		limits := KeyLimits{}
		if key.Limits != nil {
			limits = *key.Limits
			limits.Models, limits.Networks = slices.Clone(limits.Models), slices.Clone(limits.Networks) // others are reading these
		}
		patch.Limits(&limits)
		key.Limits = &limits
		if limits.None() {
			key.Limits = nil
		}
		return cmp.Or(checkKeyText(key.Name, key.Note), checkLimits(&limits))
	})
}

// RotateUserKey gives a user key a new secret, shown this once. The old one is refused from now on.
func (a *Auth) RotateUserKey(ctx context.Context, id int64) (UserKey, string, error) {
	secret := ""
	key, err := a.changeKey(ctx, id, func(key *UserKey) error {
		secret, key.Hash, key.Prefix, key.Suffix = newUserKey()
		return nil
	})
	if err != nil {
		return UserKey{}, "", err
	}
	return key, secret, nil
}

// DeleteUserKey deletes a user key. Its history stays.
func (a *Auth) DeleteUserKey(ctx context.Context, id int64) error {
	a.changeKeys.Lock()
	defer a.changeKeys.Unlock()
	ring := a.keys.Load()
	if ring.byID[id] == nil {
		return noUserKey(id)
	}
	if err := a.store.DeleteUserKey(ctx, id, time.Now().UTC()); err != nil && !fault.Is(err, fault.NotFound) {
		return fmt.Errorf("delete user key: %w", err)
	}
	a.keys.Store(ring.without(id))
	return nil
}

// changeKey applies a change to a user key, keeps it and puts it in force.
func (a *Auth) changeKey(ctx context.Context, id int64, change func(*UserKey) error) (UserKey, error) {
	a.changeKeys.Lock()
	defer a.changeKeys.Unlock()
	ring := a.keys.Load()
	h := ring.byID[id]
	if h == nil {
		return UserKey{}, noUserKey(id)
	}
	key := h.key
	if err := change(&key); err != nil {
		return UserKey{}, err
	}
	var meters map[int64]*meter
	if key.counted() && h.meter == nil {
		var err error
		if meters, err = a.newMeters(ctx, id); err != nil {
			return UserKey{}, err
		}
	}
	if err := a.store.UpdateUserKey(ctx, key); err != nil {
		return UserKey{}, fmt.Errorf("update user key: %w", err)
	}
	next, err := ring.with(key, meters[id])
	if err != nil {
		return UserKey{}, err
	}
	a.keys.Store(next)
	return next.byID[id].lastUse(), nil
}

// UserKeyByID gives a user key.
func (a *Auth) UserKeyByID(id int64) (UserKey, error) {
	h := a.keys.Load().byID[id]
	if h == nil {
		return UserKey{}, noUserKey(id)
	}
	return h.lastUse(), nil
}

// UserKeyCounts gives how many user keys there are, and how many of them are enabled.
func (a *Auth) UserKeyCounts() (all, enabled int) {
	ring := a.keys.Load()
	for _, h := range ring.byID {
		if h.key.Enabled {
			enabled++
		}
	}
	return len(ring.byID), enabled
}

// UserKeys gives a page of user keys, and how many there are on all pages.
func (a *Auth) UserKeys(q Query) (items []UserKey, total int) {
	const usualSize, maxSize = 50, 200
	size := min(max(cmp.Or(q.PageSize, usualSize), 1), maxSize)
	found := []UserKey{}
	wanted := strings.ToLower(strings.TrimSpace(q.Q))
	for _, h := range a.keys.Load().byID {
		if strings.Contains(strings.ToLower(h.key.Name+"\n"+h.key.Note+"\n"+h.key.Masked()), wanted) {
			found = append(found, h.lastUse())
		}
	}
	slices.SortFunc(found, keyOrder(q.Sort))
	total = len(found)
	start := total
	if before := max(q.Page, 1) - 1; before <= total/size { // compared first, so that the product cannot overflow
		start = min(before*size, total)
	}
	return found[start:min(start+size, total)], total
}

// keyOrder gives the comparison for a sort; equal ones follow their ids, so that pages do not overlap.
func keyOrder(sort string) func(x, y UserKey) int {
	name, descending := strings.CutPrefix(sort, "-")
	var order func(x, y UserKey) int
	switch name {
	case "id":
		order = func(UserKey, UserKey) int { return 0 }
	case "name":
		order = func(x, y UserKey) int { return strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)) }
	case "last_used_at":
		order = func(x, y UserKey) int { return x.LastUsedAt.Compare(y.LastUsedAt) }
	case "created_at":
		order = func(x, y UserKey) int { return x.CreatedAt.Compare(y.CreatedAt) }
	default:
		return keyOrder("-created_at")
	}
	return func(x, y UserKey) int {
		if descending {
			x, y = y, x
		}
		return cmp.Or(order(x, y), cmp.Compare(x.ID, y.ID))
	}
}

// checkKeyText names what is wrong with what is written about a key.
func checkKeyText(name, note string) error {
	switch {
	case name == "":
		return fault.Field("name", "is needed").WithCode("invalid_input")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return fault.Field("name", "must be text in one line").WithCode("invalid_input")
	case utf8.RuneCountInString(name) > maxKeyName:
		return fault.Field("name", "must have at most %d characters", maxKeyName).WithCode("invalid_input")
	case !utf8.ValidString(note) || strings.Contains(note, "\x00"):
		return fault.Field("note", "must be text").WithCode("invalid_input")
	case utf8.RuneCountInString(note) > maxKeyNote:
		return fault.Field("note", "must have at most %d characters", maxKeyNote).WithCode("invalid_input")
	}
	return nil
}

func noUserKey(id int64) error {
	return fault.New(fault.NotFound, "there is no user key %d", id).WithCode("not_found")
}
