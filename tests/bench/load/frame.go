package main

// Dubbo2 frames: magic u16 dabb, flags u8, status u8, id u64, body length u32, all big-endian,
// then the body in hessian2.

import "encoding/binary"

const (
	headerLength  = 16
	flagRequest   = 0x80
	flagTwoWay    = 0x40
	flagEvent     = 0x20
	hessian2      = 0x02
	statusOK      = 20
	responseValue = 0x91 // the hessian2 int 1 in front of a returned value
	magic         = 0xdabb
)

// text appends a hessian2 string of ASCII characters.
func text(b []byte, s string) []byte {
	switch n := len(s); {
	case n < 32:
		b = append(b, byte(n))
	case n < 1024:
		b = append(b, 0x30+byte(n>>8), byte(n))
	default:
		b = append(b, 'S', byte(n>>8), byte(n))
	}
	return append(b, s...)
}

// newRequest is the request frame of a call getUser(String) with an argument of so many bytes,
// as Dubbo 2.7 and 3 clients write it; the id is filled in for each call.
func newRequest(payload int) []byte {
	const service = "org.apache.demo.UserService"
	argument := make([]byte, payload)
	for i := range argument {
		argument[i] = 'a' + byte(i%26)
	}
	b := make([]byte, headerLength, payload+512)
	for _, s := range []string{"2.0.2", service, "1.0.0", "getUser", "Ljava/lang/String;"} {
		b = text(b, s)
	}
	b = text(b, string(argument))
	b = append(b, 'H')
	for _, s := range []string{
		"path", service, "remote.application", "bench", "interface", service,
		"version", "1.0.0", "group", "blue", "timeout", "8000",
	} {
		b = text(b, s)
	}
	b = append(b, 'Z')
	binary.BigEndian.PutUint16(b, magic)
	b[2] = flagRequest | flagTwoWay | hessian2
	binary.BigEndian.PutUint32(b[12:], uint32(len(b)-headerLength))
	return b
}

// frameLength is the length of the frame that b starts with: 0 if the header is not complete,
// -1 if it is no Dubbo frame.
func frameLength(b []byte) int {
	if len(b) < headerLength {
		return 0
	}
	if binary.BigEndian.Uint16(b) != magic {
		return -1
	}
	return headerLength + int(binary.BigEndian.Uint32(b[12:]))
}

// skipText is what follows the hessian2 string (not chunked) that b starts with, and that
// string with its tag; nil if there is none.
func skipText(b []byte) (whole, rest []byte) {
	if len(b) < 3 {
		return nil, nil
	}
	n := 0
	switch tag := b[0]; {
	case tag < 32:
		n = 1 + int(tag)
	case tag >= 0x30 && tag <= 0x33:
		n = 2 + int(tag-0x30)<<8 + int(b[1])
	case tag == 'S':
		n = 3 + int(b[1])<<8 + int(b[2])
	}
	if n == 0 || n > len(b) {
		return nil, nil
	}
	return b[:n], b[n:]
}

// answer appends to out the response to the whole request frame: its first argument again.
// Heartbeats are answered, too; a frame that it can't read gets status 40 (BAD_REQUEST).
func answer(out, request []byte) []byte {
	status := byte(statusOK)
	flags := byte(hessian2)
	body := []byte{'N'}
	if request[2]&flagEvent != 0 {
		flags |= flagEvent
	} else {
		rest := request[headerLength:]
		for i := 0; i < 5; i++ { // protocol version, service, version, method, types
			_, rest = skipText(rest)
		}
		if body, _ = skipText(rest); body == nil {
			status = 40
			body = []byte("\x0abad request")[:11]
		}
	}
	if request[2]&flagTwoWay == 0 {
		return out
	}
	at := len(out)
	out = append(out, request[:headerLength]...)
	out[at+2] = flags
	out[at+3] = status
	if status == statusOK && flags&flagEvent == 0 {
		out = append(out, responseValue)
	}
	out = append(out, body...)
	binary.BigEndian.PutUint32(out[at+12:], uint32(len(out)-at-headerLength))
	return out
}
