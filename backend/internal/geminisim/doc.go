// Package geminisim is a simulated Gemini API: an http.Handler with projects, keys, quota counted per project and
// model, files, caches and scripted faults, for tests and demonstrations that must not touch the real one.
//
// It speaks with JSON types of its own and shares no code with the gateway, so that a mistake in one is not hidden by
// the same mistake in the other. It is strict: an unknown field, a lost thought signature or a second
// credential gets the answer Google gives.
//
//	sim := geminisim.New(geminisim.Config{Projects: []geminisim.Project{
//		{Number: "100", Keys: []geminisim.Key{{Value: "AIzaSy-FAKE-a"}}},
//	}})
//	defer sim.Close()
//	server := httptest.NewServer(sim)
//	sim.Script(geminisim.Target{}, geminisim.Minute429(10*time.Second), geminisim.Text("hello"))
//
// Anything not scripted is answered sensibly and deterministically from the request itself; see docs/simulator.md.
package geminisim
