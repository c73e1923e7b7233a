package store_test

import (
	"os"
	"testing"

	"gemini-proxy/backend/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }
