//! The node: a swarm that one task owns, and what others may ask of it.

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures::{StreamExt, channel::mpsc as unbounded};
use libp2p::{
    Multiaddr, PeerId, StreamProtocol, Swarm,
    core::{ConnectedPoint, transport::ListenerId},
    gossipsub, identify, identity,
    multiaddr::Protocol,
    ping,
    swarm::{
        self, ConnectionId, DialError, NetworkBehaviour, SwarmEvent,
        behaviour::toggle::Toggle,
        dial_opts::{DialOpts, PeerCondition},
    },
};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::{
    failure::Failure,
    kad, mdns, pubsub,
    streams::{self, Control, Inbound},
    transports::{self, Negotiations, Upgraded},
};

/// How long a connection without streams stays open, and how often the built-in
/// protocols of the stack do something by themselves.
const IDLE: Duration = Duration::from_secs(3600);

/// How many inbound streams of a connection may be negotiating; the stack's own 128
/// is a limiter that scenarios must not meet.
const MAX_NEGOTIATING_STREAMS: usize = 4096;

/// How long stopping waits for connections to close.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);

/// What a node is made of.
#[derive(Clone)]
pub struct Config {
    pub keypair: identity::Keypair,
    pub listen: Vec<Multiaddr>,
    pub transports: Vec<String>,
    pub cert: Option<PathBuf>,
    pub trust: Option<PathBuf>,
    /// Whether `wss` shows a certificate of its own and takes any, as in the matrix.
    pub unverified: bool,
    pub security: Vec<String>,
    pub muxers: Vec<String>,
    pub agent: Option<String>,
    pub resolver: Option<SocketAddr>,
    pub served: Vec<StreamProtocol>,
    pub kad: Option<kad::Wish>,
    /// Whether to look for peers of the local network.
    pub mdns: bool,
    /// How to publish and subscribe; null: not at all.
    pub pubsub: Value,
}

#[derive(NetworkBehaviour)]
struct Behaviour {
    streams: streams::Behaviour,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    kad: kad::Behaviour,
    mdns: mdns::Behaviour,
    pubsub: Toggle<gossipsub::Behaviour>,
}

/// One open connection.
#[derive(Clone)]
pub struct Connection {
    pub peer: PeerId,
    pub address: Multiaddr,
    pub dialed: bool,
    pub upgraded: Upgraded,
}

impl Connection {
    pub fn json(&self) -> Value {
        json!({
            "peer": self.peer.to_base58(),
            "addr": self.address.to_string(),
            "dir": if self.dialed { "out" } else { "in" },
            "enc": self.upgraded.security,
            "mux": self.upgraded.muxer,
            "early": if self.upgraded.security.is_empty() { Value::Null } else { Value::Bool(false) },
            "streams": Value::Null,
        })
    }
}

type Reply<T> = oneshot::Sender<Result<T, Failure>>;

enum Request {
    Dial(PeerId, Vec<Multiaddr>, Reply<(Connection, Duration)>),
    Hangup(PeerId, Reply<usize>),
    Connections(oneshot::Sender<Vec<Connection>>),
    Identified(PeerId, Reply<Value>),
    Kad(kad::Ask, Reply<Value>),
    PubSub(pubsub::Asked),
    Stop(oneshot::Sender<()>),
}

/// A started node. Clones share it.
#[derive(Clone)]
pub struct Node {
    pub keypair: identity::Keypair,
    pub peer: PeerId,
    pub streams: Control,
    addresses: Arc<Mutex<Vec<Multiaddr>>>,
    requests: mpsc::UnboundedSender<Request>,
}

/// Tells whoever drives the node what happens.
pub type Events = Arc<dyn Fn(Value) + Send + Sync>;

impl Node {
    /// Starts a node; its inbound streams come from the receiver.
    pub async fn start(
        config: Config,
        events: Events,
    ) -> Result<(Node, unbounded::UnboundedReceiver<Inbound>), Failure> {
        let negotiations = Negotiations::default();
        let peer = config.keypair.public().to_peer_id();
        let streams = Control::new(config.served.clone());
        let (inbound, receiver) = unbounded::unbounded();
        let mut swarm = swarm(&config, &negotiations, streams.clone(), inbound)?;
        let mut listeners = Vec::new();
        for address in &config.listen {
            let id = swarm
                .listen_on(address.clone())
                .map_err(|error| Failure::unsupported(format!("{address}: {error}")))?;
            listeners.push(id);
        }
        let addresses = Arc::new(Mutex::new(bound(&mut swarm, listeners).await?));
        let (requests, receive_requests) = mpsc::unbounded_channel();
        let driver = Driver {
            swarm,
            negotiations,
            events,
            addresses: addresses.clone(),
            connections: HashMap::new(),
            dials: HashMap::new(),
            hangups: HashMap::new(),
            identified: HashMap::new(),
            identifying: HashMap::new(),
            kad_protocol: config.kad.as_ref().map(|wish| wish.proto.clone()),
            queries: kad::Queries::default(),
        };
        tokio::spawn(driver.run(receive_requests));
        let node = Node { keypair: config.keypair, peer, streams, addresses, requests };
        Ok((node, receiver))
    }

