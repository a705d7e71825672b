// Package wire is what the server and the client have in common.
package wire

import (
	"encoding/json"
	"os"
	"sync"
)

// Service is the callee; the functions of its methods begin with it.
const Service = "trpc.peers.demo.Echo"

var printing sync.Mutex

// Func is what tRPC calls a method.
func Func(method string) string {
	return "/" + Service + "/" + method
}

// Say says something to the test: a line of JSON.
func Say(words any) {
	printing.Lock()
	defer printing.Unlock()
	_ = json.NewEncoder(os.Stdout).Encode(words)
}
