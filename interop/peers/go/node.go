package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	gorilla "github.com/gorilla/websocket"
	"github.com/libp2p/go-libp2p"
	dht "github.com/libp2p/go-libp2p-kad-dht"
	"github.com/libp2p/go-libp2p/core/connmgr"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/core/sec"
	"github.com/libp2p/go-libp2p/p2p/discovery/mdns"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/protocol/identify"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/libp2p/go-libp2p/p2p/transport/websocket"
	ma "github.com/multiformats/go-multiaddr"
	madns "github.com/multiformats/go-multiaddr-dns"
	"github.com/multiformats/go-multistream"
)

// peerNode is the one node of this process.
type peerNode struct {
	out    *output
	lock   sync.Mutex
	h      host.Host
	more   []host.Host
	like   request
	keep   string
	held   map[string][]heldStream
	book   *addressBook
	dg     *datagrams
	topics *topics
	kad    *dht.IpfsDHT
	mdns   mdns.Service
}

func (p *peerNode) node() host.Host {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.h
}

func (p *peerNode) start(ctx context.Context, r *request) (result, error) {
	if p.node() != nil {
		return nil, fail("args", "started already")
	}
	options, err := startOptions(r)
	if err != nil {
		return nil, err
	}
	p.out.quiet.Store(r.Quiet)
	h, err := libp2p.New(options...)
	if err != nil {
		return nil, err
	}
	kad, err := startKad(h, r.Kad)
	if err != nil {
		return nil, err
	}
	found, err := startMdns(h, r.Mdns, p.out)
	if err != nil {
		return nil, err
	}
	p.lock.Lock()
	p.h, p.keep, p.like, p.kad, p.mdns = h, r.Keep, *r, kad, found
	p.lock.Unlock()
	p.serve(h)
	if err := p.watch(h); err != nil {
		return nil, err
	}
	if r.PubSub != nil {
		topics, err := startPubSub(h, r.PubSub, p.out)
		if err != nil {
			return nil, fail("unsupported", "pubsub: %w", err)
		}
		p.lock.Lock()
		p.topics = topics
		p.lock.Unlock()
	}
	return p.info(ctx, r)
}

func startOptions(r *request) ([]libp2p.Option, error) {
	options := []libp2p.Option{
		libp2p.ResourceManager(&network.NullResourceManager{}), libp2p.ConnectionManager(connmgr.NullConnMgr{}),
		libp2p.DisableMetrics(), libp2p.DisableRelay(), libp2p.DisableIdentifyAddressDiscovery(),
	}
	if r.Key != "" {
		bytes, err := hex.DecodeString(r.Key)
		if err != nil {
			return nil, fail("args", "key: %w", err)
		}
		key, err := crypto.UnmarshalPrivateKey(bytes)
		if err != nil {
			return nil, fail("args", "key: %w", err)
		}
		options = append(options, libp2p.Identity(key))
	}
	if r.Agent != "" {
		options = append(options, libp2p.UserAgent(r.Agent))
	}
	if len(r.Listen) == 0 {
		options = append(options, libp2p.NoListenAddrs)
	} else {
		options = append(options, libp2p.ListenAddrStrings(r.Listen...))
	}
	layers, err := layerOptions(r)
	if err != nil {
		return nil, err
	}
	options = append(options, layers...)
	if r.Resolver != "" {
		resolver, err := resolverOption(r.Resolver)
		if err != nil {
			return nil, err
		}
		options = append(options, resolver)
	}
	return options, nil
}

// layerOptions maps names of layers; an unknown security or muxer is offered under a protocol id that nobody knows.
func layerOptions(r *request) ([]libp2p.Option, error) {
	var options []libp2p.Option
	for _, name := range orDefault(r.Transports, "tcp") {
		switch name {
		case "tcp":
			options = append(options, libp2p.Transport(tcp.NewTCPTransport))
		case "ws":
			options = append(options, libp2p.Transport(websocket.New))
		case "wss":
			secure, err := secureWebSocket(r)
			if err != nil {
				return nil, err
			}
			options = append(options, secure)
		case "quic-v1":
			options = append(options, libp2p.Transport(quic.NewTransport))
		default:
			return nil, fail("unsupported", "transport %q", name)
		}
	}
	for _, name := range orDefault(r.Security, "noise") {
		switch name {
		case "noise":
			options = append(options, libp2p.Security(noise.ID, noise.New))
		case "tls":
			options = append(options, libp2p.Security(libp2ptls.ID, libp2ptls.New))
		default:
			options = append(options, libp2p.Security("/lip/"+name, noise.New))
		}
	}
	for _, name := range orDefault(r.Muxers, "yamux") {
		id := yamux.ID
		if name != "yamux" {
			id = "/lip/" + name
		}
		options = append(options, libp2p.Muxer(id, yamux.DefaultTransport))
	}
	return options, nil
}

