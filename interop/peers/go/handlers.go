package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
)

const (
	echoID  = "/lip/echo/1.0.0"
	sinkID  = "/lip/sink/1.0.0"
	halfID  = "/lip/half/1.0.0"
	resetID = "/lip/reset/1.0.0"
	slowID  = "/lip/slow/1.0.0"
	perfID  = "/perf/1.0.0"

	transferBuffer = 1 << 18

	// Echoes are short more often than long.
	echoBuffer = 1 << 14
)

func (p *peerNode) serve(h host.Host) {
	h.SetStreamHandler(echoID, p.serveEcho)
	h.SetStreamHandler(sinkID, p.serveSink)
	h.SetStreamHandler(halfID, p.serveHalf)
	h.SetStreamHandler(resetID, p.serveReset)
	h.SetStreamHandler(slowID, p.serveSlow)
	h.SetStreamHandler(perfID, servePerf)
	h.SetStreamHandler(addressBookID, p.serveAddressBook)
	p.dg.serve(h)
}

// finish ends a handler: cleanly, or with a reset that the other side can see.
func finish(s network.Stream, err error) {
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "handler of", s.Protocol(), "ended:", err)
		s.Reset()
	}
}

// endOf names how reading ended.
func endOf(err error) string {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "eof"
	}
	return kindOf(err)
}

func (p *peerNode) serveEcho(s network.Stream) {
	_, err := io.CopyBuffer(onlyWriter{s}, onlyReader{s}, make([]byte, echoBuffer))
	finish(s, err)
}

// onlyReader and onlyWriter hide what would make io.Copy choose buffers of its own.
type onlyReader struct{ io.Reader }

type onlyWriter struct{ io.Writer }

func (p *peerNode) serveSink(s network.Stream) {
	digest := sha256.New()
	check := &patternCheck{}
	targets := []io.Writer{digest, check}
	var kept *os.File
	if p.keep != "" {
		file, err := os.CreateTemp(p.keep, "incoming")
		if err != nil {
			finish(s, err)
			return
		}
		defer file.Close()
		kept = file
		targets = append(targets, file)
	}
	n, err := io.CopyBuffer(io.MultiWriter(targets...), onlyReader{s}, make([]byte, transferBuffer))
	if err != nil {
		finish(s, err)
		return
	}
	sum := digest.Sum(nil)
	if kept != nil {
		if err := os.Rename(kept.Name(), filepath.Join(p.keep, hex.EncodeToString(sum))); err != nil {
			finish(s, err)
			return
		}
	}
	_, err = s.Write(append(binary.BigEndian.AppendUint64(nil, uint64(n)), sum...))
	finish(s, err)
	p.out.event("sink", result{"peer": s.Conn().RemotePeer().String(), "n": n, "equal": !check.wrong,
		"sha256": hex.EncodeToString(sum)})
}

func (p *peerNode) serveHalf(s network.Stream) {
	check := &patternCheck{}
	_, err := s.Write([]byte("bye"))
	if err == nil {
		err = s.CloseWrite()
	}
	if err == nil {
		_, err = io.Copy(check, onlyReader{s})
	}
	p.out.event("half", result{"peer": s.Conn().RemotePeer().String(), "n": check.n, "equal": !check.wrong,
		"end": endOf(err)})
	finish(s, err)
}

func (p *peerNode) serveReset(s network.Stream) {
	header := make([]byte, 8)
	var n int64
	_, err := io.ReadFull(s, header)
	if err == nil {
		_, err = s.Write([]byte{1})
	}
	end := "local"
	if err == nil {
		limit := binary.BigEndian.Uint64(header)
		n, err = io.CopyN(io.Discard, s, int64(min(limit, math.MaxInt64)))
	}
	if err != nil {
		end = endOf(err)
	}
	s.Reset()
	p.out.event("reset", result{"peer": s.Conn().RemotePeer().String(), "n": n, "end": end})
}

func (p *peerNode) serveSlow(s network.Stream) {
	buffer := make([]byte, 1024)
	var n int64
	for {
		got, err := s.Read(buffer)
		n += int64(got)
		if err == io.EOF {
			_, err = s.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
			finish(s, err)
			p.out.event("slow", result{"peer": s.Conn().RemotePeer().String(), "n": n, "end": "eof"})
			return
		}
		if err != nil {
			finish(s, err)
			p.out.event("slow", result{"peer": s.Conn().RemotePeer().String(), "n": n, "end": endOf(err)})
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func servePerf(s network.Stream) {
	_, _, err := perfFrom(s)
	finish(s, err)
}

// perfFrom serves one measurement, all but the end; it returns how much came and went.
func perfFrom(s network.Stream) (up, down int64, err error) {
	header := make([]byte, 8)
	if _, err := io.ReadFull(s, header); err != nil {
		return 0, 0, err
	}
	up, err = io.CopyBuffer(io.Discard, onlyReader{s}, make([]byte, transferBuffer))
	if err != nil {
		return up, 0, err
	}
	down = int64(min(binary.BigEndian.Uint64(header), math.MaxInt64))
	return up, down, writeZeros(s, down)
}

// writeZeros sends so many zero bytes.
func writeZeros(to io.Writer, count int64) error {
	block := make([]byte, transferBuffer)
	for count > 0 {
		n, err := to.Write(block[:min(count, int64(len(block)))])
		if err != nil {
			return err
		}
		count -= int64(n)
	}
	return nil
}
