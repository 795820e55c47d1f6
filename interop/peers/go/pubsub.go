package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"iter"
	"log/slog"
	"sort"
	"strings"
	"sync"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p-pubsub/partialmessages"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// pubsubOptions is the argument `pubsub` of `start`.
type pubsubOptions struct {
	Router       string   `json:"router"`
	Protocols    []string `json:"protocols"`
	Sign         *bool    `json:"sign"`
	MaxBytes     int      `json:"maxBytes"`
	IDs          string   `json:"ids"`
	HeartbeatMs  int      `json:"heartbeatMs"`
	FloodPublish bool     `json:"floodPublish"`
	PeerExchange bool     `json:"peerExchange"`
	Score        bool     `json:"score"`
	// Degree is the size of meshes, and one less than where they are cut.
	Degree int `json:"degree"`
	// Replay has numbers of authors that do not grow ignored.
	Replay bool `json:"replay"`
	// ValidateMs is how long each message is validated.
	ValidateMs int `json:"validateMs"`
	// Partial has parts of messages exchanged, on every topic.
	Partial bool `json:"partial"`
}

// topics is the publish-subscribe side of a node. As a tracer it follows the mesh, which the library does not tell.
type topics struct {
	out    *output
	ps     *pubsub.PubSub
	lock   sync.Mutex
	joined map[string]*pubsub.Topic
	subs   map[string]*pubsub.Subscription
	mesh   map[string]map[peer.ID]bool
	// duplicates counts copies of messages by topic.
	duplicates map[string]int
	validate   time.Duration
	partial    bool
}

func startPubSub(h host.Host, o *pubsubOptions, out *output) (*topics, error) {
	t := &topics{out: out, joined: map[string]*pubsub.Topic{}, subs: map[string]*pubsub.Subscription{},
		mesh: map[string]map[peer.ID]bool{}, duplicates: map[string]int{},
		validate: time.Duration(o.ValidateMs) * time.Millisecond, partial: o.Partial}
	options := []pubsub.Option{pubsub.WithRawTracer(t), pubsub.WithPeerOutboundQueueSize(1000),
		pubsub.WithValidateQueueSize(1000)}
	if o.Sign != nil && !*o.Sign {
		options = append(options, pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign), pubsub.WithNoAuthor())
	}
	if o.IDs == "sha256" {
		options = append(options, pubsub.WithMessageIdFn(func(m *pb.Message) string {
			hash := sha256.Sum256(m.Data)
			return string(hash[:])
		}))
	}
	if o.MaxBytes > 0 {
		options = append(options, pubsub.WithMaxMessageSize(o.MaxBytes))
	}
	if o.Replay {
		// Inline and one after the other: otherwise messages overtake each other, and those that were are dropped.
		options = append(options, pubsub.WithValidateWorkers(1), pubsub.WithDefaultValidator(
			pubsub.NewBasicSeqnoValidator(&numbers{last: map[peer.ID][]byte{}}, slog.New(slog.DiscardHandler)),
			pubsub.WithValidatorInline(true)))
	}
	if o.Router == "flood" {
		ps, err := pubsub.NewFloodSub(context.Background(), h, options...)
		t.ps = ps
		return t, err
	}
	params := pubsub.DefaultGossipSubParams()
	if o.HeartbeatMs > 0 {
		params.HeartbeatInterval = time.Duration(o.HeartbeatMs) * time.Millisecond
	}
	if o.Degree > 0 {
		params.D, params.Dlo, params.Dhi, params.Dscore, params.Dout = o.Degree, o.Degree, o.Degree+1, o.Degree, 0
	}
	options = append(options, pubsub.WithGossipSubParams(params), pubsub.WithFloodPublish(o.FloodPublish),
		pubsub.WithPeerExchange(o.PeerExchange))
	if o.Score {
		options = append(options, pubsub.WithPeerScore(scoreOfForwarders()))
	}
	if o.Protocols != nil {
		ids := make([]protocol.ID, len(o.Protocols))
		for i, id := range o.Protocols {
			ids[i] = protocol.ID(id)
		}
		options = append(options, pubsub.WithGossipSubProtocols(ids, pubsub.GossipSubDefaultFeatures))
	}
	if o.Partial {
		options = append(options, pubsub.WithPartialMessagesExtension(&partialmessages.PartialMessagesExtension[struct{}]{
			Logger:        slog.New(slog.DiscardHandler),
			OnIncomingRPC: t.onPart,
			OnEmitGossip:  func(string, []byte, []peer.ID, map[peer.ID]struct{}) {},
		}))
	}
	ps, err := pubsub.NewGossipSub(context.Background(), h, options...)
	t.ps = ps
	return t, err
}