// secureWebSocket is the transport with the certificate that it shows and those that it trusts.
func secureWebSocket(r *request) (libp2p.Option, error) {
	if r.Unverified {
		return unverifiedWebSocket()
	}
	var options []any
	if r.Cert != "" {
		pair, err := tls.LoadX509KeyPair(r.Cert, r.Cert)
		if err != nil {
			return nil, fail("args", "cert: %w", err)
		}
		options = append(options, websocket.WithTLSConfig(&tls.Config{Certificates: []tls.Certificate{pair}}))
	}
	if r.Trust != "" {
		pem, err := os.ReadFile(r.Trust)
		if err != nil {
			return nil, fail("args", "trust: %w", err)
		}
		trusted := x509.NewCertPool()
		if !trusted.AppendCertsFromPEM(pem) {
			return nil, fail("args", "trust: no certificate in %s", r.Trust)
		}
		options = append(options, websocket.WithTLSClientConfig(&tls.Config{RootCAs: trusted}))
	}
	return libp2p.Transport(websocket.New, options...), nil
}

func orDefault(names []string, name string) []string {
	if names == nil {
		return []string{name}
	}
	return names
}

func resolverOption(server string) (libp2p.Option, error) {
	lookup := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server)
	}}
	resolver, err := madns.NewResolver(madns.WithDefaultResolver(lookup))
	if err != nil {
		return nil, err
	}
	return libp2p.MultiaddrResolver(swarm.ResolverFromMaDNS{Resolver: resolver}), nil
}

// watch turns what happens to the host into events for the driver.
func (p *peerNode) watch(h host.Host) error {
	h.Network().Notify(&network.NotifyBundle{
		ConnectedF:    func(_ network.Network, c network.Conn) { p.out.event("connOpen", describeShort(c)) },
		DisconnectedF: func(_ network.Network, c network.Conn) { p.out.event("connClose", describeShort(c)) },
	})
	sub, err := h.EventBus().Subscribe(new(event.EvtPeerIdentificationCompleted))
	if err != nil {
		return err
	}
	go func() {
		for e := range sub.Out() {
			done := e.(event.EvtPeerIdentificationCompleted)
			observed := any(nil)
			if done.ObservedAddr != nil {
				observed = done.ObservedAddr.String()
			}
			p.book.identified(done.Peer, done.SignedPeerRecord)
			p.out.event("identified", result{"peer": done.Peer.String(), "agent": done.AgentVersion,
				"proto": done.ProtocolVersion, "protocols": protocol.ConvertToStrings(done.Protocols),
				"listen": texts(done.ListenAddrs), "observed": observed,
				"signed": done.SignedPeerRecord != nil, "push": nil})
		}
	}()
	return nil
}

func (p *peerNode) info(context.Context, *request) (result, error) {
	h := p.node()
	key, err := crypto.MarshalPublicKey(h.Peerstore().PubKey(h.ID()))
	if err != nil {
		return nil, err
	}
	addrs := []string{}
	for _, a := range h.Network().ListenAddresses() {
		addrs = append(addrs, a.String()+"/p2p/"+h.ID().String())
	}
	return result{"peer": h.ID().String(), "pub": hex.EncodeToString(key), "addrs": addrs,
		"protocols": protocol.ConvertToStrings(h.Mux().Protocols())}, nil
}

func (p *peerNode) stop() {
	p.lock.Lock()
	more := p.more
	p.lock.Unlock()
	closeAll(more)
	if p.mdns != nil {
		p.mdns.Close()
	}
	if p.kad != nil {
		p.kad.Close()
	}
	if h := p.node(); h != nil {
		h.Close()
	}
}

func (p *peerNode) dial(ctx context.Context, r *request) (result, error) {
	begun := time.Now()
	targets := r.Addrs
	if r.Addr != "" {
		targets = append(targets, r.Addr)
	}
	var info peer.AddrInfo
	for _, text := range targets {
		a, err := ma.NewMultiaddr(text)
		if err != nil {
			return nil, fail("args", "%w", err)
		}
		one, err := peer.AddrInfoFromP2pAddr(a)
		if err != nil {
			return nil, fail("args", "%w", err)
		}
		info.ID = one.ID
		info.Addrs = append(info.Addrs, one.Addrs...)
	}
	h := p.node()
	// An earlier failure must not spoil this attempt.
	if s, ok := h.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(info.ID)
	}
	ctx = network.WithDialPeerTimeout(ctx, r.timeout())
	if err := h.Connect(ctx, info); err != nil {
		h.Peerstore().ClearAddrs(info.ID)
		var mismatch sec.ErrPeerIDMismatch
		if errors.As(err, &mismatch) {
			return nil, &failure{"peerId", err}
		}
		return nil, &failure{"dial", err}
	}
	conns := h.Network().ConnsToPeer(info.ID)
	if len(conns) == 0 {
		return nil, fail("closed", "the connection to %s ended at once", info.ID)
	}
	answer := describe(conns[0])
	answer["ms"] = millisSince(begun)
	return answer, nil
}

