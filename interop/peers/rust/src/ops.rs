//! What a request does on the streams that it opens.

use std::{
    future::Future,
    path::PathBuf,
    time::{Duration, Instant},
};

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt, stream};
use libp2p::{PeerId, Stream, StreamProtocol};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    failure::{Failure, kind_of},
    handlers::{self, CHUNK, ECHO_CHUNK},
    node::Node,
    pattern,
};

const PING: &str = "/ipfs/ping/1.0.0";
const NOBODY: &str = "/lip/nobody/1.0.0";

/// How many error texts an answer carries at most.
pub const MAX_ERRORS: usize = 5;

/// How many bytes of the answer of an exchange are read.
const MAX_ANSWER: u64 = 1 << 20;

type Outcome = Result<Value, Failure>;

/// A protocol id from a request.
pub fn protocol(name: &str) -> Result<StreamProtocol, Failure> {
    StreamProtocol::try_from_owned(name.to_owned()).map_err(Failure::args)
}

async fn open(node: &Node, peer: PeerId, name: &str) -> Result<Stream, Failure> {
    let (_, stream) = node.streams.open(peer, vec![protocol(name)?]).await?;
    Ok(stream)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn rate(bytes: u64, duration: Duration) -> f64 {
    bytes as f64 / 1e6 / duration.as_secs_f64().max(1e-9)
}

/// Opens a stream with the first of several protocols that the peer serves.
pub async fn propose(node: &Node, peer: PeerId, protocols: &[String]) -> Outcome {
    let protocols = protocols.iter().map(|name| protocol(name)).collect::<Result<Vec<_>, _>>()?;
    let (chosen, _) = node.streams.open(peer, protocols).await?;
    Ok(json!({"proto": chosen.to_string()}))
}

/// Proposes what nobody serves.
pub async fn unsupported(node: &Node, peer: PeerId) -> Outcome {
    propose(node, peer, &[NOBODY.to_owned()]).await
}

/// Measures round trips.
pub async fn ping(node: &Node, peer: PeerId, n: u64, concurrency: u64) -> Outcome {
    let pings = (0..concurrency.max(1)).map(|_| ping_stream(node, peer, n));
    let trips = futures::future::try_join_all(pings).await?.concat();
    let ms: Vec<f64> = trips.into_iter().map(millis).collect();
    Ok(json!({"ms": ms}))
}

/// Sends pings one after the other on one stream.
pub async fn ping_stream(node: &Node, peer: PeerId, n: u64) -> Result<Vec<Duration>, Failure> {
    let mut stream = open(node, peer, PING).await?;
    let mut trips = Vec::new();
    for round in 0..n {
        let mut sent = [0u8; 32];
        pattern::fill(round * 32, &mut sent);
        let since = Instant::now();
        stream.write_all(&sent).await?;
        stream.flush().await?;
        let mut received = [0u8; 32];
        stream.read_exact(&mut received).await?;
        trips.push(since.elapsed());
        if sent != received {
            return Err(Failure::internal("the answer to a ping was not what was sent"));
        }
    }
    stream.close().await?;
    Ok(trips)
}

/// What came back of an echo.
struct Echoed {
    equal: bool,
    n: u64,
    took: Duration,
}

async fn echo_stream(
    node: &Node,
    peer: PeerId,
    size: u64,
    chunk: usize,
    name: &str,
) -> Result<Echoed, Failure> {
    let since = Instant::now();
    let stream = open(node, peer, name).await?;
    let (mut reader, mut writer) = stream.split();
    let write = async {
        write_pattern(&mut writer, size, chunk).await?;
        writer.close().await?;
        Ok::<_, Failure>(())
    };
    let read = async {
        let mut buffer = vec![0; ECHO_CHUNK];
        let (mut n, mut equal) = (0u64, true);
        loop {
            let read = reader.read(&mut buffer).await?;
            if read == 0 {
                return Ok::<_, Failure>((n, equal));
            }
            equal &= pattern::matches(n, &buffer[..read]);
            n += read as u64;
        }
    };
    let ((), (n, equal)) = futures::future::try_join(write, read).await?;
    Ok(Echoed { equal: equal && n == size, n, took: since.elapsed() })
}

async fn write_pattern(
    writer: &mut (impl futures::AsyncWrite + Unpin),
    size: u64,
    chunk: usize,
) -> Result<(), Failure> {
    if chunk == 0 {
        return Err(Failure::args("chunk must be positive"));
    }
    let mut buffer = vec![0; chunk.min(size as usize)];
    let mut offset = 0;
    while offset < size {
        let n = (size - offset).min(chunk as u64) as usize;
        pattern::fill(offset, &mut buffer[..n]);
        writer.write_all(&buffer[..n]).await?;
        if chunk < CHUNK {
            // What is asked for in small writes shall also leave in small writes.
            writer.flush().await?;
        }
        offset += n as u64;
    }
    Ok(())
}

/// One echo.
pub async fn echo(node: &Node, peer: PeerId, size: u64, chunk: usize, name: &str) -> Outcome {
    let echoed = echo_stream(node, peer, size, chunk, name).await?;
    Ok(json!({
        "equal": echoed.equal,
        "n": echoed.n,
        "ms": millis(echoed.took),
        "mbps": rate(echoed.n, echoed.took),
    }))
}

/// Sends bytes and reads the answer to its end.
pub async fn exchange(node: &Node, peer: PeerId, name: &str, body: &[u8]) -> Outcome {
    let mut stream = open(node, peer, name).await?;
    stream.write_all(body).await?;
    stream.close().await?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer).await?;
    Ok(json!({"hex": hex::encode(answer)}))
}

