//! What goes wrong in a benchmark.

use std::io;

/// Why a benchmark, or one subject of it, could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A program that cannot be started.
    #[error("cannot start {program}: {cause}")]
    Start {
        /// Its name.
        program: String,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A program that ended by itself.
    #[error("{program} ended by itself: {log}")]
    Ended {
        /// Its name.
        program: String,
        /// What it logged at last.
        log: String,
    },
    /// A program that did not become ready.
    #[error("{program} was not ready within {seconds} s: {log}")]
    NotReady {
        /// Its name.
        program: String,
        /// How long was waited.
        seconds: u64,
        /// What it logged at last.
        log: String,
    },
    /// Samples that were not taken.
    #[error("samples were refused: {0}")]
    Refused(String),
    /// A server that does not answer as it should.
    #[error("{url}: {message}")]
    Answer {
        /// What was asked.
        url: String,
        /// What is wrong.
        message: String,
    },
    /// Something with files, sockets or `/proc`.
    #[error("{what}: {cause}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        #[source]
        cause: io::Error,
    },
    /// Results that are not what they must be.
    #[error("{0}")]
    Wrong(String),
}

impl BenchError {
    /// For `map_err`: what was tried.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |cause| Self::Io { what, cause }
    }
}
