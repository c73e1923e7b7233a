package openai

import "gemini-proxy/backend/internal/gemini"

// AssumeThinking fills in what the request says nothing of: how much the model thinks, in tokens, nil for its own choice; and whether
// thoughts are shown. What becomes of it is up to the model's family, as with a thinking_config of the client's.
func (r *ChatRequest) AssumeThinking(budget *int, include bool) {
	t := &r.thinking
	if t.effort == "" && t.budget == nil && t.level == "" {
		t.budget = budget
	}
	if t.field == "" && !t.asked {
		t.include = include
	}
}

// Place gives where the request names a link: "messages[0].content[1].image_url.url"; "" when it does not.
func (r *ChatRequest) Place(link string) string {
	for i := range r.messages {
		for j := range r.messages[i].parts {
			if p := &r.messages[i].parts[j]; p.url == link {
				return inMessage(i, p.place)
			}
		}
	}
	return ""
}

// Unsign takes the thought signatures out of a translated request, for another project's or model's are refused. The first call of each step
// gets the value that stands in for a lost one.
func Unsign(r *gemini.Request) {
	for i := range r.Contents {
		if r.Contents[i].Role == gemini.RoleModel {
			unsign(r.Contents[i].Parts)
		}
	}
}

func unsign(parts []gemini.Part) {
	called := false
	for i := range parts {
		p := &parts[i]
		signed := p.ThoughtSignature != ""
		p.ThoughtSignature = ""
		if p.FunctionCall != nil && !called || p.InlineData != nil && signed {
			p.ThoughtSignature = skipSignature
		}
		called = called || p.FunctionCall != nil
	}
}

// StandIns counts the calls of a translated request whose thought signature was lost.
func StandIns(r *gemini.Request) int {
	n := 0
	for i := range r.Contents {
		for j := range r.Contents[i].Parts {
			if r.Contents[i].Parts[j].ThoughtSignature == skipSignature {
				n++
			}
		}
	}
	return n
}
