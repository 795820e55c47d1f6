// Command peer is a go-libp2p node that is driven by lines of JSON; see ../PROTOCOL.md.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

const defaultTimeout = 15 * time.Second

// failure is an error with the kind that the driver sees.
type failure struct {
	kind string
	err  error
}

func (f *failure) Error() string { return f.err.Error() }

func (f *failure) Unwrap() error { return f.err }

func fail(kind, format string, args ...any) error {
	return &failure{kind, fmt.Errorf(format, args...)}
}

// request holds the arguments of every op; each op reads those that are its own.
type request struct {
	ID          *int64   `json:"id"`
	Op          string   `json:"op"`
	Key         string   `json:"key"`
	Listen      []string `json:"listen"`
	Transports  []string `json:"transports"`
	Cert        string   `json:"cert"`
	Trust       string   `json:"trust"`
	Security    []string `json:"security"`
	Muxers      []string `json:"muxers"`
	Agent       string   `json:"agent"`
	Keep        string   `json:"keep"`
	Resolver    string   `json:"resolver"`
	Addr        string   `json:"addr"`
	Addrs       []string `json:"addrs"`
	Peer        string   `json:"peer"`
	N           int      `json:"n"`
	Concurrency int      `json:"concurrency"`
	Count       int      `json:"count"`
	Size        int64    `json:"size"`
	Chunk       int      `json:"chunk"`
	Proto       string   `json:"proto"`
	Hex         string   `json:"hex"`
	Protos      []string `json:"protos"`
	File        string   `json:"file"`
	Order       string   `json:"order"`
	By          string   `json:"by"`
	Ms          int      `json:"ms"`
	Up          int64    `json:"up"`
	Down        int64    `json:"down"`
	Streams     int      `json:"streams"`
	Add         []string `json:"add"`
	Remove      []string `json:"remove"`
	Rate        int      `json:"rate"`
	Quiet       bool     `json:"quiet"`
	Stay        bool     `json:"stay"`
	Kad         *kadWish `json:"kad"`
	Mdns        bool     `json:"mdns"`
	Value       string   `json:"value"`
	Timeout     int      `json:"timeout"`
	Topic       string   `json:"topic"`
	Group       string   `json:"group"`
	Part        string   `json:"part"`
	Metadata    string   `json:"metadata"`
	// PubSub has the node publish and subscribe, see pubsub.go.
	PubSub *pubsubOptions `json:"pubsub"`
	// Unverified has wss show a certificate of its own and take any; the matrix alone sets it.
	Unverified bool `json:"-"`
}

func (r *request) timeout() time.Duration {
	if r.Timeout > 0 {
		return time.Duration(r.Timeout) * time.Millisecond
	}
	return defaultTimeout
}

type result = map[string]any

// output writes one JSON object a line, from any goroutine.
type output struct {
	lock  sync.Mutex
	quiet atomic.Bool
}

func (o *output) line(value result) {
	text, err := json.Marshal(value)
	if err != nil {
		fmt.Fprintln(os.Stderr, "not JSON:", err)
		return
	}
	o.lock.Lock()
	defer o.lock.Unlock()
	os.Stdout.Write(append(text, '\n'))
}

func (o *output) event(name string, fields result) {
	if o.quiet.Load() {
		return
	}
	fields["ev"] = name
	o.line(fields)
}

func (o *output) answer(id *int64, r result, err error) {
	if err == nil {
		if r == nil {
			r = result{}
		}
		o.line(result{"id": id, "ok": true, "r": r})
		return
	}
	o.line(result{"id": id, "ok": false, "err": err.Error(), "kind": kindOf(err)})
}

func main() {
	if len(os.Args) > 2 && os.Args[1] == "matrix" {
		os.Exit(matrix(os.Args[2]))
	}
	if len(os.Args) > 1 && os.Args[1] != "control" {
		fmt.Fprintln(os.Stderr, "usage: peer [control | matrix transport | matrix perf]")
		os.Exit(2)
	}
	out := &output{}
	out.event("ready", result{"stack": "go", "version": libraryVersion()})
	control(out)
}

func control(out *output) {
	p := &peerNode{out: out, held: map[string][]heldStream{}, book: newAddressBook(),
		dg: newDatagrams(out)}
	in := bufio.NewReaderSize(os.Stdin, 1<<16)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			os.Exit(0)
		}
		var r request
		if err := json.Unmarshal(line, &r); err != nil {
			out.answer(nil, nil, fail("args", "not a request: %w", err))
			continue
		}
		if r.Op == "stop" {
			p.stop()
			out.answer(r.ID, nil, nil)
			os.Exit(0)
		}
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), r.timeout())
			defer cancel()
			answer, err := p.run(ctx, &r)
			if err != nil && ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
				err = &failure{"timeout", err}
			}
			out.answer(r.ID, answer, err)
		}()
	}
}

func (p *peerNode) run(ctx context.Context, r *request) (result, error) {
	ops := map[string]func(context.Context, *request) (result, error){
		"start": p.start, "info": p.info, "dial": p.dial, "hangup": p.hangup, "conns": p.conns,
		"ping": p.ping, "peerInfo": p.peerInfo, "perf": p.perf, "idPush": p.idPush, "echo": p.echo,
		"echoMany": p.echoMany, "hold": p.hold, "release": p.release, "sink": p.sink, "half": p.half,
		"reset": p.reset, "slow": p.slow, "propose": p.propose, "unsupported": p.unsupported,
		"kadFindPeer": p.kadFindPeer, "kadProvide": p.kadProvide, "kadFindProviders": p.kadFindProviders,
		"kadPut": p.kadPut, "kadGet": p.kadGet, "kadTable": p.kadTable, "kadMode": p.kadMode,
		"exchange": p.exchange, "connectMany": p.connectMany, "uploadMany": p.uploadMany, "dgOpen": p.dgOpen, "dgSend": p.dgSend, "dgStats": p.dgStats,
		"subscribe": p.subscribe, "unsubscribe": p.unsubscribe, "publish": p.publish, "mesh": p.meshOf, "cut": p.cut, "sendPart": p.sendPart,
	}
	op, known := ops[r.Op]
	if !known {
		return nil, fail("unsupported", "no op %q", r.Op)
	}
	if p.node() == nil && r.Op != "start" {
		return nil, fail("args", "not started")
	}
	return op(ctx, r)
}

func libraryVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/libp2p/go-libp2p" {
				return module.Version
			}
		}
	}
	return "unknown"
}
