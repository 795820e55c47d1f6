//! One container of libp2p's own test matrix: the environment says what to do, Redis
//! has the two sides find each other, the result is printed.

use std::{
    env, io,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt, channel::mpsc::UnboundedReceiver};
use libp2p::{Multiaddr, PeerId, Stream, identity, multiaddr::Protocol};
use serde_json::{Value, json};

use crate::{
    control::{multiaddr, peer_of},
    failure::Failure,
    handlers,
    node::{Config, Events, Node},
    ops,
    redis::{Redis, Reply},
    streams::Inbound,
};

/// How long a dialer waits for the listener of the transport suite, in seconds.
const LISTENER_SECONDS: &str = "180";

/// How often and how quickly the perf suite asks for the listener.
const POLLS: u32 = 60;
const POLL_EVERY: Duration = Duration::from_millis(500);

const DIAL_TIMEOUT: Duration = Duration::from_secs(60);

/// Runs one side of a suite, `transport` or `perf`.
pub async fn run(suite: &str) -> Result<(), Failure> {
    let dials = text("IS_DIALER")? == "true";
    let (node, inbound) = start(dials).await?;
    prove(&json!({"self": node.peer.to_base58()}));
    let mut redis = Redis::connect(&text("REDIS_ADDR")?).await?;
    let key = format!("{}_listener_multiaddr", text("TEST_KEY")?);
    if !dials {
        return listen(&node, inbound, &mut redis, suite, &key).await;
    }
    let address = multiaddr(&listener(&mut redis, suite, &key).await?)?;
    let peer = peer_of(&address).ok_or_else(|| Failure::args("no /p2p/ID in the address"))?;
    let since = Instant::now();
    ops::within(DIAL_TIMEOUT, node.dial(peer, vec![address])).await?;
    if suite == "perf" {
        return measure(&node, peer).await;
    }
    let trips = ops::within(DIAL_TIMEOUT, ops::ping_stream(&node, peer, 1)).await?;
    println!("latency:");
    println!("  handshake_plus_one_rtt: {:.3}", since.elapsed().as_secs_f64() * 1000.0);
    println!("  ping_rtt: {:.3}", trips[0].as_secs_f64() * 1000.0);
    println!("  unit: ms");
    Ok(())
}

/// Tells on standard error what a script can check against the other side.
fn prove(fact: &Value) {
    eprintln!("proof {fact}");
}

fn text(name: &str) -> Result<String, Failure> {
    env::var(name).map_err(|_| Failure::args(format!("{name} is not set")))
}

fn number(name: &str, default: u64) -> Result<u64, Failure> {
    match env::var(name) {
        Ok(value) => value.parse().map_err(|_| Failure::args(format!("{name} is {value}"))),
        Err(_) => Ok(default),
    }
}

async fn start(dials: bool) -> Result<(Node, UnboundedReceiver<Inbound>), Failure> {
    let transport = text("TRANSPORT")?;
    let ip = env::var("LISTENER_IP").unwrap_or_else(|_| "0.0.0.0".to_owned());
    let listen = match transport.as_str() {
        "tcp" => format!("/ip4/{ip}/tcp/0"),
        "ws" => format!("/ip4/{ip}/tcp/0/ws"),
        "wss" => format!("/ip4/{ip}/tcp/0/tls/ws"),
        "quic-v1" => format!("/ip4/{ip}/udp/0/quic-v1"),
        other => return Err(Failure::unsupported(format!("no transport {other}"))),
    };
    let or =
        |name: &str, default: &str| vec![env::var(name).unwrap_or_else(|_| default.to_owned())];
    let config = Config {
        keypair: identity::Keypair::generate_ed25519(),
        listen: if dials { Vec::new() } else { vec![multiaddr(&listen)?] },
        transports: vec![transport],
        cert: None,
        trust: None,
        unverified: true,
        security: or("SECURE_CHANNEL", "noise"),
        muxers: or("MUXER", "yamux"),
        agent: None,
        resolver: None,
        served: handlers::protocols(),
        kad: None,
        mdns: false,
        pubsub: Value::Null,
    };
    let events: Events = Arc::new(|event| {
        if event["ev"] == "connOpen" {
            prove(&json!({
                "open": event["peer"],
                "dir": event["dir"],
                "enc": event["enc"],
                "mux": event["mux"],
            }));
        }
    });
    Node::start(config, events).await
}

