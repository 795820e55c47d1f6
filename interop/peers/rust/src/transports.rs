//! The transports: TCP, WebSocket and QUIC, names resolved. What was negotiated is
//! kept, since the swarm does not tell it.

use std::{
    collections::{HashMap, VecDeque},
    fs, io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{AsyncRead, AsyncWrite, future::Either};
use hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts};
use libp2p::{
    Multiaddr, PeerId, Transport,
    core::{
        ConnectedPoint, Endpoint,
        muxing::StreamMuxerBox,
        transport::{Boxed, OrTransport, dummy::DummyTransport},
        upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade, UpgradeInfo},
    },
    dns, identity, noise, quic, tcp, tls, websocket, yamux,
};
use multistream_select::{Negotiated, Version, dialer_select_proto, listener_select_proto};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer, pem::PemObject};

use crate::{failure::Failure, node::Config, unverified};

/// How long securing and multiplexing may take.
const UPGRADE_TIMEOUT: Duration = Duration::from_secs(30);

/// How many streams a yamux connection may have. The stack's own figure, 512, counts
/// those of ping and identify too, and a scenario may hold 512.
const MAX_STREAMS: usize = 1024;

/// What a connection was upgraded with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Upgraded {
    pub security: &'static str,
    pub muxer: &'static str,
}

/// Who is connected how. A dialer does not know the port that it comes from, so its
/// connections to one peer are told apart by their order.
type Key = (PeerId, Option<Multiaddr>);

/// What was negotiated, kept until the swarm reports the connection.
#[derive(Clone, Default)]
pub struct Negotiations(Arc<Mutex<HashMap<Key, VecDeque<Upgraded>>>>);

impl Negotiations {
    fn put(&self, peer: PeerId, point: &ConnectedPoint, upgraded: Upgraded) {
        let mut map = self.0.lock().expect("no panic under this lock");
        map.entry(key(peer, point)).or_default().push_back(upgraded);
    }

    /// Takes what belongs to a new connection; nothing for QUIC.
    pub fn take(&self, peer: PeerId, point: &ConnectedPoint) -> Upgraded {
        let mut map = self.0.lock().expect("no panic under this lock");
        let key = key(peer, point);
        let Some(queue) = map.get_mut(&key) else {
            return Upgraded::default();
        };
        let upgraded = queue.pop_front().unwrap_or_default();
        if queue.is_empty() {
            map.remove(&key);
        }
        upgraded
    }
}

fn key(peer: PeerId, point: &ConnectedPoint) -> Key {
    match point {
        ConnectedPoint::Dialer { .. } => (peer, None),
        ConnectedPoint::Listener { send_back_addr, .. } => (peer, Some(send_back_addr.clone())),
    }
}

/// What is offered to the other side.
#[derive(Clone)]
struct Offer {
    security: Vec<&'static str>,
    noise: noise::Config,
    tls: tls::Config,
    muxer: yamux::Config,
}

type Pair = (PeerId, StreamMuxerBox);

/// Builds the transports that are named.
pub fn build(config: &Config, negotiations: &Negotiations) -> Result<Boxed<Pair>, Failure> {
    let offer = offer(&config.keypair, &config.security, &config.muxers)?;
    let mut all = DummyTransport::<Pair>::new().boxed();
    let mut secure = DummyTransport::<Pair>::new().boxed();
    for transport in &config.transports {
        let sockets = || tcp::tokio::Transport::new(tcp::Config::default());
        let one = match transport.as_str() {
            "tcp" => upgrade(sockets(), offer.clone(), negotiations.clone()),
            "ws" => upgrade(websocket::Config::new(sockets()), offer.clone(), negotiations.clone()),
            "wss" if config.unverified => {
                let mut listener = websocket::Config::new(sockets());
                listener.set_tls_config(unverified::self_signed()?);
                either(
                    upgrade(
                        unverified::Dialer::new(sockets())?,
                        offer.clone(),
                        negotiations.clone(),
                    ),
                    upgrade(listener, offer.clone(), negotiations.clone()),
                )
            }
            "wss" => {
                // Names are resolved below TLS, which has to know them.
                let mut socket = websocket::Config::new(resolve(sockets(), config.resolver)?);
                socket.set_tls_config(certificates(config)?);
                secure = upgrade(socket, offer.clone(), negotiations.clone());
                continue;
            }
            "quic-v1" => quic::tokio::Transport::new(quic::Config::new(&config.keypair))
                .map(|(peer, connection), _| (peer, StreamMuxerBox::new(connection)))
                .boxed(),
            other => return Err(Failure::unsupported(format!("no transport {other}"))),
        };
        all = either(all, one);
    }
    Ok(either(secure, resolve(all, config.resolver)?.boxed()))
}

fn either(first: Boxed<Pair>, second: Boxed<Pair>) -> Boxed<Pair> {
    OrTransport::new(first, second)
        .map(|either, _| match either {
            Either::Left(pair) | Either::Right(pair) => pair,
        })
        .boxed()
}

