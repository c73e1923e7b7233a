package relay

import (
	"context"
	"errors"
	"io"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
)

// maxCollected bounds the text and media of an answer that is put together from chunks, in bytes, as a whole answer is bounded.
const maxCollected = 128 << 20

// Collect asks for an answer in chunks and gives it whole, or a *fault.Error. Since the caller has seen none of it, one that breaks off is
// asked for again.
func (r *Relay) Collect(ctx context.Context, call Call) (*gemini.Response, error) {
	for tries := 0; ; tries++ {
		stream, err := r.Stream(ctx, call)
		if err != nil {
			return nil, err
		}
		answer, err := stream.collect() //nolint:contextcheck // a stream has its request's context
		if err == nil {
			return answer, nil
		}
		if _, again := judge(ctx, err); !again || tries >= maxExtra {
			return nil, err
		}
	}
}

func (s *Stream) collect() (*gemini.Response, error) {
	defer s.Close()
	answer := &gemini.Response{}
	size := 0
	for {
		chunk, err := s.Next()
		if errors.Is(err, io.EOF) {
			return answer, nil
		}
		if err != nil {
			return nil, err
		}
		if size += gather(answer, chunk); size > maxCollected {
			return nil, fault.New(fault.Upstream, "Gemini's answer is longer than %d MiB", maxCollected>>20).WithCode("answer_too_long")
		}
	}
}

// gather adds a chunk to an answer, copying what the next chunk takes the memory of, and gives the bytes that were added.
func gather(answer, chunk *gemini.Response) int {
	if chunk.HasUsage {
		answer.Usage, answer.HasUsage = chunk.Usage, true
	}
	if chunk.BlockReason != "" {
		answer.BlockReason = chunk.BlockReason
	}
	if chunk.ModelVersion != "" {
		answer.ModelVersion, answer.ResponseID = chunk.ModelVersion, chunk.ResponseID
	}
	size := 0
	for i := range chunk.Candidates {
		from := &chunk.Candidates[i]
		size += extend(candidateOf(answer, from.Index), from)
	}
	return size
}

// candidateOf gives the answer's candidate of an index, and makes it when it is new.
func candidateOf(answer *gemini.Response, index int) *gemini.Candidate {
	for i := range answer.Candidates {
		if answer.Candidates[i].Index == index {
			return &answer.Candidates[i]
		}
	}
	answer.Candidates = append(answer.Candidates, gemini.Candidate{Index: index})
	return &answer.Candidates[len(answer.Candidates)-1]
}

func extend(into, from *gemini.Candidate) int {
	size := 0
	for i := range from.Content.Parts {
		p := &from.Content.Parts[i]
		if p.IsText() && p.Text == "" && p.ThoughtSignature == "" {
			continue
		}
		size += len(p.Text) + len(p.ThoughtSignature) + len(p.Raw)
		if p.InlineData != nil {
			size += len(p.InlineData.Data)
		}
		if p.FunctionCall != nil {
			size += len(p.FunctionCall.Args)
		}
		into.Content.Parts = append(into.Content.Parts, *p)
	}
	if from.Content.Role != "" {
		into.Content.Role = from.Content.Role
	}
	if from.FinishReason != "" {
		into.FinishReason, into.FinishMessage = from.FinishReason, from.FinishMessage
	}
	keepMetadata(into, from)
	return size
}

// keepMetadata takes what a later part of an answer says of the whole.
func keepMetadata(into, from *gemini.Candidate) {
	for _, part := range []struct{ into, from *[]byte }{
		{&into.Grounding, &from.Grounding}, {&into.Citations, &from.Citations}, {&into.URLContext, &from.URLContext}, {&into.Logprobs, &from.Logprobs},
	} {
		if len(*part.from) > 0 {
			*part.into = *part.from
		}
	}
}
