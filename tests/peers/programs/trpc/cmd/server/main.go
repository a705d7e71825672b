// server NAME PORT: does what Echo says.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"peers/wire"
	trpc "trpc.group/trpc-go/trpc-go"
	"trpc.group/trpc-go/trpc-go/errs"
	"trpc.group/trpc-go/trpc-go/log"
	"trpc.group/trpc-go/trpc-go/server"
	"trpc.group/trpc-go/trpc-go/stream"
	pb "trpc.group/trpc-go/trpc-go/testdata/trpc/helloworld"
)

// Codes of errors that the methods raise themselves.
const (
	failed       = 10001
	streamFailed = 10002
)

var name = os.Args[1]

type handler func(ctx context.Context, text string) (string, error)

func echo(_ context.Context, text string) (string, error) {
	return name + ":" + text, nil
}

var handlers = map[string]handler{
	"echo": echo, "other": echo, "refused": echo, "dead": echo,
	"attachment": func(ctx context.Context, name string) (string, error) {
		return echo(ctx, string(trpc.GetMetaData(ctx, name)))
	},
	"sleep": func(ctx context.Context, ms string) (string, error) {
		duration, err := time.ParseDuration(ms + "ms")
		time.Sleep(duration)
		if err != nil {
			return "", err
		}
		return echo(ctx, "slept "+ms)
	},
	"fail": func(_ context.Context, text string) (string, error) {
		return "", errs.New(failed, name+":"+text)
	},
	"crash": func(_ context.Context, text string) (string, error) {
		return "", errors.New(name + ":" + text)
	},
	"blob": func(_ context.Context, text string) (string, error) {
		return strings.ToUpper(text), nil
	},
	"tell": func(_ context.Context, text string) (string, error) {
		wire.Say(map[string]string{"told": text})
		return "", nil
	},
}

func method(call handler) func(interface{}, context.Context, server.FilterFunc) (interface{}, error) {
	return func(_ interface{}, ctx context.Context, filter server.FilterFunc) (interface{}, error) {
		request := &pb.HelloRequest{}
		filters, err := filter(request)
		if err != nil {
			return nil, err
		}
		return filters.Filter(ctx, request, func(ctx context.Context, _ interface{}) (interface{}, error) {
			text, err := call(ctx, request.Msg)
			if err != nil {
				return nil, err
			}
			return &pb.HelloReply{Msg: text}, nil
		})
	}
}

// chat answers each message, until there are no more or one is to fail.
func chat(_ interface{}, chat server.Stream) error {
	for {
		message := &pb.HelloRequest{}
		if err := chat.RecvMsg(message); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if message.Msg == "fail" {
			return errs.New(streamFailed, name+":x")
		}
		if err := chat.SendMsg(&pb.HelloReply{Msg: name + ":" + message.Msg}); err != nil {
			return err
		}
	}
}

func main() {
	log.SetLevel("0", log.LevelFatal)
	service := server.New(
		server.WithAddress("127.0.0.1:"+os.Args[2]),
		server.WithNetwork("tcp"),
		server.WithProtocol("trpc"),
		server.WithServiceName(wire.Service),
	)
	description := &server.ServiceDesc{
		ServiceName:  wire.Service,
		HandlerType:  (*interface{})(nil),
		StreamHandle: stream.NewStreamDispatcher(),
		Streams: []server.StreamDesc{
			{StreamName: wire.Func("chat"), ServerStreams: true, ClientStreams: true, Handler: chat},
		},
	}
	for name, call := range handlers {
		description.Methods = append(
			description.Methods,
			server.Method{Name: wire.Func(name), Func: method(call)},
		)
	}
	if err := service.Register(description, &struct{}{}); err != nil {
		panic(err)
	}
	go ready("127.0.0.1:" + os.Args[2])
	if err := service.Serve(); err != nil {
		panic(err)
	}
}
