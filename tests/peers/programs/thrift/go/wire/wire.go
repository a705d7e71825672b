// Package wire is what the server and the client have in common.
//
// Modes: binary, compact, header, header-compact.
package wire

import (
	"encoding/json"
	"os"
	"strings"
	"sync"

	"github.com/apache/thrift/lib/go/thrift"
)

var printing sync.Mutex

// Factories of transports and of protocols.
func Factories(mode string) (thrift.TTransportFactory, thrift.TProtocolFactory) {
	conf := &thrift.TConfiguration{}
	if strings.HasPrefix(mode, "header") {
		id := thrift.THeaderProtocolBinary
		if mode == "header-compact" {
			id = thrift.THeaderProtocolCompact
		}
		conf.THeaderProtocolID = &id
		return thrift.NewTHeaderTransportFactoryConf(nil, conf), thrift.NewTHeaderProtocolFactoryConf(conf)
	}
	framed := thrift.NewTFramedTransportFactoryConf(thrift.NewTTransportFactory(), conf)
	if mode == "compact" {
		return framed, thrift.NewTCompactProtocolFactoryConf(conf)
	}
	return framed, thrift.NewTBinaryProtocolFactoryConf(conf)
}

// Mode is the last argument.
func Mode() string {
	return strings.TrimPrefix(os.Args[len(os.Args)-1], "mode=")
}

// Flipped is the answer to a blob.
func Flipped(data []byte) []byte {
	result := make([]byte, len(data))
	for i, b := range data {
		result[i] = ^b
	}
	return result
}

// Say says something to the test: a line of JSON.
func Say(words any) {
	printing.Lock()
	defer printing.Unlock()
	_ = json.NewEncoder(os.Stdout).Encode(words)
}
