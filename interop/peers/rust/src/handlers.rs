//! What every peer serves: the handlers of inbound streams.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt, channel::mpsc::UnboundedReceiver};
use libp2p::{PeerId, Stream, StreamProtocol};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{failure::kind_of, node::Events, pattern, streams::Inbound};

pub const ECHO: &str = "/lip/echo/1.0.0";
pub const SINK: &str = "/lip/sink/1.0.0";
pub const HALF: &str = "/lip/half/1.0.0";
pub const RESET: &str = "/lip/reset/1.0.0";
pub const SLOW: &str = "/lip/slow/1.0.0";
pub const PERF: &str = "/perf/1.0.0";

/// How much is read at once.
pub const CHUNK: usize = 64 * 1024;

/// How much an echo reads at once: most are short.
pub const ECHO_CHUNK: usize = 16 * 1024;

/// The protocols that are served from the start.
pub fn protocols() -> Vec<StreamProtocol> {
    [ECHO, SINK, HALF, RESET, SLOW, PERF].into_iter().map(StreamProtocol::new).collect()
}

/// Serves every inbound stream, each in a task of its own.
pub async fn serve(mut inbound: UnboundedReceiver<Inbound>, keep: Option<PathBuf>, events: Events) {
    let keep = keep.map(Arc::from);
    while let Some(inbound) = inbound.next().await {
        tokio::spawn(serve_one(inbound, keep.clone(), events.clone()));
    }
}

async fn serve_one(inbound: Inbound, keep: Option<Arc<Path>>, events: Events) {
    let Inbound { peer, protocol, stream } = inbound;
    let served = match protocol.as_ref() {
        SINK => sink(stream, peer, keep.as_deref(), &events).await,
        HALF => half(stream, peer, &events).await,
        RESET => reset(stream, peer, &events).await,
        SLOW => slow(stream, peer, &events).await,
        PERF => perf(stream).await.map(|_| ()),
        // Everything else was added as another echo.
        _ => echo(stream).await,
    };
    if let Err(error) = served {
        eprintln!("{protocol} from {peer}: {error}");
    }
}

async fn echo(mut stream: Stream) -> io::Result<()> {
    let mut buffer = vec![0; ECHO_CHUNK];
    loop {
        let n = stream.read(&mut buffer).await?;
        if n == 0 {
            return stream.close().await;
        }
        stream.write_all(&buffer[..n]).await?;
        stream.flush().await?;
    }
}

async fn sink(
    mut stream: Stream,
    peer: PeerId,
    keep: Option<&Path>,
    events: &Events,
) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    let (mut count, mut equal, mut digest) = (0u64, true, Sha256::new());
    let mut kept = Vec::new();
    loop {
        let n = stream.read(&mut buffer).await?;
        if n == 0 {
            break;
        }
        equal &= pattern::matches(count, &buffer[..n]);
        digest.update(&buffer[..n]);
        if keep.is_some() {
            kept.extend_from_slice(&buffer[..n]);
        }
        count += n as u64;
    }
    let digest = digest.finalize();
    let name = hex::encode(digest);
    if let Some(folder) = keep {
        std::fs::write(folder.join(&name), &kept)?;
    }
    stream.write_all(&count.to_be_bytes()).await?;
    stream.write_all(&digest).await?;
    stream.close().await?;
    events(
        json!({"ev": "sink", "peer": peer.to_base58(), "n": count, "equal": equal, "sha256": name}),
    );
    Ok(())
}

async fn half(mut stream: Stream, peer: PeerId, events: &Events) -> io::Result<()> {
    stream.write_all(b"bye").await?;
    stream.close().await?;
    let mut buffer = vec![0; CHUNK];
    let (mut count, mut equal) = (0u64, true);
    let end = loop {
        match stream.read(&mut buffer).await {
            Ok(0) => break "eof",
            Ok(n) => {
                equal &= pattern::matches(count, &buffer[..n]);
                count += n as u64;
            }
            Err(error) => break kind_of(&error),
        }
    };
    events(json!({"ev": "half", "peer": peer.to_base58(), "n": count, "equal": equal, "end": end}));
    Ok(())
}

async fn reset(mut stream: Stream, peer: PeerId, events: &Events) -> io::Result<()> {
    let mut header = [0; 8];
    stream.read_exact(&mut header).await?;
    let limit = u64::from_be_bytes(header);
    stream.write_all(b"!").await?;
    stream.flush().await?;
    let mut buffer = vec![0; CHUNK];
    let mut count = 0u64;
    let end = loop {
        if count >= limit {
            break "local";
        }
        match stream.read(&mut buffer).await {
            Ok(0) => break "eof",
            Ok(n) => count += n as u64,
            Err(error) => break kind_of(&error),
        }
    };
    // Dropping a stream that is open both ways is what resets it.
    drop(stream);
    events(json!({"ev": "reset", "peer": peer.to_base58(), "n": count, "end": end}));
    Ok(())
}

async fn slow(mut stream: Stream, peer: PeerId, events: &Events) -> io::Result<()> {
    let mut buffer = vec![0; 1024];
    let mut count = 0u64;
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    let end = loop {
        ticks.tick().await;
        match stream.read(&mut buffer).await {
            Ok(0) => break "eof",
            Ok(n) => count += n as u64,
            Err(error) => break kind_of(&error),
        }
    };
    if end == "eof" {
        stream.write_all(&count.to_be_bytes()).await?;
        stream.close().await?;
    }
    events(json!({"ev": "slow", "peer": peer.to_base58(), "n": count, "end": end}));
    Ok(())
}

/// Serves one measurement. Returns how many bytes came and went.
pub async fn perf(mut stream: Stream) -> io::Result<(u64, u64)> {
    let mut header = [0; 8];
    stream.read_exact(&mut header).await?;
    let up = drain(&mut stream).await?;
    let down = u64::from_be_bytes(header);
    send_zeros(&mut stream, down).await?;
    stream.close().await?;
    Ok((up, down))
}

/// Reads to the end and returns how much that was.
pub async fn drain(stream: &mut (impl futures::AsyncRead + Unpin)) -> io::Result<u64> {
    let mut buffer = vec![0; CHUNK];
    let mut count = 0u64;
    loop {
        let n = stream.read(&mut buffer).await?;
        if n == 0 {
            return Ok(count);
        }
        count += n as u64;
    }
}

/// Sends so many bytes, and does not flush.
pub async fn send_zeros(
    stream: &mut (impl futures::AsyncWrite + Unpin),
    bytes: u64,
) -> io::Result<()> {
    let buffer = vec![0; CHUNK];
    let mut left = bytes;
    while left > 0 {
        let n = left.min(CHUNK as u64) as usize;
        stream.write_all(&buffer[..n]).await?;
        left -= n as u64;
    }
    Ok(())
}
