// Package e2e tests the whole from outside: the real programs on free ports of 127.0.0.1, with the official SDKs as clients and
// the simulated Gemini behind. The tests know nothing of the server's code; package stack starts and stops the programs.
package e2e
