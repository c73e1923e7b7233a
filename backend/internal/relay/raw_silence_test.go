package relay

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestSilence(t *testing.T) {
	const first, later = 3 * time.Second, 10 * time.Second
	cases := map[string]struct {
		act   func(*silence)
		after time.Duration
		want  error
	}{
		"nothing comes":        {func(*silence) {}, first, errFirstPart},
		"nothing comes after":  {func(s *silence) { time.Sleep(time.Second); s.begun() }, time.Second + later, errSilence},
		"it goes on, then not": {func(s *silence) { s.begun(); time.Sleep(later - 1); s.heard(); time.Sleep(later - 1); s.heard() }, 2*(later-1) + later, errSilence},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				started := time.Now()
				tc.act(watchSilence(cancel, first, later))
				<-ctx.Done()
				if cause := context.Cause(ctx); !errors.Is(cause, tc.want) || time.Since(started) != tc.after {
					t.Errorf("%v after %s, want %v after %s", cause, time.Since(started), tc.want, tc.after)
				}
			})
		})
	}
}

func TestSilenceStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, begun := range []bool{false, true} {
			ctx, cancel := context.WithCancelCause(t.Context())
			s := watchSilence(cancel, time.Second, time.Second)
			if begun {
				s.begun()
			}
			s.stop()
			time.Sleep(time.Minute)
			if ctx.Err() != nil {
				t.Errorf("begun %v: ended after the stop: %v", begun, context.Cause(ctx))
			}
			cancel(nil)
		}
	})
}
