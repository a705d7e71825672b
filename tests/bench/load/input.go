package main

import (
	"errors"
	"io"
)

const bufferSize = 64 << 10

var errNotDubbo = errors.New("received bytes that are no Dubbo frame")

// Input cuts what a connection delivers into frames.
type Input struct {
	from   io.Reader
	buffer []byte
	start  int
	end    int
}

func newInput(from io.Reader) *Input { return &Input{from: from, buffer: make([]byte, bufferSize)} }

// fill reads once, whatever there is. Frames from `next` are no longer valid after it.
func (in *Input) fill() error {
	if in.start > 0 {
		copy(in.buffer, in.buffer[in.start:in.end])
		in.end -= in.start
		in.start = 0
	}
	if in.end == len(in.buffer) {
		in.buffer = append(in.buffer, make([]byte, len(in.buffer))...)
	}
	n, err := in.from.Read(in.buffer[in.end:])
	in.end += n
	return err
}

// next is the next whole frame, or nil if there is none yet.
func (in *Input) next() ([]byte, error) {
	rest := in.buffer[in.start:in.end]
	n := frameLength(rest)
	if n < 0 {
		return nil, errNotDubbo
	}
	if n == 0 || n > len(rest) {
		return nil, nil
	}
	in.start += n
	return rest[:n], nil
}
