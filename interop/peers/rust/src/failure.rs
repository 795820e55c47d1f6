//! Why a request failed, in the words of the control protocol.

use std::{fmt, io};

/// A failure with its kind.
#[derive(Debug)]
pub struct Failure {
    pub kind: &'static str,
    pub message: String,
}

impl Failure {
    pub fn new(kind: &'static str, message: impl fmt::Display) -> Self {
        Self { kind, message: message.to_string() }
    }

    pub fn args(message: impl fmt::Display) -> Self {
        Self::new("args", message)
    }

    pub fn unsupported(message: impl fmt::Display) -> Self {
        Self::new("unsupported", message)
    }

    pub fn internal(message: impl fmt::Display) -> Self {
        Self::new("internal", message)
    }

    pub fn timeout() -> Self {
        Self::new("timeout", "it took too long")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(kind_of(&error), error)
    }
}

/// The kind of an error that reading or writing a stream ended with.
pub fn kind_of(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ConnectionReset => "reset",
        io::ErrorKind::TimedOut => "timeout",
        io::ErrorKind::InvalidInput => "args",
        _ => "closed",
    }
}
