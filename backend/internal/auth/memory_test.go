package auth

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"gemini-proxy/backend/internal/fault"
)

// memory keeps what a database would. The real store is on a floor above; TestOnTheRealStore tries the whole with it.
type memory struct {
	mu      sync.Mutex
	admins  map[int64]Admin
	refresh map[string]RefreshToken
	keys    map[int64]UserKey
	records []record
	touched []map[int64]time.Time
	nextID  int64
	away    bool
	swept   int
}

func newMemory() *memory {
	return &memory{admins: map[int64]Admin{}, refresh: map[string]RefreshToken{}, keys: map[int64]UserKey{}}
}

// open begins an operation: it locks, and faults when the database is away.
func (m *memory) open() (closing func(), err error) {
	m.mu.Lock()
	if m.away {
		m.mu.Unlock()
		return nil, fault.New(fault.Unavailable, "the database is away").WithCode("database_unavailable")
	}
	return m.mu.Unlock, nil
}

func (m *memory) setAway(away bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.away = away
}

func notThere() error { return fault.New(fault.NotFound, "not there") }

func (m *memory) AdminCount(context.Context) (int, error) {
	closing, err := m.open()
	if err != nil {
		return 0, err
	}
	defer closing()
	return len(m.admins), nil
}

func (m *memory) CreateAdmin(_ context.Context, admin Admin) (int64, error) {
	closing, err := m.open()
	if err != nil {
		return 0, err
	}
	defer closing()
	for _, other := range m.admins {
		if strings.EqualFold(other.Username, admin.Username) {
			return 0, fault.New(fault.Conflict, "the name is taken")
		}
	}
	m.nextID++
	admin.ID = m.nextID
	m.admins[admin.ID] = admin
	return admin.ID, nil
}

func (m *memory) AdminByName(_ context.Context, username string) (*Admin, error) {
	closing, err := m.open()
	if err != nil {
		return nil, err
	}
	defer closing()
	for _, admin := range m.admins {
		if strings.EqualFold(admin.Username, username) {
			return &admin, nil
		}
	}
	return nil, notThere()
}

func (m *memory) AdminByID(_ context.Context, id int64) (*Admin, error) {
	closing, err := m.open()
	if err != nil {
		return nil, err
	}
	defer closing()
	if admin, ok := m.admins[id]; ok {
		return &admin, nil
	}
	return nil, notThere()
}

func (m *memory) SetPassword(_ context.Context, id int64, hash string, at time.Time, keepFamily string) error {
	closing, err := m.open()
	if err != nil {
		return err
	}
	defer closing()
	admin := m.admins[id]
	admin.PasswordHash, admin.PasswordChangedAt = hash, at
	m.admins[id] = admin
	m.revoke(at, func(t RefreshToken) bool { return t.AdminID == id && t.Family != keepFamily })
	return nil
}

func (m *memory) revoke(at time.Time, which func(RefreshToken) bool) {
	for hash, t := range m.refresh {
		if which(t) && t.RevokedAt.IsZero() {
			t.RevokedAt = at
			m.refresh[hash] = t
		}
	}
}

func (m *memory) CreateRefresh(_ context.Context, token RefreshToken) error {
	closing, err := m.open()
	if err != nil {
		return err
	}
	defer closing()
	m.refresh[token.Hash] = token
	return nil
}

func (m *memory) UseRefresh(_ context.Context, hash string, at time.Time, next func(RefreshToken) RefreshToken) (*RefreshToken, error) {
	closing, err := m.open()
	if err != nil {
		return nil, err
	}
	defer closing()
	before, ok := m.refresh[hash]
	if !ok {
		return nil, notThere()
	}
	if before.UsedAt.IsZero() && before.RevokedAt.IsZero() {
		successor := next(before)
		m.refresh[successor.Hash] = successor
		used := before
		used.UsedAt = at
		m.refresh[hash] = used
	}
	return &before, nil
}

func (m *memory) RevokeFamily(_ context.Context, family string, at time.Time) error {
	closing, err := m.open()
	if err != nil {
		return err
	}
	defer closing()
	m.revoke(at, func(t RefreshToken) bool { return t.Family == family })
	return nil
}

func (m *memory) DeleteExpiredRefresh(_ context.Context, before time.Time) (int64, error) {
	closing, err := m.open()
	if err != nil {
		return 0, err
	}
	defer closing()
	m.swept++
	n := len(m.refresh)
	maps.DeleteFunc(m.refresh, func(_ string, t RefreshToken) bool { return t.ExpiresAt.Before(before) })
	return int64(n - len(m.refresh)), nil
}

func (m *memory) UserKeys(context.Context) ([]UserKey, error) {
	closing, err := m.open()
	if err != nil {
		return nil, err
	}
	defer closing()
	return slices.Collect(maps.Values(m.keys)), nil
}

