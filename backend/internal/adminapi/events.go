package adminapi

import (
	"context"
	"errors"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/pulse"
)

// eventSilence is after how long a comment shows that the stream lives.
const eventSilence = 15 * time.Second

// events streams what goes on.
//
//	@Summary		Live events
//	@Description	Server-sent events. `counters` comes at once and then about every two seconds. `changed` ({"what": "keys"}) says that a list is not as it was last read: by somebody's hand, or because keys began to rest. `end` ({"reason": "session"}) is the last event: the session or its access token has ended, or the server stops. A comment comes when nothing else does. A session can have 16 streams open, and all together 64.
//	@ID				events
//	@Tags			stats
//	@Produce		text/event-stream,application/problem+json
//	@Security		Bearer
//	@Success		200			{object}	LiveEvents	"the data of each event, by its name"
//	@Failure		401,500		{object}	Problem
//	@Failure		503			{object}	Problem	"too many streams are open, or the server stops"
//	@Header			503			{integer}	Retry-After	"seconds"
//	@Router			/events [get]
func (a *api) events(c *gin.Context) error {
	session, err := sessionOf(c)
	if err != nil {
		return err
	}
	watcher, err := a.Pulse.Watch(session.Family)
	if err != nil {
		return err
	}
	defer watcher.End()
	out := newEventStream(c)
	for {
		news, open, err := nextNews(c.Request.Context(), watcher)
		switch {
		case err != nil:
			return nil //nolint:nilerr // the client went away, and nobody is there to be told
		case !open:
			out.send("end", LiveEnd{Reason: "stopping"})
			return nil
		}
		if _, err := a.Auth.Check(c.Request.Context(), bearer(c)); err != nil {
			out.send("end", LiveEnd{Reason: "session"})
			return nil //nolint:nilerr // told by the event: the status is long sent
		}
		if !out.tell(news) {
			return nil
		}
	}
}

// nextNews waits for news, at most for as long as the stream may be silent; then there are none.
func nextNews(ctx context.Context, w *pulse.Watcher) (news pulse.News, open bool, err error) {
	patience, cancel := context.WithTimeout(ctx, eventSilence)
	defer cancel()
	news, open, err = w.Next(patience)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return pulse.News{}, true, nil
	}
	return news, open, err
}

// tell sends news, or a comment where there are none, and gives false when the client is gone.
func (s *eventStream) tell(news pulse.News) bool {
	for _, what := range news.Changed {
		s.send("changed", LiveChange{What: what})
	}
	if news.Counters != nil {
		s.send("counters", liveCountersOf(news.Counters))
	}
	if news.Counters == nil && len(news.Changed) == 0 {
		s.write(": nothing new\n\n")
	}
	return !s.broken
}
