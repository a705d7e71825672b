// Writes what the JSON form of Envoy's configuration messages may hold to standard output, as
// JSON: scripts/istio/schemas/update/messages.ts runs it, and writes the file that imports them.
package main

import (
	"encoding/json"
	"os"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

type field struct {
	// A scalar or the full name of a message or an enum, after "[]" or "map[K]".
	Type  string `json:"type"`
	Oneof string `json:"oneof,omitempty"`
	// Its name in JSON, where it is not the usual one.
	Json string `json:"json,omitempty"`
}

type message struct {
	Fields map[string]field `json:"fields"`
}

type value struct {
	Number int32 `json:"number"`
}

type enum struct {
	Values map[string]value `json:"values"`
}

type table struct {
	Messages map[string]message `json:"messages"`
	Enums    map[string]enum    `json:"enums"`
}

func main() {
	out := table{map[string]message{}, map[string]enum{}}
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if isRoot(file.Path()) {
			for i := 0; i < file.Messages().Len(); i++ {
				out.add(file.Messages().Get(i))
			}
		}
		return true
	})
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		panic(err)
	}
}

// Is it a file whose messages may stand in an Any? Others follow where a field needs them.
func isRoot(path string) bool {
	for _, prefix := range []string{"envoy/config/", "envoy/extensions/", "xds/type/", "udpa/type/"} {
		if strings.HasPrefix(path, prefix) {
			return !strings.Contains(path, "/v2") && !strings.Contains(path, "/v1alpha1/")
		}
	}
	return false
}

func (out table) add(found protoreflect.MessageDescriptor) {
	name := string(found.FullName())
	if _, known := out.Messages[name]; known || found.IsMapEntry() {
		return
	}
	fields := map[string]field{}
	out.Messages[name] = message{fields}
	// Their JSON form is a rule of its own.
	if strings.HasPrefix(name, "google.protobuf.") {
		return
	}
	for i := 0; i < found.Fields().Len(); i++ {
		f := found.Fields().Get(i)
		entry := field{Type: out.typeOf(f)}
		if oneof := f.ContainingOneof(); oneof != nil && !oneof.IsSynthetic() {
			entry.Oneof = string(oneof.Name())
		}
		if f.JSONName() != jsonName(string(f.Name())) {
			entry.Json = f.JSONName()
		}
		fields[string(f.Name())] = entry
	}
	for i := 0; i < found.Messages().Len(); i++ {
		out.add(found.Messages().Get(i))
	}
}

func (out table) typeOf(f protoreflect.FieldDescriptor) string {
	if f.IsMap() {
		return "map[" + f.MapKey().Kind().String() + "]" + out.single(f.MapValue())
	}
	if f.IsList() {
		return "[]" + out.single(f)
	}
	return out.single(f)
}

func (out table) single(f protoreflect.FieldDescriptor) string {
	if found := f.Message(); found != nil {
		out.add(found)
		return string(found.FullName())
	}
	if found := f.Enum(); found != nil {
		values := map[string]value{}
		for i := 0; i < found.Values().Len(); i++ {
			values[string(found.Values().Get(i).Name())] = value{int32(found.Values().Get(i).Number())}
		}
		out.Enums[string(found.FullName())] = enum{values}
		return string(found.FullName())
	}
	return f.Kind().String()
}

// The usual name of a field in JSON.
func jsonName(name string) string {
	parts := strings.Split(name, "_")
	for i, part := range parts {
		if i > 0 && part != "" {
			parts[i] = strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return strings.Join(parts, "")
}
