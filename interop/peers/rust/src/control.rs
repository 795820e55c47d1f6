//! The control protocol: requests from standard input, answers and events to
//! standard output.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use libp2p::{Multiaddr, PeerId, Stream, identity, multiaddr::Protocol};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::{
    connections::{self, Wish},
    failure::Failure,
    handlers, kad,
    node::{Config, Events, Node},
    ops, pubsub,
};

const VERSION: &str = "v0.57.1";

/// How long a request may take, unless it says otherwise.
const DEFAULT_TIMEOUT_MS: u64 = 15_000;

/// How long a graceful end may take, so that standard input's end ends the process.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Default)]
struct State {
    node: Option<Node>,
    /// What the node was made of.
    config: Option<Config>,
    /// What `connectMany` made to stay.
    more: Vec<Node>,
    held: HashMap<PeerId, Vec<Stream>>,
}

type Shared = Arc<Mutex<State>>;

/// Serves standard input until it ends.
pub async fn run() {
    print(&json!({"ev": "ready", "stack": "rust", "version": VERSION}));
    let state = Shared::default();
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    loop {
        match lines.next_line().await {
            Ok(Some(line)) => {
                if let Ok(request) = serde_json::from_str::<Value>(&line) {
                    if request["op"] == "stop" {
                        stop(&state).await;
                        print(&json!({"id": request["id"], "ok": true, "r": {}}));
                        return;
                    }
                    tokio::spawn(answer(state.clone(), request));
                } else {
                    print(&json!({"id": null, "ok": false, "err": "not JSON", "kind": "args"}));
                }
            }
            Ok(None) => {
                stop(&state).await;
                return;
            }
            Err(error) => {
                eprintln!("standard input: {error}");
                stop(&state).await;
                return;
            }
        }
    }
}

fn print(line: &Value) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        // Nobody listens any more.
        std::process::exit(1);
    }
}

async fn stop(state: &Shared) {
    let node = {
        let mut state = state.lock().expect("no panic under this lock");
        state.held.clear();
        state.node.take()
    };
    if let Some(node) = node
        && tokio::time::timeout(STOP_TIMEOUT, node.stop()).await.is_err()
    {
        eprintln!("stopping took too long");
    }
}

async fn answer(state: Shared, request: Value) {
    let id = request["id"].clone();
    let args = Args(request);
    let time = Duration::from_millis(args.number_or("timeout", DEFAULT_TIMEOUT_MS));
    let line = match ops::within(time, perform(&state, &args)).await {
        Ok(result) => json!({"id": id, "ok": true, "r": result}),
        Err(failure) => {
            json!({"id": id, "ok": false, "err": failure.message, "kind": failure.kind})
        }
    };
    print(&line);
}