/// Many echoes, each on a stream of its own.
pub async fn echo_many(
    node: &Node,
    peer: PeerId,
    count: u64,
    size: u64,
    concurrency: u64,
) -> Outcome {
    let since = Instant::now();
    let outcomes: Vec<Result<(), String>> = stream::iter(0..count)
        .map(|_| async {
            match echo_stream(node, peer, size, CHUNK, handlers::ECHO).await {
                Ok(echoed) if echoed.equal => Ok(()),
                Ok(echoed) => {
                    Err(format!("{} bytes came back, or others than were sent", echoed.n))
                }
                Err(failure) => Err(failure.to_string()),
            }
        })
        .buffer_unordered(concurrency.max(1) as usize)
        .collect()
        .await;
    let (passed, failed, errors) = tally(outcomes);
    Ok(json!({"passed": passed, "failed": failed, "errors": errors, "ms": millis(since.elapsed())}))
}

fn tally<T>(outcomes: Vec<Result<T, String>>) -> (usize, usize, Vec<String>) {
    let all = outcomes.len();
    let errors: Vec<String> = outcomes.into_iter().filter_map(Result::err).collect();
    let failed = errors.len();
    (all - failed, failed, errors.into_iter().take(MAX_ERRORS).collect())
}

/// Opens echo streams at once and hands them over, open.
pub async fn hold(node: &Node, peer: PeerId, count: u64) -> (Vec<Stream>, Value) {
    let opening = (0..count).map(|i| async move {
        let mut stream = open(node, peer, handlers::ECHO).await?;
        let sent = [i as u8];
        stream.write_all(&sent).await?;
        stream.flush().await?;
        let mut received = [0u8];
        stream.read_exact(&mut received).await?;
        if sent != received {
            return Err(Failure::internal("another byte came back"));
        }
        Ok(stream)
    });
    let mut held = Vec::new();
    let mut errors: Vec<String> = Vec::new();
    for outcome in futures::future::join_all(opening).await {
        match outcome {
            Ok(stream) => held.push(stream),
            Err(failure) => errors.push(failure.to_string()),
        }
    }
    let answer = json!({
        "opened": held.len(),
        "failed": errors.len(),
        "errors": errors.into_iter().take(MAX_ERRORS).collect::<Vec<_>>(),
    });
    (held, answer)
}

/// Ends held streams cleanly.
pub async fn release(held: Vec<Stream>) -> Outcome {
    let closing = held.into_iter().map(|mut stream| async move {
        stream.close().await?;
        let mut rest = [0u8; 64];
        while stream.read(&mut rest).await? > 0 {}
        Ok::<_, Failure>(())
    });
    let closed = futures::future::try_join_all(closing).await?.len();
    Ok(json!({"closed": closed}))
}

/// Sends the pattern or a file; the other side answers with what it got.
pub async fn sink(
    node: &Node,
    peer: PeerId,
    size: u64,
    chunk: usize,
    file: Option<PathBuf>,
) -> Outcome {
    let since = Instant::now();
    let content = match &file {
        Some(path) => Some(std::fs::read(path).map_err(Failure::args)?),
        None => None,
    };
    let mut stream = open(node, peer, handlers::SINK).await?;
    let (expected, sent) = match content {
        Some(content) => {
            for part in content.chunks(chunk.max(1)) {
                stream.write_all(part).await?;
            }
            (Sha256::digest(&content), content.len() as u64)
        }
        None => {
            write_pattern(&mut stream, size, chunk).await?;
            (pattern_digest(size), size)
        }
    };
    stream.close().await?;
    let mut answer = [0u8; 40];
    stream.read_exact(&mut answer).await?;
    let took = since.elapsed();
    let n = u64::from_be_bytes(answer[..8].try_into().expect("eight bytes"));
    Ok(json!({
        "n": n,
        "sha256": hex::encode(&answer[8..]),
        "equal": n == sent && answer[8..] == expected[..],
        "ms": millis(took),
        "mbps": rate(n, took),
    }))
}

