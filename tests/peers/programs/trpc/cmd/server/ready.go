package main

import (
	"net"
	"time"

	"peers/wire"
)

// ready says so when the server accepts connections: tRPC has no callback for it.
func ready(address string) {
	for {
		if connection, err := net.Dial("tcp", address); err == nil {
			_ = connection.Close()
			wire.Say(map[string]bool{"ready": true})
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}
