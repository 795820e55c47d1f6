//! Streams for whoever asks: a behaviour that opens any number of outbound
//! streams of a connection at once, each negotiated for itself, and hands over
//! every inbound one, however many come at once.

use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
    sync::{Arc, Mutex, RwLock},
    task::{Context, Poll, Waker},
    time::Duration,
};

use futures::{StreamExt, channel::mpsc, channel::oneshot};
use libp2p::{
    Multiaddr, PeerId, Stream, StreamProtocol,
    core::{Endpoint, transport::PortUse, upgrade::UpgradeInfo},
    multiaddr::Protocol,
    swarm::{
        ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm,
        NetworkBehaviour, StreamUpgradeError, SubstreamProtocol, THandler, THandlerInEvent,
        THandlerOutEvent, ToSwarm,
        handler::{
            ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound,
        },
    },
};

use crate::failure::Failure;

/// How long negotiating the protocol of one stream may take.
const NEGOTIATION_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a QUIC connection is polled for no reason. The stack's ping handler does
/// not ask to be woken for the second ping of a stream; on yamux the connection's own
/// traffic wakes it, on QUIC nothing does, and the ping is never answered.
const POLL_EVERY: Duration = Duration::from_millis(10);

/// An inbound stream.
pub struct Inbound {
    pub peer: PeerId,
    pub protocol: StreamProtocol,
    pub stream: Stream,
}

type Opened = Result<(StreamProtocol, Stream), Failure>;

enum Command {
    Open(Vec<StreamProtocol>, oneshot::Sender<Opened>),
    /// The served protocols changed: look again, so that peers are told.
    Refresh,
}

#[derive(Default)]
struct Connections {
    of_peer: HashMap<PeerId, Vec<(ConnectionId, mpsc::UnboundedSender<Command>)>>,
}

/// Opens streams and says what is served. Clones share everything.
#[derive(Clone)]
pub struct Control {
    connections: Arc<Mutex<Connections>>,
    served: Arc<RwLock<Vec<StreamProtocol>>>,
}

impl Control {
    pub fn new(served: Vec<StreamProtocol>) -> Self {
        Self { connections: Arc::default(), served: Arc::new(RwLock::new(served)) }
    }

    /// The protocols that inbound streams may ask for.
    pub fn served(&self) -> Vec<StreamProtocol> {
        self.served.read().expect("no panic under this lock").clone()
    }

    /// Changes the served protocols and has every connection tell its peer.
    pub fn serve(&self, change: impl FnOnce(&mut Vec<StreamProtocol>)) {
        change(&mut self.served.write().expect("no panic under this lock"));
        let connections = self.connections.lock().expect("no panic under this lock");
        for (_, sender) in connections.of_peer.values().flatten() {
            // A connection that is gone has nobody to tell.
            let _ = sender.unbounded_send(Command::Refresh);
        }
    }

    /// Opens a stream on the oldest connection to a peer.
    pub async fn open(&self, peer: PeerId, protocols: Vec<StreamProtocol>) -> Opened {
        let (sender, receiver) = oneshot::channel();
        {
            let connections = self.connections.lock().expect("no panic under this lock");
            let Some((_, connection)) = connections.of_peer.get(&peer).and_then(|c| c.first())
            else {
                return Err(Failure::new("dial", format!("not connected to {peer}")));
            };
            connection
                .unbounded_send(Command::Open(protocols, sender))
                .map_err(|_| Failure::new("closed", "the connection was closed"))?;
        }
        receiver.await.unwrap_or_else(|_| Err(Failure::new("closed", "the connection was closed")))
    }
}

/// The behaviour. It emits nothing: inbound streams go to the channel that it was
/// made with.
pub struct Behaviour {
    control: Control,
    inbound: mpsc::UnboundedSender<Inbound>,
}

impl Behaviour {
    pub fn new(control: Control, inbound: mpsc::UnboundedSender<Inbound>) -> Self {
        Self { control, inbound }
    }

    fn handler(&self, connection: ConnectionId, peer: PeerId, remote: &Multiaddr) -> Handler {
        let quic = remote.iter().any(|part| part == Protocol::QuicV1);
        let (sender, commands) = mpsc::unbounded();
        let mut connections = self.control.connections.lock().expect("no panic under this lock");
        connections.of_peer.entry(peer).or_default().push((connection, sender));
        Handler {
            peer,
            served: self.control.served.clone(),
            commands,
            to_open: VecDeque::new(),
            inbound: self.inbound.clone(),
            waker: None,
            ticks: quic.then(|| tokio::time::interval(POLL_EVERY)),
        }
    }

