package main

import (
	"fmt"
	"net"
	"os"
)

// flushAt is how many bytes of answers are collected before they are written although more
// requests have been read.
const flushAt = 128 << 10

// serve prints the free port it listens on and echoes. It ends when standard input does, so
// that it can't outlive who started it.
func serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		os.Stdin.Read(make([]byte, 1))
		os.Exit(0)
	}()
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go echo(conn)
	}
}

func echo(conn net.Conn) {
	defer conn.Close()
	socket, err := newSocket(conn)
	if err != nil {
		return
	}
	in := newInput(socket)
	var out []byte
	for {
		if err := in.fill(); err != nil {
			return
		}
		for {
			request, err := in.next()
			if err != nil {
				return
			}
			if request == nil {
				break
			}
			if out = answer(out, request); len(out) >= flushAt {
				if _, err := socket.Write(out); err != nil {
					return
				}
				out = out[:0]
			}
		}
		if _, err := socket.Write(out); err != nil {
			return
		}
		out = out[:0]
	}
}
