// client PORT mode=MODE: makes the calls that come as lines of JSON.
//
// A client does one call at a time: a call takes a connection that is free, or a new one.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	echo "peers/generated/go/peers"
	"peers/go/wire"
)

type command struct {
	ID          int
	Method      string
	Arg         string
	Attachments map[string]string
}

type said struct {
	ID      int    `json:"id"`
	Value   string `json:"value,omitempty"`
	Error   string `json:"error,omitempty"`
	Message string `json:"message,omitempty"`
	Ms      int64  `json:"ms"`
}

func connect(port, mode string) (*echo.EchoMoreClient, error) {
	transports, protocols := wire.Factories(mode)
	conf := &thrift.TConfiguration{SocketTimeout: 8 * time.Second}
	transport, err := transports.GetTransport(thrift.NewTSocketConf("127.0.0.1:"+port, conf))
	if err != nil {
		return nil, err
	}
	protocol := protocols.GetProtocol(transport)
	return echo.NewEchoMoreClient(thrift.NewTStandardClient(protocol, protocol)), transport.Open()
}

func call(client *echo.EchoMoreClient, c command) (string, error) {
	ctx := context.Background()
	keys := []string{}
	for key, value := range c.Attachments {
		ctx = thrift.SetHeader(ctx, key, value)
		keys = append(keys, key)
	}
	ctx = thrift.SetWriteHeaderList(ctx, keys)
	switch c.Method {
	case "echo":
		return client.Echo(ctx, c.Arg)
	case "other":
		return client.Other(ctx, c.Arg)
	case "refused":
		return client.Refused(ctx, c.Arg)
	case "dead":
		return client.Dead(ctx, c.Arg)
	case "attachment":
		return client.Attachment(ctx, c.Arg)
	case "fail":
		return client.Fail(ctx, c.Arg)
	case "crash":
		return client.Crash(ctx, c.Arg)
	case "missing":
		return client.Missing(ctx, c.Arg)
	case "tell":
		return "told", client.Tell(ctx, c.Arg)
	}
	number, err := strconv.Atoi(c.Arg)
	if err != nil {
		return "", err
	}
	if c.Method == "sleep" {
		return client.Sleep(ctx, int32(number))
	}
	data := make([]byte, number)
	_, _ = rand.Read(data)
	result, err := client.Blob(ctx, data)
	if err == nil && !bytes.Equal(result, wire.Flipped(data)) {
		return "wrong bytes", nil
	}
	return fmt.Sprint(len(result), " bytes"), err
}

func main() {
	free := make(chan *echo.EchoMoreClient, 1000)
	answer := func(c command) {
		start := time.Now()
		var client *echo.EchoMoreClient
		var err error
		select {
		case client = <-free:
		default:
			client, err = connect(os.Args[1], wire.Mode())
		}
		result := said{ID: c.ID}
		if err == nil {
			result.Value, err = call(client, c)
			free <- client
		}
		if err != nil {
			result.Error, result.Message = fmt.Sprintf("%T", err), err.Error()
		}
		result.Ms = time.Since(start).Milliseconds()
		wire.Say(result)
	}
	wire.Say(map[string]bool{"ready": true})
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var c command
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			panic(err)
		}
		go answer(c)
	}
}