/// What a listener of `wss` shows, and what its dialer trusts.
fn certificates(config: &Config) -> Result<websocket::tls::Config, Failure> {
    let read = |path: &PathBuf| {
        fs::read(path).map_err(|error| Failure::args(format!("{}: {error}", path.display())))
    };
    let chain = |pem: &[u8]| {
        CertificateDer::pem_slice_iter(pem)
            .map(|one| one.map(|der| websocket::tls::Certificate::new(der.to_vec())))
            .collect::<Result<Vec<_>, _>>()
            .map_err(Failure::args)
    };
    let mut builder = websocket::tls::Config::builder();
    if let Some(path) = &config.cert {
        let pem = read(path)?;
        let key = PrivatePkcs8KeyDer::from_pem_slice(&pem).map_err(Failure::args)?;
        let key = websocket::tls::PrivateKey::new(key.secret_pkcs8_der().to_vec());
        builder.server(key, chain(&pem)?).map_err(Failure::args)?;
    }
    if let Some(path) = &config.trust {
        for certificate in chain(&read(path)?)? {
            builder.add_trust(&certificate).map_err(Failure::args)?;
        }
    }
    Ok(builder.finish())
}

fn offer(
    keypair: &identity::Keypair,
    security: &[String],
    muxers: &[String],
) -> Result<Offer, Failure> {
    let security = security
        .iter()
        .map(|name| match name.as_str() {
            "noise" => Ok("/noise"),
            "tls" => Ok("/tls/1.0.0"),
            other => Err(Failure::unsupported(format!("no security protocol {other}"))),
        })
        .collect::<Result<Vec<_>, _>>()?;
    if muxers != ["yamux"] {
        return Err(Failure::unsupported(format!("only the muxer yamux, not {muxers:?}")));
    }
    let mut muxer = yamux::Config::default();
    muxer.set_max_num_streams(MAX_STREAMS);
    Ok(Offer {
        security,
        noise: noise::Config::new(keypair).map_err(Failure::internal)?,
        tls: tls::Config::new(keypair).map_err(Failure::internal)?,
        muxer,
    })
}

fn upgrade<T>(transport: T, offer: Offer, negotiations: Negotiations) -> Boxed<Pair>
where
    T: Transport + Send + Unpin + 'static,
    T::Output: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T::Error: Send + Sync + 'static,
    T::Dial: Send + 'static,
    T::ListenerUpgrade: Send + 'static,
{
    transport
        .map_err(io::Error::other)
        .and_then(move |socket, point| {
            let (offer, negotiations) = (offer.clone(), negotiations.clone());
            async move {
                let handshake = handshake(socket, &point, offer);
                let (peer, muxer, upgraded) = tokio::time::timeout(UPGRADE_TIMEOUT, handshake)
                    .await
                    .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
                negotiations.put(peer, &point, upgraded);
                Ok::<_, io::Error>((peer, muxer))
            }
        })
        .boxed()
}

async fn handshake<S>(
    socket: S,
    point: &ConnectedPoint,
    offer: Offer,
) -> io::Result<(PeerId, StreamMuxerBox, Upgraded)>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let initiates = matches!(point, ConnectedPoint::Dialer { role_override: Endpoint::Dialer, .. });
    let (security, socket) = select(socket, initiates, offer.security.clone()).await?;
    if security == "/noise" {
        let (peer, secured) = secure(socket, initiates, offer.noise, security).await?;
        multiplex(peer, secured, initiates, offer.muxer, security).await
    } else {
        let (peer, secured) = secure(socket, initiates, offer.tls, security).await?;
        multiplex(peer, secured, initiates, offer.muxer, security).await
    }
}

async fn secure<S, U, D>(
    socket: Negotiated<S>,
    initiates: bool,
    protocol: U,
    name: &'static str,
) -> io::Result<(PeerId, D)>
where
    S: AsyncRead + AsyncWrite + Unpin,
    U: InboundConnectionUpgrade<Negotiated<S>, Output = (PeerId, D), Info = &'static str>,
    U: OutboundConnectionUpgrade<
            Negotiated<S>,
            Output = (PeerId, D),
            Info = &'static str,
            Error = <U as InboundConnectionUpgrade<Negotiated<S>>>::Error,
        >,
    <U as InboundConnectionUpgrade<Negotiated<S>>>::Error:
        std::error::Error + Send + Sync + 'static,
{
    let secured = if initiates {
        protocol.upgrade_outbound(socket, name).await
    } else {
        protocol.upgrade_inbound(socket, name).await
    };
    secured.map_err(io::Error::other)
}

async fn multiplex<S>(
    peer: PeerId,
    secured: S,
    initiates: bool,
    config: yamux::Config,
    security: &'static str,
) -> io::Result<(PeerId, StreamMuxerBox, Upgraded)>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let offered = config.protocol_info().collect();
    let (muxer, socket) = select(secured, initiates, offered).await?;
    let connection = if initiates {
        config.upgrade_outbound(socket, muxer).await?
    } else {
        config.upgrade_inbound(socket, muxer).await?
    };
    Ok((peer, StreamMuxerBox::new(connection), Upgraded { security, muxer }))
}

/// Agrees on one of the protocols, the first preferred.
async fn select<S>(
    socket: S,
    initiates: bool,
    protocols: Vec<&'static str>,
) -> io::Result<(&'static str, Negotiated<S>)>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let selected = if initiates {
        dialer_select_proto(socket, protocols, Version::V1Lazy).await
    } else {
        listener_select_proto(socket, protocols).await
    };
    selected.map_err(io::Error::other)
}

/// Resolves names in addresses, with the system's name servers or the given one.
fn resolve<T>(inner: T, resolver: Option<SocketAddr>) -> Result<dns::tokio::Transport<T>, Failure> {
    let Some(address) = resolver else {
        return dns::tokio::Transport::system(inner).map_err(Failure::internal);
    };
    let mut server = NameServerConfig::udp(address.ip());
    for connection in &mut server.connections {
        connection.port = address.port();
    }
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
    Ok(dns::tokio::Transport::custom(inner, config, ResolverOpts::default()))
}
