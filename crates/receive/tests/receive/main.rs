//! Requests as senders write them, against messages that `prost` encodes.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::needless_raw_string_hashes, reason = "as expect-test writes them")]

mod bytes;
mod http;
mod messages;
mod recognition;
mod requests;
