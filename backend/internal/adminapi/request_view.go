package adminapi

import (
	"time"

	"gemini-proxy/backend/internal/usage"
)

// requestOf gives a request's view, with the names its keys have now.
func (a *api) requestOf(r *usage.Record) RequestRecord {
	view := RequestRecord{
		ID: r.ID, RequestID: r.RequestID, Time: utc(r.Time), API: r.API, Model: r.Model, Stream: r.Stream, Status: r.Status, Outcome: r.Outcome,
		Finish: r.FinishReason, UserKeyID: r.UserKeyID, Attempts: r.AttemptCount, InputTokens: r.InputTokens, OutputTokens: r.OutputTokens,
		Thoughts: r.Thoughts, Cached: r.Cached, Seconds: r.Total.Seconds(),
	}
	if key, err := a.Auth.UserKeyByID(r.UserKeyID); err == nil {
		view.UserKey = &key.Name
	}
	if r.KeyID != 0 {
		view.KeyID = &r.KeyID
		view.KeyMasked, view.KeyName = a.keyLabels(r.KeyID)
	}
	view.FirstByteSeconds = optionalSeconds(r.FirstByte)
	return view
}

func (a *api) attemptsOf(attempts []usage.Attempt) []Attempt {
	views := make([]Attempt, 0, len(attempts))
	for i := range attempts {
		t := &attempts[i]
		view := Attempt{KeyID: t.KeyID, Project: optionalText(t.Project), Verdict: t.Verdict, Status: t.Status, Message: t.Message,
			Waited: t.Waited.Seconds(), Took: t.Took.Seconds(), RestUntil: optionalTime(t.RestUntil)}
		view.PassedOver = make([]PassedOver, len(t.Passed))
		for j, p := range t.Passed {
			view.PassedOver[j] = PassedOver{Reason: p.Reason, Keys: p.Keys, Until: optionalTime(p.Until)}
		}
		view.KeyMasked, view.KeyName = a.keyLabels(t.KeyID)
		views = append(views, view)
	}
	return views
}

// keyLabels gives how a Gemini key is shown; nothing when it is not there.
func (a *api) keyLabels(id int64) (masked, name *string) {
	key := a.labelOf(id)
	return optionalText(key.Masked), optionalText(key.Name)
}

// optionalSeconds gives nil for no time at all, which stands for not known.
func optionalSeconds(d time.Duration) *float64 {
	if d == 0 {
		return nil
	}
	seconds := d.Seconds()
	return &seconds
}
