package render

import (
	"bytes"
	"encoding/json"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// message is a protobuf message that knows its own constraints.
type message interface {
	proto.Message
	ValidateAll() error
}

// packer keeps the first error, so that messages can be written as one expression.
type packer struct{ err error }

func (p *packer) pack(m proto.Message) *anypb.Any {
	if own, ok := m.(message); ok {
		p.note(own.ValidateAll())
	}
	packed, err := anypb.New(m)
	p.note(err)
	return packed
}

func (p *packer) note(err error) {
	if p.err == nil {
		p.err = err
	}
}

// text is a message as JSON. Protojson varies its white space from build to build; here equal messages have equal
// bytes.
func text(m message) ([]byte, error) {
	if err := m.ValidateAll(); err != nil {
		return nil, err
	}
	b, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = json.Indent(&out, b, "", " ")
	out.WriteByte('\n')
	return out.Bytes(), err
}

func limit(n uint32) *wrapperspb.UInt32Value { return wrapperspb.UInt32(n) }

func lasting(d time.Duration) *durationpb.Duration { return durationpb.New(d) }

func socketAddress(host string, port uint16) *corev3.Address {
	return &corev3.Address{Address: &corev3.Address_SocketAddress{SocketAddress: &corev3.SocketAddress{
		Address: host, PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: uint32(port)},
	}}}
}

func pipe(path string, mode uint32) *corev3.Address {
	return &corev3.Address{Address: &corev3.Address_Pipe{Pipe: &corev3.Pipe{Path: path, Mode: mode}}}
}
