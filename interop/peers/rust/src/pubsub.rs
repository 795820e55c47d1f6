//! Publish and subscribe: the stack's gossipsub behind the requests of the control
//! protocol.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use libp2p::{
    PeerId,
    gossipsub::{
        Behaviour, ConfigBuilder, Event, IdentTopic, Message, MessageAuthenticity, MessageId,
        PeerScoreParams, PeerScoreThresholds, TopicScoreParams, ValidationMode,
        partial_messages::{Metadata, Partial, PartialAction, PartialError},
    },
    identity::Keypair,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;

use crate::{failure::Failure, pattern};

/// What a driver may ask.
pub enum Request {
    Subscribe(String),
    Unsubscribe(String),
    /// The topic and the payload.
    Publish(String, Vec<u8>),
    Mesh(String),
    SendPart(String, Parts),
}

/// Parts of a message, which are sent as they are.
pub struct Parts {
    pub group: Vec<u8>,
    pub part: Option<Vec<u8>>,
    pub metadata: Vec<u8>,
}

#[derive(Debug)]
struct Told(Vec<u8>);

impl Metadata for Told {
    fn as_slice(&self) -> &[u8] {
        &self.0
    }

    fn update(&mut self, data: &[u8]) -> Result<bool, PartialError> {
        let changed = self.0 != data;
        self.0 = data.to_vec();
        Ok(changed)
    }
}

impl Partial for Parts {
    fn group_id(&self) -> Vec<u8> {
        self.group.clone()
    }

    fn metadata(&self) -> Box<dyn Metadata> {
        Box::new(Told(self.metadata.clone()))
    }

    fn partial_action_from_metadata(
        &self,
        _: PeerId,
        _: Option<&[u8]>,
    ) -> Result<PartialAction, PartialError> {
        let send = self.part.clone().map(|part| (part, self.metadata()));
        Ok(PartialAction { need: false, send })
    }
}

/// Whether the node of this process exchanges parts of messages.
static PARTIAL: AtomicBool = AtomicBool::new(false);

/// A request and who waits for its answer.
pub type Asked = (Request, oneshot::Sender<Result<Value, Failure>>);

/// The behaviour of a node that was started with the argument `pubsub`.
pub fn behaviour(keypair: &Keypair, options: &Value) -> Result<Behaviour, Failure> {
    if options["router"] == "flood" || !options["protocols"].is_null() {
        return Err(Failure::unsupported("gossipsub with other protocols than its own"));
    }
    let mut config = ConfigBuilder::default();
    config.heartbeat_initial_delay(Duration::from_millis(100));
    if let Some(bytes) = options["maxBytes"].as_u64() {
        config.max_transmit_size(bytes as usize);
    }
    if let Some(ms) = options["heartbeatMs"].as_u64() {
        config.heartbeat_interval(Duration::from_millis(ms));
    }
    if options["peerExchange"] == true {
        config.do_px();
    }
    PARTIAL.store(options["partial"] == true, Ordering::Relaxed);
    config.flood_publish(options["floodPublish"] == true);
    match options["ids"].as_str() {
        Some("sha256") => {
            config.message_id_fn(|message| MessageId::from(Sha256::digest(&message.data).to_vec()));
        }
        // The specification's, which is not the stack's own.
        Some("default") => {
            config.message_id_fn(|message| {
                let mut id = message.source.map(|peer| peer.to_bytes()).unwrap_or_default();
                id.extend(message.sequence_number.unwrap_or_default().to_be_bytes());
                MessageId::from(id)
            });
        }
        _ => {}
    }
    let authenticity = if options["sign"] == false {
        config.validation_mode(ValidationMode::Anonymous);
        MessageAuthenticity::Anonymous
    } else {
        MessageAuthenticity::Signed(keypair.clone())
    };
    let config = config.build().map_err(Failure::args)?;
    let mut behaviour = Behaviour::new(authenticity, config).map_err(Failure::args)?;
    if options["score"] == true {
        score(&mut behaviour)?;
    }
    Ok(behaviour)
}

