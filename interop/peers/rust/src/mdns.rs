//! Peers of the local network.

use std::collections::BTreeMap;

use libp2p::{
    PeerId,
    mdns::{self, Config, Event},
    swarm::behaviour::toggle::Toggle,
};
use serde_json::{Value, json};

use crate::failure::Failure;

pub type Behaviour = Toggle<mdns::tokio::Behaviour>;

/// Looks for peers if that is wanted.
pub fn behaviour(peer: PeerId, wanted: bool) -> Result<Behaviour, Failure> {
    if !wanted {
        return Ok(None.into());
    }
    let behaviour =
        mdns::tokio::Behaviour::new(Config::default(), peer).map_err(Failure::internal)?;
    Ok(Some(behaviour).into())
}

/// Who was found, as events of the control protocol.
pub fn told(event: Event) -> Vec<Value> {
    let Event::Discovered(found) = event else {
        return Vec::new();
    };
    let mut peers = BTreeMap::<String, Vec<String>>::new();
    for (peer, address) in found {
        peers.entry(peer.to_base58()).or_default().push(address.to_string());
    }
    let tell = |(peer, addrs)| json!({"ev": "found", "peer": peer, "addrs": addrs});
    peers.into_iter().map(tell).collect()
}
