package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"os"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
)

// heldStream is an open echo stream on which one byte has gone there and back.
type heldStream struct {
	network.Stream
}

// open opens a stream on a connection that exists; the stream ends with the context.
func (p *peerNode) open(ctx context.Context, r *request, protocols ...string) (network.Stream, error) {
	if _, err := p.connection(r); err != nil {
		return nil, err
	}
	id, err := decodePeer(r)
	if err != nil {
		return nil, err
	}
	ctx = network.WithNoDial(ctx, "control")
	s, err := p.node().NewStream(ctx, id, protocol.ConvertFromStrings(protocols)...)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		s.SetDeadline(deadline)
	}
	return s, nil
}

func (p *peerNode) ping(ctx context.Context, r *request) (result, error) {
	c, err := p.connection(r)
	if err != nil {
		return nil, err
	}
	n := max(1, r.N)
	var lock sync.Mutex
	times := []float64{}
	err = concurrently(max(1, r.Concurrency), func(int) error {
		ctx, cancel := context.WithCancel(network.WithNoDial(ctx, "ping"))
		defer cancel()
		results := ping.Ping(ctx, p.node(), c.RemotePeer())
		for range n {
			one, ok := <-results
			if !ok {
				return fail("closed", "the pings ended")
			}
			if one.Error != nil {
				return one.Error
			}
			lock.Lock()
			times = append(times, float64(one.RTT.Nanoseconds())/1e6)
			lock.Unlock()
		}
		return nil
	})
	return result{"ms": times}, err
}

