// Package openai holds the wire types of OpenAI's Chat Completions API and the pure functions between them and Gemini's: no I/O, no
// clock, no randomness, no log. Ids, times, fetched media, files and thought signatures are handed in.
//
// What becomes of every field is written down in docs/api.md, and a test holds that table against the code. Facts about OpenAI's side
// come from its published OpenAPI description and its Go and JavaScript SDKs, facts about Gemini's from Google's Go SDK
// (google.golang.org/genai) and ai.google.dev, all as of November 2026.
package openai
