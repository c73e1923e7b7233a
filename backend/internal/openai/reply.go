package openai

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"gemini-proxy/backend/internal/gemini"
)

// Reply is what an answer needs to know beside what Gemini says: its id and time, and what the request asks of its form.
type Reply struct {
	ID          string            // "chatcmpl-…", the same on every chunk
	Created     int64             // Unix seconds
	Model       string            // the name the client asked with
	Names       map[string]string // the client's function names by Gemini's, where they differ
	Legacy      bool              // answer with function_call, not with tool_calls
	SingleCall  bool              // keep the first tool call alone: parallel_tool_calls is false
	Search      bool              // the answer may cite the web
	AudioFormat string            // "wav" or "pcm16"; empty is as Gemini gives it
}

// Reply gives what the request says of the form of its answer.
func (r *ChatRequest) Reply(id string, created int64) Reply {
	return Reply{
		ID:          id,
		Created:     created,
		Model:       r.Model,
		Names:       r.names.client,
		Legacy:      r.tools.legacy,
		SingleCall:  r.tools.single,
		Search:      r.tools.search || r.tools.urls,
		AudioFormat: r.answer.format,
	}
}

// The finish reasons of OpenAI's. No other value is ever sent: typed clients break on them.
const (
	finishStop    = "stop"
	finishLength  = "length"
	finishCalls   = "tool_calls"
	finishFilter  = "content_filter"
	finishLegacy  = "function_call"
	objectChat    = "chat.completion"
	objectChunk   = "chat.completion.chunk"
	callIDPrefix  = "call_"
	roleOfAnswers = roleAssistant
)

// finishOf gives OpenAI's word for Gemini's finish reason; a call made outweighs a plain stop. Unknown reasons are a stop.
func (r *Reply) finishOf(reason string, called bool) string {
	switch reason {
	case gemini.FinishMaxTokens, gemini.FinishContinuation:
		return finishLength
	case gemini.FinishSafety, gemini.FinishRecitation, gemini.FinishBlocklist, gemini.FinishProhibitedContent, gemini.FinishSPII,
		gemini.FinishImageSafety, gemini.FinishImageProhibitedContent, gemini.FinishImageRecitation:
		return finishFilter
	}
	switch {
	case called && r.Legacy:
		return finishLegacy
	case called:
		return finishCalls
	}
	return finishStop
}

// callID gives the id under which the client knows a call: Gemini's own, else one made of the answer's id and the call's place in it.
func (r *Reply) callID(call *gemini.FunctionCall, choice, index int) string {
	if call.ID != "" {
		return call.ID
	}
	return callIDPrefix + r.derived(choice, index)
}

// derived gives a name that is the same for the same place in the same answer, and no other.
func (r *Reply) derived(choice, index int) string {
	sum := sha256.Sum256([]byte(r.ID + "/" + strconv.Itoa(choice) + "/" + strconv.Itoa(index)))
	return hex.EncodeToString(sum[:12])
}

// name gives the client's name of a function.
func (r *Reply) name(of string) string {
	if name, mapped := r.Names[of]; mapped {
		return name
	}
	return of
}

// arguments gives a call's arguments as the JSON text they are in OpenAI's form, without the white space of Google's pretty printing.
func arguments(call *gemini.FunctionCall) string {
	if len(call.Args) == 0 {
		return "{}"
	}
	var compact bytes.Buffer
	if json.Compact(&compact, call.Args) != nil {
		return string(call.Args)
	}
	return compact.String()
}

func isImage(b *gemini.Blob) bool { return strings.HasPrefix(b.MIMEType, "image/") }
func isAudio(b *gemini.Blob) bool { return strings.HasPrefix(strings.ToLower(b.MIMEType), "audio/") }

// Merge makes one answer of those to several calls for the same request: each answer's first candidate is one choice, and the tokens are
// added up, for each call was paid for. It needs at least one answer.
func Merge(answers []*gemini.Response) *gemini.Response {
	merged := *answers[0]
	merged.Candidates = nil
	merged.Usage = gemini.Usage{}
	merged.BlockReason = ""
	for i, answer := range answers {
		addUsage(&merged.Usage, &answer.Usage)
		merged.HasUsage = merged.HasUsage || answer.HasUsage
		candidate := gemini.Candidate{FinishReason: gemini.FinishProhibitedContent} // the prompt was refused for this one
		if len(answer.Candidates) > 0 {
			candidate = answer.Candidates[0]
		}
		candidate.Index = i
		merged.Candidates = append(merged.Candidates, candidate)
	}
	return &merged
}
