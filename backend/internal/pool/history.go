package pool

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// History gives what keys went through on each of the last Pacific days, today's counts as they are now: by key, the newest day in front.
// Days on which nothing was counted are left out.
func (p *Pool) History(ctx context.Context, ids []int64, days int) (map[int64][]KeyDayRecord, error) {
	today, since, err := p.span(days)
	if err != nil {
		return nil, err
	}
	rows, err := p.store.KeyDays(ctx, ids, since)
	if err != nil {
		return nil, fmt.Errorf("read the days of keys: %w", err)
	}
	history := make(map[int64][]KeyDayRecord, len(ids))
	for _, row := range rows {
		if row.Day != today {
			history[row.KeyID] = append(history[row.KeyID], row)
		}
	}
	p.mu.Lock()
	defer p.unlock()
	for _, id := range ids {
		if k := p.keys[id]; k != nil && k.today.day == today && k.today != (keyDay{day: today}) {
			history[id] = append(history[id], k.dayRecord())
		}
	}
	for _, list := range history {
		slices.SortFunc(list, func(a, b KeyDayRecord) int { return cmp.Compare(b.Day, a.Day) })
	}
	return history, nil
}

// span gives the Pacific day it is, and the first of so many days that end with it.
func (p *Pool) span(days int) (today, since string, err error) {
	p.mu.Lock()
	today = p.calendar.on(p.now()).name
	p.unlock()
	last, err := time.Parse(time.DateOnly, today)
	if err != nil {
		return "", "", fmt.Errorf("read a day: %w", err)
	}
	return today, last.AddDate(0, 0, 1-max(days, 1)).Format(time.DateOnly), nil
}

// Today gives the Pacific day it is, "2026-11-23".
func (p *Pool) Today() string {
	p.mu.Lock()
	defer p.unlock()
	return p.calendar.on(p.now()).name
}

// ExitShut reports whether Google refuses our location, so that what is met with keys says nothing of them.
func (p *Pool) ExitShut() bool {
	p.mu.Lock()
	defer p.unlock()
	return p.exit.shut
}
