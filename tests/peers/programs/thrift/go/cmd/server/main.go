// server NAME PORT mode=MODE: does what Echo says.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	echo "peers/generated/go/peers"
	"peers/go/wire"
)

type handler struct{ name string }

func (h handler) Echo(_ context.Context, text string) (string, error) {
	return h.name + ":" + text, nil
}

func (h handler) Other(ctx context.Context, text string) (string, error) {
	return h.Echo(ctx, text)
}

func (h handler) Refused(ctx context.Context, text string) (string, error) {
	return h.Echo(ctx, text)
}

func (h handler) Dead(ctx context.Context, text string) (string, error) {
	return h.Echo(ctx, text)
}

func (h handler) Attachment(ctx context.Context, name string) (string, error) {
	value, _ := thrift.GetHeader(ctx, name)
	return h.Echo(ctx, value)
}

func (h handler) Sleep(ctx context.Context, ms int32) (string, error) {
	time.Sleep(time.Duration(ms) * time.Millisecond)
	return h.Echo(ctx, fmt.Sprint("slept ", ms))
}

func (h handler) Fail(ctx context.Context, text string) (string, error) {
	message, _ := h.Echo(ctx, text)
	return "", &echo.EchoException{Message: message}
}

func (h handler) Crash(ctx context.Context, text string) (string, error) {
	message, _ := h.Echo(ctx, text)
	return "", errors.New(message)
}

func (h handler) Blob(_ context.Context, data []byte) ([]byte, error) {
	return wire.Flipped(data), nil
}

func (h handler) Tell(_ context.Context, text string) error {
	wire.Say(map[string]string{"told": text})
	return nil
}

func main() {
	transports, protocols := wire.Factories(wire.Mode())
	socket, err := thrift.NewTServerSocket("127.0.0.1:" + os.Args[2])
	if err == nil {
		err = socket.Listen()
	}
	if err != nil {
		log.Fatal(err)
	}
	processor := echo.NewEchoProcessor(handler{os.Args[1]})
	server := thrift.NewTSimpleServer4(processor, socket, transports, protocols)
	server.SetLogger(func(string) {})
	wire.Say(map[string]bool{"ready": true})
	log.Fatal(server.Serve())
}
