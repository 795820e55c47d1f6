package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// uploadMany opens streams at once; each sends the pattern and reads how much has come.
func (p *peerNode) uploadMany(ctx context.Context, r *request) (result, error) {
	if _, err := p.connection(r); err != nil {
		return nil, err
	}
	proto := r.Proto
	if proto == "" {
		proto = sinkID
	}
	begun := time.Now()
	tally := &tally{}
	concurrently(r.Count, func(int) error {
		tally.add(p.uploadOnce(ctx, r, proto))
		return nil
	})
	return result{"passed": tally.passed, "failed": tally.failed, "errors": tally.texts(), "ms": millisSince(begun)}, nil
}

func (p *peerNode) uploadOnce(ctx context.Context, r *request, proto string) error {
	s, err := p.open(ctx, r, proto)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := copyChunks(s, &patternReader{left: r.Size}, 1<<16); err != nil {
		s.Reset()
		return err
	}
	if err := s.CloseWrite(); err != nil {
		return err
	}
	answer, err := io.ReadAll(s)
	if err != nil {
		s.Reset()
		return err
	}
	if len(answer) < 8 || binary.BigEndian.Uint64(answer) != uint64(r.Size) {
		return fmt.Errorf("sent %d bytes, the answer is %x", r.Size, answer)
	}
	return nil
}