/// Graylists whoever sends invalid messages on the topic `scored`.
fn score(behaviour: &mut Behaviour) -> Result<(), Failure> {
    let mut params = PeerScoreParams { ip_colocation_factor_weight: 0.0, ..Default::default() };
    let topic = TopicScoreParams {
        topic_weight: 1.0,
        invalid_message_deliveries_weight: -10.0,
        invalid_message_deliveries_decay: 0.999,
        mesh_message_deliveries_weight: 0.0,
        mesh_failure_penalty_weight: 0.0,
        ..Default::default()
    };
    params.topics.insert(IdentTopic::new("scored").hash(), topic);
    let thresholds = PeerScoreThresholds {
        gossip_threshold: -50.0,
        publish_threshold: -100.0,
        graylist_threshold: -200.0,
        ..Default::default()
    };
    behaviour.with_peer_score(params, thresholds).map_err(Failure::args)
}

/// Does what a driver asked.
pub fn perform(behaviour: Option<&mut Behaviour>, request: Request) -> Result<Value, Failure> {
    let behaviour = behaviour.ok_or_else(|| Failure::unsupported("started without pubsub"))?;
    match request {
        Request::Subscribe(topic) => {
            if PARTIAL.load(Ordering::Relaxed) {
                behaviour.enable_partials_for_topic(IdentTopic::new(topic.clone()).hash(), true);
            }
            behaviour.subscribe(&IdentTopic::new(topic)).map_err(Failure::args)?;
            Ok(json!({}))
        }
        Request::Unsubscribe(topic) => {
            behaviour.unsubscribe(&IdentTopic::new(topic));
            Ok(json!({}))
        }
        Request::Publish(topic, payload) => {
            match behaviour.publish(IdentTopic::new(topic), payload) {
                Ok(id) => Ok(json!({"id": hex::encode(id.0)})),
                Err(error) => Err(Failure::internal(error)),
            }
        }
        Request::SendPart(topic, parts) => {
            behaviour.publish_partial(IdentTopic::new(topic), parts).map_err(Failure::internal)?;
            Ok(json!({}))
        }
        Request::Mesh(topic) => {
            let topic = IdentTopic::new(topic).hash();
            let mut mesh: Vec<String> =
                behaviour.mesh_peers(&topic).map(|peer| peer.to_base58()).collect();
            let mut peers: Vec<String> = behaviour
                .all_peers()
                .filter(|(_, topics)| topics.contains(&&topic))
                .map(|(peer, _)| peer.to_base58())
                .collect();
            mesh.sort();
            peers.sort();
            Ok(json!({"mesh": mesh, "peers": peers}))
        }
    }
}

/// A number, then the pattern from that number on.
pub fn numbered(number: u64, size: usize) -> Vec<u8> {
    let mut payload = vec![0; size.max(8)];
    payload[..8].copy_from_slice(&number.to_be_bytes());
    pattern::fill(number, &mut payload[8..]);
    payload
}

/// What a driver is told of an event, if anything.
pub fn told(event: Event) -> Option<Value> {
    if let Event::Partial { topic_hash, peer_id, group_id, message, metadata } = event {
        return Some(json!({
            "ev": "part",
            "topic": topic_hash.as_str(),
            "via": peer_id.to_base58(),
            "group": hex::encode(group_id),
            "part": hex::encode(message.unwrap_or_default()),
            "metadata": hex::encode(metadata.unwrap_or_default()),
        }));
    }
    let Event::Message { propagation_source, message_id, message } = event else {
        return None;
    };
    let Message { source, data, sequence_number, topic } = message;
    Some(json!({
        "ev": "message",
        "topic": topic.as_str(),
        "via": propagation_source.to_base58(),
        "from": source.map(|peer| peer.to_base58()),
        "seqno": sequence_number.map(|number| hex::encode(number.to_be_bytes())),
        "size": data.len(),
        "sha256": hex::encode(Sha256::digest(&data)),
        "id": hex::encode(message_id.0),
    }))
}
