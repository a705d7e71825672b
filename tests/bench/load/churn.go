package main

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// churn makes Connections connections, `parallel` at a time: connect, one call, close.
func (l *Load) churn(parallel int) Result {
	begin := now()
	var started atomic.Int64
	var group sync.WaitGroup
	for i := 0; i < parallel; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			sum := &Caller{load: l}
			for started.Add(1) <= int64(l.Connections) {
				if err := l.callOnce(&sum.times); err != nil {
					sum.fail(err.Error(), 1)
				}
				l.done.Add(1)
			}
			l.add(sum)
		}()
	}
	group.Wait()
	return l.result(time.Duration(now() - begin).Seconds())
}

// callOnce records how long connecting and one call take together.
func (l *Load) callOnce(times *Histogram) error {
	start := now()
	conn, err := dial(l.To)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Write(l.Request); err != nil {
		return err
	}
	in := newInput(conn)
	for {
		if err := in.fill(); err != nil {
			return err
		}
		reply, err := in.next()
		if err != nil {
			return err
		}
		if reply != nil {
			if reply[3] != statusOK {
				return errors.New("reply with a status other than 20")
			}
			times.Record(now() - start)
			return nil
		}
	}
}

// dial waits while closed connections still occupy all local ports.
func dial(to string) (net.Conn, error) {
	for {
		conn, err := net.Dial("tcp", to)
		if !errors.Is(err, syscall.EADDRNOTAVAIL) {
			return conn, err
		}
		time.Sleep(20 * time.Millisecond)
	}
}