// scoreOfForwarders graylists whoever sends invalid messages.
func scoreOfForwarders() (*pubsub.PeerScoreParams, *pubsub.PeerScoreThresholds) {
	topic := &pubsub.TopicScoreParams{TopicWeight: 1, TimeInMeshQuantum: time.Second,
		InvalidMessageDeliveriesWeight: -10, InvalidMessageDeliveriesDecay: 0.999}
	params := &pubsub.PeerScoreParams{Topics: map[string]*pubsub.TopicScoreParams{"scored": topic},
		AppSpecificScore: func(peer.ID) float64 { return 0 }, DecayInterval: time.Second, DecayToZero: 0.01, RetainScore: time.Hour,
		BehaviourPenaltyWeight: -10, BehaviourPenaltyThreshold: 6, BehaviourPenaltyDecay: 0.9}
	return params, &pubsub.PeerScoreThresholds{GossipThreshold: -50, PublishThreshold: -100, GraylistThreshold: -200}
}

func (p *peerNode) pubsub() (*topics, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.topics == nil {
		return nil, fail("unsupported", "started without pubsub")
	}
	return p.topics, nil
}

func (t *topics) join(name string) (*pubsub.Topic, error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if topic, joined := t.joined[name]; joined {
		return topic, nil
	}
	if t.validate > 0 {
		slow := func(context.Context, peer.ID, *pubsub.Message) bool {
			time.Sleep(t.validate)
			return true
		}
		if err := t.ps.RegisterTopicValidator(name, slow); err != nil {
			return nil, err
		}
	}
	var options []pubsub.TopicOpt
	if t.partial {
		options = append(options, pubsub.RequestPartialMessages())
	}
	topic, err := t.ps.Join(name, options...)
	if err == nil {
		t.joined[name] = topic
	}
	return topic, err
}

func (p *peerNode) subscribe(_ context.Context, r *request) (result, error) {
	t, err := p.pubsub()
	if err != nil {
		return nil, err
	}
	topic, err := t.join(r.Topic)
	if err != nil {
		return nil, err
	}
	sub, err := topic.Subscribe(pubsub.WithBufferSize(100_000))
	if err != nil {
		return nil, err
	}
	t.lock.Lock()
	t.subs[r.Topic] = sub
	t.lock.Unlock()
	own := p.node().ID()
	go func() {
		for {
			m, err := sub.Next(context.Background())
			if err != nil {
				return
			}
			if m.ReceivedFrom != own {
				t.out.event("message", describeMessage(m))
			}
		}
	}()
	return nil, nil
}

func describeMessage(m *pubsub.Message) result {
	hash := sha256.Sum256(m.Data)
	fields := result{"topic": m.GetTopic(), "via": m.ReceivedFrom.String(), "from": nil, "seqno": nil,
		"size": len(m.Data), "sha256": hex.EncodeToString(hash[:]), "id": hex.EncodeToString([]byte(m.ID))}
	if len(m.From) > 0 {
		fields["from"] = m.GetFrom().String()
	}
	if len(m.Seqno) > 0 {
		fields["seqno"] = hex.EncodeToString(m.Seqno)
	}
	return fields
}

func (p *peerNode) unsubscribe(_ context.Context, r *request) (result, error) {
	t, err := p.pubsub()
	if err != nil {
		return nil, err
	}
	t.lock.Lock()
	sub := t.subs[r.Topic]
	delete(t.subs, r.Topic)
	t.lock.Unlock()
	if sub != nil {
		sub.Cancel()
	}
	return nil, nil
}

func (p *peerNode) publish(ctx context.Context, r *request) (result, error) {
	t, err := p.pubsub()
	if err != nil {
		return nil, err
	}
	topic, err := t.join(r.Topic)
	if err != nil {
		return nil, err
	}
	published, failed, errors := 0, 0, []string{}
	for i := 0; i < max(1, r.Count); i++ {
		if err := topic.Publish(ctx, numbered(uint64(r.N+i), max(numberBytes, int(r.Size)))); err != nil {
			failed++
			errors = append(errors, err.Error())
		} else {
			published++
		}
		if r.Ms > 0 {
			time.Sleep(time.Duration(r.Ms) * time.Millisecond)
		}
	}
	return result{"published": published, "failed": failed, "errors": errors[:min(5, len(errors))]}, nil
}

func (p *peerNode) meshOf(_ context.Context, r *request) (result, error) {
	t, err := p.pubsub()
	if err != nil {
		return nil, err
	}
	peers := peerTexts(t.ps.ListPeers(r.Topic))
	t.lock.Lock()
	defer t.lock.Unlock()
	var mesh []peer.ID
	for id := range t.mesh[r.Topic] {
		mesh = append(mesh, id)
	}
	return result{"mesh": peerTexts(mesh), "peers": peers, "duplicates": t.duplicates[r.Topic]}, nil
}

