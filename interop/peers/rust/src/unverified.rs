//! Secure WebSocket where nobody vouches for a certificate, since libp2p's test matrix
//! hands out none: a listener signs its own, a dialer takes any. Who the peer is, the
//! security protocol above proves.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures::{AsyncRead, AsyncWrite};
use futures_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
        client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        crypto::{self, CryptoProvider, ring},
    },
};
use libp2p::{
    Multiaddr, Transport,
    core::transport::{Boxed, DialOpts, ListenerId, TransportError, TransportEvent},
    multiaddr::Protocol,
    websocket,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::failure::Failure;

/// What a listener shows.
pub fn self_signed() -> Result<websocket::tls::Config, Failure> {
    let own =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).map_err(Failure::internal)?;
    let key = websocket::tls::PrivateKey::new(own.key_pair.serialize_der());
    let certificate = websocket::tls::Certificate::new(own.cert.der().to_vec());
    websocket::tls::Config::new(key, [certificate]).map_err(Failure::internal)
}

/// Dials only. The stack's own dialer verifies, and cannot be told not to: so TLS goes
/// beneath its plain WebSocket.
pub struct Dialer<S>(websocket::Config<Boxed<TlsStream<S>>>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static;

impl<S> Dialer<S>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    pub fn new<T>(sockets: T) -> Result<Self, Failure>
    where
        T: Transport<Output = S> + Send + Unpin + 'static,
        T::Error: Send + Sync,
        T::Dial: Send,
        T::ListenerUpgrade: Send,
    {
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(Failure::internal)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(TakeAny(provider)))
            .with_no_client_auth();
        let connector = TlsConnector::from(Arc::new(config));
        let secured = sockets.and_then(move |socket, point| {
            let name = server_name(point.get_remote_address());
            async move { connector.connect(name?, socket).await }
        });
        Ok(Self(websocket::Config::new(secured.boxed())))
    }
}

impl<S> Transport for Dialer<S>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    type Output = <websocket::Config<Boxed<TlsStream<S>>> as Transport>::Output;
    type Error = <websocket::Config<Boxed<TlsStream<S>>> as Transport>::Error;
    type ListenerUpgrade = <websocket::Config<Boxed<TlsStream<S>>> as Transport>::ListenerUpgrade;
    type Dial = <websocket::Config<Boxed<TlsStream<S>>> as Transport>::Dial;

    fn listen_on(
        &mut self,
        _: ListenerId,
        address: Multiaddr,
    ) -> Result<(), TransportError<Self::Error>> {
        Err(TransportError::MultiaddrNotSupported(address))
    }

    fn remove_listener(&mut self, _: ListenerId) -> bool {
        false
    }

    fn dial(
        &mut self,
        address: Multiaddr,
        options: DialOpts,
    ) -> Result<Self::Dial, TransportError<Self::Error>> {
        match plain(&address) {
            Some(plain) => self.0.dial(plain, options),
            None => Err(TransportError::MultiaddrNotSupported(address)),
        }
    }

    fn poll(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<TransportEvent<Self::ListenerUpgrade, Self::Error>> {
        Poll::Pending
    }
}

/// The address without TLS; none if it has no TLS.
fn plain(address: &Multiaddr) -> Option<Multiaddr> {
    let plain = address
        .iter()
        .filter_map(|protocol| match protocol {
            Protocol::Tls | Protocol::Sni(_) => None,
            Protocol::Wss(path) => Some(Protocol::Ws(path)),
            other => Some(other),
        })
        .collect::<Multiaddr>();
    (plain != *address).then_some(plain)
}

fn server_name(address: &Multiaddr) -> io::Result<ServerName<'static>> {
    match address.iter().next() {
        Some(Protocol::Ip4(ip)) => Ok(ServerName::IpAddress(ip.into())),
        Some(Protocol::Ip6(ip)) => Ok(ServerName::IpAddress(ip.into())),
        _ => Err(io::Error::other(format!("no IP address in {address}"))),
    }
}

/// Takes any certificate whose key the listener holds.
#[derive(Debug)]
struct TakeAny(Arc<CryptoProvider>);

impl ServerCertVerifier for TakeAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_tls_out_of_an_address() {
        let parse = |text: &str| text.parse::<Multiaddr>().expect("an address");
        for secure in ["/tls/ws", "/wss", "/tls/sni/example.com/ws"] {
            let address = parse(&format!("/ip4/192.0.2.7/tcp/1{secure}"));
            assert_eq!(plain(&address), Some(parse("/ip4/192.0.2.7/tcp/1/ws")), "{secure}");
        }
        assert_eq!(plain(&parse("/ip4/192.0.2.7/tcp/1/ws")), None);
    }
}
