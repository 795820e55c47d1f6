//! A peer of the interoperability suites, made of rust-libp2p. See
//! `../PROTOCOL.md` for what it understands.

mod connections;
mod control;
mod failure;
mod handlers;
mod kad;
mod mdns;
mod matrix;
mod node;
mod ops;
mod pattern;
mod pubsub;
mod redis;
mod streams;
mod transports;
mod unverified;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] | ["control"] => {
            control::run().await;
            // Standard input is read by a thread that nothing can interrupt.
            std::process::exit(0);
        }
        ["matrix", suite @ ("transport" | "perf")] => match matrix::run(suite).await {
            Ok(()) => std::process::exit(0),
            Err(failure) => {
                eprintln!("{failure}");
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!("usage: peer [control | matrix transport | matrix perf]");
            ExitCode::from(2)
        }
    }
}
