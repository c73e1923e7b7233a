// Package pool owns the Gemini keys: their projects, the ledger of what each project has used of each model, rests, health, and
// the choice of a key for a request. It is asked by Lease and told by Report, and keeps everything in memory.
package pool