fn pattern_digest(size: u64) -> sha2::digest::Output<Sha256> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; CHUNK];
    let mut offset = 0;
    while offset < size {
        let n = (size - offset).min(CHUNK as u64) as usize;
        pattern::fill(offset, &mut buffer[..n]);
        digest.update(&buffer[..n]);
        offset += n as u64;
    }
    digest.finalize()
}

/// Writes and reads in either order, one side of the stream closed early.
pub async fn half(node: &Node, peer: PeerId, size: u64, order: &str) -> Outcome {
    let mut stream = open(node, peer, handlers::HALF).await?;
    let mut got = String::new();
    match order {
        "remote" => {
            // Nothing was written yet, so the choice of the protocol must be sent on.
            stream.flush().await?;
            stream.read_to_string(&mut got).await?;
            write_pattern(&mut stream, size, CHUNK).await?;
            stream.close().await?;
        }
        "local" => {
            write_pattern(&mut stream, size, CHUNK).await?;
            stream.close().await?;
            stream.read_to_string(&mut got).await?;
        }
        other => return Err(Failure::args(format!("no order {other}"))),
    }
    Ok(json!({"got": got, "sent": size}))
}

/// Has a stream reset by either side.
pub async fn reset(node: &Node, peer: PeerId, size: u64, by: &str) -> Outcome {
    let limit = match by {
        "remote" => size,
        "local" => i64::MAX as u64,
        other => return Err(Failure::args(format!("no side {other}"))),
    };
    let mut stream = open(node, peer, handlers::RESET).await?;
    stream.write_all(&limit.to_be_bytes()).await?;
    stream.flush().await?;
    let mut one = [0u8];
    if by == "local" {
        write_pattern(&mut stream, size, CHUNK).await?;
        stream.flush().await?;
        stream.read_exact(&mut one).await?;
        drop(stream);
        return Ok(json!({"saw": "local"}));
    }
    stream.read_exact(&mut one).await?;
    // The other side resets as soon as it has the last byte, maybe while the last
    // write is still being flushed: how reading ends tells what happened.
    let written = match write_pattern(&mut stream, size, CHUNK).await {
        Ok(()) => stream.flush().await.map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    if let Err(failure) = written {
        eprintln!("writing ended with {failure}");
    }
    let saw = loop {
        match stream.read(&mut one).await {
            Ok(0) => break "eof",
            Ok(_) => {}
            Err(error) => break kind_of(&error),
        }
    };
    Ok(json!({"saw": saw}))
}

/// Writes to a slow reader for a while.
pub async fn slow(node: &Node, peer: PeerId, size: u64, time: Duration) -> Outcome {
    const WRITE: u64 = 16 * 1024;
    let mut stream = open(node, peer, handlers::SLOW).await?;
    let mut written = 0u64;
    let writing = async {
        let mut buffer = [0u8; WRITE as usize];
        while written < size {
            let n = (size - written).min(WRITE) as usize;
            pattern::fill(written, &mut buffer[..n]);
            let mut taken = 0;
            while taken < n {
                let took = stream.write(&buffer[taken..n]).await?;
                taken += took;
                written += took as u64;
            }
        }
        stream.flush().await
    };
    let done = match tokio::time::timeout(time, writing).await {
        Ok(outcome) => {
            outcome?;
            true
        }
        Err(_) => false,
    };
    Ok(json!({"written": written, "done": done}))
}

/// One measurement as the specification has it. Returns how many bytes came.
pub async fn perf_stream(node: &Node, peer: PeerId, up: u64, down: u64) -> Result<u64, Failure> {
    let mut stream = open(node, peer, handlers::PERF).await?;
    stream.write_all(&down.to_be_bytes()).await?;
    handlers::send_zeros(&mut stream, up).await?;
    stream.close().await?;
    let came = handlers::drain(&mut stream).await?;
    if came != down {
        return Err(Failure::internal(format!("{came} of {down} bytes came")));
    }
    Ok(came)
}

/// Measurements on several streams at once.
pub async fn perf(node: &Node, peer: PeerId, up: u64, down: u64, streams: u64) -> Outcome {
    let since = Instant::now();
    let streams = streams.max(1);
    let all = (0..streams).map(|_| perf_stream(node, peer, up, down));
    let came: u64 = futures::future::try_join_all(all).await?.into_iter().sum();
    let took = since.elapsed();
    let sent = up * streams;
    Ok(json!({"up": sent, "down": came, "ms": millis(took), "mbps": rate(sent + came, took)}))
}

/// Bounds a request in time.
pub async fn within<T>(
    time: Duration,
    request: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::time::timeout(time, request).await.unwrap_or_else(|_| Err(Failure::timeout()))
}
