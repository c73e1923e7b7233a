package openai

import (
	"encoding/json"

	"gemini-proxy/backend/internal/jsonio"
)

// TokenLogprob is the log probability of one token of the answer, with the likeliest tokens in its place.
type TokenLogprob struct {
	Token   string
	Logprob float64
	Top     []TokenLogprob
}

// logprobsOf reads logprobsResult; metadata of a form that is not known says nothing.
func logprobsOf(result []byte) []TokenLogprob {
	if len(result) == 0 {
		return nil
	}
	type candidate struct {
		Token   string  `json:"token"`
		Logprob float64 `json:"logProbability"`
	}
	var r struct {
		Chosen []candidate `json:"chosenCandidates"`
		Top    []struct {
			Candidates []candidate `json:"candidates"`
		} `json:"topCandidates"`
	}
	if json.Unmarshal(result, &r) != nil || len(r.Chosen) == 0 {
		return nil
	}
	list := make([]TokenLogprob, len(r.Chosen))
	for i, chosen := range r.Chosen {
		list[i] = TokenLogprob{Token: chosen.Token, Logprob: chosen.Logprob}
		if i >= len(r.Top) {
			continue
		}
		for _, top := range r.Top[i].Candidates {
			list[i].Top = append(list[i].Top, TokenLogprob{Token: top.Token, Logprob: top.Logprob})
		}
	}
	return list
}

func appendLogprobs(dst []byte, list []TokenLogprob) []byte {
	dst = append(dst, `{"content":[`...)
	for i := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(list[i].appendFields(append(dst, '{')), `,"top_logprobs":[`...)
		for j := range list[i].Top {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = append(list[i].Top[j].appendFields(append(dst, '{')), '}')
		}
		dst = append(dst, `]}`...)
	}
	return append(dst, `],"refusal":null}`...)
}

func (t *TokenLogprob) appendFields(dst []byte) []byte {
	dst = jsonio.AppendString(append(dst, `"token":`...), t.Token)
	dst = jsonio.AppendFloat(append(dst, `,"logprob":`...), t.Logprob)
	dst = append(dst, `,"bytes":[`...)
	for i := range len(t.Token) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonio.AppendInt(dst, int64(t.Token[i]))
	}
	return append(dst, ']')
}
