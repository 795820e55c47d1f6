package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/multiformats/go-multistream"
	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/quicvarint"
)

const (
	datagramID = "/lip/dg/1.0.0"
	controlID  = "/dg/1"

	numberBytes  = 8
	maxPathBytes = 1024
	maxMessage   = 65535

	// What comes before its control stream waits a moment.
	maxEarly  = 64
	earlyTime = 100 * time.Millisecond

	maxLate = 5 * time.Millisecond

	controlRefused   = 0x1001
	controlViolation = 0x1004
)

// datagrams are the flows of this node, native ones on QUIC and messages on streams.
type datagrams struct {
	out   *output
	lock  sync.Mutex
	conns map[*quic.Conn]*nativeConn
	flows map[flowKey][]*flow
	came  map[flowKey]*arrivals
}

type flowKey struct {
	peer  peer.ID
	proto string
}

// flow sends on one control stream's id, or on a stream of messages.
type flow struct {
	carrier string
	send    func(payload []byte) error
}

// arrivals is what has come from a peer.
type arrivals struct {
	n, wrong int64
	seen     map[uint64]bool
}

// nativeConn is a connection that carries datagrams itself.
type nativeConn struct {
	peer  peer.ID
	lock  sync.Mutex
	paths map[uint64]string
	early []earlyDatagram
}

type earlyDatagram struct {
	id      uint64
	payload []byte
	until   time.Time
}

func newDatagrams(out *output) *datagrams {
	return &datagrams{out: out, conns: map[*quic.Conn]*nativeConn{}, flows: map[flowKey][]*flow{},
		came: map[flowKey]*arrivals{}}
}

func (d *datagrams) serve(h host.Host) {
	h.SetStreamHandler(controlID, d.serveControl)
	h.SetStreamHandler(datagramID, d.serveMessages)
	h.Network().Notify(&network.NotifyBundle{ConnectedF: func(_ network.Network, c network.Conn) {
		if q := quicOf(c); q != nil {
			d.native(q, c.RemotePeer())
		}
	}})
}

// quicOf gives the QUIC connection below one of the swarm; nil if it is another or takes no datagrams.
func quicOf(c network.Conn) *quic.Conn {
	var q *quic.Conn
	if !c.As(&q) || !q.ConnectionState().SupportsDatagrams.Remote {
		return nil
	}
	return q
}

// native returns what is known of a connection, and reads its datagrams from the first call on.
func (d *datagrams) native(q *quic.Conn, id peer.ID) *nativeConn {
	d.lock.Lock()
	defer d.lock.Unlock()
	known := d.conns[q]
	if known == nil {
		known = &nativeConn{peer: id, paths: map[uint64]string{}}
		d.conns[q] = known
		go d.receive(q, known)
	}
	return known
}

func (d *datagrams) receive(q *quic.Conn, from *nativeConn) {
	for {
		datagram, err := q.ReceiveDatagram(q.Context())
		if err != nil {
			d.lock.Lock()
			delete(d.conns, q)
			d.lock.Unlock()
			return
		}
		id, n, err := quicvarint.Parse(datagram)
		if err != nil {
			q.CloseWithError(0x1003, "a datagram without an id")
			return
		}
		if path, known := from.path(id, datagram[n:]); known {
			d.arrived(flowKey{from.peer, path}, "native", datagram[n:])
		}
	}
}

// path tells whose datagram one is; if nobody's yet, it is kept for a moment.
func (c *nativeConn) path(id uint64, payload []byte) (string, bool) {
	c.lock.Lock()
	defer c.lock.Unlock()
	path, known := c.paths[id]
	if !known && len(c.early) < maxEarly {
		c.early = append(c.early, earlyDatagram{id, payload, time.Now().Add(earlyTime)})
	}
	return path, known
}

// opened makes an id known and gives what has come for it already.
func (c *nativeConn) opened(id uint64, path string) [][]byte {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.paths[id] = path
	var mine [][]byte
	var others []earlyDatagram
	now := time.Now()
	for _, one := range c.early {
		if one.id == id {
			mine = append(mine, one.payload)
		} else if now.Before(one.until) {
			others = append(others, one)
		}
	}
	c.early = others
	return mine
}

func (c *nativeConn) closed(id uint64) {
	c.lock.Lock()
	defer c.lock.Unlock()
	delete(c.paths, id)
}