async fn perform(state: &Shared, args: &Args) -> Result<Value, Failure> {
    let op = args.text("op")?;
    if op == "start" {
        return start(state, args).await;
    }
    let node = state
        .lock()
        .expect("no panic under this lock")
        .node
        .clone()
        .ok_or_else(|| Failure::args("not started"))?;
    match op {
        "info" => Ok(info(&node)),
        "dial" => dial(&node, args).await,
        "hangup" => Ok(json!({"closed": node.hangup(args.peer()?).await?})),
        "conns" => conns(&node, args).await,
        "peerInfo" => node.identified(args.peer()?).await,
        "idPush" => id_push(&node, args),
        "ping" => {
            let n = args.number_or("n", 1);
            ops::ping(&node, args.peer()?, n, args.number_or("concurrency", 1)).await
        }
        "connectMany" => connect_many(state, args).await,
        "perf" => {
            let (up, down) = (args.number_or("up", 0), args.number_or("down", 0));
            ops::perf(&node, args.peer()?, up, down, args.number_or("streams", 1)).await
        }
        "echo" => {
            let name = args.text_or("proto", handlers::ECHO)?;
            ops::echo(&node, args.peer()?, args.number("size")?, args.chunk(), name).await
        }
        "exchange" => {
            let body = hex::decode(args.text("hex")?).map_err(Failure::args)?;
            ops::exchange(&node, args.peer()?, args.text("proto")?, &body).await
        }
        "echoMany" => {
            let (count, size) = (args.number("count")?, args.number("size")?);
            let concurrency = args.number_or("concurrency", 1);
            ops::echo_many(&node, args.peer()?, count, size, concurrency).await
        }
        "hold" => {
            let peer = args.peer()?;
            let (held, answer) = ops::hold(&node, peer, args.number("count")?).await;
            let mut state = state.lock().expect("no panic under this lock");
            state.held.entry(peer).or_default().extend(held);
            Ok(answer)
        }
        "release" => {
            let peer = args.peer()?;
            let held = state.lock().expect("no panic under this lock").held.remove(&peer);
            ops::release(held.unwrap_or_default()).await
        }
        "sink" => {
            let file = args.0["file"].as_str().map(PathBuf::from);
            let size = args.number_or("size", 0);
            ops::sink(&node, args.peer()?, size, args.chunk(), file).await
        }
        "half" => {
            let order = args.text_or("order", "remote")?;
            ops::half(&node, args.peer()?, args.number_or("size", 0), order).await
        }
        "reset" => {
            let by = args.text_or("by", "remote")?;
            ops::reset(&node, args.peer()?, args.number_or("size", 0), by).await
        }
        "slow" => {
            let time = Duration::from_millis(args.number("ms")?);
            ops::slow(&node, args.peer()?, args.number("size")?, time).await
        }
        "subscribe" => {
            node.pubsub(pubsub::Request::Subscribe(args.text("topic")?.to_owned())).await
        }
        "unsubscribe" => {
            node.pubsub(pubsub::Request::Unsubscribe(args.text("topic")?.to_owned())).await
        }
        "publish" => publish(&node, args).await,
        "mesh" => node.pubsub(pubsub::Request::Mesh(args.text("topic")?.to_owned())).await,
        "sendPart" => {
            let parts = pubsub::Parts {
                group: args.bytes("group")?,
                part: args.0.get("part").map(|_| args.bytes("part")).transpose()?,
                metadata: args
                    .0
                    .get("metadata")
                    .map_or(Ok(Vec::new()), |_| args.bytes("metadata"))?,
            };
            node.pubsub(pubsub::Request::SendPart(args.text("topic")?.to_owned(), parts)).await
        }
        "propose" => ops::propose(&node, args.peer()?, &args.texts("protos", &[])?).await,
        "kadFindPeer" => node.kad(kad::Ask::FindPeer(args.peer()?)).await,
        "kadProvide" => node.kad(kad::Ask::Provide(args.bytes("key")?)).await,
        "kadFindProviders" => node.kad(kad::Ask::FindProviders(args.bytes("key")?)).await,
        "kadPut" => node.kad(kad::Ask::Put(args.bytes("key")?, args.bytes("value")?)).await,
        "kadGet" => node.kad(kad::Ask::Get(args.bytes("key")?)).await,
        "kadTable" => node.kad(kad::Ask::Table).await,
        "kadMode" => node.kad(kad::Ask::Mode { client: args.text("mode")? == "client" }).await,
        "unsupported" => ops::unsupported(&node, args.peer()?).await,
        other => Err(Failure::unsupported(format!("no op {other}"))),
    }
}

