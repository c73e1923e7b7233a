package settings

import "context"

// Store keeps the settings as one JSON document with a version.
type Store interface {
	// LoadSettings gives the document and its version; nil and 0 when none was saved yet.
	LoadSettings(ctx context.Context) (document []byte, version int64, err error)
	// SaveSettings keeps the document as version+1 and gives that number; a fault.Precondition when the kept version is another.
	SaveSettings(ctx context.Context, document []byte, version int64) (int64, error)
}
