package main

import (
	"context"
	"errors"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/identify"
	ma "github.com/multiformats/go-multiaddr"
)

// connectMany makes connections from nodes of their own, each dialled, identified and, unless it stays, closed.
func (p *peerNode) connectMany(ctx context.Context, r *request) (result, error) {
	a, err := ma.NewMultiaddr(r.Addr)
	if err != nil {
		return nil, fail("args", "%w", err)
	}
	target, err := peer.AddrInfoFromP2pAddr(a)
	if err != nil {
		return nil, fail("args", "%w", err)
	}
	concurrency := max(1, r.Concurrency)
	count := concurrency
	if r.Stay {
		count = r.Count
	}
	hosts, err := p.moreHosts(count)
	if err != nil {
		return nil, err
	}
	if r.Stay {
		p.lock.Lock()
		p.more = append(p.more, hosts...)
		p.lock.Unlock()
	} else {
		defer closeAll(hosts)
	}
	begun := time.Now()
	tally := &tally{}
	work := make(chan int, r.Count)
	for i := range r.Count {
		work <- i
	}
	close(work)
	concurrently(concurrency, func(worker int) error {
		for i := range work {
			if r.Stay {
				tally.add(connectOnce(ctx, hosts[i], *target))
				continue
			}
			err := connectOnce(ctx, hosts[worker], *target)
			tally.add(errors.Join(err, hosts[worker].Network().ClosePeer(target.ID)))
		}
		return nil
	})
	return result{"passed": tally.passed, "failed": tally.failed, "errors": tally.texts(), "ms": millisSince(begun)}, nil
}

// moreHosts makes nodes like the started one, with keys of their own and without listeners.
func (p *peerNode) moreHosts(count int) ([]host.Host, error) {
	p.lock.Lock()
	like := p.like
	p.lock.Unlock()
	like.Key, like.Listen = "", nil
	var hosts []host.Host
	for range count {
		options, err := startOptions(&like)
		if err != nil {
			closeAll(hosts)
			return nil, err
		}
		h, err := libp2p.New(options...)
		if err != nil {
			closeAll(hosts)
			return nil, err
		}
		hosts = append(hosts, h)
	}
	return hosts, nil
}

func closeAll(hosts []host.Host) {
	for _, h := range hosts {
		h.Close()
	}
}

func connectOnce(ctx context.Context, h host.Host, target peer.AddrInfo) error {
	if err := h.Connect(ctx, target); err != nil {
		return err
	}
	conns := h.Network().ConnsToPeer(target.ID)
	if len(conns) == 0 {
		return fail("closed", "the connection ended at once")
	}
	if ids, ok := h.(interface{ IDService() identify.IDService }); ok {
		select {
		case <-ids.IDService().IdentifyWait(conns[0]):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if known, err := h.Peerstore().GetProtocols(target.ID); err != nil || len(known) == 0 {
		return fail("protocol", "not identified: %v", err)
	}
	return nil
}
