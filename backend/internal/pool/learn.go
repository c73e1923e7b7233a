package pool

import "gemini-proxy/backend/internal/gemini"

// learn takes the limits that a 429 told of this project over what was known. A value that was not told, or zero, teaches nothing.
func (c *cell) learn(quota []gemini.Violation, now moment) {
	before := c.learnt
	for _, v := range quota {
		switch {
		case v.Value <= 0:
		case v.PerDay() && !v.Tokens():
			c.learnt.rpd = v.Value
		case v.PerMinute() && v.Tokens():
			c.learnt.tpm = v.Value
		case v.PerMinute():
			c.learnt.rpm = v.Value
		}
	}
	if c.learnt != before || c.learntAt == 0 && c.learnt != noLimits() {
		c.learntAt = now
		c.lane.pool.dirty.addLearnt(c)
	}
}