// concurrently runs the same task some times at once and gives the first error.
func concurrently(times int, task func(int) error) error {
	errs := make(chan error, times)
	for i := range times {
		go func() { errs <- task(i) }()
	}
	var first error
	for range times {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	return first
}

func (p *peerNode) echo(ctx context.Context, r *request) (result, error) {
	proto := r.Proto
	if proto == "" {
		proto = echoID
	}
	begun := time.Now()
	n, equal, err := p.echoOnce(ctx, r, proto)
	if err != nil {
		return nil, err
	}
	return result{"equal": equal, "n": n, "ms": millisSince(begun), "mbps": rate(n, begun)}, nil
}

func (p *peerNode) echoOnce(ctx context.Context, r *request, proto string) (int64, bool, error) {
	s, err := p.open(ctx, r, proto)
	if err != nil {
		return 0, false, err
	}
	chunk := r.Chunk
	if chunk <= 0 {
		chunk = 1 << 16
	}
	sent := make(chan error, 1)
	go func() {
		_, err := copyChunks(s, &patternReader{left: r.Size}, chunk)
		if err == nil {
			err = s.CloseWrite()
		}
		sent <- err
	}()
	check := &patternCheck{}
	_, err = io.CopyBuffer(check, onlyReader{s}, make([]byte, echoBuffer))
	if err != nil {
		s.Reset()
		<-sent
		return check.n, false, err
	}
	if err := <-sent; err != nil {
		s.Reset()
		return check.n, false, err
	}
	return check.n, !check.wrong && check.n == r.Size, s.Close()
}

// exchange sends the bytes of a request and reads the answer to its end.
func (p *peerNode) exchange(ctx context.Context, r *request) (result, error) {
	body, err := hex.DecodeString(r.Hex)
	if err != nil {
		return nil, fail("args", "no hex: %v", err)
	}
	s, err := p.open(ctx, r, r.Proto)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if _, err := s.Write(body); err != nil {
		s.Reset()
		return nil, err
	}
	if err := s.CloseWrite(); err != nil {
		s.Reset()
		return nil, err
	}
	answer, err := io.ReadAll(io.LimitReader(s, 1<<20))
	if err != nil {
		s.Reset()
		return nil, err
	}
	return result{"hex": hex.EncodeToString(answer)}, nil
}

func (p *peerNode) echoMany(ctx context.Context, r *request) (result, error) {
	if _, err := p.connection(r); err != nil {
		return nil, err
	}
	begun := time.Now()
	tally := &tally{}
	work := make(chan struct{}, r.Count)
	for range r.Count {
		work <- struct{}{}
	}
	close(work)
	concurrently(max(1, r.Concurrency), func(int) error {
		for range work {
			_, equal, err := p.echoOnce(ctx, r, echoID)
			if err == nil && !equal {
				err = errors.New("the echo differs")
			}
			tally.add(err)
		}
		return nil
	})
	return result{"passed": tally.passed, "failed": tally.failed, "errors": tally.texts(), "ms": millisSince(begun)}, nil
}

// tally counts outcomes.
type tally struct {
	lock   sync.Mutex
	passed int
	failed int
	errs   []string
}

func (t *tally) add(err error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if err == nil {
		t.passed++
		return
	}
	t.failed++
	if len(t.errs) < 5 {
		t.errs = append(t.errs, kindOf(err)+": "+err.Error())
	}
}

func (t *tally) texts() []string {
	if t.errs == nil {
		return []string{}
	}
	return t.errs
}

func (p *peerNode) hold(ctx context.Context, r *request) (result, error) {
	if _, err := p.connection(r); err != nil {
		return nil, err
	}
	tally := &tally{}
	concurrently(r.Count, func(int) error {
		s, err := p.open(ctx, r, echoID)
		if err == nil {
			err = oneByte(s)
		}
		if err == nil {
			s.SetDeadline(time.Time{})
			p.lock.Lock()
			p.held[r.Peer] = append(p.held[r.Peer], heldStream{s})
			p.lock.Unlock()
		} else if s != nil {
			s.Reset()
		}
		tally.add(err)
		return nil
	})
	return result{"opened": tally.passed, "failed": tally.failed, "errors": tally.texts()}, nil
}

func oneByte(s network.Stream) error {
	if _, err := s.Write([]byte{42}); err != nil {
		return err
	}
	back := make([]byte, 1)
	if _, err := io.ReadFull(s, back); err != nil {
		return err
	}
	if back[0] != 42 {
		return fmt.Errorf("sent 42, got back %d", back[0])
	}
	return nil
}

func (p *peerNode) release(ctx context.Context, r *request) (result, error) {
	p.lock.Lock()
	held := p.held[r.Peer]
	delete(p.held, r.Peer)
	p.lock.Unlock()
	deadline, _ := ctx.Deadline()
	err := concurrently(len(held), func(i int) error {
		s := held[i]
		s.SetDeadline(deadline)
		if err := s.CloseWrite(); err != nil {
			return err
		}
		if n, err := io.Copy(io.Discard, s); err != nil || n != 0 {
			return fmt.Errorf("%d bytes after the end: %w", n, err)
		}
		return s.Close()
	})
	return result{"closed": len(held)}, err
}

func (p *peerNode) sink(ctx context.Context, r *request) (result, error) {
	var from io.Reader = &patternReader{left: r.Size}
	if r.File != "" {
		file, err := os.Open(r.File)
		if err != nil {
			return nil, fail("args", "%w", err)
		}
		defer file.Close()
		from = file
	}
	chunk := r.Chunk
	if chunk <= 0 {
		chunk = transferBuffer
	}
	s, err := p.open(ctx, r, sinkID)
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	digest := sha256.New()
	n, answer, err := sinkOn(s, io.TeeReader(from, digest), digest, chunk)
	if err != nil {
		s.Reset()
		return nil, err
	}
	s.Close()
	return result{"n": n, "sha256": hex.EncodeToString(answer), "equal": string(answer) == string(digest.Sum(nil)),
		"ms": millisSince(begun), "mbps": rate(n, begun)}, nil
}

func sinkOn(s network.Stream, from io.Reader, digest hash.Hash, chunk int) (int64, []byte, error) {
	sent, err := copyChunks(s, from, chunk)
	if err != nil {
		return 0, nil, err
	}
	if err := s.CloseWrite(); err != nil {
		return 0, nil, err
	}
	answer, err := io.ReadAll(s)
	if err != nil {
		return 0, nil, err
	}
	if len(answer) != 8+digest.Size() {
		return 0, nil, fmt.Errorf("an answer of %d bytes", len(answer))
	}
	if counted := int64(binary.BigEndian.Uint64(answer)); counted != sent {
		return 0, nil, fmt.Errorf("sent %d bytes, the other side counted %d", sent, counted)
	}
	return sent, answer[8:], nil
}

func (p *peerNode) half(ctx context.Context, r *request) (result, error) {
	s, err := p.open(ctx, r, halfID)
	if err != nil {
		return nil, err
	}
	var got []byte
	var sent int64
	read := func() (err error) { got, err = io.ReadAll(s); return err }
	write := func() (err error) {
		if sent, err = copyChunks(s, &patternReader{left: r.Size}, 1<<16); err != nil {
			return err
		}
		return s.CloseWrite()
	}
	steps := []func() error{read, write}
	if r.Order == "local" {
		steps = []func() error{write, read}
	}
	for _, step := range steps {
		if err := step(); err != nil {
			s.Reset()
			return nil, err
		}
	}
	return result{"got": string(got), "sent": sent}, s.Close()
}

func (p *peerNode) reset(ctx context.Context, r *request) (result, error) {
	s, err := p.open(ctx, r, resetID)
	if err != nil {
		return nil, err
	}
	defer s.Reset()
	header := uint64(math.MaxInt64)
	if r.By == "remote" {
		header = uint64(r.Size)
	}
	if _, err := s.Write(binary.BigEndian.AppendUint64(nil, header)); err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(s, make([]byte, 1)); err != nil {
		return nil, err
	}
	_, err = copyChunks(s, &patternReader{left: r.Size}, 1<<16)
	if r.By != "remote" {
		return result{"saw": "local"}, err
	}
	if err == nil {
		_, err = io.Copy(io.Discard, s)
	}
	return result{"saw": endOf(err)}, nil
}

func (p *peerNode) slow(ctx context.Context, r *request) (result, error) {
	s, err := p.open(ctx, r, slowID)
	if err != nil {
		return nil, err
	}
	defer s.Reset()
	s.SetWriteDeadline(time.Now().Add(time.Duration(r.Ms) * time.Millisecond))
	written, err := copyChunks(s, &patternReader{left: r.Size}, 16<<10)
	if err != nil && kindOf(err) != "timeout" {
		return nil, err
	}
	return result{"written": written, "done": err == nil}, nil
}

func (p *peerNode) propose(ctx context.Context, r *request) (result, error) {
	return p.proposed(ctx, r, r.Protos)
}

func (p *peerNode) unsupported(ctx context.Context, r *request) (result, error) {
	return p.proposed(ctx, r, []string{"/lip/nobody/1.0.0"})
}

func (p *peerNode) proposed(ctx context.Context, r *request, protocols []string) (result, error) {
	s, err := p.open(ctx, r, protocols...)
	if err != nil {
		return nil, err
	}
	defer s.Reset()
	return result{"proto": string(s.Protocol())}, nil
}

func (p *peerNode) perf(ctx context.Context, r *request) (result, error) {
	if _, err := p.connection(r); err != nil {
		return nil, err
	}
	streams := max(1, r.Streams)
	begun := time.Now()
	err := concurrently(streams, func(int) error {
		s, err := p.open(ctx, r, perfID)
		if err != nil {
			return err
		}
		if err := perfOn(s, r.Up, r.Down); err != nil {
			s.Reset()
			return err
		}
		return s.Close()
	})
	if err != nil {
		return nil, err
	}
	up, down := r.Up*int64(streams), r.Down*int64(streams)
	return result{"up": up, "down": down, "ms": millisSince(begun), "mbps": rate(up+down, begun)}, nil
}

func perfOn(s network.Stream, up, down int64) error {
	if _, err := s.Write(binary.BigEndian.AppendUint64(nil, uint64(down))); err != nil {
		return err
	}
	if err := writeZeros(s, up); err != nil {
		return err
	}
	if err := s.CloseWrite(); err != nil {
		return err
	}
	n, err := io.CopyBuffer(io.Discard, onlyReader{s}, make([]byte, transferBuffer))
	if err == nil && n != down {
		err = fmt.Errorf("asked for %d bytes, got %d", down, n)
	}
	return err
}

func rate(bytes int64, begun time.Time) float64 {
	return float64(bytes) / 1e6 / math.Max(time.Since(begun).Seconds(), 1e-6)
}
