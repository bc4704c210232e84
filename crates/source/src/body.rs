//! A body, read while it arrives: pieces of a long one go through a bounded channel to a thread that
//! decodes them. It holds no more of the body than those pieces, and knows nothing of formats.

use std::{
    io::{self, BufReader, Read},
    sync::atomic::{AtomicU64, Ordering},
};

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;

use crate::error::causes;

/// Bodies up to about this length are made when they are complete.
const SMALL_BYTES: usize = 64 << 10;
/// Pieces that may wait for the decoder.
const WAITING_PIECES: usize = 8;

/// Makes something of a body.
pub(crate) trait Decode: Send + 'static {
    /// What it makes.
    type Decoded: Send + 'static;
    /// Why it can not.
    type Error: From<String> + Send + 'static;

    /// Reads the body to its end, or to where it makes no sense any more.
    fn decode(self, body: impl Read) -> Result<Self::Decoded, Self::Error>;
}

/// A body that came, and what was made of it.
pub(crate) struct Arrived<T, E> {
    pub(crate) made: Result<T, E>,
    pub(crate) end: End,
    /// How much there was, in bytes after decompression of the transport.
    pub(crate) bytes: u64,
}

/// How a body ended.
pub(crate) enum End {
    Complete,
    TooLarge,
    Broken(String),
}

/// Decodes the body of a response; adds the bytes that came to `received`.
pub(crate) async fn read<D: Decode>(
    response: reqwest::Response,
    decoder: D,
    max_bytes: u64,
    received: &AtomicU64,
) -> Arrived<D::Decoded, D::Error> {
    let mut body = Body { response, bytes: 0, max_bytes, received };
    let (made, end) = match body.start().await {
        (start, Some(end)) => (decoder.decode(&start[..]), end),
        (start, None) => decode_beside(start, &mut body, decoder).await,
    };
    Arrived { made, end, bytes: body.bytes }
}

/// The first bytes of a body, or what there is of it.
pub(crate) async fn read_start(response: &mut reqwest::Response, limit: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < limit
        && let Ok(Some(piece)) = response.chunk().await
    {
        body.extend_from_slice(&piece);
    }
    body.truncate(limit);
    body
}

/// A body on its way.
struct Body<'a> {
    response: reqwest::Response,
    /// How much there was so far.
    bytes: u64,
    max_bytes: u64,
    /// The bytes of all bodies.
    received: &'a AtomicU64,
}

impl Body<'_> {
    async fn next(&mut self) -> Result<Bytes, End> {
        match self.response.chunk().await {
            Ok(Some(piece)) => {
                self.bytes += piece.len() as u64;
                self.received.fetch_add(piece.len() as u64, Ordering::Relaxed);
                if self.bytes > self.max_bytes { Err(End::TooLarge) } else { Ok(piece) }
            }
            Ok(None) => Err(End::Complete),
            Err(e) => Err(End::Broken(causes(&e.without_url()))),
        }
    }

    /// The start of the body, and how it ended if that was all.
    async fn start(&mut self) -> (Vec<u8>, Option<End>) {
        let mut start = Vec::new();
        while start.len() < SMALL_BYTES {
            match self.next().await {
                Ok(piece) => start.extend_from_slice(&piece),
                Err(end) => return (start, Some(end)),
            }
        }
        (start, None)
    }

    /// Hands the rest of the body over as it comes, small pieces put together: a server that flushes
    /// often would wake the decoder for each of them.
    async fn pump(&mut self, pieces: mpsc::Sender<Bytes>) -> End {
        let mut together = BytesMut::new();
        loop {
            match self.next().await {
                Ok(piece) => together.extend_from_slice(&piece),
                Err(end) => {
                    // It may have seen enough already, and says why.
                    let _ = pieces.send(together.freeze()).await;
                    return end;
                }
            }
            if together.len() >= SMALL_BYTES
                && pieces.send(together.split().freeze()).await.is_err()
            {
                return End::Complete;
            }
        }
    }
}

/// Decodes a long body on a thread of its own while it arrives.
async fn decode_beside<D: Decode>(
    start: Vec<u8>,
    body: &mut Body<'_>,
    decoder: D,
) -> (Result<D::Decoded, D::Error>, End) {
    let (pieces, received) = mpsc::channel(WAITING_PIECES);
    let work = tokio::task::spawn_blocking(move || {
        let pieces = Pieces { received, piece: start.into() };
        decoder.decode(BufReader::with_capacity(1 << 16, pieces))
    });
    let end = body.pump(pieces).await;
    let made = work.await.unwrap_or_else(|e| Err(format!("the parser stopped: {e}").into()));
    (made, end)
}

/// The body as the decoder's thread reads it; it ends where the sender goes away.
struct Pieces {
    received: mpsc::Receiver<Bytes>,
    piece: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.received.blocking_recv() {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        let n = self.piece.len().min(buffer.len());
        buffer[..n].copy_from_slice(&self.piece.split_to(n));
        Ok(n)
    }
}
