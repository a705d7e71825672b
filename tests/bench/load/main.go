// Command load is the load generator and the echo peer of the benchmark. It speaks Dubbo2 with
// hessian2 bodies. It needs nothing but Go's standard library.
//
//	load serve                   listens on a free port, prints it, echoes until it is killed
//	load run -to HOST:PORT …     closed loop: -connections × -depth requests in flight
//	load churn -to HOST:PORT …   connects, makes one call, closes, -connections times
//
// run and churn print their result as one line of JSON.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"
)

// Result is what run and churn print. Latencies are microseconds.
type Result struct {
	// Measured and good.
	Requests int64 `json:"requests"`
	// All that were answered, those of the warm-up, too.
	Answered int64   `json:"answered"`
	Errors   int64   `json:"errors"`
	Seconds  float64 `json:"seconds"`
	RPS      float64 `json:"rps"`
	P50      float64 `json:"p50us"`
	P99      float64 `json:"p99us"`
	// The first thing that went wrong.
	Error string `json:"error,omitempty"`
}

func main() {
	if len(os.Args) < 2 {
		fail("usage: load serve | run | churn (-help after one of them lists its flags)")
	}
	flags := flag.NewFlagSet("load "+os.Args[1], flag.ExitOnError)
	to := flags.String("to", "", "`host:port` to call")
	connections := flags.Int("connections", 1, "run: connections; churn: connections in all")
	depth := flags.Int("depth", 1, "requests in flight on each connection")
	payload := flags.Int("payload", 128, "bytes of the argument and of the answer, at most 65535")
	seconds := flags.Float64("seconds", 1, "how long to measure")
	warmup := flags.Float64("warmup", 0.2, "how long to run before that, uncounted")
	requests := flags.Int64("requests", 0, "run: stop after so many requests instead of by time")
	parallel := flags.Int("parallel", 16, "churn: connections at a time")
	progress := flags.Bool("progress", false, "print the number of requests done to stderr")
	flags.Parse(os.Args[2:])
	if *payload < 1 || *payload > 65535 {
		fail("-payload must be 1 to 65535")
	}

	// Connections read by blocking system calls; each must find a free P when it wakes up.
	runtime.GOMAXPROCS(max(runtime.NumCPU(), min(*connections, 64)) + 2)
	load := &Load{
		To: *to, Connections: *connections, Depth: *depth,
		Request: newRequest(*payload), ReplyLength: len(answer(nil, newRequest(*payload))),
		Warmup: duration(*warmup), Duration: duration(*seconds), Requests: *requests,
	}
	var result Result
	switch os.Args[1] {
	case "serve":
		fail(serve().Error())
	case "run":
		stop := report(*progress, &load.done)
		result = load.run()
		stop()
	case "churn":
		stop := report(*progress, &load.done)
		result = load.churn(*parallel)
		stop()
	default:
		fail("unknown command " + os.Args[1])
	}
	json.NewEncoder(os.Stdout).Encode(result)
}

func duration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second))
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, "load: "+message)
	os.Exit(1)
}