// arrived counts a datagram; the first one of a flow's peer is an event.
func (d *datagrams) arrived(key flowKey, carrier string, payload []byte) {
	d.lock.Lock()
	into := d.came[key]
	first := into == nil
	if first {
		into = &arrivals{seen: map[uint64]bool{}}
		d.came[key] = into
	}
	if len(payload) > 0 {
		into.add(payload)
	}
	d.lock.Unlock()
	if first {
		d.out.event("dg", result{"peer": key.peer.String(), "proto": key.proto, "carrier": carrier})
	}
}

func (a *arrivals) add(payload []byte) {
	a.n++
	if len(payload) < numberBytes {
		a.wrong++
		return
	}
	number := binary.BigEndian.Uint64(payload)
	for i, b := range payload[numberBytes:] {
		if b != patternAt(number+uint64(i)) {
			a.wrong++
			return
		}
	}
	a.seen[number] = true
}

func (d *datagrams) addFlow(key flowKey, one *flow) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.flows[key] = append(d.flows[key], one)
}

func (d *datagrams) removeFlow(key flowKey, one *flow) {
	d.lock.Lock()
	defer d.lock.Unlock()
	var left []*flow
	for _, each := range d.flows[key] {
		if each != one {
			left = append(left, each)
		}
	}
	d.flows[key] = left
}

// serveControl takes a control stream that the other side has opened.
func (d *datagrams) serveControl(s network.Stream) {
	q := quicOf(s.Conn())
	id, known := quicStreamID(s)
	if q == nil || !known {
		s.ResetWithError(controlRefused)
		return
	}
	path, err := readMessage(bufio.NewReader(s), maxPathBytes)
	if err != nil {
		s.ResetWithError(controlViolation)
		return
	}
	if string(path) != datagramID {
		s.ResetWithError(controlRefused)
		return
	}
	d.control(q, s.Conn().RemotePeer(), id, string(path), s)
}

// quicStreamID finds the id that go-libp2p does not tell.
func quicStreamID(s network.Stream) (uint64, bool) {
	inner, ok := s.(*swarm.Stream)
	if !ok {
		return 0, false
	}
	muxed := reflect.Indirect(reflect.ValueOf(inner).Elem().FieldByName("stream").Elem())
	if muxed.Kind() != reflect.Struct || muxed.NumField() == 0 ||
		muxed.Field(0).Type() != reflect.TypeOf((*quic.Stream)(nil)) {
		return 0, false
	}
	return uint64((*quic.Stream)(muxed.Field(0).UnsafePointer()).StreamID()), true
}

// control has a flow live as long as its control stream can be read.
func (d *datagrams) control(q *quic.Conn, id peer.ID, stream uint64, path string, from io.ReadCloser) {
	key := flowKey{id, path}
	c := d.native(q, id)
	prefix := quicvarint.Append(nil, stream)
	one := &flow{"native", func(payload []byte) error {
		return q.SendDatagram(append(append([]byte(nil), prefix...), payload...))
	}}
	d.addFlow(key, one)
	for _, payload := range c.opened(stream, path) {
		d.arrived(key, "native", payload)
	}
	_, err := io.Copy(io.Discard, onlyReader{from})
	d.removeFlow(key, one)
	c.closed(stream)
	if err == nil {
		err = from.Close()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "control stream ended:", err)
	}
}

// serveMessages takes datagrams behind their lengths on a stream.
func (d *datagrams) serveMessages(s network.Stream) {
	key := flowKey{s.Conn().RemotePeer(), datagramID}
	one := messageFlow(s)
	d.addFlow(key, one)
	defer d.removeFlow(key, one)
	d.readMessages(s, key)
}

func messageFlow(s network.Stream) *flow {
	var lock sync.Mutex
	return &flow{"messages", func(payload []byte) error {
		lock.Lock()
		defer lock.Unlock()
		_, err := s.Write(append(binary.AppendUvarint(nil, uint64(len(payload))), payload...))
		return err
	}}
}

func (d *datagrams) readMessages(s network.Stream, key flowKey) {
	in := bufio.NewReader(s)
	for {
		payload, err := readMessage(in, maxMessage)
		if errors.Is(err, io.EOF) {
			finish(s, nil)
			return
		}
		if err != nil {
			finish(s, err)
			return
		}
		d.arrived(key, "messages", payload)
	}
}

func readMessage(from *bufio.Reader, limit uint64) ([]byte, error) {
	size, err := binary.ReadUvarint(from)
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, fmt.Errorf("a message of %d bytes", size)
	}
	message := make([]byte, size)
	if _, err := io.ReadFull(from, message); err != nil {
		return nil, fmt.Errorf("within a message: %w", io.ErrUnexpectedEOF)
	}
	return message, nil
}

