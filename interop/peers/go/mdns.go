package main

import (
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/discovery/mdns"
)

// findings tells whom mDNS finds.
type findings struct {
	out *output
}

func (f findings) HandlePeerFound(info peer.AddrInfo) {
	f.out.event("found", result{"peer": info.ID.String(), "addrs": texts(info.Addrs)})
}

// startMdns returns nil if the node is to have none.
func startMdns(h host.Host, wanted bool, out *output) (mdns.Service, error) {
	if !wanted {
		return nil, nil
	}
	service := mdns.NewMdnsService(h, "", findings{out})
	return service, service.Start()
}