func (p *peerNode) hangup(_ context.Context, r *request) (result, error) {
	id, err := decodePeer(r)
	if err != nil {
		return nil, err
	}
	n := len(p.node().Network().ConnsToPeer(id))
	err = p.node().Network().ClosePeer(id)
	p.node().Peerstore().ClearAddrs(id)
	return result{"closed": n}, err
}

func (p *peerNode) conns(_ context.Context, r *request) (result, error) {
	list := []result{}
	for _, c := range p.node().Network().Conns() {
		if r.Peer == "" || r.Peer == c.RemotePeer().String() {
			list = append(list, describe(c))
		}
	}
	return result{"conns": list}, nil
}

func describeShort(c network.Conn) result {
	dir := "out"
	if c.Stat().Direction == network.DirInbound {
		dir = "in"
	}
	return result{"peer": c.RemotePeer().String(), "addr": c.RemoteMultiaddr().String(), "dir": dir}
}

func describe(c network.Conn) result {
	r := describeShort(c)
	state := c.ConnState()
	r["enc"] = string(state.Security)
	r["mux"] = string(state.StreamMultiplexer)
	r["early"] = state.UsedEarlyMuxerNegotiation
	r["streams"] = len(c.GetStreams())
	if state.Transport == "quic-v1" {
		r["enc"], r["mux"], r["early"] = "", "", nil
	}
	return r
}

func (p *peerNode) peerInfo(ctx context.Context, r *request) (result, error) {
	c, err := p.connection(r)
	if err != nil {
		return nil, err
	}
	h := p.node()
	if ids, ok := h.(interface{ IDService() identify.IDService }); ok {
		select {
		case <-ids.IDService().IdentifyWait(c):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	id := c.RemotePeer()
	known, err := h.Peerstore().GetProtocols(id)
	if err != nil {
		return nil, err
	}
	agent, _ := h.Peerstore().Get(id, "AgentVersion")
	proto, _ := h.Peerstore().Get(id, "ProtocolVersion")
	return result{"agent": agent, "proto": proto, "protocols": protocol.ConvertToStrings(known),
		// The event that brings the record may still be on its way.
		"addrs": texts(h.Peerstore().Addrs(id)), "signed": p.book.signed(id)}, nil
}

func (p *peerNode) idPush(_ context.Context, r *request) (result, error) {
	h := p.node()
	for _, id := range r.Add {
		h.SetStreamHandler(protocol.ID(id), p.serveEcho)
	}
	for _, id := range r.Remove {
		h.RemoveStreamHandler(protocol.ID(id))
	}
	return result{"protocols": protocol.ConvertToStrings(h.Mux().Protocols())}, nil
}

func (p *peerNode) connection(r *request) (network.Conn, error) {
	id, err := decodePeer(r)
	if err != nil {
		return nil, err
	}
	conns := p.node().Network().ConnsToPeer(id)
	if len(conns) == 0 {
		return nil, fail("dial", "not connected to %s", id)
	}
	return conns[0], nil
}

func decodePeer(r *request) (peer.ID, error) {
	id, err := peer.Decode(r.Peer)
	if err != nil {
		return "", fail("args", "peer: %w", err)
	}
	return id, nil
}

func texts(addrs []ma.Multiaddr) []string {
	list := []string{}
	for _, a := range addrs {
		list = append(list, a.String())
	}
	return list
}

func millisSince(begun time.Time) float64 {
	return float64(time.Since(begun).Microseconds()) / 1000
}

// kindOf maps what go-libp2p says to the kinds of the control protocol.
func kindOf(err error) string {
	var known *failure
	var unsupported multistream.ErrNotSupported[protocol.ID]
	var reset *network.StreamError
	var lost *network.ConnError
	var timeout net.Error
	switch {
	case errors.As(err, &known):
		return known.kind
	case errors.As(err, &unsupported):
		return "protocol"
	case errors.As(err, &lost), errors.Is(err, swarm.ErrConnClosed), errors.Is(err, net.ErrClosed):
		return "closed"
	case errors.As(err, &reset), errors.Is(err, network.ErrReset):
		return "reset"
	case errors.Is(err, network.ErrNoConn):
		return "dial"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "timeout"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case lostLink(err):
		return "closed"
	}
	return "internal"
}

// lostLink tells whether an error is that of the connection below the streams. go-yamux hands a write
// that was waiting as the connection ended what the connection ended with, as it is.
func lostLink(err error) bool {
	var socket *net.OpError
	var frame *gorilla.CloseError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) ||
		errors.As(err, &socket) || errors.As(err, &frame)
}