async fn start(state: &Shared, args: &Args) -> Result<Value, Failure> {
    if state.lock().expect("no panic under this lock").node.is_some() {
        return Err(Failure::args("started already"));
    }
    let keypair = match args.0["key"].as_str() {
        Some(key) => {
            let bytes = hex::decode(key).map_err(Failure::args)?;
            identity::Keypair::from_protobuf_encoding(&bytes).map_err(Failure::unsupported)?
        }
        None => identity::Keypair::generate_ed25519(),
    };
    let listen = args.texts("listen", &[])?;
    let resolver = match args.0["resolver"].as_str() {
        Some(address) => Some(address.parse().map_err(Failure::args)?),
        None => None,
    };
    let config = Config {
        keypair,
        listen: listen.iter().map(|a| multiaddr(a)).collect::<Result<_, _>>()?,
        transports: args.texts("transports", &["tcp"])?,
        cert: args.0["cert"].as_str().map(PathBuf::from),
        trust: args.0["trust"].as_str().map(PathBuf::from),
        unverified: false,
        security: args.texts("security", &["noise"])?,
        muxers: args.texts("muxers", &["yamux"])?,
        agent: args.0["agent"].as_str().map(str::to_owned),
        resolver,
        served: handlers::protocols(),
        kad: kad_wish(args)?,
        mdns: args.flag("mdns"),
        pubsub: args.0["pubsub"].clone(),
    };
    let quiet = args.flag("quiet");
    let events: Events = Arc::new(move |event| {
        if !quiet {
            print(&event);
        }
    });
    let (node, inbound) = Node::start(config.clone(), events.clone()).await?;
    let keep = args.0["keep"].as_str().map(PathBuf::from);
    tokio::spawn(handlers::serve(inbound, keep, events));
    let answer = info(&node);
    let mut state = state.lock().expect("no panic under this lock");
    state.node = Some(node);
    state.config = Some(config);
    Ok(answer)
}

fn kad_wish(args: &Args) -> Result<Option<kad::Wish>, Failure> {
    let wish = &args.0["kad"];
    let Some(proto) = wish["proto"].as_str() else {
        return Ok(None);
    };
    Ok(Some(kad::Wish { proto: ops::protocol(proto)?, client: wish["mode"] == "client" }))
}

async fn connect_many(state: &Shared, args: &Args) -> Result<Value, Failure> {
    let address = multiaddr(args.text("addr")?)?;
    let peer =
        peer_of(&address).ok_or_else(|| Failure::args("an address with /p2p/ID is needed"))?;
    let wish = Wish {
        address,
        peer,
        count: args.number("count")?,
        concurrency: args.number_or("concurrency", 1),
        stay: args.flag("stay"),
    };
    let like = state.lock().expect("no panic under this lock").config.clone();
    let like = like.ok_or_else(|| Failure::args("not started"))?;
    let (nodes, answer) = connections::connect_many(&like, wish).await?;
    state.lock().expect("no panic under this lock").more.extend(nodes);
    Ok(answer)
}

