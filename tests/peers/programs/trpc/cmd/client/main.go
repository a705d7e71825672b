// client PORT: makes the calls that come as lines of JSON, on one connection.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"peers/wire"
	trpc "trpc.group/trpc-go/trpc-go"
	"trpc.group/trpc-go/trpc-go/client"
	"trpc.group/trpc-go/trpc-go/codec"
	"trpc.group/trpc-go/trpc-go/errs"
	"trpc.group/trpc-go/trpc-go/log"
	"trpc.group/trpc-go/trpc-go/stream"
	pb "trpc.group/trpc-go/trpc-go/testdata/trpc/helloworld"
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

// It counts the ids of streams, so there must be one only.
var streams = stream.NewStreamClient()

func options(c command) []client.Option {
	options := []client.Option{
		client.WithTarget("ip://127.0.0.1:" + os.Args[1]),
		client.WithProtocol("trpc"),
		client.WithNetwork("tcp"),
		client.WithTimeout(8 * time.Second),
		client.WithSerializationType(codec.SerializationTypePB),
		client.WithServiceName(wire.Service),
		client.WithMultiplexed(true),
	}
	for key, value := range c.Attachments {
		options = append(options, client.WithMetaData(key, []byte(value)))
	}
	return options
}

func newContext(method string) context.Context {
	ctx, message := codec.WithCloneMessage(trpc.BackgroundContext())
	message.WithClientRPCName(wire.Func(method))
	message.WithCalleeServiceName(wire.Service)
	message.WithCalleeMethod(method)
	message.WithCallerServiceName("trpc.peers.client.Caller")
	return ctx
}

func invoke(method, text string, options ...client.Option) (string, error) {
	reply := &pb.HelloReply{}
	request := &pb.HelloRequest{Msg: text}
	err := client.DefaultClient.Invoke(newContext(method), request, reply, options...)
	return reply.Msg, err
}

func call(c command) (string, error) {
	switch c.Method {
	case "tell":
		_, err := invoke("tell", c.Arg, append(options(c), client.WithSendOnly())...)
		return "told", err
	case "blob":
		count, err := strconv.Atoi(c.Arg)
		if err != nil {
			return "", err
		}
		blob := strings.Repeat("a", count)
		reply, err := invoke("blob", blob, options(c)...)
		if err == nil && reply != strings.ToUpper(blob) {
			return "wrong bytes", nil
		}
		return fmt.Sprint(len(reply), " bytes"), err
	case "chat":
		return chat(c)
	default:
		return invoke(c.Method, c.Arg, options(c)...)
	}
}

// chat says the words of the argument one after the other on a stream, and gives the answers.
func chat(c command) (string, error) {
	description := &client.ClientStreamDesc{
		StreamName:    wire.Func("chat"),
		ClientStreams: true,
		ServerStreams: true,
	}
	chat, err := streams.
		NewStream(newContext("chat"), description, wire.Func("chat"), options(c)...)
	if err != nil {
		return "", err
	}
	answers := []string{}
	for _, word := range strings.Fields(c.Arg) {
		reply := &pb.HelloReply{}
		if err := chat.SendMsg(&pb.HelloRequest{Msg: word}); err != nil {
			return "", err
		}
		if err := chat.RecvMsg(reply); err != nil {
			return "", err
		}
		answers = append(answers, reply.Msg)
	}
	if err := chat.CloseSend(); err != nil {
		return "", err
	}
	if err := chat.RecvMsg(&pb.HelloReply{}); err != io.EOF {
		return "", fmt.Errorf("no end of the stream: %w", err)
	}
	return strings.Join(answers, " "), nil
}

func answer(c command) {
	start := time.Now()
	value, err := call(c)
	result := said{ID: c.ID, Value: value, Ms: time.Since(start).Milliseconds()}
	if err != nil {
		result = said{ID: c.ID, Ms: result.Ms, Message: err.Error()}
		// The type is the same for each error of the framework: its code says more.
		result.Error = fmt.Sprintf("%T %d", err, errs.Code(err))
	}
	wire.Say(result)
}

func main() {
	log.SetLevel("0", log.LevelFatal)
	wire.Say(map[string]bool{"ready": true})
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var c command
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			panic(err)
		}
		go answer(c)
	}
}
