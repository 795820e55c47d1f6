package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/ipfs/go-cid"
	dht "github.com/libp2p/go-libp2p-kad-dht"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	mh "github.com/multiformats/go-multihash"
)

// kadWish is what start says of Kademlia.
type kadWish struct {
	Proto string `json:"proto"`
	Mode  string `json:"mode"`
}

// highest validates the namespace lip, whose values begin with a number of 8 bytes: the highest is the best.
type highest struct{}

func (highest) Validate(_ string, value []byte) error {
	if len(value) < 8 {
		return errors.New("the value has no number")
	}
	return nil
}

func (highest) Select(_ string, values [][]byte) (int, error) {
	best := 0
	for i, value := range values {
		if binary.BigEndian.Uint64(value) > binary.BigEndian.Uint64(values[best]) {
			best = i
		}
	}
	return best, nil
}

func startKad(h host.Host, wish *kadWish) (*dht.IpfsDHT, error) {
	if wish == nil {
		return nil, nil
	}
	mode := dht.ModeServer
	if wish.Mode == "client" {
		mode = dht.ModeClient
	}
	prefix := protocol.ID(strings.TrimSuffix(wish.Proto, "/kad/1.0.0"))
	return dht.New(h, dht.ProtocolPrefix(prefix), dht.Mode(mode),
		dht.NamespacedValidator("lip", highest{}))
}

func (p *peerNode) kademlia() (*dht.IpfsDHT, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.kad == nil {
		return nil, fail("args", "started without kad")
	}
	return p.kad, nil
}

func (p *peerNode) kadFindPeer(ctx context.Context, r *request) (result, error) {
	kad, err := p.kademlia()
	if err != nil {
		return nil, err
	}
	id, err := peer.Decode(r.Peer)
	if err != nil {
		return nil, fail("args", "peer: %w", err)
	}
	found, err := kad.FindPeer(ctx, id)
	if err != nil {
		return nil, err
	}
	return result{"addrs": texts(found.Addrs)}, nil
}

func kadCid(r *request) (cid.Cid, error) {
	raw, err := hex.DecodeString(r.Key)
	if err != nil {
		return cid.Undef, fail("args", "key: %w", err)
	}
	hash, err := mh.Cast(raw)
	if err != nil {
		return cid.Undef, fail("args", "key: %w", err)
	}
	return cid.NewCidV1(cid.Raw, hash), nil
}

// kadProvide does not know how many peers stored it: go-libp2p does not tell.
func (p *peerNode) kadProvide(ctx context.Context, r *request) (result, error) {
	kad, err := p.kademlia()
	if err != nil {
		return nil, err
	}
	key, err := kadCid(r)
	if err != nil {
		return nil, err
	}
	return result{"stored": nil}, kad.Provide(ctx, key, true)
}

func (p *peerNode) kadFindProviders(ctx context.Context, r *request) (result, error) {
	kad, err := p.kademlia()
	if err != nil {
		return nil, err
	}
	key, err := kadCid(r)
	if err != nil {
		return nil, err
	}
	count := r.Count
	if count == 0 {
		count = 20
	}
	providers := []result{}
	for found := range kad.FindProvidersAsync(ctx, key, count) {
		providers = append(providers, result{"peer": found.ID.String(), "addrs": texts(found.Addrs)})
	}
	return result{"providers": providers}, nil
}

func kadKey(r *request) (string, error) {
	raw, err := hex.DecodeString(r.Key)
	if err != nil {
		return "", fail("args", "key: %w", err)
	}
	return string(raw), nil
}

func (p *peerNode) kadPut(ctx context.Context, r *request) (result, error) {
	kad, err := p.kademlia()
	if err != nil {
		return nil, err
	}
	key, err := kadKey(r)
	if err != nil {
		return nil, err
	}
	value, err := hex.DecodeString(r.Value)
	if err != nil {
		return nil, fail("args", "value: %w", err)
	}
	return result{"stored": nil}, kad.PutValue(ctx, key, value)
}

func (p *peerNode) kadGet(ctx context.Context, r *request) (result, error) {
	kad, err := p.kademlia()
	if err != nil {
		return nil, err
	}
	key, err := kadKey(r)
	if err != nil {
		return nil, err
	}
	value, err := kad.GetValue(ctx, key)
	if err != nil {
		return nil, err
	}
	return result{"value": hex.EncodeToString(bytes.Clone(value))}, nil
}

func (p *peerNode) kadTable(context.Context, *request) (result, error) {
	kad, err := p.kademlia()
	if err != nil {
		return nil, err
	}
	peers := []string{}
	for _, id := range kad.RoutingTable().ListPeers() {
		peers = append(peers, id.String())
	}
	return result{"peers": peers}, nil
}

// kadMode cannot be had from outside: go-libp2p changes it by reachability only.
func (p *peerNode) kadMode(context.Context, *request) (result, error) {
	return nil, fail("unsupported", "the mode is fixed by start")
}