func (m *memory) CreateUserKey(_ context.Context, key UserKey) (int64, error) {
	closing, err := m.open()
	if err != nil {
		return 0, err
	}
	defer closing()
	m.nextID++
	key.ID = m.nextID
	m.keys[key.ID] = key
	return key.ID, nil
}

func (m *memory) UpdateUserKey(_ context.Context, key UserKey) error {
	closing, err := m.open()
	if err != nil {
		return err
	}
	defer closing()
	m.keys[key.ID] = key
	return nil
}

func (m *memory) DeleteUserKey(_ context.Context, id int64, _ time.Time) error {
	closing, err := m.open()
	if err != nil {
		return err
	}
	defer closing()
	delete(m.keys, id)
	return nil
}

func (m *memory) OpenSessions(_ context.Context, admin int64, at time.Time) ([]OpenSession, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var open []OpenSession
	for _, token := range m.refresh {
		if token.AdminID == admin && token.UsedAt.IsZero() && token.RevokedAt.IsZero() && token.ExpiresAt.After(at) {
			open = append(open, OpenSession{Last: token, StartedAt: token.CreatedAt})
		}
	}
	return open, nil
}

func (m *memory) RefreshByID(_ context.Context, id int64) (*RefreshToken, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, token := range m.refresh {
		if token.ID == id {
			return &token, nil
		}
	}
	return nil, fault.New(fault.NotFound, "no such token")
}

func (m *memory) SpentByUserKey(_ context.Context, from, to time.Time) (map[int64]Spent, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	spent := map[int64]Spent{}
	for _, r := range m.records {
		if !r.at.Before(from) && r.at.Before(to) {
			sum := spent[r.key]
			spent[r.key] = Spent{Requests: sum.Requests + 1, Tokens: sum.Tokens + r.tokens}
		}
	}
	return spent, nil
}

func (m *memory) TouchUserKeys(_ context.Context, used map[int64]time.Time) error {
	closing, err := m.open()
	if err != nil {
		return err
	}
	defer closing()
	m.touched = append(m.touched, used)
	for id, at := range used {
		key := m.keys[id]
		key.LastUsedAt = at
		m.keys[id] = key
	}
	return nil
}

// What the tests log in with.
const (
	name     = "Admin"
	password = "FAKE-password-1"
	address  = "203.0.113.7"
	browser  = "Firefox"
)

var signingKey = bytes.Repeat([]byte("k"), minKeyBytes) //nolint:gochecknoglobals // read-only

// start makes an Auth on a store; what it logs is checked for secrets when the test ends.
func start(t testing.TB, store Store) *Auth {
	t.Helper()
	log := &logged{}
	a, err := New(t.Context(), Config{Store: store, Key: signingKey, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if text := log.String(); strings.Contains(text, "FAKE") || strings.Contains(text, "eyJ") || strings.Contains(text, "argon2id$") {
			t.Errorf("a secret was logged: %s", text)
		}
	})
	return a
}

// logged collects a log from several goroutines.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// withAdmin makes an Auth with one admin.
func withAdmin(t testing.TB) (*Auth, *memory) {
	t.Helper()
	store := newMemory()
	a := start(t, store)
	// The cost is the kept hash's own, and a small one tells the same.
	cost, salt := argonCost{memory: 64, passes: 1, lanes: 1}, randomBytes(saltBytes)
	hash := phc{cost, salt, argon2.IDKey([]byte(password), salt, cost.passes, cost.memory, cost.lanes, hashBytes)}
	now := time.Now()
	if _, err := store.CreateAdmin(t.Context(), Admin{Username: name, PasswordHash: hash.String(), CreatedAt: now, PasswordChangedAt: now}); err != nil {
		t.Fatal(err)
	}
	return a, store
}

// login logs in from the usual place.
func login(t testing.TB, a *Auth) Tokens {
	t.Helper()
	tokens, err := a.Login(t.Context(), LoginRequest{Username: name, Password: password, Address: address, UserAgent: browser})
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// wantFault fails unless err is a fault of the kind with the code, and shows no secret.
func wantFault(t testing.TB, what string, err error, kind fault.Kind, code string) {
	t.Helper()
	if err == nil || !fault.Is(err, kind) || fault.Of(err).Code != code {
		t.Errorf("%s: got %v, want a fault with the code %s", what, err, code)
	}
	if err != nil && strings.Contains(err.Error(), "FAKE") {
		t.Errorf("%s: the fault shows a secret: %v", what, err)
	}
}

func wantCheck(t testing.TB, a *Auth, what string, tokens Tokens, code string) {
	t.Helper()
	session, err := a.Check(t.Context(), tokens.Access)
	switch {
	case code != "":
		wantFault(t, what, err, fault.Unauthorized, code)
	case err != nil || session.Username != name || session.AdminID == 0 || session.Family == "":
		t.Errorf("%s: session %+v, %v", what, session, err)
	}
}

// record is a request of a user key that the database knows of.
type record struct {
	at     time.Time
	key    int64
	tokens int64
}
