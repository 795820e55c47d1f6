package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/libp2p/go-libp2p/core/record"
)

// The address book protocol, see docs/address-book.md.
const (
	addressBookID = "/p2pboot/address-book/1.0.0"

	maxQuestionBytes    = 64
	maxAnswerBytes      = 8192
	maxQuestionsPerPeer = 8
	addressBookTimeout  = 5 * time.Second
)

// addressBook keeps the signed records that identify brought, which go-libp2p does not.
type addressBook struct {
	lock sync.Mutex
	// records has a nil record for a peer that was identified without one.
	records map[peer.ID]*record.Envelope
	asking  map[peer.ID]int
}

func newAddressBook() *addressBook {
	return &addressBook{records: map[peer.ID]*record.Envelope{}, asking: map[peer.ID]int{}}
}

func (b *addressBook) identified(id peer.ID, envelope *record.Envelope) {
	b.lock.Lock()
	defer b.lock.Unlock()
	b.records[id] = envelope
}

// signed tells whether the latest identify message of a peer brought a record, if there was one.
func (b *addressBook) signed(id peer.ID) any {
	b.lock.Lock()
	defer b.lock.Unlock()
	if envelope, told := b.records[id]; told {
		return envelope != nil
	}
	return nil
}

func (b *addressBook) admit(asker peer.ID) bool {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.asking[asker] == maxQuestionsPerPeer {
		return false
	}
	b.asking[asker]++
	return true
}

func (b *addressBook) leave(asker peer.ID) {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.asking[asker]--; b.asking[asker] == 0 {
		delete(b.asking, asker)
	}
}

func (p *peerNode) serveAddressBook(s network.Stream) {
	asker := s.Conn().RemotePeer()
	if !p.book.admit(asker) {
		s.Reset()
		return
	}
	defer p.book.leave(asker)
	finish(s, p.answerAddressBook(s))
}

func (p *peerNode) answerAddressBook(s network.Stream) error {
	if err := s.SetDeadline(time.Now().Add(addressBookTimeout)); err != nil {
		return err
	}
	in := bufio.NewReader(s)
	length, err := binary.ReadUvarint(in)
	if err != nil {
		return err
	}
	if length > maxQuestionBytes {
		return fmt.Errorf("a question of %d bytes", length)
	}
	question := make([]byte, length)
	if _, err := io.ReadFull(in, question); err != nil {
		return err
	}
	id, err := peer.IDFromBytes(question)
	if err != nil {
		return err
	}
	answer, err := p.recordOf(id)
	if err != nil {
		return err
	}
	_, err = s.Write(append(binary.AppendUvarint(nil, uint64(len(answer))), answer...))
	return err
}

// recordOf returns the envelope of a peer's record; it is empty if there is none.
func (p *peerNode) recordOf(id peer.ID) ([]byte, error) {
	h := p.node()
	var envelope *record.Envelope
	if id == h.ID() {
		if own, ok := peerstore.GetCertifiedAddrBook(h.Peerstore()); ok {
			envelope = own.GetPeerRecord(id)
		}
	} else {
		p.book.lock.Lock()
		envelope = p.book.records[id]
		p.book.lock.Unlock()
	}
	if envelope == nil {
		return nil, nil
	}
	answer, err := envelope.Marshal()
	if len(answer) > maxAnswerBytes {
		return nil, err
	}
	return answer, err
}
