package adminapi

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/auth"
	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/roster"
)

// A version names what operators set of a thing, and changes with it alone: not with its use. Two who read the same version and both save
// with If-Match do not overwrite each other: the second is told.

// versionBytes is how much of the hash names a version.
const versionBytes = 8

func versionOf(edition any) string {
	text, err := json.Marshal(edition)
	if err != nil {
		panic("what an operator sets is plain: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:versionBytes])
}

// keyEdition is what an operator sets of a Gemini key. A project that was found out is not.
type keyEdition struct {
	Name, Note, Project string
	Weight              int
	Enabled, Removed    bool
}

func keyVersion(k *pool.Key) string {
	e := keyEdition{Name: k.Name, Note: k.Note, Weight: k.Weight, Enabled: k.Enabled, Removed: !k.RemovedAt.IsZero()}
	if k.ProjectSource == pool.SourceOperator {
		e.Project = k.Project
	}
	return versionOf(e)
}

func recordVersion(r *pool.Record) string {
	return keyVersion(&pool.Key{Name: r.Name, Note: r.Note, Project: r.Project, ProjectSource: r.ProjectSource, Weight: r.Weight, Enabled: r.Enabled, RemovedAt: r.RemovedAt})
}

func userKeyVersion(k *auth.UserKey) string { return versionOf(auditedUserKeyOf(*k)) }

// modelVersion gives the version of a model's row; nil is none.
func modelVersion(m *roster.Model) string {
	if m == nil {
		return versionOf(nil)
	}
	return versionOf(auditedRowOf(*m))
}

// setVersion tells the version of what is answered.
func setVersion(c *gin.Context, version string) { c.Header("ETag", `"`+version+`"`) }

// wanted is the version a change rests on; empty when any will do.
type wanted string

// readWanted reads If-Match.
func readWanted(c *gin.Context) (wanted, error) {
	header := strings.TrimSpace(c.GetHeader("If-Match"))
	if header == "" || header == "*" {
		return "", nil
	}
	text, quoted := strings.CutPrefix(header, `"`)
	text, closed := strings.CutSuffix(text, `"`)
	if raw, err := hex.DecodeString(text); !quoted || !closed || err != nil || len(raw) != versionBytes {
		return "", fault.Field("If-Match", "must be the ETag of an answer, like \"%s\"", versionOf(nil))
	}
	return wanted(text), nil
}

// check refuses a change that rests on another version.
func (w wanted) check(version string) error {
	if w != "" && string(w) != version {
		return fault.New(fault.Precondition, "it was changed meanwhile: read it again, and apply the change to what it is now").WithCode("version_conflict")
	}
	return nil
}
