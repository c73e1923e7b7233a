package intake

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// watched notes the deadlines that are set on a connection.
type watched struct {
	*httptest.ResponseRecorder

	deadlines *[]time.Time
}

func (w watched) SetReadDeadline(at time.Time) error {
	*w.deadlines = append(*w.deadlines, at)
	return nil
}

func TestPacedBodyMustGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var set []time.Time
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", zeros(3*paceBytes))
		body := Paced(watched{httptest.NewRecorder(), &set}, r)
		if len(set) != 1 || !set[0].Equal(began.Add(paceTime)) {
			t.Errorf("%v", set)
		}
		time.Sleep(time.Second)
		if _, err := io.CopyN(io.Discard, body, paceBytes-1); err != nil || len(set) != 1 {
			t.Errorf("time is given for nothing: %v, %v", set, err)
		}
		if _, err := io.CopyN(io.Discard, body, 2); err != nil || len(set) != 2 || !set[1].Equal(began.Add(time.Second+paceTime)) {
			t.Errorf("%v, %v", set, err)
		}
		if err := body.Close(); err != nil || !set[len(set)-1].IsZero() {
			t.Errorf("%v, %v", set, err)
		}
		if _, err := r.Body.Read(make([]byte, 1)); err != nil {
			t.Errorf("the body itself is closed: %v", err)
		}
	})
}
