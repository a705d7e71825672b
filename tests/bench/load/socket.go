package main

import (
	"io"
	"net"
	"sync"
	"syscall"
)

// Socket is a TCP connection used by blocking system calls: one call for a read instead of the
// three (read, epoll, read) that Go's poller makes, which matters when requests come one by one.
type Socket struct {
	conn net.Conn
	fd   int
}

func newSocket(conn net.Conn) (*Socket, error) {
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return nil, err
	}
	s := &Socket{conn: conn}
	failed := raw.Control(func(fd uintptr) {
		s.fd = int(fd)
		err = syscall.SetNonblock(s.fd, false)
	})
	if failed != nil {
		return nil, failed
	}
	return s, err
}

func (s *Socket) Read(b []byte) (int, error) {
	for {
		n, err := syscall.Read(s.fd, b)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

func (s *Socket) Write(b []byte) (int, error) {
	written := 0
	for written < len(b) {
		n, err := syscall.Write(s.fd, b[written:])
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return written, err
		}
		written += n
	}
	return written, nil
}

// tryWrite writes what the kernel takes at once.
func (s *Socket) tryWrite(b []byte) (int, error) {
	n, err := syscall.SendmsgN(s.fd, b, nil, nil, syscall.MSG_DONTWAIT)
	if err == syscall.EAGAIN || err == syscall.EINTR {
		return 0, nil
	}
	return max(n, 0), err
}

// shutdown ends both directions: a read that blocks returns.
func (s *Socket) shutdown() { syscall.Shutdown(s.fd, syscall.SHUT_RDWR) }

// Sender writes without ever holding up the reader: what the kernel does not take at once is
// left to a goroutine. (A client that reads nothing while it writes can deadlock with a server
// that does the same.)
type Sender struct {
	socket *Socket
	mutex  sync.Mutex
	queue  []byte
	busy   bool
	err    error
}

func (s *Sender) send(b []byte) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.err != nil || len(b) == 0 {
		return s.err
	}
	if !s.busy {
		n, err := s.socket.tryWrite(b)
		if err != nil || n == len(b) {
			return err
		}
		b = b[n:]
		s.busy = true
		go s.drain()
	}
	s.queue = append(s.queue, b...)
	return nil
}

func (s *Sender) drain() {
	var batch []byte
	for {
		s.mutex.Lock()
		batch, s.queue = s.queue, batch[:0]
		if len(batch) == 0 || s.err != nil {
			s.busy = false
			s.mutex.Unlock()
			return
		}
		s.mutex.Unlock()
		if _, err := s.socket.Write(batch); err != nil {
			s.mutex.Lock()
			s.err = err
			s.mutex.Unlock()
		}
	}
}