func (t *topics) onPart(from peer.ID, states map[peer.ID]struct{}, rpc *pb.PartialMessagesExtension) error {
	states[from] = struct{}{}
	t.out.event("part", result{"topic": rpc.GetTopicID(), "via": from.String(), "group": hex.EncodeToString(rpc.GroupID),
		"part": hex.EncodeToString(rpc.PartialMessage), "metadata": hex.EncodeToString(rpc.PartsMetadata)})
	return nil
}

// sendPart sends parts of a message to a peer.
func (p *peerNode) sendPart(_ context.Context, r *request) (result, error) {
	t, err := p.pubsub()
	if err != nil {
		return nil, err
	}
	to, err := peer.Decode(r.Peer)
	if err != nil {
		return nil, fail("args", "%w", err)
	}
	var action partialmessages.PublishAction
	group, err1 := hex.DecodeString(r.Group)
	part, err2 := hex.DecodeString(r.Part)
	metadata, err3 := hex.DecodeString(r.Metadata)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, fail("args", "%w", err)
	}
	action.EncodedPartialMessage, action.EncodedPartsMetadata = part, metadata
	send := func(map[peer.ID]struct{}, func(peer.ID) bool) iter.Seq2[peer.ID, partialmessages.PublishAction] {
		return func(yield func(peer.ID, partialmessages.PublishAction) bool) {
			yield(to, action)
		}
	}
	return nil, pubsub.PublishPartial(t.ps, r.Topic, group, send)
}

// cut resets every stream of publish and subscribe with a peer.
func (p *peerNode) cut(_ context.Context, r *request) (result, error) {
	id, err := peer.Decode(r.Peer)
	if err != nil {
		return nil, fail("args", "%w", err)
	}
	streams := 0
	for _, conn := range p.node().Network().ConnsToPeer(id) {
		for _, s := range conn.GetStreams() {
			if strings.HasPrefix(string(s.Protocol()), "/meshsub/") {
				s.Reset()
				streams++
			}
		}
	}
	return result{"streams": streams}, nil
}

func peerTexts(ids []peer.ID) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = id.String()
	}
	sort.Strings(all)
	return all
}

// What the tracer follows.

func (t *topics) Graft(id peer.ID, topic string) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if t.mesh[topic] == nil {
		t.mesh[topic] = map[peer.ID]bool{}
	}
	t.mesh[topic][id] = true
}

func (t *topics) Prune(id peer.ID, topic string) {
	t.lock.Lock()
	defer t.lock.Unlock()
	delete(t.mesh[topic], id)
}

func (t *topics) OnClosedOutboundStream(id peer.ID) {
	t.lock.Lock()
	defer t.lock.Unlock()
	for _, mesh := range t.mesh {
		delete(mesh, id)
	}
}

func (t *topics) Leave(topic string) {
	t.lock.Lock()
	defer t.lock.Unlock()
	delete(t.mesh, topic)
}

func (t *topics) RejectMessage(m *pubsub.Message, reason string) {
	t.out.event("rejected", result{"topic": m.GetTopic(), "via": m.ReceivedFrom.String(), "reason": reason})
}

func (t *topics) DuplicateMessage(m *pubsub.Message) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.duplicates[m.GetTopic()]++
}

// numbers keeps the last number of each author.
type numbers struct {
	lock sync.Mutex
	last map[peer.ID][]byte
}

func (n *numbers) Get(_ context.Context, id peer.ID) ([]byte, error) {
	n.lock.Lock()
	defer n.lock.Unlock()
	return n.last[id], nil
}

func (n *numbers) Put(_ context.Context, id peer.ID, number []byte) error {
	n.lock.Lock()
	defer n.lock.Unlock()
	n.last[id] = number
	return nil
}

func (t *topics) OnNewOutboundStream(peer.ID, protocol.ID) {}
func (t *topics) Join(string)                              {}
func (t *topics) ValidateMessage(*pubsub.Message)          {}
func (t *topics) DeliverMessage(*pubsub.Message)           {}
func (t *topics) ThrottlePeer(peer.ID)                     {}
func (t *topics) RecvRPC(*pubsub.RPC)                      {}
func (t *topics) SendRPC(*pubsub.RPC, peer.ID)             {}
func (t *topics) DropRPC(*pubsub.RPC, peer.ID)             {}
func (t *topics) UndeliverableMessage(m *pubsub.Message)   {}
