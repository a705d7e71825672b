package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// grace is how long replies may come after the end before they count as lost.
const grace = 3 * time.Second

// Load says what to do, and collects how it went.
type Load struct {
	To          string
	Connections int
	Depth       int
	// Request is the frame to send, with an id to fill in.
	Request []byte
	// ReplyLength is that of a good reply's frame.
	ReplyLength int
	Warmup      time.Duration
	Duration    time.Duration
	// Requests, if not 0, ends the load instead of Duration; then nothing is warm-up.
	Requests int64

	done   atomic.Int64 // requests answered, warm-up included
	mutex  sync.Mutex
	merged Histogram
	errors int64
	error  string
}

// Caller is one connection of a load with its requests in flight.
type Caller struct {
	load     *Load
	socket   *Socket
	sender   Sender
	inFlight []call
	waiting  int
	left     int64 // requests that may still be sent
	from, to int64 // when answers are counted, and requests are sent until
	times    Histogram
	errors   int64
	error    string
}

// call is a slot for a request in flight; id % depth is its number, start 0 that it is free.
type call struct {
	id    uint64
	start int64
}

var epoch = time.Now()

// now is nanoseconds of the monotonic clock.
func now() int64 { return int64(time.Since(epoch)) }

func (l *Load) run() Result {
	from := now() + int64(l.Warmup)
	to := from + int64(l.Duration)
	begin := now()
	var group sync.WaitGroup
	for i := 0; i < l.Connections; i++ {
		c := &Caller{load: l, from: from, to: to, left: 1 << 62}
		if l.Requests > 0 {
			c.from, c.to = 0, 1<<62
			c.left = l.Requests / int64(l.Connections)
		}
		group.Add(1)
		go func() {
			defer group.Done()
			if err := c.run(); err != nil {
				c.fail(err.Error(), max(c.waiting, 1))
			}
			l.add(c)
		}()
	}
	group.Wait()
	seconds := l.Duration.Seconds()
	if l.Requests > 0 {
		seconds = time.Duration(now() - begin).Seconds()
	}
	return l.result(seconds)
}

func (l *Load) add(c *Caller) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.merged.Add(&c.times)
	l.errors += c.errors
	if l.error == "" {
		l.error = c.error
	}
}

func (l *Load) result(seconds float64) Result {
	return Result{
		Requests: l.merged.total, Answered: l.done.Load(), Errors: l.errors, Seconds: seconds,
		RPS: float64(l.merged.total) / seconds, Error: l.error,
		P50: l.merged.Quantile(0.5) / 1000, P99: l.merged.Quantile(0.99) / 1000,
	}
}

func (c *Caller) fail(what string, times int) {
	c.errors += int64(times)
	if c.error == "" {
		c.error = what
	}
}

// run keeps Depth requests in flight until the time is over or nothing is left to send.
func (c *Caller) run() error {
	conn, err := net.Dial("tcp", c.load.To)
	if err != nil {
		return err
	}
	defer conn.Close()
	if c.socket, err = newSocket(conn); err != nil {
		return err
	}
	c.sender.socket = c.socket
	if c.to < 1<<62 {
		overdue := time.AfterFunc(time.Duration(c.to-now())+grace, c.socket.shutdown)
		defer overdue.Stop()
	}

	c.inFlight = make([]call, c.load.Depth)
	var out []byte
	at := now()
	for slot := range c.inFlight {
		out = c.compose(out, slot, uint64(slot), at)
	}
	if err := c.sender.send(out); err != nil {
		return err
	}
	in := newInput(c.socket)
	for c.waiting > 0 {
		if err := in.fill(); err != nil {
			return err
		}
		at = now()
		answered := int64(0)
		out = out[:0]
		for {
			reply, err := in.next()
			if err != nil {
				return err
			}
			if reply == nil {
				break
			}
			slot, err := c.settle(reply, at)
			if err != nil {
				return err
			}
			answered++
			if at < c.to {
				out = c.compose(out, slot, c.inFlight[slot].id+uint64(len(c.inFlight)), at)
			}
		}
		c.load.done.Add(answered)
		if err := c.sender.send(out); err != nil {
			return err
		}
	}
	return nil
}

// compose appends a request with this id in this slot to out, if one is left.
func (c *Caller) compose(out []byte, slot int, id uint64, at int64) []byte {
	if c.left == 0 {
		return out
	}
	c.left--
	c.waiting++
	c.inFlight[slot] = call{id: id, start: at}
	start := len(out)
	out = append(out, c.load.Request...)
	binary.BigEndian.PutUint64(out[start+4:], id)
	return out
}

// settle finds the request that reply answers, which must be in flight on this very connection,
// and records how it went.
func (c *Caller) settle(reply []byte, at int64) (slot int, err error) {
	id := binary.BigEndian.Uint64(reply[4:])
	slot = int(id % uint64(len(c.inFlight)))
	call := &c.inFlight[slot]
	if reply[2]&flagRequest != 0 || call.id != id || call.start == 0 {
		return 0, fmt.Errorf("frame with flags %#x and id %d answers no request in flight", reply[2], id)
	}
	if reply[3] != statusOK {
		c.fail(fmt.Sprintf("status %d: %.200q", reply[3], reply[headerLength:]), 1)
	} else if len(reply) != c.load.ReplyLength {
		c.fail(fmt.Sprintf("reply of %d instead of %d bytes", len(reply), c.load.ReplyLength), 1)
	} else if at >= c.from && at < c.to {
		c.times.Record(at - call.start)
	}
	call.start = 0
	c.waiting--
	return slot, nil
}

// report prints the requests done, four times a second.
func report(on bool, done *atomic.Int64) (stop func()) {
	if !on {
		return func() {}
	}
	ticker := time.NewTicker(250 * time.Millisecond)
	go func() {
		for range ticker.C {
			fmt.Fprintln(os.Stderr, done.Load())
		}
	}()
	return ticker.Stop
}
