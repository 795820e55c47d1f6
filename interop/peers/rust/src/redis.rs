//! As much of a Redis client as the test matrix needs.

use std::io;

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// How long a reply may be; addresses are far shorter.
const MAX_REPLY: usize = 64 * 1024;

/// A connection to a Redis server.
pub struct Redis(BufReader<TcpStream>);

/// A reply.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    Text(String),
    Number(i64),
    Nothing,
    List(Vec<Reply>),
}

impl Redis {
    /// Connects to `host:port`.
    pub async fn connect(address: &str) -> io::Result<Self> {
        Ok(Self(BufReader::new(TcpStream::connect(address).await?)))
    }

    /// Sends a command and returns the reply; an error reply is an error.
    pub async fn command(&mut self, words: &[&str]) -> io::Result<Reply> {
        let mut request = format!("*{}\r\n", words.len());
        for word in words {
            request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        self.0.write_all(request.as_bytes()).await?;
        let (kind, rest) = self.line().await?;
        match kind {
            b'*' => {
                let Some(n) = length(&rest)? else {
                    return Ok(Reply::Nothing);
                };
                let mut items = Vec::new();
                for _ in 0..n {
                    let (kind, rest) = self.line().await?;
                    items.push(self.simple(kind, rest).await?);
                }
                Ok(Reply::List(items))
            }
            kind => self.simple(kind, rest).await,
        }
    }

    async fn simple(&mut self, kind: u8, rest: String) -> io::Result<Reply> {
        match kind {
            b'+' => Ok(Reply::Text(rest)),
            b'-' => Err(io::Error::other(format!("Redis: {rest}"))),
            b':' => rest.parse().map(Reply::Number).map_err(io::Error::other),
            b'$' => {
                let Some(n) = length(&rest)? else {
                    return Ok(Reply::Nothing);
                };
                let mut bytes = vec![0; n + 2];
                self.0.read_exact(&mut bytes).await?;
                bytes.truncate(n);
                String::from_utf8(bytes).map(Reply::Text).map_err(io::Error::other)
            }
            other => Err(io::Error::other(format!("Redis: a reply that begins with {other}"))),
        }
    }

    async fn line(&mut self) -> io::Result<(u8, String)> {
        let mut line = String::new();
        let limit = MAX_REPLY as u64;
        (&mut self.0).take(limit).read_line(&mut line).await?;
        let line = line.strip_suffix("\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        let kind = *line.as_bytes().first().ok_or(io::ErrorKind::InvalidData)?;
        let rest = line.get(1..).ok_or(io::ErrorKind::InvalidData)?;
        Ok((kind, rest.to_owned()))
    }
}

fn length(text: &str) -> io::Result<Option<usize>> {
    match text.parse::<i64>().map_err(io::Error::other)? {
        -1 => Ok(None),
        n if (0..=MAX_REPLY as i64).contains(&n) => Ok(Some(n as usize)),
        n => Err(io::Error::other(format!("Redis: a reply of length {n}"))),
    }
}
