//! Many connections, each from a node of its own or from one that made others before.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Instant,
};

use libp2p::{Multiaddr, PeerId, identity};
use serde_json::{Value, json};

use crate::{
    failure::Failure,
    node::{Config, Node},
    ops::MAX_ERRORS,
};

/// What is asked for.
pub struct Wish {
    pub address: Multiaddr,
    pub peer: PeerId,
    pub count: u64,
    pub concurrency: u64,
    /// One node for each connection, and none is closed.
    pub stay: bool,
}

/// Makes the connections. Returns the nodes that have to stay, and the answer.
pub async fn connect_many(like: &Config, wish: Wish) -> Result<(Vec<Node>, Value), Failure> {
    let concurrency = wish.concurrency.max(1);
    let nodes = more(like, if wish.stay { wish.count } else { concurrency }).await?;
    let left = Arc::new(Mutex::new((0..wish.count).collect::<VecDeque<u64>>()));
    let since = Instant::now();
    let wish = Arc::new(wish);
    let workers: Vec<_> = (0..concurrency)
        .map(|worker| tokio::spawn(work(worker, nodes.clone(), wish.clone(), left.clone())))
        .collect();
    let (mut passed, mut errors) = (0u64, Vec::new());
    for worker in workers {
        let (made, failed) = worker.await.map_err(Failure::internal)?;
        passed += made;
        errors.extend(failed);
    }
    let answer = json!({
        "passed": passed,
        "failed": errors.len(),
        "errors": &errors[..errors.len().min(MAX_ERRORS)],
        "ms": since.elapsed().as_secs_f64() * 1000.0,
    });
    if wish.stay {
        return Ok((nodes, answer));
    }
    for node in nodes {
        node.stop().await?;
    }
    Ok((Vec::new(), answer))
}

async fn work(
    worker: u64,
    nodes: Vec<Node>,
    wish: Arc<Wish>,
    left: Arc<Mutex<VecDeque<u64>>>,
) -> (u64, Vec<String>) {
    let (mut passed, mut errors) = (0, Vec::new());
    loop {
        let Some(next) = left.lock().expect("no panic under this lock").pop_front() else {
            return (passed, errors);
        };
        let node = &nodes[if wish.stay { next } else { worker } as usize];
        match connect(node, &wish).await {
            Ok(()) => passed += 1,
            Err(failure) => errors.push(failure.to_string()),
        }
    }
}

async fn connect(node: &Node, wish: &Wish) -> Result<(), Failure> {
    node.dial(wish.peer, vec![wish.address.clone()]).await?;
    node.identified(wish.peer).await?;
    if !wish.stay {
        node.hangup(wish.peer).await?;
    }
    Ok(())
}

/// Nodes like a given one, with keys of their own and without listeners.
async fn more(like: &Config, count: u64) -> Result<Vec<Node>, Failure> {
    let mut nodes = Vec::new();
    for _ in 0..count {
        let config = Config {
            keypair: identity::Keypair::generate_ed25519(),
            listen: Vec::new(),
            ..like.clone()
        };
        // Without a receiver, streams that the other side opens end at once.
        let (node, _) = Node::start(config, Arc::new(|_| {})).await?;
        nodes.push(node);
    }
    Ok(nodes)
}
