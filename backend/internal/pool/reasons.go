package pool

// Reasons counts the keys that rest or fail, by why.
func (p *Pool) Reasons() map[Verdict]int {
	reasons := map[Verdict]int{}
	p.scan(func(k *key, now moment) {
		if _, reason := k.state(now); reason != "" {
			reasons[reason]++
		}
	})
	return reasons
}
