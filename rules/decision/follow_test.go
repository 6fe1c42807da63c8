package decision

import (
	"testing"
	"time"

	"oathgate/rules/memory"
	"oathgate/rules/pipeline"
)

// A request that follows a flight goes on when it lands, or when its time is up, and
// is not stirred by what came too late.
func TestFollow(t *testing.T) {
	key, now := memory.Key{1}, time.Unix(1000, 0)
	for name, events := range map[string][]Event{
		"landed":           {{Seq: 1, Kind: Landed, Value: "v"}},
		"time up":          {{Seq: 1, Kind: TimeUp}},
		"something else":   {{Seq: 1, Kind: Reply}, {Seq: 1, Kind: BodyRead}, {Seq: 2, Kind: Landed}, {Seq: 1, Kind: Landed}},
		"time up, landed":  {{Seq: 1, Kind: TimeUp}, {Seq: 1, Kind: Landed}, {Seq: 1, Kind: TimeUp}},
		"landed, for ever": {{Seq: 1, Kind: Landed}, {Seq: 1, Kind: Landed}},
	} {
		x := &pipeline.Exchange{Memory: &memory.Memory{}, Now: func() time.Time { return now }}
		followed := 0
		e := &Evaluation{}
		step := e.begin(&Worker{}, x, func() Decision {
			for range 2 {
				x.Follow(key, now.Add(time.Second))
				followed++
			}
			return Decision{Allow: true}
		})
		if a := step.Await; a == nil || a.Shared == nil || *a.Shared != key || !a.Until.Equal(now.Add(time.Second)) || len(a.Calls) != 0 || a.Body {
			t.Fatalf("%s: waits for %+v", name, a)
		}
		for _, ev := range events {
			step = e.Resume(ev)
		}
		if followed != 1 || step.Done != nil {
			t.Errorf("%s: followed %d times, then %+v", name, followed, step)
		}
		if step = e.Resume(Event{Seq: 2, Kind: TimeUp}); step.Done == nil || !step.Done.Allow || followed != 2 {
			t.Errorf("%s: in the end %+v", name, step)
		}
	}
}
