package e2e

import (
	"os"
	"testing"

	"gemini-proxy/backend/e2e/stack"
)

func TestMain(m *testing.M) { os.Exit(stack.Main(m)) }