    /// The bound addresses, each with this node's id.
    pub fn addresses(&self) -> Vec<Multiaddr> {
        let addresses = self.addresses.lock().expect("no panic under this lock");
        addresses.iter().map(|address| address.clone().with(Protocol::P2p(self.peer))).collect()
    }

    /// Connects, or returns the connection that exists.
    pub async fn dial(
        &self,
        peer: PeerId,
        addresses: Vec<Multiaddr>,
    ) -> Result<(Connection, Duration), Failure> {
        self.ask(|reply| Request::Dial(peer, addresses, reply)).await?
    }

    /// Closes every connection to a peer.
    pub async fn hangup(&self, peer: PeerId) -> Result<usize, Failure> {
        self.ask(|reply| Request::Hangup(peer, reply)).await?
    }

    pub async fn connections(&self) -> Result<Vec<Connection>, Failure> {
        self.ask(Request::Connections).await
    }

    /// What identify told of a peer, as soon as it has.
    pub async fn identified(&self, peer: PeerId) -> Result<Value, Failure> {
        self.ask(|reply| Request::Identified(peer, reply)).await?
    }

    pub async fn kad(&self, ask: kad::Ask) -> Result<Value, Failure> {
        self.ask(|reply| Request::Kad(ask, reply)).await?
    }

    /// Publishes, subscribes or looks at a topic.
    pub async fn pubsub(&self, request: pubsub::Request) -> Result<Value, Failure> {
        self.ask(|reply| Request::PubSub((request, reply))).await?
    }

    pub async fn stop(&self) -> Result<(), Failure> {
        self.ask(Request::Stop).await
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<T>) -> Request,
    ) -> Result<T, Failure> {
        let stopped = || Failure::new("closed", "the node has stopped");
        let (reply, answer) = oneshot::channel();
        self.requests.send(request(reply)).map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())
    }
}

fn swarm(
    config: &Config,
    negotiations: &Negotiations,
    streams: Control,
    inbound: unbounded::UnboundedSender<Inbound>,
) -> Result<Swarm<Behaviour>, Failure> {
    let keypair = &config.keypair;
    let transport = transports::build(config, negotiations)?;
    // No signed record: this stack's is of an older form, which js-libp2p takes for a
    // reason to let identify fail.
    let mut identify = identify::Config::new("ipfs/0.1.0".to_owned(), keypair.public())
        .with_interval(IDLE)
        .with_push_listen_addr_updates(true);
    if let Some(agent) = &config.agent {
        identify = identify.with_agent_version(agent.clone());
    }
    let pubsub = match &config.pubsub {
        Value::Null => None,
        options => Some(pubsub::behaviour(keypair, options)?),
    };
    let behaviour = Behaviour {
        pubsub: pubsub.into(),
        streams: streams::Behaviour::new(streams, inbound),
        identify: identify::Behaviour::new(identify),
        ping: ping::Behaviour::new(ping::Config::new().with_interval(IDLE)),
        kad: kad::behaviour(keypair.public().to_peer_id(), config.kad.as_ref()),
        mdns: mdns::behaviour(keypair.public().to_peer_id(), config.mdns)?,
    };
    let settings = swarm::Config::with_tokio_executor()
        .with_idle_connection_timeout(IDLE)
        .with_max_negotiating_inbound_streams(MAX_NEGOTIATING_STREAMS);
    Ok(Swarm::new(transport, behaviour, keypair.public().to_peer_id(), settings))
}

/// Waits until every listener has told an address. Interfaces of one listener are
/// told one after the other but at once, hence the look at what else is ready.
async fn bound(
    swarm: &mut Swarm<Behaviour>,
    mut waiting: Vec<ListenerId>,
) -> Result<Vec<Multiaddr>, Failure> {
    let mut addresses = Vec::new();
    loop {
        let event = if waiting.is_empty() {
            match tokio::time::timeout(Duration::from_millis(20), swarm.select_next_some()).await {
                Ok(event) => event,
                Err(_) => return Ok(addresses),
            }
        } else {
            swarm.select_next_some().await
        };
        match event {
            SwarmEvent::NewListenAddr { listener_id, address } => {
                waiting.retain(|id| *id != listener_id);
                addresses.push(address);
            }
            SwarmEvent::ListenerClosed { reason, .. } => {
                return Err(Failure::internal(format!("the listener closed: {reason:?}")));
            }
            SwarmEvent::ListenerError { error, .. } => return Err(Failure::internal(error)),
            _ => {}
        }
    }
}