async fn listen(
    node: &Node,
    mut inbound: UnboundedReceiver<Inbound>,
    redis: &mut Redis,
    suite: &str,
    key: &str,
) -> Result<(), Failure> {
    let addresses = node.addresses();
    let address = addresses
        .iter()
        .find(|address| !loopback(address))
        .or_else(|| addresses.first())
        .ok_or_else(|| Failure::internal("no bound address"))?
        .to_string();
    if suite == "perf" {
        redis.command(&["SET", key, &address]).await?;
    } else {
        redis.command(&["DEL", key]).await?;
        redis.command(&["RPUSH", key, &address]).await?;
    }
    while let Some(Inbound { protocol, stream, .. }) = inbound.next().await {
        if protocol.as_ref() == handlers::PERF {
            tokio::spawn(serve(stream));
        }
    }
    Ok(())
}

fn loopback(address: &Multiaddr) -> bool {
    match address.iter().next() {
        Some(Protocol::Ip4(ip)) => ip.is_loopback(),
        Some(Protocol::Ip6(ip)) => ip.is_loopback(),
        _ => false,
    }
}

async fn listener(redis: &mut Redis, suite: &str, key: &str) -> Result<String, Failure> {
    if suite == "transport" {
        let reply = redis.command(&["BLPOP", key, LISTENER_SECONDS]).await?;
        if let Reply::List(mut items) = reply
            && let Some(Reply::Text(address)) = items.pop()
        {
            return Ok(address);
        }
        return Err(Failure::timeout());
    }
    for _ in 0..POLLS {
        if let Reply::Text(address) = redis.command(&["GET", key]).await? {
            return Ok(address);
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
    Err(Failure::timeout())
}

async fn serve(stream: Stream) {
    match serve_perf(stream).await {
        Ok((up, down)) => prove(&json!({"perf": "in", "up": up, "down": down})),
        Err(error) => eprintln!("perf: {error}"),
    }
}

/// Serves a measurement in either form: that of the specification, or the one of the
/// matrix's Rust program, which sends both sizes first. Only the end tells which.
async fn serve_perf(mut stream: Stream) -> io::Result<(u64, u64)> {
    let mut header = [0; 16];
    let mut have = 0;
    while have < header.len() {
        let n = stream.read(&mut header[have..]).await?;
        if n == 0 {
            break;
        }
        have += n;
    }
    if have < 8 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let first = u64::from_be_bytes(header[..8].try_into().expect("eight bytes"));
    let second = u64::from_be_bytes(header[8..].try_into().expect("eight bytes"));
    let rest = if have < header.len() { 0 } else { handlers::drain(&mut stream).await? };
    let both_sizes = have == header.len() && rest == first;
    let (up, down) = if both_sizes { (first, second) } else { (rest + have as u64 - 8, first) };
    handlers::send_zeros(&mut stream, down).await?;
    stream.close().await?;
    Ok((up, down))
}

/// One measurement as the matrix's Rust program makes it: both sizes, then the bytes.
async fn perf_with_sizes(node: &Node, peer: PeerId, up: u64, down: u64) -> Result<u64, Failure> {
    let (_, mut stream) = node.streams.open(peer, vec![ops::protocol(handlers::PERF)?]).await?;
    stream.write_all(&up.to_be_bytes()).await?;
    stream.write_all(&down.to_be_bytes()).await?;
    handlers::send_zeros(&mut stream, up).await?;
    stream.close().await?;
    let came = handlers::drain(&mut stream).await?;
    if came != down {
        return Err(Failure::internal(format!("{came} of {down} bytes came")));
    }
    Ok(came)
}

async fn measure(node: &Node, peer: PeerId) -> Result<(), Failure> {
    const GIB: u64 = 1 << 30;
    let sizes = env::var("PERF_FORM").is_ok_and(|form| form == "sizes");
    let blocks = [
        ("upload", number("UPLOAD_BYTES", GIB)?, 0, number("UPLOAD_ITERATIONS", 10)?),
        ("download", 0, number("DOWNLOAD_BYTES", GIB)?, number("DOWNLOAD_ITERATIONS", 10)?),
        ("latency", 1, 1, number("LATENCY_ITERATIONS", 100)?),
    ];
    let mut output = String::new();
    for (name, up, down, iterations) in blocks {
        let mut samples = Vec::new();
        for _ in 0..iterations {
            let since = Instant::now();
            let came = if sizes {
                perf_with_sizes(node, peer, up, down).await?
            } else {
                ops::perf_stream(node, peer, up, down).await?
            };
            let took = since.elapsed().as_secs_f64();
            prove(&json!({"perf": "out", "up": up, "down": came}));
            samples.push(match name {
                "latency" => took * 1000.0,
                _ => up.max(down) as f64 * 8.0 / took / 1e9,
            });
        }
        output.push_str(&block(name, samples));
    }
    print!("{output}");
    Ok(())
}

/// A block of the output. Percentiles are interpolated linearly; what is further than
/// 1.5 interquartile ranges from the quartiles is an outlier and no extreme.
fn block(name: &str, mut samples: Vec<f64>) -> String {
    let (unit, decimals) = if name == "latency" { ("ms", 3) } else { ("Gbps", 2) };
    samples.sort_by(f64::total_cmp);
    let [q1, median, q3] = [0.25, 0.5, 0.75].map(|p| percentile(&samples, p));
    let reach = 1.5 * (q3 - q1);
    let (inside, outliers): (Vec<f64>, Vec<f64>) =
        samples.iter().partition(|&&s| s >= q1 - reach && s <= q3 + reach);
    let (min, max) = (inside.first().copied(), inside.last().copied());
    let show = |value: f64| format!("{value:.decimals$}");
    let list = |values: &[f64]| {
        format!("[{}]", values.iter().map(|&v| show(v)).collect::<Vec<_>>().join(", "))
    };
    let lines = [
        ("iterations", samples.len().to_string()),
        ("min", show(min.unwrap_or_default())),
        ("q1", show(q1)),
        ("median", show(median)),
        ("q3", show(q3)),
        ("max", show(max.unwrap_or_default())),
        ("outliers", list(&outliers)),
        ("samples", list(&samples)),
        ("unit", unit.to_owned()),
    ];
    let body: String = lines.iter().map(|(key, value)| format!("  {key}: {value}\n")).collect();
    format!("{name}:\n{body}")
}

fn percentile(sorted: &[f64], p: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let at = p * last as f64;
    let (below, above) = (at.floor() as usize, at.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * (at - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolates_percentiles() {
        let sorted = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(percentile(&sorted, 0.25), 1.75);
        assert_eq!(percentile(&sorted, 0.5), 2.5);
        assert_eq!(percentile(&[7.0], 0.75), 7.0);
        assert_eq!(percentile(&[], 0.5), 0.0);
    }

    #[test]
    fn keeps_outliers_out_of_the_extremes() {
        let text = block("upload", vec![1.0, 1.1, 1.2, 1.3, 100.0]);
        assert!(text.contains("  max: 1.30\n"), "{text}");
        assert!(text.contains("  outliers: [100.00]\n"), "{text}");
        assert!(text.contains("  samples: [1.00, 1.10, 1.20, 1.30, 100.00]\n"), "{text}");
    }
}