async fn publish(node: &Node, args: &Args) -> Result<Value, Failure> {
    let topic = args.text("topic")?;
    let (first, size) = (args.number_or("n", 0), args.number_or("size", 8) as usize);
    let pause = Duration::from_millis(args.number_or("ms", 0));
    let mut errors: Vec<String> = Vec::new();
    let mut published = 0;
    for number in first..first + args.number_or("count", 1) {
        let payload = pubsub::numbered(number, size);
        match node.pubsub(pubsub::Request::Publish(topic.to_owned(), payload)).await {
            Ok(_) => published += 1,
            Err(failure) if failure.kind == "unsupported" => return Err(failure),
            Err(failure) => errors.push(failure.message),
        }
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
    let failed = errors.len();
    errors.truncate(5);
    Ok(json!({"published": published, "failed": failed, "errors": errors}))
}

fn info(node: &Node) -> Value {
    let addresses: Vec<String> = node.addresses().iter().map(ToString::to_string).collect();
    json!({
        "peer": node.peer.to_base58(),
        "pub": hex::encode(node.keypair.public().encode_protobuf()),
        "addrs": addresses,
        "protocols": served(node),
    })
}

fn served(node: &Node) -> Vec<String> {
    let own = node.streams.served();
    let built_in = ["/ipfs/id/1.0.0", "/ipfs/id/push/1.0.0", "/ipfs/ping/1.0.0"];
    own.iter().map(ToString::to_string).chain(built_in.map(str::to_owned)).collect()
}

async fn dial(node: &Node, args: &Args) -> Result<Value, Failure> {
    let mut texts = args.texts("addrs", &[])?;
    if let Some(one) = args.0["addr"].as_str() {
        texts.push(one.to_owned());
    }
    let addresses = texts.iter().map(|a| multiaddr(a)).collect::<Result<Vec<_>, _>>()?;
    let peer = addresses
        .iter()
        .find_map(peer_of)
        .ok_or_else(|| Failure::args("an address with /p2p/ID is needed"))?;
    let (connection, took) = node.dial(peer, addresses).await?;
    let mut answer = connection.json();
    answer["ms"] = json!(took.as_secs_f64() * 1000.0);
    Ok(answer)
}

/// The id at the end of an address.
pub fn peer_of(address: &Multiaddr) -> Option<PeerId> {
    match address.iter().last() {
        Some(Protocol::P2p(peer)) => Some(peer),
        _ => None,
    }
}

/// An address from text.
pub fn multiaddr(text: &str) -> Result<Multiaddr, Failure> {
    text.parse().map_err(|error| Failure::args(format!("{text}: {error}")))
}

async fn conns(node: &Node, args: &Args) -> Result<Value, Failure> {
    let wanted = match args.0.get("peer") {
        Some(_) => Some(args.peer()?),
        None => None,
    };
    let all = node.connections().await?;
    let conns: Vec<Value> =
        all.iter().filter(|c| wanted.is_none_or(|peer| peer == c.peer)).map(|c| c.json()).collect();
    Ok(json!({"conns": conns}))
}

fn id_push(node: &Node, args: &Args) -> Result<Value, Failure> {
    let parse = |name: &str| -> Result<Vec<_>, Failure> {
        args.texts(name, &[])?.iter().map(|text| ops::protocol(text)).collect()
    };
    let (add, remove) = (parse("add")?, parse("remove")?);
    node.streams.serve(|served| {
        served.retain(|protocol| !remove.contains(protocol));
        for protocol in add {
            if !served.contains(&protocol) {
                served.push(protocol);
            }
        }
    });
    Ok(json!({"protocols": served(node)}))
}

/// The arguments of a request.
struct Args(Value);

impl Args {
    fn text(&self, name: &str) -> Result<&str, Failure> {
        self.0[name].as_str().ok_or_else(|| Failure::args(format!("{name} is missing")))
    }

    fn text_or<'a>(&'a self, name: &str, default: &'a str) -> Result<&'a str, Failure> {
        match self.0.get(name) {
            Some(_) => self.text(name),
            None => Ok(default),
        }
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, Failure> {
        hex::decode(self.text(name)?).map_err(Failure::args)
    }

    fn texts(&self, name: &str, default: &[&str]) -> Result<Vec<String>, Failure> {
        let wrong = || Failure::args(format!("{name} must be a list of texts"));
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(default.iter().map(|&text| text.to_owned()).collect()),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong))
                .collect(),
            Some(_) => Err(wrong()),
        }
    }

    fn number(&self, name: &str) -> Result<u64, Failure> {
        self.0[name].as_u64().ok_or_else(|| Failure::args(format!("{name} is missing")))
    }

    fn number_or(&self, name: &str, default: u64) -> u64 {
        self.0[name].as_u64().unwrap_or(default)
    }

    fn flag(&self, name: &str) -> bool {
        self.0[name].as_bool().unwrap_or(false)
    }

    fn chunk(&self) -> usize {
        self.number_or("chunk", handlers::CHUNK as u64) as usize
    }

    fn peer(&self) -> Result<PeerId, Failure> {
        self.text("peer")?.parse().map_err(Failure::args)
    }
}