struct Driver {
    swarm: Swarm<Behaviour>,
    negotiations: Negotiations,
    events: Events,
    addresses: Arc<Mutex<Vec<Multiaddr>>>,
    connections: HashMap<ConnectionId, Connection>,
    dials: HashMap<PeerId, Vec<(Instant, Reply<(Connection, Duration)>)>>,
    hangups: HashMap<PeerId, Vec<(usize, Reply<usize>)>>,
    identified: HashMap<PeerId, Value>,
    identifying: HashMap<PeerId, Vec<Reply<Value>>>,
    kad_protocol: Option<StreamProtocol>,
    queries: kad::Queries,
}

impl Driver {
    async fn run(mut self, mut requests: mpsc::UnboundedReceiver<Request>) {
        loop {
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_event(event),
                request = requests.recv() => match request {
                    None => return,
                    Some(Request::Stop(reply)) => {
                        self.close_all().await;
                        // Whoever asked may be gone; there is nobody else to tell.
                        let _ = reply.send(());
                        return;
                    }
                    Some(request) => self.on_request(request),
                },
            }
        }
    }

    async fn close_all(&mut self) {
        let peers: Vec<PeerId> = self.swarm.connected_peers().copied().collect();
        for peer in peers {
            // An error says that it is closed already.
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        let closed = async {
            while !self.connections.is_empty() {
                let event = self.swarm.select_next_some().await;
                self.on_event(event);
            }
        };
        if tokio::time::timeout(STOP_TIMEOUT, closed).await.is_err() {
            eprintln!("connections are still open after {STOP_TIMEOUT:?}");
        }
    }

    fn on_request(&mut self, request: Request) {
        match request {
            Request::Dial(peer, addresses, reply) => self.dial(peer, addresses, reply),
            Request::Hangup(peer, reply) => {
                let open = self.connections.values().filter(|c| c.peer == peer).count();
                if open == 0 || self.swarm.disconnect_peer_id(peer).is_err() {
                    let _ = reply.send(Ok(0));
                } else {
                    self.hangups.entry(peer).or_default().push((open, reply));
                }
            }
            Request::Connections(reply) => {
                let _ = reply.send(self.connections.values().cloned().collect());
            }
            Request::Identified(peer, reply) => match self.identified.get(&peer) {
                Some(told) => {
                    let _ = reply.send(Ok(told.clone()));
                }
                None if self.swarm.is_connected(&peer) => {
                    self.identifying.entry(peer).or_default().push(reply);
                }
                None => {
                    let _ =
                        reply.send(Err(Failure::new("dial", format!("not connected to {peer}"))));
                }
            },
            Request::Kad(ask, reply) => {
                self.queries.ask(&mut self.swarm.behaviour_mut().kad, ask, reply);
            }
            Request::PubSub((asked, reply)) => {
                let answer = pubsub::perform(self.swarm.behaviour_mut().pubsub.as_mut(), asked);
                let _ = reply.send(answer);
            }
            Request::Stop(_) => unreachable!("handled by the loop"),
        }
    }

    fn dial(
        &mut self,
        peer: PeerId,
        addresses: Vec<Multiaddr>,
        reply: Reply<(Connection, Duration)>,
    ) {
        if let Some(connection) = self.connections.values().find(|c| c.peer == peer) {
            let _ = reply.send(Ok((connection.clone(), Duration::ZERO)));
            return;
        }
        let options = DialOpts::peer_id(peer)
            .condition(PeerCondition::DisconnectedAndNotDialing)
            .addresses(addresses)
            .build();
        match self.swarm.dial(options) {
            // A dial that is under way already serves this request as well.
            Ok(()) | Err(DialError::DialPeerConditionFalse(_)) => {
                self.dials.entry(peer).or_default().push((Instant::now(), reply));
            }
            Err(error) => {
                let _ = reply.send(Err(dial_failure(&error)));
            }
        }
    }

    fn on_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.on_open(peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed {
                peer_id, connection_id, num_established, cause, ..
            } => {
                if let Some(cause) = cause {
                    eprintln!("connection to {peer_id} closed: {cause}");
                }
                self.on_close(peer_id, connection_id, num_established);
            }
            SwarmEvent::OutgoingConnectionError { peer_id: Some(peer), error, .. } => {
                for (_, reply) in self.dials.remove(&peer).unwrap_or_default() {
                    let _ = reply.send(Err(dial_failure(&error)));
                }
            }
            SwarmEvent::IncomingConnectionError { send_back_addr, error, .. } => {
                eprintln!("no connection from {send_back_addr}: {error}");
            }
            SwarmEvent::NewListenAddr { address, .. } => {
                self.addresses.lock().expect("no panic under this lock").push(address);
            }
            SwarmEvent::Behaviour(BehaviourEvent::Identify(event)) => self.on_identify(event),
            SwarmEvent::Behaviour(BehaviourEvent::Kad(event)) => self.queries.on(event),
            SwarmEvent::Behaviour(BehaviourEvent::Mdns(event)) => {
                mdns::told(event).into_iter().for_each(|told| (self.events)(told));
            }
            SwarmEvent::Behaviour(BehaviourEvent::Pubsub(event)) => {
                if let Some(told) = pubsub::told(event) {
                    (self.events)(told);
                }
            }
            _ => {}
        }
    }

    fn on_open(&mut self, peer: PeerId, id: ConnectionId, endpoint: &ConnectedPoint) {
        let connection = Connection {
            peer,
            address: endpoint.get_remote_address().clone(),
            dialed: endpoint.is_dialer(),
            upgraded: self.negotiations.take(peer, endpoint),
        };
        self.tell("connOpen", &connection);
        self.connections.insert(id, connection.clone());
        for (since, reply) in self.dials.remove(&peer).unwrap_or_default() {
            let _ = reply.send(Ok((connection.clone(), since.elapsed())));
        }
    }

    fn on_close(&mut self, peer: PeerId, id: ConnectionId, left: u32) {
        if let Some(connection) = self.connections.remove(&id) {
            self.tell("connClose", &connection);
        }
        if left > 0 {
            return;
        }
        self.identified.remove(&peer);
        for (open, reply) in self.hangups.remove(&peer).unwrap_or_default() {
            let _ = reply.send(Ok(open));
        }
        for reply in self.identifying.remove(&peer).unwrap_or_default() {
            let _ = reply.send(Err(Failure::new("closed", "the connection was closed")));
        }
    }

    fn on_identify(&mut self, event: identify::Event) {
        match event {
            identify::Event::Received { peer_id, info, .. } => {
                let listen: Vec<String> =
                    info.listen_addrs.iter().map(ToString::to_string).collect();
                let protocols: Vec<String> =
                    info.protocols.iter().map(ToString::to_string).collect();
                if let (Some(kad), Some(protocol)) =
                    (self.swarm.behaviour_mut().kad.as_mut(), &self.kad_protocol)
                    && info.protocols.contains(protocol)
                {
                    // The stack leaves it to its user to say that a peer is a server.
                    for address in &info.listen_addrs {
                        kad.add_address(&peer_id, address.clone());
                    }
                }
                let signed = info.signed_peer_record.is_some();
                (self.events)(json!({
                    "ev": "identified",
                    "peer": peer_id.to_base58(),
                    "agent": info.agent_version,
                    "proto": info.protocol_version,
                    "protocols": protocols,
                    "listen": listen,
                    "observed": info.observed_addr.to_string(),
                    "signed": signed,
                    "push": Value::Null,
                }));
                let told = json!({
                    "agent": info.agent_version,
                    "proto": info.protocol_version,
                    "protocols": protocols,
                    "addrs": listen,
                    "signed": signed,
                });
                for reply in self.identifying.remove(&peer_id).unwrap_or_default() {
                    let _ = reply.send(Ok(told.clone()));
                }
                self.identified.insert(peer_id, told);
            }
            identify::Event::Error { peer_id, error, .. } => {
                eprintln!("identify with {peer_id}: {error}");
                for reply in self.identifying.remove(&peer_id).unwrap_or_default() {
                    let _ = reply.send(Err(Failure::new("protocol", format!("identify: {error}"))));
                }
            }
            identify::Event::Sent { .. } | identify::Event::Pushed { .. } => {}
        }
    }

    fn tell(&self, event: &str, connection: &Connection) {
        (self.events)(json!({
            "ev": event,
            "peer": connection.peer.to_base58(),
            "addr": connection.address.to_string(),
            "dir": if connection.dialed { "out" } else { "in" },
            "enc": connection.upgraded.security,
            "mux": connection.upgraded.muxer,
        }));
    }
}

fn dial_failure(error: &DialError) -> Failure {
    let kind = match error {
        DialError::WrongPeerId { .. } => "peerId",
        DialError::LocalPeerId { .. } | DialError::NoAddresses => "args",
        _ => "dial",
    };
    Failure::new(kind, error)
}