    fn forget(&self, connection: ConnectionId, peer: PeerId) {
        let mut connections = self.control.connections.lock().expect("no panic under this lock");
        if let Some(of_peer) = connections.of_peer.get_mut(&peer) {
            of_peer.retain(|(id, _)| *id != connection);
            if of_peer.is_empty() {
                connections.of_peer.remove(&peer);
            }
        }
    }
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = Handler;
    type ToSwarm = Infallible;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(connection, peer, remote))
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        remote: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(connection, peer, remote))
    }

    fn on_swarm_event(&mut self, event: FromSwarm) {
        match event {
            FromSwarm::ConnectionClosed(closed) => {
                self.forget(closed.connection_id, closed.peer_id);
            }
            FromSwarm::DialFailure(failed) => {
                if let Some(peer) = failed.peer_id {
                    self.forget(failed.connection_id, peer);
                }
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

/// Negotiates one of several protocols and hands over the bare stream.
pub struct Negotiate(Vec<StreamProtocol>);

impl UpgradeInfo for Negotiate {
    type Info = StreamProtocol;
    type InfoIter = std::vec::IntoIter<StreamProtocol>;

    fn protocol_info(&self) -> Self::InfoIter {
        self.0.clone().into_iter()
    }
}

impl libp2p::core::upgrade::InboundUpgrade<Stream> for Negotiate {
    type Output = (StreamProtocol, Stream);
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Output, Self::Error>>;

    fn upgrade_inbound(self, stream: Stream, protocol: StreamProtocol) -> Self::Future {
        std::future::ready(Ok((protocol, stream)))
    }
}

impl libp2p::core::upgrade::OutboundUpgrade<Stream> for Negotiate {
    type Output = (StreamProtocol, Stream);
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Output, Self::Error>>;

    fn upgrade_outbound(self, stream: Stream, protocol: StreamProtocol) -> Self::Future {
        std::future::ready(Ok((protocol, stream)))
    }
}

/// The part of the behaviour that lives with one connection.
pub struct Handler {
    peer: PeerId,
    served: Arc<RwLock<Vec<StreamProtocol>>>,
    commands: mpsc::UnboundedReceiver<Command>,
    to_open: VecDeque<(Vec<StreamProtocol>, oneshot::Sender<Opened>)>,
    inbound: mpsc::UnboundedSender<Inbound>,
    waker: Option<Waker>,
    ticks: Option<tokio::time::Interval>,
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Infallible;
    type ToBehaviour = Infallible;
    type InboundProtocol = Negotiate;
    type OutboundProtocol = Negotiate;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = oneshot::Sender<Opened>;

    fn listen_protocol(&self) -> SubstreamProtocol<Negotiate> {
        let served = self.served.read().expect("no panic under this lock").clone();
        SubstreamProtocol::new(Negotiate(served), ()).with_timeout(NEGOTIATION_TIMEOUT)
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Negotiate, oneshot::Sender<Opened>, Infallible>> {
        while let Poll::Ready(Some(command)) = self.commands.poll_next_unpin(cx) {
            match command {
                Command::Open(protocols, reply) => self.to_open.push_back((protocols, reply)),
                // Being polled is enough: the connection then asks what is served.
                Command::Refresh => cx.waker().wake_by_ref(),
            }
        }
        if let Some((protocols, reply)) = self.to_open.pop_front() {
            let protocol = SubstreamProtocol::new(Negotiate(protocols), reply)
                .with_timeout(NEGOTIATION_TIMEOUT);
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        if let Some(ticks) = &mut self.ticks {
            while ticks.poll_tick(cx).is_ready() {}
        }
        self.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    fn on_behaviour_event(&mut self, event: Infallible) {
        match event {}
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<Negotiate, Negotiate, (), oneshot::Sender<Opened>>,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: (protocol, stream),
                ..
            }) => {
                let inbound = Inbound { peer: self.peer, protocol, stream };
                // Fails only while the whole peer is going down.
                let _ = self.inbound.unbounded_send(inbound);
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol,
                info,
            }) => {
                // Whoever asked may have given up.
                let _ = info.send(Ok(protocol));
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info, error }) => {
                let failure = match error {
                    StreamUpgradeError::Timeout => Failure::timeout(),
                    StreamUpgradeError::NegotiationFailed => {
                        Failure::new("protocol", "the peer serves none of the protocols")
                    }
                    StreamUpgradeError::Io(error) => Failure::from(error),
                    StreamUpgradeError::Apply(never) => match never {},
                };
                let _ = info.send(Err(failure));
            }
            _ => {}
        }
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}