// flow gives the newest flow with a peer.
func (d *datagrams) flow(key flowKey) (*flow, int) {
	d.lock.Lock()
	defer d.lock.Unlock()
	open := d.flows[key]
	if len(open) == 0 {
		return nil, 0
	}
	return open[len(open)-1], len(open)
}

func datagramKey(r *request) (flowKey, error) {
	id, err := decodePeer(r)
	if err != nil {
		return flowKey{}, err
	}
	if r.Proto == "" {
		return flowKey{id, datagramID}, nil
	}
	return flowKey{id, r.Proto}, nil
}

// dgOpen opens a flow, unless there is one, and sends an empty datagram on it.
func (p *peerNode) dgOpen(ctx context.Context, r *request) (result, error) {
	key, err := datagramKey(r)
	if err != nil {
		return nil, err
	}
	c, err := p.connection(r)
	if err != nil {
		return nil, err
	}
	one, _ := p.dg.flow(key)
	if one == nil {
		if q := quicOf(c); q != nil {
			one, err = p.dg.openNative(ctx, q, key)
		} else {
			one, err = p.openMessages(ctx, r, key)
		}
		if err != nil {
			return nil, err
		}
	}
	return result{"carrier": one.carrier, "max": nil}, one.send(nil)
}

func (d *datagrams) openNative(ctx context.Context, q *quic.Conn, key flowKey) (*flow, error) {
	s, err := q.OpenStreamSync(ctx)
	if err != nil {
		return nil, err
	}
	if err := multistream.SelectProtoOrFail(controlID, s); err != nil {
		s.CancelRead(0)
		s.CancelWrite(0)
		return nil, &failure{"protocol", err}
	}
	if _, err := s.Write(append(binary.AppendUvarint(nil, uint64(len(key.proto))), key.proto...)); err != nil {
		return nil, err
	}
	go d.control(q, key.peer, uint64(s.StreamID()), key.proto, s)
	for {
		if one, _ := d.flow(key); one != nil {
			return one, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

func (p *peerNode) openMessages(ctx context.Context, r *request, key flowKey) (*flow, error) {
	s, err := p.open(ctx, r, key.proto)
	if err != nil {
		return nil, err
	}
	s.SetDeadline(time.Time{})
	one := messageFlow(s)
	p.dg.addFlow(key, one)
	go func() {
		defer p.dg.removeFlow(key, one)
		p.dg.readMessages(s, key)
	}()
	return one, nil
}

// dgSend sends numbered datagrams on the newest flow, so many a second.
func (p *peerNode) dgSend(ctx context.Context, r *request) (result, error) {
	key, err := datagramKey(r)
	if err != nil {
		return nil, err
	}
	one, _ := p.dg.flow(key)
	if one == nil {
		return nil, fail("closed", "no flow of %s with %s", key.proto, key.peer)
	}
	if r.Size < numberBytes {
		return nil, fail("args", "a datagram of %d bytes has no room for its number", r.Size)
	}
	begun := time.Now()
	turn := begun
	for i := range r.Count {
		if r.Rate > 0 {
			time.Sleep(time.Until(turn))
			// What was missed is not made up for all at once.
			if late := time.Now().Add(-maxLate); turn.Before(late) {
				turn = late
			}
			turn = turn.Add(time.Second / time.Duration(r.Rate))
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := one.send(numbered(uint64(i), int(r.Size))); err != nil {
			return nil, err
		}
	}
	return result{"sent": r.Count, "dropped": 0, "ms": millisSince(begun)}, nil
}

func numbered(number uint64, size int) []byte {
	payload := binary.BigEndian.AppendUint64(make([]byte, 0, size), number)
	for i := range uint64(size - numberBytes) {
		payload = append(payload, patternAt(number+i))
	}
	return payload
}

// dgStats tells what has come from a peer.
func (p *peerNode) dgStats(_ context.Context, r *request) (result, error) {
	key, err := datagramKey(r)
	if err != nil {
		return nil, err
	}
	_, open := p.dg.flow(key)
	p.dg.lock.Lock()
	defer p.dg.lock.Unlock()
	came := p.dg.came[key]
	if came == nil {
		came = &arrivals{}
	}
	return result{"n": came.n, "distinct": len(came.seen), "wrong": came.wrong, "dropped": nil, "flows": open}, nil
}
