package adminapi

import (
	"cmp"

	"gemini-proxy/backend/internal/pool"
)

// geminiKeyOf gives a key's view.
func geminiKeyOf(k pool.Key) GeminiKey {
	view := GeminiKey{
		ID:                  k.ID,
		Masked:              k.Masked,
		Name:                k.Name,
		Note:                k.Note,
		Project:             optionalText(k.Project),
		ProjectSource:       cmp.Or(k.ProjectSource, pool.SourceUnknown),
		Weight:              k.Weight,
		Enabled:             k.Enabled,
		State:               k.State,
		Reason:              optionalText(string(k.Reason)),
		Rests:               make([]Rest, 0, len(k.Rests)),
		RequestsToday:       k.RequestsToday,
		ConsecutiveFailures: k.ConsecutiveFailures,
		LastUsedAt:          optionalTime(k.LastUsedAt),
		CreatedAt:           utc(k.CreatedAt),
		RemovedAt:           optionalTime(k.RemovedAt),
		Version:             keyVersion(&k),
	}
	for _, r := range k.Rests {
		view.Rests = append(view.Rests, restOf(r))
	}
	if k.Samples > 0 {
		success := k.SuccessRate
		view.SuccessRate = &success
	}
	if k.Latency > 0 {
		seconds := k.Latency.Seconds()
		view.LatencySeconds = &seconds
	}
	if e := k.LastError; e != nil {
		view.LastError = &KeyError{At: utc(e.At), Verdict: string(e.Verdict), Status: e.Status, Message: e.Message}
	}
	return view
}

func geminiKeysOf(keys []pool.Key) []GeminiKey {
	views := make([]GeminiKey, 0, len(keys))
	for _, k := range keys {
		views = append(views, geminiKeyOf(k))
	}
	return views
}

func restOf(r pool.Rest) Rest {
	scope := "key"
	if r.Project {
		scope = "project"
	}
	return Rest{Model: r.Model, Reason: string(r.Reason), Since: utc(r.Since), Until: utc(r.Until), Scope: scope}
}

func keyCountsOf(n pool.Counts) KeyCounts {
	return KeyCounts{All: n.All, Healthy: n.Healthy, Resting: n.Resting, Failing: n.Failing, Unknown: n.Unknown, Disabled: n.Disabled, Removed: n.Removed}
}

func importResultOf(r pool.ImportResult, rejected []pool.Rejected, dryRun bool) ImportResult {
	result := ImportResult{
		Added:      geminiKeysOf(r.Added),
		Duplicates: make([]DuplicateKey, 0, len(r.Duplicates)),
		Invalid:    make([]RejectedText, 0, len(rejected)),
		AddedTotal: r.AddedTotal, DuplicatesTotal: r.DuplicatesTotal, InvalidTotal: len(rejected),
		DryRun: dryRun,
	}
	for _, k := range r.Duplicates {
		result.Duplicates = append(result.Duplicates, DuplicateKey{Masked: k.Masked, ID: k.ID, Name: k.Name, Removed: k.State == pool.StateRemoved})
	}
	for _, text := range rejected {
		result.Invalid = append(result.Invalid, RejectedText{Text: text.Masked, Reason: text.Reason})
	}
	return result
}
