//! Kademlia: the operations of the control protocol.

use std::collections::{BTreeSet, HashMap};

use libp2p::{
    PeerId, StreamProtocol,
    kad::{self, QueryId, QueryResult, Quorum, Record, RecordKey, store::MemoryStore},
    swarm::behaviour::toggle::Toggle,
};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::failure::Failure;

/// What `start` says of it.
#[derive(Clone)]
pub struct Wish {
    pub proto: StreamProtocol,
    pub client: bool,
}

pub type Behaviour = Toggle<kad::Behaviour<MemoryStore>>;

pub fn behaviour(peer: PeerId, wish: Option<&Wish>) -> Behaviour {
    wish.map(|wish| {
        let config = kad::Config::new(wish.proto.clone());
        let mut behaviour = kad::Behaviour::with_config(peer, MemoryStore::new(peer), config);
        behaviour.set_mode(Some(mode(wish.client)));
        behaviour
    })
    .into()
}

fn mode(client: bool) -> kad::Mode {
    if client { kad::Mode::Client } else { kad::Mode::Server }
}

/// What is asked of it.
pub enum Ask {
    FindPeer(PeerId),
    Provide(Vec<u8>),
    FindProviders(Vec<u8>),
    Put(Vec<u8>, Vec<u8>),
    Get(Vec<u8>),
    Table,
    Mode { client: bool },
}

type Reply = oneshot::Sender<Result<Value, Failure>>;

struct Query {
    looked_for: Option<PeerId>,
    providers: BTreeSet<String>,
    values: Vec<Vec<u8>>,
    reply: Reply,
}

/// The queries under way.
#[derive(Default)]
pub struct Queries(HashMap<QueryId, Query>);

impl Queries {
    pub fn ask(&mut self, behaviour: &mut Behaviour, ask: Ask, reply: Reply) {
        let Some(kad) = behaviour.as_mut() else {
            let _ = reply.send(Err(Failure::args("started without kad")));
            return;
        };
        let mut looked_for = None;
        let begun = match ask {
            Ask::FindPeer(peer) => {
                looked_for = Some(peer);
                Ok(kad.get_closest_peers(peer))
            }
            Ask::Provide(key) => kad.start_providing(RecordKey::new(&key)),
            Ask::FindProviders(key) => Ok(kad.get_providers(RecordKey::new(&key))),
            Ask::Put(key, value) => kad.put_record(Record::new(key, value), Quorum::One),
            Ask::Get(key) => Ok(kad.get_record(RecordKey::new(&key))),
            Ask::Table => {
                let peers: Vec<String> = kad
                    .kbuckets()
                    .flat_map(|bucket| {
                        let keys = bucket.iter().map(|entry| entry.node.key.preimage().to_base58());
                        keys.collect::<Vec<_>>()
                    })
                    .collect();
                let _ = reply.send(Ok(json!({"peers": peers})));
                return;
            }
            Ask::Mode { client } => {
                kad.set_mode(Some(mode(client)));
                let _ = reply.send(Ok(json!({"mode": if client { "client" } else { "server" }})));
                return;
            }
        };
        match begun {
            Ok(id) => {
                let query =
                    Query { looked_for, providers: BTreeSet::new(), values: Vec::new(), reply };
                self.0.insert(id, query);
            }
            Err(error) => {
                let _ = reply.send(Err(Failure::internal(error)));
            }
        }
    }

    pub fn on(&mut self, event: kad::Event) {
        let kad::Event::OutboundQueryProgressed { id, result, step, .. } = event else {
            return;
        };
        let Some(query) = self.0.get_mut(&id) else {
            return;
        };
        let outcome = query.take(result);
        if (outcome.is_err() || step.last)
            && let Some(query) = self.0.remove(&id)
        {
            let _ = query.reply.send(outcome);
        }
    }
}

impl Query {
    /// Takes a result in; returns what the answer is if it was the last.
    fn take(&mut self, result: QueryResult) -> Result<Value, Failure> {
        match result {
            QueryResult::GetClosestPeers(found) => {
                let found = found.map_err(Failure::internal)?;
                let target = found.peers.iter().find(|peer| Some(peer.peer_id) == self.looked_for);
                let addrs: Vec<String> = target
                    .map(|peer| peer.addrs.iter().map(ToString::to_string).collect())
                    .unwrap_or_default();
                Ok(json!({"addrs": addrs}))
            }
            QueryResult::GetProviders(found) => {
                if let kad::GetProvidersOk::FoundProviders { providers, .. } =
                    found.map_err(Failure::internal)?
                {
                    self.providers.extend(providers.iter().map(|peer| peer.to_base58()));
                }
                let providers: Vec<Value> = self
                    .providers
                    .iter()
                    .map(|peer| json!({"peer": peer, "addrs": []}))
                    .collect();
                Ok(json!({"providers": providers}))
            }
            QueryResult::StartProviding(done) => {
                done.map_err(Failure::internal)?;
                Ok(json!({"stored": null}))
            }
            QueryResult::PutRecord(done) => {
                done.map_err(Failure::internal)?;
                Ok(json!({"stored": null}))
            }
            QueryResult::GetRecord(found) => {
                if let kad::GetRecordOk::FoundRecord(found) = found.map_err(Failure::internal)? {
                    self.values.push(found.record.value);
                }
                // The namespace lip: the highest number of the first 8 bytes is the best.
                Ok(json!({"value": self.values.iter().max().map(hex::encode)}))
            }
            QueryResult::Bootstrap(_)
            | QueryResult::RepublishProvider(_)
            | QueryResult::RepublishRecord(_) => Ok(Value::Null),
        }
    }
}
